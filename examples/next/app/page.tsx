import { unwrap } from "@report-builder/jobs/client";
import { connection } from "next/server";
import { Suspense } from "react";
import { service } from "@/lib/service";
import { waitingJobs } from "@/lib/waiting-jobs";
import { Analysis } from "./analysis";
import { NewReview } from "./new-review";
import { Section } from "./section";

export default function Home() {
  return (
    <main>
      <Suspense fallback={<p>Loading…</p>}>
        <Newest />
      </Suspense>
    </main>
  );
}

/** The newest document of the user. */
async function Newest() {
  await connection(); // Rendered for each request.
  const { documents } = await unwrap(service.GET("/api/report-builder", { params: { query: { limit: 1 } } }));
  const id = documents[0]?.id;
  if (!id) return <NewReview />;
  const document = await unwrap(service.GET("/api/report-builder/{id}", { params: { path: { id } } }));
  const blocks = document.blocks ?? [];
  const waiting = await waitingJobs(id, blocks);
  return (
    <>
      <h1>{document.name}</h1>
      {blocks.map((block) => (
        <Section key={block.id} block={block} waiting={waiting.find(({ blockId }) => blockId === block.id)} />
      ))}
      <Analysis documentId={id} />
    </>
  );
}
