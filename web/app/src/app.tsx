import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { JobsProvider } from "@report-builder/jobs";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, useState } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { client, createQueryClient } from "./api/client";
import { useNotices } from "./blocks/notices/use-notices";
import { CrashBoundary } from "./layout/crash-boundary";
import { Shell } from "./layout/shell";
import { styleNonce } from "./nonce";
import { DocumentsPage } from "./pages/documents-page";
import { NotFoundPage } from "./pages/not-found-page";
import { cssVariables, theme } from "./theme";

const DocumentPage = lazy(() => import("./pages/document-page"));
const LibraryPage = lazy(() => import("./pages/library-page"));
const JobPage = lazy(() => import("./pages/job-page"));
const NewReviewPage = lazy(() => import("./pages/new-review-page"));
const JobsPage = lazy(() => import("./pages/jobs-page"));

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce}
    >
      <CrashBoundary of="everything">
        <BrowserRouter>
          <Session />
        </BrowserRouter>
      </CrashBoundary>
    </MantineProvider>
  );
}

function Session() {
  const [queryClient] = useState(createQueryClient);
  return (
    <QueryClientProvider client={queryClient}>
      <Pages />
    </QueryClientProvider>
  );
}

function Pages() {
  const { notify } = useNotices();
  return (
    <JobsProvider client={client} notify={notify}>
      <Notifications position="bottom-right" />
      <Routes>
        <Route element={<Shell />}>
          <Route index element={<DocumentsPage />} />
          <Route path="new" element={<NewReviewPage />} />
          <Route path="documents/:documentId" element={<DocumentPage />} />
          <Route path="library/:tab?" element={<LibraryPage />} />
          <Route path="jobs/:jobId" element={<JobPage />} />
          <Route path="jobs" element={<JobsPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Route>
      </Routes>
    </JobsProvider>
  );
}
