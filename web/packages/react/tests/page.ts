import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

/** Has the tests of a file run on a clock that they move themselves, with backoffs of their full length, each on a new page. */
export function runOnTestClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
    vi.spyOn(Math, "random").mockReturnValue(1);
  });
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
  });
}

/** Lets time pass, and React take note of what happened. */
export async function pass(milliseconds: number): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(milliseconds));
}

/** Hides the page, as when another tab comes to the front. */
export function hidePage(): void {
  setVisibility("hidden");
}

export function showPage(): void {
  setVisibility("visible");
}

/** As when the user clicks into the window after another one. */
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
