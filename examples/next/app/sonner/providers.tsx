"use client";

import { createClient, JobsProvider } from "@report-builder/jobs";
import { notify } from "@report-builder/jobs/sonner";
import type { ReactNode } from "react";
import { Toaster } from "sonner";

const client = createClient();

export function Providers({ children }: { children: ReactNode }) {
  return (
    <JobsProvider client={client} notify={notify}>
      <Toaster richColors />
      {children}
    </JobsProvider>
  );
}
