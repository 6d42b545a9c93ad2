import { Alert, Button, Group, NumberInput, Radio, Stack, Text, TextInput } from "@mantine/core";
import type { FormEvent } from "react";
import { ANSWER_CHARACTERS, MAX_NAME } from "../api/limits";
import { ProblemAlert } from "../components/problem-alert";
import { DateRangeFilter } from "../library/evidence-filters";
import { summaryOf } from "../library/import/outcome-view";
import type { Outcome } from "../library/import/use-import";
import { EvidenceOfPeriod } from "./evidence-of-period";
import { periodsOn } from "./period";
import { type ReviewPlan, suggestedName } from "./review-plan";
import classes from "./start.module.css";
import { TEMPLATES } from "./templates";

interface ReviewFormProps {
  today: Date;
  plan: ReviewPlan;
  /** What was imported in the first step, or null. */
  imported: Outcome | null;
  pending: boolean;
  error: Error | null;
  onChange: (part: Partial<ReviewPlan>) => void;
  onBack: () => void;
  onSubmit: () => void;
}

/** Asks for the kind of the review, its period and its names. */
export function ReviewForm({ today, plan, imported, pending, error, onChange, onBack, onSubmit }: ReviewFormProps) {
  const isOwn = plan.template.perspective === "SELF";

  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit();
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        {imported && (
          <Alert role="status" color="pine" title="Your evidence is in the library">
            {summaryOf(imported)}
          </Alert>
        )}
        <Kind plan={plan} onChange={onChange} />
        <fieldset className={classes.group}>
          <legend>Period</legend>
          <Group gap="xs" mb="sm">
            {periodsOn(today).map(({ label, start, end }) => {
              const isChosen = plan.period.start === start && plan.period.end === end;
              return (
                <Button
                  key={label}
                  size="compact-sm"
                  variant={isChosen ? "light" : "default"}
                  aria-pressed={isChosen}
                  onClick={() => onChange({ period: { start, end } })}
                >
                  {label}
                </Button>
              );
            })}
          </Group>
          <DateRangeFilter {...plan.period} onChange={(range) => onChange({ period: { ...plan.period, ...range } })} />
          <EvidenceOfPeriod period={plan.period} />
        </fieldset>
        <TextInput
          label={isOwn ? "Your name" : "Name of the person"}
          placeholder={isOwn ? "Optional" : ""}
          required={!isOwn}
          maxLength={MAX_NAME}
          value={plan.personName}
          onChange={(event) => onChange({ personName: event.currentTarget.value })}
        />
        <TextInput
          label="Name of the document"
          required
          maxLength={MAX_NAME}
          value={plan.name ?? suggestedName(plan, today)}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
        {plan.template.sections.length > 0 && (
          <NumberInput
            label="Longest answer"
            description="Characters, 100 to 20,000, if your form has a limit. Drafts keep to it."
            placeholder="No limit"
            {...ANSWER_CHARACTERS}
            allowDecimal={false}
            thousandSeparator=","
            value={plan.maxCharacters ?? ""}
            onChange={(value) => onChange({ maxCharacters: typeof value === "number" ? value : null })}
          />
        )}
        <ProblemAlert error={error} title="The document cannot be created" />
        <Group justify="space-between">
          <Button variant="default" disabled={pending} onClick={onBack}>
            Back
          </Button>
          <Button type="submit" loading={pending}>
            Create the document
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Kind({ plan, onChange }: Pick<ReviewFormProps, "plan" | "onChange">) {
  const { sections } = plan.template;
  return (
    <div>
      <Radio.Group
        label="Kind of review"
        value={plan.template.id}
        onChange={(id) => onChange({ template: TEMPLATES.find((template) => template.id === id) ?? plan.template })}
      >
        <div className={classes.kinds}>
          {TEMPLATES.map(({ id, label, description }) => (
            <Radio key={id} value={id} label={label} description={description} />
          ))}
        </div>
      </Radio.Group>
      {sections.length > 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          Sections: {sections.map(({ heading }) => heading).join(" · ")}
        </Text>
      )}
    </div>
  );
}
