import { Button, Center } from "@mantine/core";
import type { Pages } from "../api/pages";

/** Asks for the next page of a list, if there is one. */
export function LoadMore<Item>({ pages }: { pages: Pages<Item> }) {
  if (!pages.hasMore) return null;
  return (
    <Center mt="md">
      <Button variant="default" loading={pages.isLoadingMore} onClick={() => pages.loadMore()}>
        Load more
      </Button>
    </Center>
  );
}
