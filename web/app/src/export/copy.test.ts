// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { richText } from "./copy";

it("copies the body without links within the page", () => {
  const page =
    '<!doctype html><html><head><title>R</title></head><body><h1>R</h1><p>One.<sup><a href="#source-1">1</a></sup> ' +
    '<a href="https://example.com/">two</a></p><ol><li id="source-1"><a href="#mark-1" aria-label="Back">↩</a>\nNote</li></ol></body></html>';
  expect(richText(page)).toBe(
    '<h1>R</h1><p>One.<sup>1</sup> <a href="https://example.com/">two</a></p><ol><li id="source-1">\nNote</li></ol>',
  );
});
