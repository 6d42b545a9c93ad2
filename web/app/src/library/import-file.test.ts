import { describe, expect, it } from "vitest";
import { readImportFile } from "./import-file";

const entry = { type: "MANUAL", title: "Talk", summary: "About queues", occurredAt: "2026-07-01T10:00:00Z" };

describe("readImportFile", () => {
  it.each([
    ["a list", JSON.stringify([entry])],
    ["an object with items", JSON.stringify({ items: [entry] }, null, 2)],
    ["one object", JSON.stringify(entry)],
    ["an object a line", `${JSON.stringify(entry)}\n`],
    ["a byte order mark", `\uFEFF${JSON.stringify([entry])}`],
  ])("reads JSON with %s", (_, text) => {
    expect(readImportFile(text).rows).toEqual([{ place: "item 1", entry }]);
  });

  it("reads several objects a line", () => {
    const text = `${JSON.stringify(entry)}\r\n${JSON.stringify(entry)}\n`;
    expect(readImportFile(text).rows.map(({ place }) => place)).toEqual(["item 1", "item 2"]);
  });

  it("rejects what is no object, and takes the rest", () => {
    const { rows, rejected } = readImportFile(JSON.stringify([7, entry]));
    expect(rows).toEqual([{ place: "item 2", entry }]);
    expect(rejected).toEqual([{ place: "item 1", title: "", reason: "is not an object" }]);
  });

  it("says so when JSON is broken", () => {
    expect(() => readImportFile('[{"type": ')).toThrow("The file is not valid JSON.");
  });

  it("reads CSV by the names in its first row, however they are spelled", () => {
    const text = [
      "Type;title;Summary;occurred_at;criteria;additions;number;colour",
      'MANUAL;"A; quoted";About queues;2026-07-01T10:00:00Z;impact; craft;12;x7;red',
      "",
    ].join("\n");
    const { rejected } = readImportFile(text);
    expect(rejected[0]?.reason).toContain("has 9 cells where the first row has 8");

    const { rows, notes } = readImportFile(text.replace("impact; craft", '"impact; craft"'));
    expect(rows).toEqual([
      {
        place: "row 2",
        entry: {
          type: "MANUAL",
          title: "A; quoted",
          summary: "About queues",
          occurredAt: "2026-07-01T10:00:00Z",
          criteria: ["impact", "craft"],
          metrics: { additions: 12 },
          // Not a number: the service says what is wrong with it.
          number: "x7",
        },
      },
    ]);
    expect(notes).toEqual(["Columns that are not imported: colour"]);
  });

  it("refuses CSV whose first row names nothing that it knows", () => {
    expect(() => readImportFile("one,two\n1,2\n")).toThrow("The first row must name the fields");
  });
});
