/** Calls `listener` whenever the user comes back: the page is shown or its window focused. Returns how to stop it. */
export function onReturn(listener: () => void): () => void {
  const onVisibilityChange = () => {
    if (document.visibilityState === "visible") listener();
  };
  document.addEventListener("visibilitychange", onVisibilityChange);
  window.addEventListener("focus", listener);
  return () => {
    document.removeEventListener("visibilitychange", onVisibilityChange);
    window.removeEventListener("focus", listener);
  };
}
