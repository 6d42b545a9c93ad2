/**
 * Turns the bytes of a file into text. Reads UTF-8, and UTF-16 as Windows PowerShell writes it. Drops a byte order mark.
 *
 * @throws {Error} if the file has another encoding. Its accents would otherwise be stored as replacement characters.
 */
export function decoded(bytes: Uint8Array<ArrayBuffer>): string {
  const encoding = encodingOf(bytes);
  const isCut = encoding !== "utf-8" && bytes.length % 2 !== 0;
  try {
    if (isCut) throw new RangeError("half a character");
    return new TextDecoder(encoding, { fatal: encoding === "utf-8" }).decode(bytes);
  } catch {
    throw new Error("The file is not UTF-8. Save it as CSV UTF-8.");
  }
}

/** Without a byte order mark, the empty half of the first two ASCII characters shows the byte order. */
function encodingOf([first, second, third, fourth]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (second === 0 && fourth === 0) return "utf-16le";
  if (first === 0 && third === 0) return "utf-16be";
  return "utf-8";
}
