/**
 * Hostile addresses of evidence. The API and the import refuse what is no plain web address, and store the rest as
 * browsers write it. So links lead where they say: in the library, at a citation, on paper and in exports.
 */

import { expect, test } from "./fixtures";
import { harmIn, print, watch } from "./hostile-texts";

const REFUSED = [
  "javascript:alert(1)",
  " JaVaScRiPt:alert(document.domain)//https://git.example.com",
  "java\nscript:alert(1)",
  "\u200bjavascript:alert(1)",
  "java\u00adscript:alert(1)",
  "javascript&colon;alert(1)",
  "vbscript:msgbox(1)",
  "data:text/html,<script>alert(1)</script>",
  "blob:https://evil.example/1",
  "file:///etc/passwd",
  "view-source:https://evil.example",
  "mailto:eve@evil.example",
  "//evil.example/1",
  "\\\\evil.example\\1",
  "/documents",
  "evil.example",
  "https://",
  "https://[::1",
  "https://evil example/",
  "https://evil%20.example/",
  "https://git.example.com\u2024evil.example/",
  "https://git.example.com@evil.example/1",
  "https://git.example.com%2f@evil.example/1",
  "https://git.example.com:443@evil.example/1",
  "https:\\\\git.example.com@evil.example\\1",
  "https://:secret@evil.example/",
  `https://evil.example/${"a".repeat(3_000)}`,
];

/** What is given, and what is stored. */
const STORED: [string, string][] = [
  ['https://evil.example/"onmouseover="alert(1)', "https://evil.example/%22onmouseover=%22alert(1)"],
  [
    "https://evil.example/?q='></a><script>alert(1)</script>",
    "https://evil.example/?q=%27%3E%3C/a%3E%3Cscript%3Ealert(1)%3C/script%3E",
  ],
  [
    "https://evil.example/#><img src=x onerror=alert(1)>",
    "https://evil.example/#%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
  ],
  ["https://evil.example/a) [b](javascript:alert(1)", "https://evil.example/a)%20[b](javascript:alert(1)"],
  ["https://evil.example/> <https://other.example", "https://evil.example/%3E%20%3Chttps://other.example"],
  ["https://evil.example/\n[^9]: https://other.example", "https://evil.example/[^9]:%20https://other.example"],
  ["https://evil.example/&gt;&#41;&lt;b&gt;", "https://evil.example/&gt;&#41;&lt;b&gt;"],
  ["https://evil.example/`|*_~$\\", "https://evil.example/%60|*_~$/"],
  ["https://evil.example/\u202egpj.exe\u202c", "https://evil.example/gpj.exe"],
  ["https://evil.example/\u05d0\u05d1?\u0661", "https://evil.example/%D7%90%D7%91?%D9%A1"],
  ["https://evil.example/%E2%80%AEgpj.exe", "https://evil.example/%E2%80%AEgpj.exe"],
  ["https://git.example.com\u3002evil.example", "https://git.example.com.evil.example/"],
  ["https://g\u0456t.example.com/", "https://xn--gt-hoc.example.com/"],
  ["https://\u05d0.example/", "https://xn--4db.example/"],
  ["https:evil.example", "https://evil.example/"],
  ["https:\\\\evil.example\\1", "https://evil.example/1"],
  ["HTTPS://EVIL.example:443/../1", "https://evil.example/1"],
  ["http://0x7f.1/", "http://127.0.0.1/"],
  ["http://[::ffff:127.0.0.1]:8080/", "http://[::ffff:7f00:1]:8080/"],
];
const HOSTS = [...new Set(STORED.map(([, address]) => new URL(address).host))];
const ADDRESSES = STORED.map(([, address]) => address);
/** In order, and without the encoding, because browsers and readers of Markdown encode a few characters more. */
const decoded = (addresses: string[]) => addresses.map(decodeURIComponent).sort();

const evidence = (url: string) => ({
  type: "MANUAL",
  title: "The change",
  summary: "Done.",
  occurredAt: "2026-10-01",
  url,
});

test("an address that is no plain web address is refused, also by an import", async ({ page, api }) => {
  for (const url of REFUSED) {
    await expect(api.call("POST", "/api/evidence", evidence(url)), url).rejects.toThrow(/: 400 .*"pointer":"\/url"/);
  }
  const seen = watch(page);
  await page.goto("/library");
  await page.getByRole("button", { name: "Import" }).click();
  const rows = [...REFUSED, ...STORED.map(([given]) => given)].map(evidence);
  const file = { name: "evidence.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(rows)) };
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: `Import ${STORED.length}` }).click();
  await expect(page.getByLabel("Outcome of the import")).toContainText(`${STORED.length} created`);
  const rejected = page.getByLabel("Rejected entries").getByRole("listitem");
  await expect(rejected).toHaveText(REFUSED.map(() => /The change.*url/));
  const { items } = await api.call("GET", "/api/evidence?limit=100");
  expect(items.map(({ url }: { url: string }) => url).sort()).toEqual([...ADDRESSES].sort());
  expect(await harmIn(page, HOSTS)).toEqual([]);
  expect(seen).toEqual([]);
});

test("a stored address is a link to itself, wherever it is shown", async ({ page, api, claude, user, baseURL }) => {
  for (const [given, stored] of STORED) {
    expect(await api.call("POST", "/api/evidence", evidence(given)), given).toMatchObject({ url: stored });
  }
  const seen = watch(page);
  await page.goto("/library");
  const addressesOf = (links: Element[]) => links.map((link) => link.getAttribute("href") ?? "");
  const links = page.getByRole("link", { name: "The change" });
  await expect(links).toHaveCount(STORED.length);
  expect(decoded(await links.evaluateAll(addressesOf))).toEqual(decoded(ADDRESSES));
  expect(await harmIn(page, HOSTS)).toEqual([]);

  const document = await api.document(`What did I achieve? ${user}`);
  const answer = STORED.map((_, index) => ({
    text: `This is claim ${index}. `,
    cites: { document: 0, start: index, end: index + 1 },
  }));
  claude.when(user, answer);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate:" }).click();
  const sources = page.getByRole("button", { name: /^Source \d+$/ });
  await expect(sources).toHaveCount(STORED.length);
  const shown: string[] = [];
  for (const source of await sources.all()) {
    await source.click();
    const link = page.getByRole("dialog").getByRole("link");
    shown.push((await link.getAttribute("href")) ?? "");
    expect(await harmIn(page, HOSTS)).toEqual([]);
    await page.getByRole("button", { name: "Close the source" }).click();
    await expect(link).toHaveCount(0);
  }
  expect(decoded(shown)).toEqual(decoded(ADDRESSES));

  // The paper is drawn from the Markdown.
  await print(page);
  const onPaper = page.locator("[data-footnotes] a[href]");
  expect(decoded(await onPaper.evaluateAll(addressesOf))).toEqual(decoded(ADDRESSES));
  expect(await harmIn(page, HOSTS)).toEqual([]);
  const headers = { authorization: `Bearer ${user}` };
  const exported = async (format: string) =>
    (
      await page.request.get(`${baseURL}/api/report-builder/${document.id}/export?format=${format}`, { headers })
    ).text();
  const notes = (await exported("markdown")).split("\n").filter((line) => line.startsWith("[^"));
  const plain = String.raw`[^\s<>[\]\`|"\\]*`;
  const target = String.raw`<https?://(\[[\da-f:]+\])?${plain}(\\&${plain})*>`;
  const note = new RegExp(String.raw`^\[\^s\d+\]: \[The change\]\(${target}\) \(2026-10-01\)$`);
  expect(notes).toEqual(STORED.map(() => expect.stringMatching(note)));
  expect(seen).toEqual([]);
  // The policy of the page does not allow the style sheet of the export.
  const html = await exported("html");
  const inHtml = await page.evaluate((text) => {
    const { documentElement } = new DOMParser().parseFromString(text, "text/html");
    return [...documentElement.querySelectorAll("a")].map((link) => link.getAttribute("href") ?? "");
  }, html);
  const outside = inHtml.filter((address) => !address.startsWith("#"));
  expect(decoded(outside)).toEqual(decoded(ADDRESSES));
});
