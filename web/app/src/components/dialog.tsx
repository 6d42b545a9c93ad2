import { lazy } from "react";
import type { DialogProps } from "./dialog-window";
import { WhenOpened } from "./when-opened";

const DialogWindow = lazy(() => import("./dialog-window"));

/** A modal dialog. Its children are mounted anew each time it opens. */
export function Dialog(props: DialogProps) {
  return <WhenOpened opened={props.opened}>{(opened) => <DialogWindow {...props} opened={opened} />}</WhenOpened>;
}
