"use client";

import { applyJob, type Block, useJob, useJobsClient } from "@report-builder/jobs";
import { useRouter } from "next/navigation";
import { useState } from "react";

/** A block with its prompt and its text. A job writes the text. */
export function Section({ block }: { block: Block }) {
  const client = useJobsClient();
  const router = useRouter();
  const [instruction, setInstruction] = useState("");
  const { job, start, cancel, retry, isActive, progress, partialText, unappliedText } = useJob({
    documentId: block.documentId,
    blockId: block.id,
    onComplete: router.refresh,
  });

  if (isActive) {
    return (
      <section>
        <h2>{block.prompt}</h2>
        <p role="status">{progress?.message ?? "Starting"}</p>
        <p>{partialText}</p>
        <button type="button" onClick={cancel}>
          Cancel
        </button>
      </section>
    );
  }
  return (
    <section>
      <h2>{block.prompt}</h2>
      <p>{block.content}</p>
      {job && unappliedText && unappliedText !== block.content && (
        <blockquote>
          <p>{unappliedText}</p>
          <button type="button" onClick={() => applyJob(client, job).then(router.refresh)}>
            Take this text
          </button>
        </blockquote>
      )}
      <button type="button" onClick={() => start({ type: "GENERATE", applyMode: "auto" })}>
        Generate
      </button>
      {job?.status === "FAILED" && (
        <button type="button" onClick={() => retry()}>
          Try again
        </button>
      )}
      {block.content && (
        <form action={() => void start({ type: "REFINE", prompt: instruction })}>
          <input aria-label="Instruction" value={instruction} onChange={(event) => setInstruction(event.target.value)} />
          <button type="submit">Refine</button>
        </form>
      )}
    </section>
  );
}
