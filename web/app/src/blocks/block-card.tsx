import { Loader } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import type { Block, Job } from "@report-builder/jobs";
import { useState } from "react";
import { useWholeBlock } from "../api/blocks";
import { ProblemAlert } from "../components/problem-alert";
import classes from "./block.module.css";
import { BlockEditor } from "./block-editor";
import { BlockTools } from "./block-tools";
import { readDraft } from "./drafts";
import { focusBlock } from "./focus-block";
import { HeadingBlock, TextBlock } from "./plain-blocks";
import { PromptBlock } from "./prompt-block";

interface BlockCardProps {
  block: Block;
  /** Its place in the document, from 0. */
  index: number;
  isLast: boolean;
  headingLevel: 2 | 3;
  /** A job that wrote a text for the block which was not applied. */
  unapplied: Job | null;
}

export const BLOCK_NAMES: Record<Block["type"], string> = {
  HEADING: "Heading",
  TEXT: "Text",
  PROMPT_RESPONSE: "Prompt and answer",
  DIVIDER: "Divider",
};

/** A block with what can be done to it. */
export function BlockCard({ block: listed, index, isLast, headingLevel, unapplied }: BlockCardProps) {
  const { block, error } = useWholeBlock(listed);
  const [isEditing, setIsEditing] = useState(() => readDraft(listed.id) !== null);
  // What is far down a long document asks for its jobs only when the reader gets there.
  const { ref, entry } = useIntersection({ rootMargin: "400px" });
  const [wasSeen, setWasSeen] = useState(false);
  if (!wasSeen && entry?.isIntersecting) setWasSeen(true);

  function closeEditor() {
    focusBlock(listed.id);
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
      {block && isEditing && <BlockEditor block={block} onClose={closeEditor} />}
      {block && (
        <Body
          block={block}
          isEditing={isEditing}
          isSeen={wasSeen}
          headingLevel={headingLevel}
          unapplied={unapplied}
          onEdit={() => setIsEditing(true)}
        />
      )}
    </article>
  );
}

interface BodyProps {
  block: Block;
  isEditing: boolean;
  isSeen: boolean;
  headingLevel: 2 | 3;
  unapplied: Job | null;
  onEdit: () => void;
}

function Body({ block, isEditing, isSeen, headingLevel, unapplied, onEdit }: BodyProps) {
  switch (block.type) {
    case "HEADING":
      return isEditing ? null : <HeadingBlock block={block} />;
    case "TEXT":
      return isEditing ? null : <TextBlock block={block} headingLevel={headingLevel} />;
    case "DIVIDER":
      return <hr className={classes.divider} />;
    case "PROMPT_RESPONSE":
      return (
        <PromptBlock
          block={block}
          isEditing={isEditing}
          isSeen={isSeen}
          headingLevel={headingLevel}
          unapplied={unapplied}
          onEdit={onEdit}
        />
      );
  }
}
