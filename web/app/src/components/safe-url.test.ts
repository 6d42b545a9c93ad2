import { describe, expect, it } from "vitest";
import { hostOf, readableUrl, safeUrl } from "./safe-url";

describe("readableUrl", () => {
  it.each([
    ["https://github.com/example/shop/pull/17", "github.com/…/17"],
    ["https://example.com/17?tab=files#top", "example.com/17"],
    ["https://example.com/", "example.com"],
    ["https://example.com:8443/a/", "example.com:8443/a"],
    [`https://example.com/${"a".repeat(100)}`, `example.com/${"a".repeat(40)}…`],
    ["mailto:a@example.com", "a@example.com"],
  ])("shows %s as %s", (address, shown) => {
    expect(readableUrl(address)).toBe(shown);
  });
});

describe("hostOf", () => {
  it("names the host that the browser asks for", () => {
    expect(hostOf("https://bank.example@evil.example/")).toBe("evil.example");
    expect(hostOf("https://bänk.example/")).toBe("xn--bnk-qla.example");
    expect(hostOf("no address")).toBeUndefined();
  });
});

describe("safeUrl", () => {
  it.each(["javascript:alert(1)", "data:text/html,x", "/path", "x"])("refuses %s", (address) => {
    expect(safeUrl(address)).toBeUndefined();
  });
});
