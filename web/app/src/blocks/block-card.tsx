import { Loader } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import type { Block } from "@report-builder/jobs";
import { memo, useState } from "react";
import { useBlockWithContent } from "../api/blocks";
import { ProblemAlert } from "../components/problem-alert";
import classes from "./block.module.css";
import { BlockTools } from "./block-tools";
import { BlockEditor } from "./edit/block-editor";
import { readDraft } from "./edit/drafts";
import { focusBlock } from "./focus-block";
import type { JobsOfBlock } from "./job/jobs-of-block";
import { HeadingBlock, TextBlock } from "./plain-blocks";
import { PromptBlock } from "./prompt-block";

interface BlockCardProps extends JobsOfBlock {
  block: Block;
  /** Position in the document, from 0. */
  index: number;
  isLast: boolean;
  headingLevel: 2 | 3;
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
  ...jobs
}: BlockCardProps) {
  const { block, error } = useBlockWithContent(listed);
  const [isEditing, setIsEditing] = useState(() => readDraft(listed.id) !== null);
  // A block looks up its job when it is near the viewport. A long document would otherwise send a request per block.
  const { ref, entry } = useIntersection({ rootMargin: "400px" });
  const [wasSeen, setWasSeen] = useState(false);
  if (!wasSeen && entry?.isIntersecting) setWasSeen(true);

  function closeEditor() {
    if (isFocusGoing()) focusBlock(listed.id);
    setIsEditing(false);
  }

  return (
    <article
      ref={ref}
      tabIndex={-1}
      id={listed.id}
      className={classes.card}
      data-type={listed.type}
      aria-label={`Block ${index + 1}: ${BLOCK_NAMES[listed.type]}`}
    >
      <BlockTools block={listed} index={index} isLast={isLast} onEdit={() => setIsEditing(true)} />
      <ProblemAlert error={error} title="The block cannot be read" />
      {block === undefined && error === null && <Loader size="sm" aria-label="Loading the block" />}
      {block && (
        <Body
          block={block}
          isEditing={isEditing}
          isSeen={wasSeen}
          headingLevel={headingLevel}
          jobs={jobs}
          onEdit={() => setIsEditing(true)}
          onCloseEditor={closeEditor}
        />
      )}
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
  isEditing: boolean;
  isSeen: boolean;
  headingLevel: 2 | 3;
  jobs: JobsOfBlock;
  onEdit: () => void;
  onCloseEditor: () => void;
}

function Body({ block, isEditing, isSeen, headingLevel, jobs, onEdit, onCloseEditor }: BodyProps) {
  if (isEditing && block.type !== "PROMPT_RESPONSE") return <BlockEditor block={block} onClose={onCloseEditor} />;
  switch (block.type) {
    case "HEADING":
      return <HeadingBlock block={block} />;
    case "TEXT":
      return <TextBlock block={block} headingLevel={headingLevel} />;
    case "DIVIDER":
      return <hr className={classes.divider} />;
    case "PROMPT_RESPONSE":
      return (
        <PromptBlock
          block={block}
          isEditing={isEditing}
          isSeen={isSeen}
          headingLevel={headingLevel}
          jobs={jobs}
          onEdit={onEdit}
          onCloseEditor={onCloseEditor}
        />
      );
  }
}
