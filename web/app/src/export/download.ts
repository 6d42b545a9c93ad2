/** Saves a file as the browser does with a download. */
export function download(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const MAX_CHARS = 80;

/** The name of a document without the characters that a file name cannot have on every system. */
export function fileName(title: string, ending: string): string {
  const name = title.replace(/[\\/:*?"<>|\p{Cc}\s]+/gu, " ").trim();
  const short = Array.from(name)
    .slice(0, MAX_CHARS)
    .join("")
    .replace(/^\.+|[. ]+$/g, "");
  return `${short || "document"}.${ending}`;
}
