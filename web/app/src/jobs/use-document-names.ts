import { useEffect } from "react";
import { useDocuments } from "../api/documents";

export interface DocumentName {
  /** Missing while the list is loading, and for a deleted document. */
  name: string | undefined;
  isGone: boolean;
}

/** The names of documents, from the list of documents. Its pages are read until all these documents are found. */
export function useDocumentNames(ids: readonly string[]): (id: string) => DocumentName {
  const { items, isLoading, error, hasMore, isLoadingMore, loadMore } = useDocuments();
  const names = new Map(items.map(({ id, name }) => [id, name]));
  const needsMore = hasMore && !isLoadingMore && error === null && ids.some((id) => !names.has(id));
  useEffect(() => {
    if (needsMore) loadMore();
  });
  const isComplete = !isLoading && !hasMore && error === null;
  return (id) => ({ name: names.get(id), isGone: isComplete && !names.has(id) });
}
