/** Runs the local runner as a developer starts it, with a scripted model or without an API key. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

export class Service {
  private constructor(
    private readonly process: ChildProcess,
    private readonly data: string,
    readonly url: string,
  ) {}

  /** Starts the runner on a free port. Without `model` it has no API key. */
  static async start(model?: { url: string }): Promise<Service> {
    const data = mkdtempSync(join(tmpdir(), "report-builder-web-"));
    const options = ["serve", "--port", "0", "--data-dir", data, ...(model ? [] : ["--without-key"])];
    const claude = model ? { ANTHROPIC_API_KEY: "scripted", ANTHROPIC_BASE_URL: model.url } : { ANTHROPIC_API_KEY: "" };
    const child = spawn(join(ROOT, "target/debug/local"), options, {
      cwd: ROOT,
      env: { ...process.env, LOG_LEVEL: "error", ...claude },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    const url = await new Promise<string>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`the runner ended with ${code}`)));
      lines.on("line", (line) => {
        const found = /^Report Builder Jobs on (http:\S+?)\/?$/.exec(line);
        if (found?.[1]) resolve(found[1]);
      });
    });
    return new Service(child, data, url);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
    rmSync(this.data, { recursive: true, force: true });
  }
}
