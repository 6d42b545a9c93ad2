import { Anchor, Badge, Blockquote, CloseButton, Group, Loader, Stack, Text } from "@mantine/core";
import { ApiError } from "@report-builder/jobs";
import { type Source, useSource } from "../api/library";
import { humanize } from "../components/format";
import { ProblemAlert } from "../components/problem-alert";
import { readableUrl, safeUrl } from "../components/safe-url";
import classes from "./citations.module.css";
import type { SourceReference } from "./source-reference";
import { kindOf, textOf, titleOf } from "./source-title";

interface SourceDetailsProps {
  source: SourceReference;
  onClose: () => void;
}

/** A source with its cited passages. */
export function SourceDetails({ source, onClose }: SourceDetailsProps) {
  const { data, error, isPending } = useSource(source.sourceType, source.sourceId);
  const gone = error instanceof ApiError && error.status === 404;
  return (
    <Stack gap="xs" className={classes.details}>
      <Group justify="space-between" wrap="nowrap">
        <Badge variant="light" color="gray" className={classes.kind}>
          {data ? kindOf(data) : humanize(source.sourceType)}
        </Badge>
        <CloseButton size="sm" aria-label="Close the source" onClick={onClose} data-autofocus />
      </Group>
      {isPending && <Loader size="sm" aria-label="Loading the source" />}
      {gone ? (
        <Text size="sm">This source is no longer in your library.</Text>
      ) : (
        <ProblemAlert error={error} title="The source cannot be read" />
      )}
      {data && (
        <Text fw={600} size="sm">
          {titleOf(data)}
        </Text>
      )}
      {source.quotes.map((quote) => (
        <Blockquote key={quote} p="xs" m={0} className={classes.quote}>
          {quote}
        </Blockquote>
      ))}
      {data && <Entry source={data} quotes={source.quotes} />}
    </Stack>
  );
}

/** The rest of the entry: its text, unless that is cited as a whole, and its link. */
function Entry({ source, quotes }: { source: Source; quotes: readonly string[] }) {
  const link = source.type === "EVIDENCE" && source.entry.url ? safeUrl(source.entry.url) : undefined;
  const text = textOf(source);
  return (
    <>
      {!quotes.includes(text) && (
        <Text size="sm" className={classes.summary}>
          {text}
        </Text>
      )}
      {link && (
        <Anchor size="sm" href={link} target="_blank" rel="noopener noreferrer nofollow">
          {readableUrl(link)}
        </Anchor>
      )}
    </>
  );
}
