"use client";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { createClient, JobsProvider } from "@report-builder/jobs";
import { notify } from "@report-builder/jobs/mantine";
import type { ReactNode } from "react";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";

const client = createClient();

export function Providers({ children }: { children: ReactNode }) {
  return (
    <MantineProvider>
      <Notifications />
      <JobsProvider client={client} notify={notify}>
        {children}
      </JobsProvider>
    </MantineProvider>
  );
}
