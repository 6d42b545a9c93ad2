/** The limit of the service for one request. */
const MAX_ENTRIES = 500;
/**
 * Characters of JSON per request. The service accepts 5 MB. A character has up to three bytes in UTF-8, and the rest of
 * the request needs some space.
 */
const MAX_CHARS = 1_500_000;

/** Splits rows into batches of one request each, in order. An entry that is too large gets its own batch. */
export function batchesOf<Row extends { entry: object }>(rows: readonly Row[]): Row[][] {
  const batches: Row[][] = [];
  let batch: Row[] = [];
  let size = 0;
  for (const row of rows) {
    const length = JSON.stringify(row.entry).length;
    if (batch.length > 0 && (batch.length === MAX_ENTRIES || size + length > MAX_CHARS)) {
      batches.push(batch);
      batch = [];
      size = 0;
    }
    batch.push(row);
    size += length;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
