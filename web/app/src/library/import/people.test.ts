import { describe, expect, it } from "vitest";
import { peopleIn } from "./people";

const by = (login: string, more: object = {}) => ({ title: "A change", author: { login, ...more } });

describe("peopleIn", () => {
  it.each([
    ["a list", JSON.stringify([by("robin"), by("sam"), by("sam")])],
    ["an object with items", JSON.stringify({ items: [by("sam"), by("robin"), by("sam")] })],
    ["objects in lines", `${[by("sam"), by("robin"), by("sam")].map((row) => JSON.stringify(row)).join("\n")}\n`],
  ])("counts the authors of %s", (_, text) => {
    expect(peopleIn(text)).toEqual(["sam", "robin"]);
  });

  it("leaves out bots and rows without an author", () => {
    const rows = [by("renovate", { is_bot: true }), by("dependabot[bot]"), by("app/x"), { title: "Talk" }, null, 7];
    expect(peopleIn(JSON.stringify(rows))).toEqual([]);
  });

  it("does not know the people of a table of tickets", () => {
    expect(peopleIn("Issue key,Summary,Assignee\nA-1,Search,Sam\n")).toBeNull();
    expect(peopleIn("sep=;\r\nID;Title;Assignee\r\n")).toBeNull();
  });

  it.each(["", "type,title\nMANUAL,Assignee\n", "[", "{}", "[1, null]"])("finds nobody in %j", (text) => {
    expect(peopleIn(text)).toEqual([]);
  });
});
