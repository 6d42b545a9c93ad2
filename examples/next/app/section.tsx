"use client";

import { applyJob, type Block, type Job, unappliedTextOf, useJob, useJobsClient } from "@report-builder/jobs";
import { useRouter } from "next/navigation";
import { useState } from "react";

/** A block with its prompt and its text. A job writes the text. `waiting` is a job whose text waits beside it. */
export function Section({ block, waiting }: { block: Block; waiting: Job | undefined }) {
  const client = useJobsClient();
  const router = useRouter();
  const [instruction, setInstruction] = useState("");
  const [applyError, setApplyError] = useState("");
  const { job, start, cancel, retry, isActive, progress, partialText } = useJob({
    documentId: block.documentId,
    blockId: block.id,
    onComplete: router.refresh,
  });

  const lastJob = job ?? waiting;
  const unappliedText = lastJob ? unappliedTextOf(lastJob) : null;

  async function take(from: Job) {
    setApplyError("");
    await applyJob(client, from).then(router.refresh, (error: Error) => setApplyError(error.message));
  }

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
      {lastJob && unappliedText && unappliedText !== block.content && (
        <blockquote>
          <p>{unappliedText}</p>
          <button type="button" onClick={() => take(lastJob)}>
            Take this text
          </button>
          {applyError && <p role="alert">{applyError}</p>}
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
          <input
            aria-label="Instruction"
            value={instruction}
            onChange={(event) => setInstruction(event.target.value)}
          />
          <button type="submit">Refine</button>
        </form>
      )}
    </section>
  );
}
