/** Texts of any shape that the API stores are drawn, or shown as they are. None of them stops the page. */

import { expect, test } from "./fixtures";

/** Stands at the end of each text, and must be on the page. */
const END = "THE-END-OF-THE-TEXT";
/** A block may have 300,000 characters, and a request 262,144 bytes. */
const MAX_CHARS = 300_000 - 100;
const MAX_BYTES = 262_144 - 100;
const SIZES = [40, 2_500, 29_000, MAX_CHARS];

const repeated = (piece: string) => (size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
const lines = (line: (index: number) => string) => (size: number) => {
  let text = "";
  for (let index = 0; text.length < size; index += 1) text += `${line(index)}\n`;
  return text.slice(0, size);
};

const SHAPES: Record<string, (size: number) => string> = {
  quotes: repeated(">"),
  "spaced quotes": repeated("> "),
  "lists in lists": repeated("- "),
  "numbers in numbers": repeated("1. "),
  stairs: lines((index) => `${"  ".repeat(index)}- x`),
  "stairs with tabs": lines((index) => `${"\t".repeat(index)}1. x`),
  "open emphasis": repeated("*a **b _c "),
  "closed emphasis": (size) => `${repeated("*a **b ")(size / 2)}x${repeated(" b** a*")(size / 2)}`,
  brackets: repeated("["),
  "open links": repeated("[a]("),
  images: repeated("![a](https://example.com/a.png) "),
  backticks: lines((index) => "`".repeat(index)),
  "wide table": (size) => `${repeated("|a")(size / 3)}|\n${repeated("|-")(size / 3)}|\n${repeated("x\n")(size / 3)}`,
  "long table": (size) => `|a|b|\n|-|-|\n${repeated("|x|y|\n")(size)}`,
  underlines: repeated("a\n-\n"),
  "one long word": repeated("a"),
  "one long line": repeated("word "),
  "empty lines": repeated("\n"),
  "carriage returns": repeated("a\r"),
  tabs: repeated("\t"),
  "zero-width": repeated("\u200b\u200d\ufeff\u2060"),
  "right-to-left overrides": repeated("\u202e04 %\u202d \u2067x "),
  Arabic: repeated("مرحبا بالعالم **عالم** "),
  "combining marks": repeated("a\u0300\u0301\u0302\u0323\u0330\u0489"),
  emoji: repeated("👩‍👩‍👧‍👦🏳️‍🌈 "),
  Chinese: repeated("我提高了支付的可靠性，"),
  HTML: repeated("<div><script>x</script><img src=x>"),
  entities: repeated("&amp;&notit;&#x41;&Afr;"),
  addresses: repeated("https://a.example/b?c=d www.b.example a@b.example "),
  "definitions of footnotes": repeated("[^1]: a\n\n[b]: https://evil.example/\n\n"),
  fences: repeated("```\n~~~\n"),
  escapes: repeated("\\*\\_\\\\"),
};

const PIECES = [
  ..."*_~`[]()<>!#-+|\\&;:=\n\t \r",
  "> ",
  "- ",
  "1. ",
  "**",
  "| a |\n|---|\n",
  "word ",
  "\n\n",
  "    ",
  "```\n",
  "[a](https://example.com)",
  "www.a.example",
  "\u200b",
  "\u202e",
  "שלום",
  "é",
  "🎉",
  "&#0;",
];

/** A random mix. The same on each run. */
function mixed(seed: number): string {
  let state = seed * 2_654_435_761 + 1;
  const next = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const size = 20 * 2 ** next(13);
  let text = "";
  while (text.length < size) {
    const piece = PIECES[next(PIECES.length)] ?? "";
    text += piece.repeat(next(8) === 0 ? next(60) : 1);
  }
  return text;
}

/** The beginning of a text that one request can store. */
function storable(text: string): string {
  let kept = text.slice(0, MAX_CHARS);
  for (;;) {
    const bytes = Buffer.byteLength(JSON.stringify({ content: kept }));
    if (bytes <= MAX_BYTES) return kept.replace(/[\ud800-\udbff]$/, "");
    kept = kept.slice(0, Math.floor((kept.length * MAX_BYTES) / bytes) - 1);
  }
}

const TEXTS = [
  ...Object.entries(SHAPES).flatMap(([name, make]) =>
    SIZES.map((size) => ({ name: `${name}, ${size}`, text: make(size) })),
  ),
  ...Array.from({ length: 200 - 32 * SIZES.length }, (_, seed) => ({ name: `mix ${seed}`, text: mixed(seed) })),
];

// A trace of 200 large pages would take gigabytes.
test.use({ trace: "off" });

test("no text stops the page", async ({ page, api }) => {
  test.setTimeout(3_600_000);
  expect(TEXTS).toHaveLength(200);
  let crashes = 0;
  page.on("crash", () => {
    crashes += 1;
  });
  await page.addInitScript(() => {
    const times = window as unknown as { longest: number };
    times.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) times.longest = Math.max(times.longest, duration);
    }).observe({ type: "longtask", buffered: true });
  });
  const times: { name: string; ms: number }[] = [];
  for (const { name, text } of TEXTS) {
    await test.step(name, async () => {
      const { id } = await api.call("POST", "/api/report-builder", { name });
      const body = { type: "TEXT", content: `${storable(text)}\n\n${END}` };
      await api.call("POST", `/api/report-builder/${id}/blocks`, body);
      await page.goto(`/documents/${id}`);
      const article = page.getByRole("article");
      // The text content, because the browser does not lay out what is far below.
      await expect.poll(() => article.evaluate((element) => element.textContent), name).toContain(END);
      await expect(page.getByText("The page has stopped"), name).toHaveCount(0);
      await page.evaluate(() => new Promise(requestAnimationFrame));
      expect(crashes, name).toBe(0);
      times.push({ name, ms: await page.evaluate(() => (window as unknown as { longest: number }).longest) });
    });
  }
  const longest = times.sort((one, other) => other.ms - one.ms).slice(0, 3);
  console.log(`  ${TEXTS.length} texts. The longest times without a pause:`);
  for (const { name, ms } of longest) console.log(`  ${ms.toFixed(0).padStart(6)} ms ${name}`);
});
