import { Badge, Button, EmptyState, Group, NumberInput, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import type { Goal, NewGoal } from "@report-builder/jobs";
import { IconTarget } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { goalResource } from "../api/library";
import { date } from "../components/format";
import { labelOf } from "../components/labels";
import { ProblemAlert } from "../components/problem-alert";
import { choicesOf, GOAL_STATUSES } from "./choices";
import { type EntryFormProps, EntrySection } from "./entry-section";
import classes from "./library.module.css";

const NO_FILTERS = {};

export default function GoalsSection() {
  return (
    <EntrySection
      resource={goalResource}
      filters={NO_FILTERS}
      kind="goals"
      noun="goal"
      renderEmpty={(importButton) => (
        <EmptyState icon={<IconTarget size={40} stroke={1.3} />} py="xl">
          <EmptyState.Title>No goals yet</EmptyState.Title>
          <EmptyState.Description>
            Drafts relate your work to your active goals. Import a file, or add a goal by hand.
          </EmptyState.Description>
          <EmptyState.Actions>{importButton}</EmptyState.Actions>
        </EmptyState>
      )}
      nameOf={({ title }) => title}
      renderEntry={(goal) => <GoalEntry goal={goal} />}
      renderForm={(form) => <GoalForm key={form.entry?.id ?? "new"} {...form} />}
    />
  );
}

function GoalEntry({ goal }: { goal: Goal }) {
  const details = [
    goal.progressPercent != null && `${goal.progressPercent} % done`,
    goal.targetDate && `due ${date(goal.targetDate)}`,
    goal.priority && `${labelOf(goal.priority)} priority`,
    goal.category,
  ];
  return (
    <>
      <Text fw={600} lineClamp={2} title={goal.title}>
        {goal.title}
      </Text>
      <Text size="sm" mt={2} className={classes.clamped}>
        {goal.description}
      </Text>
      <Group gap="xs" mt={8}>
        <Badge variant="light" color={goal.status === "ACTIVE" ? "pine" : "gray"} tt="none" fw={500}>
          {labelOf(goal.status)}
        </Badge>
        <Text size="xs" c="dimmed">
          {details.filter(Boolean).join(" · ")}
        </Text>
      </Group>
    </>
  );
}

function GoalForm({ entry, pending, error, onSubmit }: EntryFormProps<Goal, NewGoal>) {
  const [title, setTitle] = useState(entry?.title ?? "");
  const [description, setDescription] = useState(entry?.description ?? "");
  const [status, setStatus] = useState(entry?.status ?? "ACTIVE");
  const [targetDate, setTargetDate] = useState(entry?.targetDate ?? "");
  const [progressPercent, setProgressPercent] = useState(entry?.progressPercent ?? null);

  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit({ title, description, status, targetDate: targetDate || null, progressPercent });
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Title"
          required
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          data-autofocus
        />
        <Textarea
          label="Description"
          autosize
          minRows={3}
          maxRows={12}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Select
          label="Status"
          data={choicesOf(GOAL_STATUSES)}
          value={status}
          onChange={(value) => value && setStatus(value)}
          allowDeselect={false}
        />
        <TextInput
          type="date"
          label="Due"
          value={targetDate}
          onChange={(event) => setTargetDate(event.currentTarget.value)}
        />
        <NumberInput
          label="Done"
          suffix=" %"
          min={0}
          max={100}
          allowDecimal={false}
          value={progressPercent ?? ""}
          onChange={(value) => setProgressPercent(typeof value === "number" ? value : null)}
        />
        <ProblemAlert error={error} title="The goal cannot be saved" />
        <Button type="submit" loading={pending}>
          Save
        </Button>
      </Stack>
    </form>
  );
}
