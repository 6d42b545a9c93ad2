import { Skeleton, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import type { Pages } from "../api/pages";
import { LoadMore } from "./load-more";
import { ProblemAlert } from "./problem-alert";

interface ListStateProps<Item> {
  pages: Pages<Item>;
  /** What is shown when the list has nothing. */
  empty: ReactNode;
  children: ReactNode;
}

/** A list in each of its states: loading, failed, empty, filled, with more to come. */
export function ListState<Item>({ pages, empty, children }: ListStateProps<Item>) {
  if (pages.isLoading) {
    return (
      <Stack gap="sm" aria-busy="true" aria-label="Loading">
        <Skeleton height={72} />
        <Skeleton height={72} />
        <Skeleton height={72} />
      </Stack>
    );
  }
  return (
    <>
      <ProblemAlert error={pages.error} title="The list cannot be read" onRetry={pages.retry} />
      {pages.items.length > 0 ? children : pages.error === null && empty}
      <LoadMore pages={pages} />
    </>
  );
}
