import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import { PageHeader } from "../components/page-header";

export function NotFoundPage() {
  return (
    <>
      <PageHeader title="This page does not exist" />
      <Anchor component={Link} to="/">
        To the documents
      </Anchor>
    </>
  );
}
