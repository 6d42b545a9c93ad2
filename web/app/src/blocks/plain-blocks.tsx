import { Text, Title } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { IconChevronRight } from "@tabler/icons-react";
import { CitedText } from "../citations/cited-text";
import { pluralize } from "../components/format";
import classes from "./block.module.css";

/** Stands for a heading without words. */
export const UNTITLED = "Untitled heading";

interface HeadingBlockProps {
  block: Block;
  /** How many blocks of its section are hidden, or null if the section is open. */
  hiddenCount: number | null;
  onToggle: () => void;
}

export function HeadingBlock({ block, hiddenCount, onToggle }: HeadingBlockProps) {
  const isOpen = hiddenCount === null;
  const title = block.content || UNTITLED;
  return (
    <div className={classes.headingLine}>
      <button
        type="button"
        className={classes.fold}
        aria-label={`Section ${title}`}
        aria-expanded={isOpen}
        title={isOpen ? "Hide this section" : "Show this section"}
        onClick={onToggle}
      >
        <IconChevronRight size={17} aria-hidden data-open={isOpen || undefined} />
      </button>
      <Title order={2} size="h3" className={classes.heading}>
        {title}
      </Title>
      {hiddenCount !== null && (
        <Text size="sm" c="dimmed" className={classes.hiddenCount ?? ""} data-no-copy>
          {pluralize(hiddenCount, "block")} hidden
        </Text>
      )}
    </div>
  );
}

interface TextBlockProps {
  block: Block;
  headingLevel: 2 | 3;
  onEditGap: (start: number, end: number) => void;
}

export function TextBlock({ block, headingLevel, onEditGap }: TextBlockProps) {
  if (!block.content) return <Text c="dimmed">This text is empty.</Text>;
  return (
    <CitedText
      text={block.content}
      citations={block.citations}
      grounding={block.grounding}
      isOwn={block.contentBy === "USER"}
      headingLevel={headingLevel}
      onEditGap={onEditGap}
    />
  );
}
