import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";
import { safeUrl } from "../components/safe-url";
import { remarkPlainImages } from "../markdown/remark-plain-images";
import classes from "./print.module.css";

const PLUGINS = [remarkGfm, remarkPlainImages];
/** On paper nobody can click on an arrow back to the text. */
const NOTES = { footnoteLabel: "Sources", footnoteLabelProperties: {}, footnoteBackContent: () => [] };

/** Prints the Markdown of an export. Its footnotes are notes at the end. */
export function print(markdown: string): void {
  const paper = document.createElement("div");
  paper.className = classes.paper ?? "";
  document.body.append(paper);
  const root = createRoot(paper);
  flushSync(() =>
    root.render(
      <ReactMarkdown remarkPlugins={PLUGINS} remarkRehypeOptions={NOTES} urlTransform={safeUrl}>
        {markdown}
      </ReactMarkdown>,
    ),
  );
  window.addEventListener(
    "afterprint",
    () => {
      root.unmount();
      paper.remove();
    },
    { once: true },
  );
  window.print();
}
