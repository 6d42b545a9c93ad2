/** The service takes so many entries in a request. */
const ENTRIES = 500;
/** It takes 5 MB; a text is up to three bytes a character, and the frame of the request needs some. */
const CHARACTERS = 1_500_000;

/** Parts of a list that fit into one request each, in order. An entry that is too large is a part of its own. */
export function batchesOf<Row extends { entry: object }>(rows: readonly Row[]): Row[][] {
  const batches: Row[][] = [];
  let batch: Row[] = [];
  let size = 0;
  for (const row of rows) {
    const length = JSON.stringify(row.entry).length;
    if (batch.length > 0 && (batch.length === ENTRIES || size + length > CHARACTERS)) {
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
