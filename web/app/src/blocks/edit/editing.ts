import type { TextRange } from "./block-editor";

/** How the editor of a block was opened. */
export interface Editing {
  /** The part of the content that is selected first. */
  selection?: TextRange | undefined;
}
