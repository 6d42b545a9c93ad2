"use client";

import { unwrap, useJobsClient } from "@report-builder/jobs";
import { useRouter } from "next/navigation";

export function NewReview() {
  const client = useJobsClient();
  const router = useRouter();

  async function create() {
    const { id } = await unwrap(client.POST("/api/report-builder", { body: { name: "My review" } }));
    const block = { type: "PROMPT_RESPONSE" as const, prompt: "What did I deliver?" };
    await unwrap(client.POST("/api/report-builder/{id}/blocks", { params: { path: { id } }, body: block }));
    router.refresh();
  }

  return (
    <button type="button" onClick={create}>
      New review
    </button>
  );
}
