import { Skeleton, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import type { PagedList } from "../api/use-paged-list";
import { LoadMore } from "./load-more";
import { ProblemAlert } from "./problem-alert";

interface ListStateProps<Item> {
  list: PagedList<Item>;
  /** Shown if the list has no items. */
  empty: ReactNode;
  children: ReactNode;
}

/** Renders the state of a list: loading, failed, empty or filled, with a button if there are more pages. */
export function ListState<Item>({ list, empty, children }: ListStateProps<Item>) {
  if (list.isLoading) {
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
      <ProblemAlert error={list.error} title="The list cannot be read" onRetry={list.retry} />
      {list.items.length > 0 ? children : list.error === null && empty}
      <LoadMore list={list} />
    </>
  );
}
