import { Alert, Button, Checkbox, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import type { ContextConfig, Evidence } from "@report-builder/jobs";
import { type Ref, useState } from "react";
import { evidenceResource, useEntries } from "../../api/library";
import { count, date } from "../../components/format";
import { labelOf } from "../../components/labels";
import { ListState } from "../../components/list-state";
import { ProblemAlert } from "../../components/problem-alert";
import { SearchField } from "../../library/search-field";
import { SelectionBar } from "../../library/selection-bar";
import { useSelection } from "../../library/use-selection";
import classes from "./choice-list.module.css";
import { type Choice, type Chosen, choiceOf, choose, chosenText, MAX_CHOSEN } from "./choices";

const PAGE_SIZE = 20;

const CHOICES: { value: Choice; label: string }[] = [
  { value: "PINNED", label: "Pin" },
  { value: "NORMAL", label: "Normal" },
  { value: "EXCLUDED", label: "Leave out" },
];

interface ChoiceListProps {
  config: ContextConfig;
  /** Focused by a button above the form. */
  titleRef: Ref<HTMLHeadingElement>;
  /** How the last choice is being saved. */
  saving: { isPending: boolean; isSuccess: boolean; error: Error | null };
  onChange: (chosen: Chosen) => void;
}

/** All evidence with the choice to read a piece always or never, whatever the filters say. */
export function ChoiceList({ config, titleRef, saving, onChange }: ChoiceListProps) {
  const [q, setQ] = useState("");
  const [isTooMuch, setIsTooMuch] = useState(false);
  const list = useEntries(evidenceResource, { limit: PAGE_SIZE, ...(q && { q }) });
  const selection = useSelection(list.items);

  function set(ids: string[], choice: Choice) {
    const chosen = choose(config, ids, choice);
    setIsTooMuch(chosen === null);
    if (chosen) onChange(chosen);
  }

  return (
    <section aria-label="Pinned and left out">
      <Title order={3} size="h5" ref={titleRef} tabIndex={-1}>
        Pinned and left out
      </Title>
      <Text size="sm" c="dimmed">
        Jobs read pinned pieces first, even if the filters do not match them. They never read what you leave out. A
        choice is saved at once.
      </Text>
      <Text size="sm" mt={4} role="status">
        {chosenText(config)}
        {saving.isPending && ". Saving…"}
        {saving.isSuccess && ". Saved."}
      </Text>
      <ProblemAlert error={saving.error} title="The choice cannot be saved" />
      <Stack gap="xs" mt="sm">
        <SearchField label="Search evidence" placeholder="Title, summary or repository" value={q} onSearch={setQ} />
        {isTooMuch && (
          <Alert color="red" role="alert">
            At most {count(MAX_CHOSEN)} pieces can be pinned, and as many left out. Nothing was changed.
          </Alert>
        )}
        <ListState
          list={list}
          empty={
            <Text size="sm" c="dimmed">
              {q ? "Nothing matches. Search for other words." : "There is no evidence yet."}
            </Text>
          }
        >
          <SelectionBar selection={selection}>
            <Button.Group>
              {CHOICES.map(({ value, label }) => (
                <Button
                  key={value}
                  size="compact-sm"
                  variant="default"
                  onClick={() =>
                    set(
                      selection.selected.map(({ id }) => id),
                      value,
                    )
                  }
                >
                  {label}
                </Button>
              ))}
            </Button.Group>
          </SelectionBar>
          <ul className={classes.list}>
            {list.items.map((evidence) => (
              <li key={evidence.id}>
                <Checkbox
                  size="sm"
                  aria-label={`Select ${evidence.title}`}
                  checked={selection.has(evidence.id)}
                  onChange={(event) => selection.toggle(evidence.id, event.currentTarget.checked)}
                />
                <Piece evidence={evidence} />
                <SegmentedControl
                  size="xs"
                  aria-label={evidence.title}
                  data={CHOICES}
                  value={choiceOf(config, evidence.id)}
                  onChange={(choice) => set([evidence.id], choice)}
                />
              </li>
            ))}
          </ul>
        </ListState>
      </Stack>
    </section>
  );
}

/** The title, type and date of a piece. */
export function Piece({ evidence }: { evidence: Evidence }) {
  return (
    <div className={classes.piece}>
      <Text size="sm" lineClamp={2} title={evidence.title}>
        {evidence.title}
      </Text>
      <Text size="xs" c="dimmed">
        {[labelOf(evidence.type), date(evidence.occurredAt), evidence.scope && `${evidence.scope} scope`]
          .filter(Boolean)
          .join(" · ")}
      </Text>
    </div>
  );
}
