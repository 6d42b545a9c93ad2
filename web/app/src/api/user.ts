const KEY = "report-builder.user";

/**
 * The name under which the local runner knows the reader: it is sent as the Bearer token. Empty if none was given.
 * A deployed page would hold a token of its sign-in here instead.
 *
 * A page belongs to one user as long as it lives, so that nothing which was begun for one goes on for another.
 */
export const currentUser = storedUser();

function storedUser(): string {
  return localStorage.getItem(KEY) ?? "";
}

/** Begins afresh as another user. */
export function signInAs(user: string): void {
  if (user === "") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, user);
  beginAfreshIfSwitched();
}

function beginAfreshIfSwitched(): void {
  if (storedUser() !== currentUser) window.location.reload();
}

// The user may be switched in another tab, also while the browser has put this page aside.
window.addEventListener("storage", beginAfreshIfSwitched);
window.addEventListener("pageshow", beginAfreshIfSwitched);

const LONGEST = 64;

/** Why the name cannot be sent as a token (RFC 6750), or `null`. */
export function whyNotAUser(user: string): string | null {
  if (user.length > LONGEST) return `${LONGEST} characters at most.`;
  return user === "" || /^[A-Za-z0-9._~+/-]+=*$/.test(user)
    ? null
    : "Letters, digits and - . _ ~ + / only, without spaces.";
}
