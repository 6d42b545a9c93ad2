import { Group, MultiSelect, TextInput } from "@mantine/core";
import type { EvidenceCategory, EvidenceType } from "@report-builder/jobs";
import { choicesOf, EVIDENCE_CATEGORIES, EVIDENCE_TYPES } from "./choices";

interface FilterProps<Value> {
  value: Value[];
  onChange: (value: Value[]) => void;
}

export function TypeFilter({ value, onChange }: FilterProps<EvidenceType>) {
  return (
    <MultiSelect
      label="Types"
      placeholder={value.length === 0 ? "All types" : ""}
      data={choicesOf(EVIDENCE_TYPES)}
      value={value}
      onChange={(chosen) => onChange(EVIDENCE_TYPES.filter((type) => chosen.includes(type)))}
      clearable
      clearButtonProps={{ "aria-label": "All types" }}
    />
  );
}

export function CategoryFilter({ value, onChange }: FilterProps<EvidenceCategory>) {
  return (
    <MultiSelect
      label="Categories"
      placeholder={value.length === 0 ? "All categories" : ""}
      data={choicesOf(EVIDENCE_CATEGORIES)}
      value={value}
      onChange={(chosen) => onChange(EVIDENCE_CATEGORIES.filter((category) => chosen.includes(category)))}
      clearable
      clearButtonProps={{ "aria-label": "All categories" }}
    />
  );
}

interface DateRangeFilterProps {
  /** `YYYY-MM-DD` or RFC 3339. Null for no limit. */
  start: string | null;
  end: string | null;
  onChange: (range: { start?: string | null; end?: string | null }) => void;
}

/** Two date fields of the browser, which support the user's locale and the date picker of a phone. */
export function DateRangeFilter({ start, end, onChange }: DateRangeFilterProps) {
  return (
    <Group grow gap="sm">
      <TextInput
        type="date"
        label="From"
        value={dayOf(start)}
        max={dayOf(end)}
        onChange={(event) => onChange({ start: event.currentTarget.value || null })}
      />
      <TextInput
        type="date"
        label="To"
        value={dayOf(end)}
        min={dayOf(start)}
        onChange={(event) => onChange({ end: event.currentTarget.value || null })}
      />
    </Group>
  );
}

function dayOf(moment: string | null): string {
  return moment?.slice(0, "YYYY-MM-DD".length) ?? "";
}
