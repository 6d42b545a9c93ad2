"use client";

import { unwrap, useJobsClient } from "@report-builder/jobs";
import { useRouter } from "next/navigation";
import { useState } from "react";

export function NewReview() {
  const client = useJobsClient();
  const router = useRouter();
  const [isCreating, setCreating] = useState(false);
  const [error, setError] = useState("");

  async function create() {
    setCreating(true); // A second click would make a second document.
    setError("");
    try {
      const { id } = await unwrap(client.POST("/api/report-builder", { body: { name: "My review" } }));
      const block = { type: "PROMPT_RESPONSE" as const, prompt: "What did I deliver?" };
      await unwrap(client.POST("/api/report-builder/{id}/blocks", { params: { path: { id } }, body: block }));
      router.refresh(); // Shows the review in place of this button.
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
      setCreating(false);
    }
  }

  return (
    <>
      <button type="button" disabled={isCreating} onClick={create}>
        New review
      </button>
      {error && <p role="alert">{error}</p>}
    </>
  );
}
