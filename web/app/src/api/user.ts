const KEY = "report-builder.user";

/**
 * The user name for the local runner, which is sent as the bearer token. Empty if the user has not set a name. A
 * deployed page would use the token of its sign-in instead.
 *
 * The name is read once, when the page loads. A change of user reloads the page, so nothing that was started for one
 * user continues for another user.
 */
export const currentUser = storedUser();

function storedUser(): string {
  return localStorage.getItem(KEY) ?? "";
}

/** Stores the user name and reloads the page if the name has changed. */
export function signInAs(user: string): void {
  if (user === "") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, user);
  reloadIfUserChanged();
}

function reloadIfUserChanged(): void {
  if (storedUser() !== currentUser) window.location.reload();
}

// Another tab may change the user, even while this page is in the back/forward cache.
window.addEventListener("storage", reloadIfUserChanged);
window.addEventListener("pageshow", reloadIfUserChanged);

const MAX_LENGTH = 64;

/** The reason why `user` is not a valid bearer token (RFC 6750), or null if it is valid. */
export function userNameError(user: string): string | null {
  if (user.length > MAX_LENGTH) return `${MAX_LENGTH} characters at most.`;
  return user === "" || /^[A-Za-z0-9._~+/-]+=*$/.test(user)
    ? null
    : "Letters, digits and - . _ ~ + / only, without spaces.";
}
