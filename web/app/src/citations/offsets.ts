/**
 * Returns a function from code point offsets to indexes. The service counts Unicode code points. JavaScript counts
 * UTF-16 units: an emoji is one code point and two units. An offset behind the text becomes the length of the text.
 */
export function indexesOf(text: string, offsets: Iterable<number>): (offset: number) => number {
  const indexes = new Map<number, number>();
  let codePoints = 0;
  let index = 0;
  for (const offset of [...offsets].sort((one, other) => one - other)) {
    while (codePoints < offset && index < text.length) {
      index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
      codePoints += 1;
    }
    indexes.set(offset, index);
  }
  return (offset) => indexes.get(offset) ?? text.length;
}
