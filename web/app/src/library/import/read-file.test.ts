import { describe, expect, it } from "vitest";
import { decoded, readImportFile } from "./read-file";

const entry = { type: "MANUAL", title: "Talk", summary: "About queues", occurredAt: "2026-07-01T10:00:00Z" };

describe("readImportFile", () => {
  it.each([
    ["a list", JSON.stringify([entry])],
    ["an object with items", JSON.stringify({ items: [entry] }, null, 2)],
    ["one object", JSON.stringify(entry)],
    ["one object and a line break", `${JSON.stringify(entry)}\n`],
    ["blank lines", `${JSON.stringify(entry)}\n\n  \n`],
  ])("reads JSON with %s", (_, text) => {
    expect(readImportFile(text).rows).toEqual([{ position: "item 1", entry }]);
  });

  it("reads one object per line", () => {
    const text = `${JSON.stringify(entry)}\r\n${JSON.stringify(entry)}\n`;
    expect(readImportFile(text).rows.map(({ position }) => position)).toEqual(["item 1", "item 2"]);
  });

  it("rejects items that are not objects, and reads the others", () => {
    const { rows, rejected } = readImportFile(JSON.stringify([7, entry]));
    expect(rows).toEqual([{ position: "item 2", entry }]);
    expect(rejected).toEqual([{ position: "item 1", title: "", reason: "is not an object" }]);
  });

  it("reports invalid JSON", () => {
    expect(() => readImportFile('[{"type": ')).toThrow("The file is not valid JSON.");
  });

  it("reports the line of invalid JSON", () => {
    const text = `${JSON.stringify(entry)}\n\n{"type": \n`;
    expect(() => readImportFile(text)).toThrow("Line 3 of the file is not valid JSON.");
  });

  it.each(["[]", '{"items": []}', "type,title,summary,occurredAt\n"])("rejects a file without entries: %s", (text) => {
    expect(() => readImportFile(text)).toThrow("The file has no entries.");
  });

  it("explains how to import a list of pull requests from gh", () => {
    const text = JSON.stringify([{ number: 7, title: "Retry", url: "https://example.com/7", body: "" }]);
    expect(() => readImportFile(text)).toThrow("import github FILE");
  });

  it("reports the row of a quote that is not closed", () => {
    const text =
      'type,title,summary,occurredAt\nMANUAL,A,B,2026-07-01\nMANUAL,"C,D,2026-07-01\nMANUAL,E,F,2026-07-01\n';
    expect(() => readImportFile(text)).toThrow("A quote that is opened in row 3 is not closed.");
  });

  it("maps CSV columns by the field names in the first row, in any spelling", () => {
    const text = [
      "Type;title;Summary;occurred_at;criteria;additions;number;colour",
      'MANUAL;"A; quoted";About queues;2026-07-01T10:00:00Z;impact; craft;12;x7;red',
      "",
    ].join("\n");
    const { rejected } = readImportFile(text);
    expect(rejected[0]?.reason).toContain("has 9 cells, but the first row has 8");

    const { rows, notes } = readImportFile(text.replace("impact; craft", '"impact; craft"'));
    expect(rows).toEqual([
      {
        position: "row 2",
        entry: {
          type: "MANUAL",
          title: "A; quoted",
          summary: "About queues",
          occurredAt: "2026-07-01T10:00:00Z",
          criteria: ["impact", "craft"],
          metrics: { additions: 12 },
          // Not a number. The service rejects it with a reason.
          number: "x7",
        },
      },
    ]);
    expect(notes).toEqual(["Columns that are not imported: colour"]);
  });

  it("rejects CSV whose first row has no known field", () => {
    expect(() => readImportFile("one,two\n1,2\n")).toThrow("The first row must name the fields");
  });
});

describe("decoded", () => {
  it("drops a byte order mark", () => {
    expect(decoded(new TextEncoder().encode("\uFEFFtype"))).toBe("type");
  });

  it("rejects bytes that are not UTF-8", () => {
    expect(() => decoded(Uint8Array.of(0x7a, 0xfc, 0x72))).toThrow("The file is not UTF-8. Save it as CSV UTF-8.");
  });
});
