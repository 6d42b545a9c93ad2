/**
 * Makes the request of a client call, and reads its answer. The options and the result are those of `openapi-fetch`,
 * whose own code has many options that this API does not need and weighs as much as all hooks.
 */

type Values = Record<string, unknown>;

export interface RequestOptions extends Omit<RequestInit, "body" | "headers"> {
  params?: { path?: Values; query?: Values; header?: Values };
  headers?: HeadersInit;
  body?: unknown;
  bodySerializer?: (body: unknown) => BodyInit;
  parseAs?: "json" | "text" | "blob" | "arrayBuffer" | "stream";
}

export function requestOf(
  origin: string,
  method: string,
  path: string,
  { params = {}, headers, body, bodySerializer = JSON.stringify, parseAs: _, ...init }: RequestOptions,
): Request {
  const url = `${origin}${fillIn(path, params.path)}${queryOf(params.query)}`;
  const all = new Headers(body === undefined ? {} : { "Content-Type": "application/json" });
  new Headers(headers).forEach((value, name) => {
    all.set(name, value);
  });
  for (const [name, value] of entriesOf(params.header)) all.set(name, String(value));
  return new Request(url, { ...init, method, headers: all, body: body === undefined ? null : bodySerializer(body) });
}

/** Reads the answer: `data` of a success, or `error` with the JSON or the text of a failure. */
export async function resultOf(response: Response, parseAs: RequestOptions["parseAs"] = "json") {
  if (!response.ok) return { error: jsonOrText(await response.text()), response };
  if (parseAs === "stream") return { data: response.body, response };
  if (parseAs !== "json") return { data: await response[parseAs](), response };
  const text = await response.text();
  return { data: text ? JSON.parse(text) : undefined, response };
}

/** Each value stays one segment of the path. */
function fillIn(path: string, values: Values = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

/** The service takes lists with commas. */
function queryOf(values: Values = {}): string {
  const pairs = entriesOf(values).map(([name, value]) => `${name}=${[value].flat().map(encode).join(",")}`);
  return pairs.length > 0 ? `?${pairs.join("&")}` : "";
}

const encode = (value: unknown) => encodeURIComponent(String(value));

/** The entries that have a value. An empty list has none. */
function entriesOf(values: Values = {}): [string, unknown][] {
  return Object.entries(values).filter(([, value]) => value != null && [value].flat().length > 0);
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
