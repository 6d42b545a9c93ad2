import { Button, Group, Loader, Progress, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Block, FollowedDocumentJobs, SkippedBlock } from "@report-builder/jobs";
import { IconPlayerStop, IconSparkles } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useRef } from "react";
import { dryRunOfDocument } from "../../api/dry-run";
import { MAX_BLOCKS_PER_REQUEST } from "../../api/limits";
import { pluralize } from "../../components/format";
import { ProblemAlert } from "../../components/problem-alert";
import { PollingStopped } from "../../jobs/polling-stopped";
import { saveOpenEditor } from "../edit/open-editors";
import { Estimate } from "../estimate/estimate";
import { useEstimate } from "../estimate/use-estimate";
import { WriteAnyway } from "../estimate/write-anyway";
import classes from "./draft-everything.module.css";

interface DraftEverythingProps {
  documentId: string;
  blocks: readonly Block[];
  drafting: FollowedDocumentJobs;
}

/** Drafts all empty sections of a document at once, and shows how many are written. */
export function DraftEverything({ documentId, blocks, drafting }: DraftEverythingProps) {
  const empty = blocks.filter(
    ({ type, content, contentOmitted }) => type === "PROMPT_RESPONSE" && !content && !contentOmitted,
  );
  const ids = empty.map(({ id }) => id);
  const estimate = useEstimate(dryRunOfDocument(documentId, ids.slice(0, MAX_BLOCKS_PER_REQUEST)));
  const estimateId = useId();
  const part = useRef<HTMLDivElement>(null);
  const [isAsking, asking] = useDisclosure(false);
  const starting = useMutation({
    mutationFn: async () => {
      const skipped: SkippedBlock[] = [];
      for (let at = 0; at < ids.length; at += MAX_BLOCKS_PER_REQUEST) {
        const blockIds = ids.slice(at, at + MAX_BLOCKS_PER_REQUEST);
        skipped.push(...(await drafting.start({ blockIds, applyMode: "auto" })).skipped);
      }
      return skipped;
    },
    onSuccess: keepFocus,
  });
  /** Saves what is typed in open editors first, because it may be the prompt of a section. */
  const preparing = useMutation({
    mutationFn: async () => {
      const saved = await Promise.all(blocks.map(({ id }) => saveOpenEditor(id)));
      if (saved.includes(false)) throw new Error("Something that you typed could not be saved. Its section says why.");
      if (await estimate.lacksEvidence()) asking.open();
      else starting.mutate();
    },
  });
  const cancelling = useMutation({ mutationFn: drafting.cancel, onSuccess: keepFocus });
  const { counts } = drafting;
  const isBusy = drafting.isActive || preparing.isPending || starting.isPending;

  /** The buttons of this part replace each other. The focus stays here, so that the next Tab continues from here. */
  function keepFocus() {
    const focused = document.activeElement;
    if (focused === document.body || part.current?.contains(focused)) part.current?.focus({ preventScroll: true });
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields.
    <div ref={part} tabIndex={-1} role="group" aria-label="Draft the sections" className={classes.part}>
      {drafting.isActive && counts.total > 1 ? (
        <div className={classes.panel}>
          <Group justify="space-between" wrap="nowrap" gap="sm">
            <Text size="sm" fw={600} role="status">
              {counts.completed} of {pluralize(counts.total, "section")} written
              {counts.failed > 0 && `, ${counts.failed} not written`}
            </Text>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconPlayerStop size={14} />}
              loading={cancelling.isPending}
              onClick={() => cancelling.mutate()}
            >
              Cancel all
            </Button>
          </Group>
          <Progress
            value={(100 * (counts.completed + counts.failed)) / counts.total}
            size="sm"
            mt="xs"
            aria-label="Sections that are done"
          />
          <ProblemAlert error={cancelling.error} title="The jobs cannot be cancelled" />
        </div>
      ) : (
        <>
          {drafting.error && <PollingStopped onResume={drafting.resume} />}
          {ids.length > 0 && (
            <div className={classes.offer}>
              <span {...estimate.handlers}>
                <Button
                  size="sm"
                  variant="light"
                  leftSection={isBusy ? <Loader size={16} color="gray" aria-hidden /> : <IconSparkles size={16} />}
                  aria-disabled={isBusy}
                  data-disabled={isBusy}
                  aria-describedby={estimateId}
                  onClick={() => !isBusy && preparing.mutate()}
                >
                  Draft everything
                </Button>
              </span>
              {!isBusy && (
                <Estimate id={estimateId} dryRun={ids.length > MAX_BLOCKS_PER_REQUEST ? undefined : estimate.dryRun} />
              )}
              {!isBusy && starting.data && <Skipped skipped={starting.data} />}
            </div>
          )}
          <ProblemAlert error={preparing.error ?? starting.error} title="The sections cannot be drafted" />
          <WriteAnyway
            opened={isAsking}
            onClose={asking.close}
            onConfirm={() => {
              asking.close();
              starting.mutate();
            }}
          />
        </>
      )}
    </div>
  );
}

/** The sections that got no job because the user has to do something first. */
function Skipped({ skipped }: { skipped: readonly SkippedBlock[] }) {
  const count = skipped.filter(({ reason }) => reason === "NO_PROMPT").length;
  if (count === 0) return null;
  return (
    <Text size="xs" c="dimmed" role="status" mt={4}>
      {count === 1
        ? "1 section has no prompt yet, so it was left out."
        : `${count} sections have no prompt yet, so they were left out.`}
    </Text>
  );
}
