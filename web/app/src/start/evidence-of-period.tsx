import { Text } from "@mantine/core";
import { useEvidenceCounts } from "../api/library";
import { count } from "../components/format";
import type { Period } from "./period";

/** Says how much evidence lies in a period, so that nobody starts a review of an empty one unknowingly. */
export function EvidenceOfPeriod({ period: { start, end } }: { period: Period }) {
  const { data } = useEvidenceCounts({ ...(start && { start }), ...(end && { end }) });
  return (
    <Text size="sm" c="dimmed" mt="xs" role="status">
      {data && wordsFor(data.total, data.totalIsLowerBound)}
    </Text>
  );
}

function wordsFor(total: number, isLowerBound: boolean): string {
  if (total === 0) return "No evidence lies in this period yet. You can add some at any time in the library.";
  if (isLowerBound) return `More than ${count(total)} pieces of evidence lie in this period.`;
  return total === 1
    ? "1 piece of evidence lies in this period."
    : `${count(total)} pieces of evidence lie in this period.`;
}
