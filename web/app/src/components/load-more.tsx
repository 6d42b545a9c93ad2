import { Button, Center } from "@mantine/core";
import type { PagedList } from "../api/use-paged-list";

export function LoadMore<Item>({ list }: { list: PagedList<Item> }) {
  if (!list.hasMore) return null;
  return (
    <Center mt="md">
      <Button variant="default" loading={list.isLoadingMore} onClick={() => list.loadMore()}>
        Load more
      </Button>
    </Center>
  );
}
