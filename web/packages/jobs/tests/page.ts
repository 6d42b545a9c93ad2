import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

/**
 * Runs the tests of a file on fake timers. Each backoff has its maximum length. Each test starts with an empty page in a new tab.
 */
export function runOnTestClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"] });
    vi.spyOn(Math, "random").mockReturnValue(1);
  });
  afterEach(() => {
    cleanup();
    sessionStorage.clear();
    vi.useRealTimers();
  });
}

/** Advances the test clock and flushes React updates. */
export async function pass(milliseconds: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(milliseconds));
}

/** Hides the page, as a switch to another tab does. */
export function hidePage(): void {
  setVisibility("hidden");
}

export function showPage(): void {
  setVisibility("visible");
}

/** Focuses the window, as a click into it does. */
export function focusPage(): void {
  window.dispatchEvent(new Event("focus"));
}

function setVisibility(state: DocumentVisibilityState): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
}

export function goOffline(): void {
  setOnline(false);
}

export function goOnline(): void {
  setOnline(true);
}

function setOnline(isOnline: boolean): void {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(isOnline);
  window.dispatchEvent(new Event(isOnline ? "online" : "offline"));
}
