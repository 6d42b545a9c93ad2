/** A scripted Messages API. A test sets the text of the answer and can hold the answer at a gate. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Holds an answer until the test calls `open`. */
export class Gate {
  readonly opened: Promise<void>;
  open!: () => void;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

export type Step =
  | { text: string }
  /** Text that cites items `start` to `end` (exclusive) of the document with this index. */
  | { text: string; cites: { document: number; start: number; end: number } }
  | { gate: Gate }
  /** Why the answer ends. Default: `end_turn`. */
  | { stop: "max_tokens" }
  /** The answer ends as a refusal, with this category. */
  | { refusal: string }
  /** The request is invalid, with this message. A first step, instead of an answer. */
  | { error: string };

/** The answer to a request without a script. */
const DEFAULT_STEPS: Step[] = [{ text: "This quarter I shipped what the evidence shows." }];
const INSIGHT = { title: "Reliability", summary: "Payments fail less often.", evidenceIds: [] };
const INSIGHTS = { themes: [INSIGHT], strengths: [INSIGHT], gaps: [], recommendations: [INSIGHT] };

export class Claude {
  private readonly scripts = new Map<string, Step[]>();
  private readonly requests: string[] = [];

  private constructor(private readonly server: Server) {
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async start(): Promise<Claude> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Claude(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Sets the answer to requests whose prompt or context contains `mark`. */
  when(mark: string, steps: Step[]): void {
    this.scripts.set(mark, steps);
  }

  /** The number of requests that contained `mark`. */
  calls(mark: string): number {
    return this.requests.filter((request) => request.includes(mark)).length;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify(withoutOtherParts(asked));
    this.requests.push(body);
    // The longest mark wins, because one mark may be a part of another mark.
    const marks = [...this.scripts.keys()].filter((known) => body.includes(known));
    const mark = marks.sort((one, other) => other.length - one.length)[0];
    let steps = mark === undefined ? DEFAULT_STEPS : (this.scripts.get(mark) ?? DEFAULT_STEPS);
    if (asked.output_config?.format && mark === undefined) steps = [{ text: JSON.stringify(INSIGHTS) }];
    const [first] = steps;
    if (first && "error" in first) {
      response.writeHead(400, { "content-type": "application/json", "request-id": "req_scripted" });
      const error = { type: "invalid_request_error", message: first.error };
      response.end(JSON.stringify({ type: "error", error, request_id: "req_scripted" }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_scripted" });
    const send = (event: { type: string; [field: string]: unknown }) => {
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    };
    const usage = { input_tokens: 1200, output_tokens: 1 };
    const message = { id: "msg_scripted", type: "message", role: "assistant", model: asked.model, content: [] };
    send({ type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null, usage } });
    let index = 0;
    let end: { stop_reason: string; stop_sequence: null; stop_details?: object } = {
      stop_reason: "end_turn",
      stop_sequence: null,
    };
    for (const step of steps) {
      if ("gate" in step) {
        // If the test never opens the gate, the wait ends when the connection closes.
        await Promise.race([step.gate.opened, new Promise((resolve) => response.once("close", resolve))]);
        continue;
      }
      if ("stop" in step) {
        end = { ...end, stop_reason: step.stop };
        continue;
      }
      if ("refusal" in step) {
        const details = { type: "refusal", category: step.refusal, explanation: step.refusal };
        end = { ...end, stop_reason: "refusal", stop_details: details };
        continue;
      }
      if ("error" in step) continue;
      const cited = "cites" in step ? { citations: [] } : {};
      send({ type: "content_block_start", index, content_block: { type: "text", text: "", ...cited } });
      if ("cites" in step) {
        const { document, start, end } = step.cites;
        // The API returns the whole of the cited blocks, word for word.
        const documents = asked.messages[0].content.filter((block: { type: string }) => block.type === "document");
        const items: { text: string }[] = documents[document]?.source.content.slice(start, end) ?? [];
        const words = items.map((item) => item.text).join("");
        const location = { document_index: document, start_block_index: start, end_block_index: end };
        const citation = { type: "content_block_location", cited_text: words, document_title: null, ...location };
        send({ type: "content_block_delta", index, delta: { type: "citations_delta", citation } });
      }
      for (let at = 0; at < step.text.length; at += 4096) {
        const delta = { type: "text_delta", text: step.text.slice(at, at + 4096) };
        send({ type: "content_block_delta", index, delta });
      }
      send({ type: "content_block_stop", index });
      index += 1;
    }
    send({ type: "message_delta", delta: end, usage: { ...usage, output_tokens: 240 } });
    send({ type: "message_stop" });
    response.end();
  }
}

interface Request {
  messages: { content: string | { type: string; text?: string }[] }[];
}

/** The request without the lines that name the other parts of the document, because marks stand in their titles, too. */
function withoutOtherParts<R extends Request>(request: R): R {
  const own = (text: string) =>
    text
      .split("\n")
      .filter((line) => !line.startsWith("- "))
      .join("\n");
  const messages = request.messages.map((message) => ({
    ...message,
    content:
      typeof message.content === "string"
        ? message.content
        : message.content.map((block) => (block.text === undefined ? block : { ...block, text: own(block.text) })),
  }));
  return { ...request, messages };
}
