import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import ReactMarkdown from "react-markdown";
import { safeUrl } from "../components/safe-url";
import { remarkGithub } from "../markdown/remark-github";
import { remarkPlainImages } from "../markdown/remark-plain-images";
import { remarkVisible } from "../markdown/remark-visible";
import classes from "./print.module.css";
import { remarkFootnotes } from "./remark-footnotes";

const PLUGINS = [remarkGithub, remarkFootnotes, remarkPlainImages, remarkVisible];
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
