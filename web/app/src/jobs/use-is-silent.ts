import type { Job } from "@report-builder/jobs";
import { useEffect, useState } from "react";

/** A worker reports its progress every few seconds. */
const SILENT_MS = 10_000;

/** Whether a running job has not changed for so long that its worker or the connection may be gone. */
export function useIsSilent(job: Pick<Job, "status" | "updatedAt"> | null): boolean {
  const heard = job?.status === "PROCESSING" ? job.updatedAt : null;
  const [silentSince, setSilentSince] = useState<string | null>(null);
  useEffect(() => {
    if (heard === null) return;
    const timer = setTimeout(() => setSilentSince(heard), SILENT_MS);
    return () => clearTimeout(timer);
  }, [heard]);
  return heard !== null && silentSince === heard;
}
