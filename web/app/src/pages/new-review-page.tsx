import { Anchor } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link } from "react-router";
import { PageHeader } from "../components/page-header";
import StartReview from "../start/start-review";
import classes from "./document-page.module.css";

export default function NewReviewPage() {
  return (
    <div className={classes.page}>
      <Anchor component={Link} to="/" size="sm" c="dimmed" className={classes.back}>
        <IconArrowLeft size={15} aria-hidden /> Documents
      </Anchor>
      <PageHeader title="New review" />
      <StartReview />
    </div>
  );
}
