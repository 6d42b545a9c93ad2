import { useDebouncedValue } from "@mantine/hooks";
import type { DryRun } from "@report-builder/jobs";
import { type QueryKey, type UseQueryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { matchesNothing } from "./estimate-text";

/** A pointer that only crosses a button asks nothing. */
const DELAY_MS = 200;

/**
 * Asks the service what jobs would read and cost, as soon as the user points at their button or focuses it. A document
 * with 40 sections therefore sends no request for each of them.
 */
export function useEstimate<Key extends QueryKey>(options: UseQueryOptions<DryRun, Error, DryRun, Key>) {
  const queries = useQueryClient();
  const [isNear, setIsNear] = useState(false);
  const [isWanted] = useDebouncedValue(isNear, DELAY_MS);
  const { data } = useQuery({ ...options, enabled: isWanted && isNear });
  return {
    dryRun: data,
    /** For the element around the button. */
    handlers: {
      onPointerEnter: () => setIsNear(true),
      onPointerLeave: () => setIsNear(false),
      onFocus: () => setIsNear(true),
      onBlur: () => setIsNear(false),
    },
    /** Resolves to true if it is known that the jobs would have no evidence. */
    async lacksEvidence(): Promise<boolean> {
      try {
        return matchesNothing(await queries.fetchQuery(options));
      } catch {
        // The request for the jobs says what is wrong.
        return false;
      }
    },
  };
}
