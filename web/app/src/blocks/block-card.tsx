import { Loader } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import type { Block } from "@report-builder/jobs";
import { memo, type PointerEvent, useCallback, useState } from "react";
import { useBlockWithContent } from "../api/blocks";
import { ProblemAlert } from "../components/problem-alert";
import { CrashBoundary } from "../layout/crash-boundary";
import classes from "./block.module.css";
import { BlockTools } from "./block-tools";
import { BlockEditor } from "./edit/block-editor";
import { readDraft } from "./edit/drafts";
import type { Editing } from "./edit/editing";
import { focusBlock } from "./focus-block";
import type { JobsOfBlock } from "./job/jobs-of-block";
import { sectionName } from "./notices/section-name";
import { HeadingBlock, TextBlock } from "./plain-blocks";
import { PromptBlock } from "./prompt-block";

interface BlockCardProps extends JobsOfBlock {
  block: Block;
  /** Position in the document, from 0. */
  index: number;
  isLast: boolean;
  headingLevel: 2 | 3;
  /** Hidden blocks stay drawn, so that nothing typed is lost. */
  isHidden: boolean;
  /** How many blocks a heading hides, or null if its section is open. */
  hiddenCount: number | null;
  /** How the block takes part in a drag. */
  drag: "dragged" | "before" | "after" | undefined;
  onMove: (blockId: string, by: -1 | 1) => void;
  onGrab: (event: PointerEvent<HTMLElement>, blockId: string) => void;
  onToggle: (headingId: string) => void;
}

const BLOCK_NAMES: Record<Block["type"], string> = {
  HEADING: "Heading",
  TEXT: "Text",
  PROMPT_RESPONSE: "Prompt and answer",
  DIVIDER: "Divider",
};

/** A block with its tools, editor and body. Not drawn again for a change of other blocks. */
export const BlockCard = memo(function BlockCard({
  block: listed,
  index,
  isLast,
  headingLevel,
  isHidden,
  hiddenCount,
  drag,
  onMove,
  onGrab,
  onToggle,
  ...jobs
}: BlockCardProps) {
  const { block, error } = useBlockWithContent(listed);
  const [editing, setEditing] = useState<Editing | null>(() => (readDraft(listed.id) === null ? null : {}));
  // A block looks up its job when it is near the viewport. A long document would otherwise send a request per block.
  const { ref, entry } = useIntersection({ rootMargin: "400px" });
  const [wasSeen, setWasSeen] = useState(false);
  if (!wasSeen && entry?.isIntersecting) setWasSeen(true);

  const name = sectionName(listed.prompt || listed.content) ?? `block ${index + 1}`;
  const editGap = useCallback((start: number, end: number) => setEditing({ selection: { start, end } }), []);

  function closeEditor() {
    if (isFocusGoing()) focusBlock(listed.id);
    setEditing(null);
  }

  return (
    <article
      ref={ref}
      tabIndex={-1}
      id={listed.id}
      className={classes.card}
      data-type={listed.type}
      data-drag={drag}
      hidden={isHidden}
      aria-label={`Block ${index + 1}: ${BLOCK_NAMES[listed.type]}`}
    >
      <BlockTools
        block={listed}
        name={name}
        index={index}
        isLast={isLast}
        onEdit={() => setEditing({})}
        onMove={onMove}
        onGrab={onGrab}
      />
      <ProblemAlert error={error} title="The block cannot be read" />
      {block === undefined && error === null && <Loader size="sm" aria-label="Loading the block" />}
      <CrashBoundary of="part">
        {block && (
          <Body
            block={block}
            name={name}
            editing={editing}
            isSeen={wasSeen}
            headingLevel={headingLevel}
            jobs={jobs}
            hiddenCount={hiddenCount}
            onToggle={() => onToggle(listed.id)}
            onEdit={() => setEditing({})}
            onEditGap={editGap}
            onCloseEditor={closeEditor}
          />
        )}
      </CrashBoundary>
    </article>
  );
});

/** Whether the focused element disappears with the editor. A button that saves the editor keeps the focus. */
function isFocusGoing(): boolean {
  const focused = document.activeElement;
  return focused === null || focused === document.body || focused.closest("form, [role=dialog]") !== null;
}

interface BodyProps {
  block: Block;
  name: string;
  editing: Editing | null;
  isSeen: boolean;
  headingLevel: 2 | 3;
  jobs: JobsOfBlock;
  hiddenCount: number | null;
  onToggle: () => void;
  onEdit: () => void;
  onEditGap: (start: number, end: number) => void;
  onCloseEditor: () => void;
}

function Body({ hiddenCount, onToggle, ...props }: BodyProps) {
  const { block, editing, headingLevel, onEditGap, onCloseEditor } = props;
  if (editing && block.type !== "PROMPT_RESPONSE") {
    return <BlockEditor block={block} selection={editing.selection} onClose={onCloseEditor} />;
  }
  switch (block.type) {
    case "HEADING":
      return <HeadingBlock block={block} hiddenCount={hiddenCount} onToggle={onToggle} />;
    case "TEXT":
      return <TextBlock block={block} headingLevel={headingLevel} onEditGap={onEditGap} />;
    case "DIVIDER":
      return <hr className={classes.divider} />;
    case "PROMPT_RESPONSE":
      return <PromptBlock {...props} />;
  }
}
