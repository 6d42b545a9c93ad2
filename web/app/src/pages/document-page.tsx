import { Anchor, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useDocumentJobs } from "@report-builder/jobs";
import { IconAdjustmentsHorizontal, IconArrowLeft, IconBulb } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "react-router";
import { AnalysisDrawer } from "../analysis/analysis-drawer";
import { useDocument, useRefreshDocument } from "../api/documents";
import { useRefreshJobs } from "../api/jobs";
import { AddBlock } from "../blocks/add-block";
import { BlockList } from "../blocks/block-list";
import { DraftEverything } from "../blocks/draft/draft-everything";
import { Outline } from "../blocks/outline";
import { PageHeader } from "../components/page-header";
import { ProblemAlert } from "../components/problem-alert";
import { ContextDrawer } from "../documents/context/context-drawer";
import { DocumentMenu } from "../documents/document-menu";
import { StatusBadge } from "../documents/status-badge";
import { ExportMenu } from "../export/export-menu";
import { CrashBoundary } from "../layout/crash-boundary";
import classes from "./document-page.module.css";

export default function DocumentPage() {
  const { documentId = "" } = useParams();
  const { data: document, error, refetch } = useDocument(documentId);
  const refreshDocument = useRefreshDocument(documentId);
  const refreshJobs = useRefreshJobs();
  const drafting = useDocumentJobs({
    documentId,
    onJobEnd() {
      void refreshDocument();
      void refreshJobs();
    },
  });
  const navigate = useNavigate();
  const [analysisOpened, analysis] = useDisclosure(false);
  const [contextOpened, context] = useDisclosure(false);

  return (
    <div className={classes.page}>
      <Anchor component={Link} to="/" size="sm" c="dimmed" className={classes.back}>
        <IconArrowLeft size={15} aria-hidden /> Documents
      </Anchor>
      {error && (
        <>
          <PageHeader title="Document" />
          <ProblemAlert error={error} title="The document cannot be read" onRetry={refetch} />
        </>
      )}
      {!document && !error && (
        <Stack aria-busy="true" aria-label="Loading">
          <Skeleton height={36} width="60%" />
          <Skeleton height={140} />
          <Skeleton height={140} />
        </Stack>
      )}
      {document && (
        <>
          <PageHeader
            stacked
            title={document.name}
            description={
              <Group gap="xs">
                <span data-no-print>
                  <StatusBadge status={document.status} />
                </span>
                {document.description && (
                  <Text inherit lineClamp={3} title={document.description}>
                    {document.description}
                  </Text>
                )}
              </Group>
            }
          >
            <Group gap="xs">
              <Button
                variant="default"
                size="sm"
                px="sm"
                leftSection={<IconAdjustmentsHorizontal size={16} />}
                onClick={context.open}
              >
                Context
              </Button>
              <Button variant="default" size="sm" px="sm" leftSection={<IconBulb size={16} />} onClick={analysis.open}>
                Analyze document
              </Button>
              <ExportMenu document={document} />
              <DocumentMenu document={document} onDeleted={() => navigate("/")} />
            </Group>
          </PageHeader>
          {document.blocks?.length === 0 && (
            <Text c="dimmed">This document is empty. Add a prompt, and generate an answer from your evidence.</Text>
          )}
          <CrashBoundary of="part">
            <DraftEverything documentId={document.id} blocks={document.blocks ?? []} drafting={drafting} />
          </CrashBoundary>
          <Outline blocks={document.blocks ?? []} />
          <BlockList documentId={document.id} blocks={document.blocks ?? []} followed={drafting.jobs} />
          <div className={classes.end}>
            <AddBlock documentId={document.id} />
          </div>
          <AnalysisDrawer documentId={document.id} blockId={null} opened={analysisOpened} onClose={analysis.close} />
          <ContextDrawer document={document} opened={contextOpened} onClose={context.close} />
        </>
      )}
    </div>
  );
}
