import { expect, it } from "vitest";
import { nodesIn, treeOf } from "./markdown-tree";

function addressesOf(markdown: string): string[] {
  return [...nodesIn(treeOf(markdown))].flatMap((node) => (node.type === "link" ? [node.url] : []));
}

it("links an address in a text", () => {
  expect(addressesOf("See https://one.example/1.")).toEqual(["https://one.example/1"]);
});

it("links only what the export links in a footnote", () => {
  const note = "[^1]: [See https://two.example/ \\!\\[x\\]](<https://one.example/1>): “Or https://two.example/2”";
  expect(addressesOf(`A claim.[^1]\n\n${note}`)).toEqual(["https://one.example/1"]);
});
