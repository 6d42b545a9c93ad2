import { useEffect } from "react";
import { useDocuments } from "../api/documents";

export interface DocumentName {
  /** Missing while the list is loading, and for a deleted document. */
  name: string | undefined;
  isGone: boolean;
}

/**
 * The names of documents, from the list of documents. Its pages are read until all these documents are found. `null`
 * stands for a job that brought its own sources.
 */
export function useDocumentNames(ids: readonly (string | null)[]): (id: string | null) => DocumentName {
  const { items, isLoading, error, hasMore, isLoadingMore, loadMore } = useDocuments();
  const names = new Map(items.map(({ id, name }) => [id, name]));
  const needsMore = hasMore && !isLoadingMore && error === null && ids.some((id) => id !== null && !names.has(id));
  useEffect(() => {
    if (needsMore) loadMore();
  });
  const isComplete = !isLoading && !hasMore && error === null;
  return (id) =>
    id === null ? { name: undefined, isGone: false } : { name: names.get(id), isGone: isComplete && !names.has(id) };
}
