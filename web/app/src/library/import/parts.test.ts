import { describe, expect, it } from "vitest";
import { mediaTypeOf, partsOf } from "./parts";
import { records } from "./records";

const ITEM = '{"title": "A [\\"talk\\"], \\\\", "summary": "{", "criteria": ["a", "b"]}';

/** The line at which a text stands, counted from 1. */
function lineOf(text: string, at: number): number {
  return (text.slice(0, at).match(/\r\n|\r|\n/g)?.length ?? 0) + 1;
}

describe("partsOf", () => {
  it.each(["", "[", "{}", "[{}]", 'a,b\n"', "]]]", '{"items": 7}'])("keeps a short file as it is: %s", (text) => {
    expect(partsOf(text)).toEqual([{ text, itemsBefore: 0 }]);
  });

  it.each(["\n", "\r\n", "\r"])("divides a table, repeats its header and keeps its lines: %j", (end) => {
    const header = `sep=,${end},,,${end}type,title${end}`;
    const text = header + `MANUAL,"A ""talk"",\nwith, two lines"${end}`.repeat(4_001);
    const parts = partsOf(text);
    expect(
      parts.map(
        (part) => records(part.text).filter(({ start, end }) => /MANUAL/.test(part.text.slice(start, end))).length,
      ),
    ).toEqual([2_000, 2_000, 1]);
    for (const part of parts) expect(part.text.startsWith(header)).toBe(true);
    const last = parts[2]?.text ?? "";
    expect(lineOf(last, last.indexOf("MANUAL"))).toBe(lineOf(text, text.lastIndexOf("MANUAL")));
  });

  it.each([
    ["a list", (list: string) => `\n[${list}\n]\n`],
    ["an object with items", (list: string) => `{"items":\n[${list}]}`],
  ])("divides %s", (_, file) => {
    const text = file(Array.from({ length: 4_001 }, () => ITEM).join(",\n "));
    const parts = partsOf(text);
    expect(parts.map((part) => (JSON.parse(part.text) as unknown[]).length)).toEqual([2_000, 2_000, 1]);
    expect(parts.map((part) => part.itemsBefore)).toEqual([0, 2_000, 4_000]);
    const last = parts[2]?.text ?? "";
    expect(lineOf(last, last.indexOf("{"))).toBe(lineOf(text, text.lastIndexOf('{"title"')));
    expect(parts.map(mediaTypeOf)).toEqual(["application/json", "application/json", "application/json"]);
  });

  it.each([
    ["an object with more than items", (list: string) => `{"labels": [1], "items": [${list}]}`],
    ["two lists", (list: string) => `[${list}]\n[{}]`],
    ["a list that is cut off", (list: string) => `[${list}`],
  ])("keeps %s whole, so that nothing is lost in silence", (_, file) => {
    const text = file(Array.from({ length: 2_001 }, () => "{}").join(","));
    expect(partsOf(text)).toEqual([{ text, itemsBefore: 0 }]);
  });

  it("divides objects in lines, whatever quotes they have", () => {
    expect(partsOf('{"title": "an \\" inch"}\n'.repeat(2_001))).toHaveLength(2);
  });

  it("keeps a request of long rows below the limit of the service", () => {
    const text = `type,title\n${`MANUAL,${"語".repeat(30_000)}\n`.repeat(100)}`;
    const parts = partsOf(text);
    expect(parts).toHaveLength(3);
    for (const part of parts) expect(new TextEncoder().encode(part.text).length).toBeLessThan(4 * 1024 * 1024);
    expect(parts.map(mediaTypeOf)).toEqual(["text/csv", "text/csv", "text/csv"]);
  });
});
