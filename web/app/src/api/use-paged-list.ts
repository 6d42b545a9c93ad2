import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";

interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

interface PagedListOptions<Item> {
  queryKey: QueryKey;
  /** Fetches the page of a cursor, or the first page without a cursor. */
  readPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;
  /** Milliseconds until the loaded pages are refetched, or `false` for never. Called with the loaded items. */
  refetchInterval?: (items: Item[]) => number | false;
}

/** A list that is fetched page by page with cursors. */
export function usePagedList<Item>({ queryKey, readPage, refetchInterval }: PagedListOptions<Item>) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => readPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state }) => refetchInterval?.(state.data?.pages.flatMap((page) => page.items) ?? []) ?? false,
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

export type PagedList<Item> = ReturnType<typeof usePagedList<Item>>;
