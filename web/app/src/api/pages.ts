import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";

interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

interface PagesOptions<Item> {
  queryKey: QueryKey;
  /** Reads the page behind a cursor; the first one without. */
  readPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;
  /** Milliseconds until the list is read again, given what it shows; `false` for never. */
  refreshAfter?: (items: Item[]) => number | false;
}

/** A list that is read page by page. */
export function usePages<Item>({ queryKey, readPage, refreshAfter }: PagesOptions<Item>) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => readPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state }) => refreshAfter?.(state.data?.pages.flatMap((page) => page.items) ?? []) ?? false,
  });
  return {
    items: query.data?.pages.flatMap((page) => page.items) ?? [],
    isLoading: query.isPending,
    error: query.error,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => query.fetchNextPage(),
    retry: () => query.refetch(),
  };
}

export type Pages<Item> = ReturnType<typeof usePages<Item>>;
