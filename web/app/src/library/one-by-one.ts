import { ApiError } from "@report-builder/jobs";

export interface Failure {
  id: string;
  error: Error;
}

interface OneByOneOptions {
  remove: (id: string) => Promise<unknown>;
  /** Called with the number of entries that were tried. */
  onProgress: (done: number) => void;
  /** Ends the work before the next entry. */
  signal: AbortSignal;
}

/**
 * Deletes entries one after the other and goes on after an error. An entry that is already gone is no error.
 *
 * @returns what could not be deleted
 */
export async function removeOneByOne(ids: readonly string[], options: OneByOneOptions): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const [index, id] of ids.entries()) {
    if (options.signal.aborted) break;
    try {
      await options.remove(id);
    } catch (error) {
      const isGone = error instanceof ApiError && error.status === 404;
      if (!isGone) failures.push({ id, error: error instanceof Error ? error : new Error(String(error)) });
    }
    options.onProgress(index + 1);
  }
  return failures;
}
