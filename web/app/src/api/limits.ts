// Limits of the service that the page must know before it asks. A test holds them to openapi.json.

/** The most blocks that one request drafts. */
export const MAX_BLOCKS_PER_REQUEST = 50;

/** The limits of `maxCharacters`, the longest answer. */
export const ANSWER_CHARACTERS = { min: 100, max: 20_000 };

/** The most bytes of a request that saves texts. */
export const MAX_BODY_BYTES = 256 * 1024;

/** The most characters of the names of documents and people. */
export const MAX_NAME = 500;
