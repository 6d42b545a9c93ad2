import { Loader } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import type { Block, Job } from "@report-builder/jobs";
import { useState } from "react";
import { useBlockWithContent } from "../api/blocks";
import { ProblemAlert } from "../components/problem-alert";
import classes from "./block.module.css";
import { BlockTools } from "./block-tools";
import { BlockEditor } from "./edit/block-editor";
import { readDraft } from "./edit/drafts";
import { focusBlock } from "./focus-block";
import { HeadingBlock, TextBlock } from "./plain-blocks";
import { PromptBlock } from "./prompt-block";

interface BlockCardProps {
  block: Block;
  /** Position in the document, from 0. */
  index: number;
  isLast: boolean;
  headingLevel: 2 | 3;
  /** The completed job whose text was not applied to the block, or null. */
  unapplied: Job | null;
}

const BLOCK_NAMES: Record<Block["type"], string> = {
  HEADING: "Heading",
  TEXT: "Text",
  PROMPT_RESPONSE: "Prompt and answer",
  DIVIDER: "Divider",
};

/** A block with its tools, editor and body. */
export function BlockCard({ block: listed, index, isLast, headingLevel, unapplied }: BlockCardProps) {
  const { block, error } = useBlockWithContent(listed);
  const [isEditing, setIsEditing] = useState(() => readDraft(listed.id) !== null);
  // A block looks up its job when it is near the viewport. A long document would otherwise send a request per block.
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
