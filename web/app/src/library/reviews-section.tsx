import { Button, EmptyState, NumberInput, Select, Stack, Text, Textarea } from "@mantine/core";
import type { NewReview, Review } from "@report-builder/jobs";
import { IconMessages } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { reviewResource } from "../api/library";
import { labelOf } from "../components/labels";
import { ProblemAlert } from "../components/problem-alert";
import { choicesOf, REVIEW_TYPES } from "./choices";
import { type EntryFormProps, EntrySection } from "./entry-section";
import classes from "./library.module.css";

const NO_FILTERS = {};

export default function ReviewsSection() {
  return (
    <EntrySection
      resource={reviewResource}
      filters={NO_FILTERS}
      kind="reviews"
      noun="review"
      renderEmpty={(importButton) => (
        <EmptyState icon={<IconMessages size={40} stroke={1.3} />} py="xl">
          <EmptyState.Title>No reviews yet</EmptyState.Title>
          <EmptyState.Description>
            Past feedback that drafts can use. Import a file, or add a review by hand.
          </EmptyState.Description>
          <EmptyState.Actions>{importButton}</EmptyState.Actions>
        </EmptyState>
      )}
      nameOf={reviewName}
      renderEntry={(review) => (
        <>
          <Text fw={600}>{reviewName(review)}</Text>
          <Text size="sm" mt={2} className={classes.clamped}>
            {review.content}
          </Text>
          {review.weight != null && (
            <Text size="xs" c="dimmed" mt={6}>
              Weight {review.weight}
            </Text>
          )}
        </>
      )}
      renderForm={(form) => <ReviewForm key={form.entry?.id ?? "new"} {...form} />}
    />
  );
}

function reviewName({ type, year }: Review): string {
  return `${labelOf(type)} review of ${year}`;
}

function ReviewForm({ entry, pending, error, onSubmit }: EntryFormProps<Review, NewReview>) {
  const [year, setYear] = useState(entry?.year ?? new Date().getFullYear());
  const [type, setType] = useState(entry?.type ?? "MANAGER");
  const [content, setContent] = useState(entry?.content ?? "");
  const [weight, setWeight] = useState(entry?.weight ?? null);

  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit({ year, type, content, weight });
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <NumberInput
          label="Year"
          required
          allowDecimal={false}
          value={year}
          onChange={(value) => typeof value === "number" && setYear(value)}
        />
        <Select
          label="Written by"
          data={choicesOf(REVIEW_TYPES)}
          value={type}
          onChange={(value) => value && setType(value)}
          allowDeselect={false}
        />
        <Textarea
          label="Text"
          required
          autosize
          minRows={5}
          maxRows={20}
          value={content}
          onChange={(event) => setContent(event.currentTarget.value)}
          data-autofocus
        />
        <NumberInput
          label="Weight"
          description="How much the review counts. You choose the scale."
          min={0}
          value={weight ?? ""}
          onChange={(value) => setWeight(typeof value === "number" ? value : null)}
        />
        <ProblemAlert error={error} title="The review cannot be saved" />
        <Button type="submit" loading={pending}>
          Save
        </Button>
      </Stack>
    </form>
  );
}
