import { describe, expect, it } from "vitest";
import { decoded } from "./decode";

const bytes = (...values: number[]) => Uint8Array.from(values);

function utf16(text: string, isLittleEndian: boolean): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let at = 0; at < text.length; at += 1) view.setUint16(2 * at, text.charCodeAt(at), isLittleEndian);
  return new Uint8Array(view.buffer);
}

describe("decoded", () => {
  it("reads UTF-8 and drops a byte order mark", () => {
    expect(decoded(new TextEncoder().encode("\uFEFFtype é 🎉"))).toBe("type é 🎉");
  });

  it.each([
    ["little-endian", true],
    ["big-endian", false],
  ])("reads %s UTF-16 with and without a byte order mark", (_, isLittleEndian) => {
    const text = '[{"title": "é 🎉"}]';
    expect(decoded(utf16(`\uFEFF${text}`, isLittleEndian))).toBe(text);
    expect(decoded(utf16(text, isLittleEndian))).toBe(text);
  });

  it.each([
    ["Latin-1", bytes(0x7a, 0xfc, 0x72)],
    ["half a character of UTF-16", bytes(0xff, 0xfe, 0x61)],
  ])("rejects %s", (_, file) => {
    expect(() => decoded(file)).toThrow("The file is not UTF-8. Save it as CSV UTF-8.");
  });

  it("reads an empty file", () => {
    expect(decoded(bytes())).toBe("");
  });
});
