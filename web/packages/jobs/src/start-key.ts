import { randomKey } from "./create-client.js";

/**
 * Chooses the `Idempotency-Key` of each start. The answer to a start may be lost after the service has created the
 * jobs. If the same request is then sent again with the same key, the service answers with these jobs.
 */
export class StartKey {
  /** The last start whose outcome is unknown. */
  #unsettled: { request: string; key: string } | null = null;

  /** Returns the key for `request`: that of the last start if its outcome is unknown and it was the same request. */
  take(request: unknown): string {
    const unsettled = this.#unsettled;
    this.#unsettled = null;
    return unsettled?.request === JSON.stringify(request) ? unsettled.key : randomKey();
  }

  /** The outcome of this start is unknown. */
  keep(request: unknown, key: string): void {
    this.#unsettled = { request: JSON.stringify(request), key };
  }
}
