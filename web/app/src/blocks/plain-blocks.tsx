import { Text, Title } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { CitedText } from "../citations/cited-text";
import classes from "./block.module.css";

export function HeadingBlock({ block }: { block: Block }) {
  return (
    <Title order={2} size="h3" className={classes.heading}>
      {block.content || "Untitled heading"}
    </Title>
  );
}

export function TextBlock({ block, headingLevel }: { block: Block; headingLevel: 2 | 3 }) {
  if (!block.content) return <Text c="dimmed">This text is empty.</Text>;
  return <CitedText text={block.content} citations={block.citations} headingLevel={headingLevel} />;
}
