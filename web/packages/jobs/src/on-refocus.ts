/**
 * Calls `listener` when the page becomes visible or its window gets the focus. Returns the function that unsubscribes.
 */
export function onRefocus(listener: () => void): () => void {
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
