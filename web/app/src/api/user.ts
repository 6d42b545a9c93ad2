import { useSyncExternalStore } from "react";

const KEY = "report-builder.user";
const listeners = new Set<() => void>();

/**
 * The name under which the local runner knows the reader: it is sent as the Bearer token. Empty if none was given.
 * A deployed page would hold a token of its sign-in here instead.
 */
export function currentUser(): string {
  return localStorage.getItem(KEY) ?? "";
}

export function signInAs(user: string): void {
  if (user === "") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, user);
  for (const listener of listeners) listener();
}

/** Why the name cannot be sent as a token (RFC 6750), or `null`. */
export function whyNotAUser(user: string): string | null {
  return user === "" || /^[A-Za-z0-9._~+/-]+=*$/.test(user)
    ? null
    : "Letters, digits and - . _ ~ + / only, without spaces.";
}

/** The current user; follows a change in this tab and in others. */
export function useCurrentUser(): string {
  return useSyncExternalStore(subscribe, currentUser);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}
