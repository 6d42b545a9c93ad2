import { lazy } from "react";
import type { SidePanelProps } from "./side-panel-window";
import { WhenOpened } from "./when-opened";

const SidePanelWindow = lazy(() => import("./side-panel-window"));

/** A drawer at the right edge. Its children are mounted anew each time it opens and may be lazy components. */
export function SidePanel(props: SidePanelProps) {
  return <WhenOpened opened={props.opened}>{(opened) => <SidePanelWindow {...props} opened={opened} />}</WhenOpened>;
}
