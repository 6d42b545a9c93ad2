import { Collapse, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronRight } from "@tabler/icons-react";
import { useSource } from "../api/library";
import { humanize, pluralize } from "../components/format";
import classes from "./citations.module.css";
import type { Footnote } from "./footnotes";
import { SourceButton } from "./source-button";
import { titleOf } from "./source-title";

/** The sources of a text in the order of their numbers. Collapsed by default. */
export function SourceList({ footnotes }: { footnotes: readonly Footnote[] }) {
  const [opened, { toggle }] = useDisclosure(false);
  if (footnotes.length === 0) return null;
  return (
    <div className={classes.sources} data-no-print>
      <UnstyledButton onClick={toggle} aria-expanded={opened} className={classes.toggle}>
        <IconChevronRight size={14} aria-hidden className={classes.chevron} data-opened={opened || undefined} />
        {pluralize(footnotes.length, "source")}
      </UnstyledButton>
      <Collapse expanded={opened}>
        {opened && (
          <ol className={classes.list}>
            {footnotes.map((footnote) => (
              <li key={footnote.number}>
                <SourceLine footnote={footnote} />
              </li>
            ))}
          </ol>
        )}
      </Collapse>
    </div>
  );
}

function SourceLine({ footnote }: { footnote: Footnote }) {
  const { data } = useSource(footnote.sourceType, footnote.sourceId);
  return (
    <SourceButton source={footnote} className={classes.title}>
      {data ? titleOf(data) : (footnote.quotes[0] ?? humanize(footnote.sourceType))}
    </SourceButton>
  );
}
