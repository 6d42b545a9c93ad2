"use client";

import { useJob } from "@report-builder/jobs";

/** Insights from the evidence of a document. The job writes no block. */
export function Analysis({ documentId }: { documentId: string }) {
  const { job, start, isActive } = useJob({ documentId });
  const themes = job?.result && "insights" in job.result ? (job.result.insights?.themes ?? []) : [];

  return (
    <aside>
      <button type="button" disabled={isActive} onClick={() => start({ type: "ANALYZE" })}>
        {isActive ? "Analyzing" : "Analyze"}
      </button>
      <ul>
        {themes.map(({ title, summary }) => (
          <li key={title}>
            {title}: {summary}
          </li>
        ))}
      </ul>
    </aside>
  );
}
