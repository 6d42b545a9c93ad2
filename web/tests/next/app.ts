/** Runs `examples/next` against an address of the service. `make test-next` has installed and built it. */

import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const EXAMPLE = join(dirname(fileURLToPath(import.meta.url)), "../../../examples/next");
const START_TIMEOUT_MS = 300_000;

export type Mode = "start" | "dev";

export class App {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts the app on a free port, for a signed-in user. The address of the service is known only now. */
  static async start(mode: Mode, service: string, user: string): Promise<App> {
    const port = await freePort();
    const next = join(EXAMPLE, "node_modules/next/dist/bin/next");
    const child = spawn(process.execPath, [next, mode, "--hostname", "127.0.0.1", "--port", String(port)], {
      cwd: EXAMPLE,
      env: {
        ...process.env,
        NODE_ENV: mode === "dev" ? "development" : "production",
        NEXT_TELEMETRY_DISABLED: "1",
        REPORT_BUILDER_API: service,
        REPORT_BUILDER_TOKEN: user,
      },
      stdio: ["ignore", "ignore", "inherit"],
      detached: true,
    });
    const app = new App(child, `http://localhost:${port}`);
    const end = Date.now() + START_TIMEOUT_MS;
    while (!(await fetch(`http://127.0.0.1:${port}/api/goals/generate`, { method: "POST" }).catch(() => null))?.ok) {
      if (child.exitCode !== null || Date.now() > end) {
        await app.stop();
        throw new Error(`next ${mode} does not answer`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return app;
  }

  /** Ends Next and the processes that it has started. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.pid === undefined) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    process.kill(-this.process.pid, "SIGKILL");
    await ended;
  }
}

/** A request as the app has forwarded it. */
export interface Forwarded {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
}

/** Stands between the app and the service, and records the requests. */
export class Recorder {
  readonly requests: Forwarded[] = [];

  private constructor(private readonly server: Server) {}

  static async start(service: string): Promise<Recorder> {
    const server = createServer();
    const recorder = new Recorder(server);
    server.on("request", async (request, response) => {
      const { method = "GET", url = "/", headers } = request;
      recorder.requests.push({ method, path: url.split("?")[0] ?? url, headers });
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { host: _host, connection: _connection, "content-length": _length, ...others } = headers;
      const answer = await fetch(`${service}${url}`, {
        method,
        headers: others as Record<string, string>,
        body: chunks.length > 0 ? Buffer.concat(chunks) : null,
      });
      const kept = ["content-type", "etag", "retry-after", "location", "x-request-id"];
      response.writeHead(
        answer.status,
        Object.fromEntries([...answer.headers].filter(([name]) => kept.includes(name))),
      );
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return recorder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
