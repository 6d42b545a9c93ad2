import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import type { Block, BlockPatch, Job, Revision } from "@report-builder/jobs";
import { IconArrowsDiff } from "@tabler/icons-react";
import { type Ref, useMemo } from "react";
import { idsOf, useChangeBlock } from "../../api/blocks";
import { useRefreshDocument } from "../../api/documents";
import { useEndedJob } from "../../api/jobs";
import { ProblemAlert } from "../../components/problem-alert";
import { useInFlightGuard } from "../../components/use-in-flight-guard";
import { merge, paragraphDiff, type Row } from "../../diff/paragraph-diff";
import { focusBlock } from "../focus-block";
import { declined } from "../job/decided";
import { useNotices } from "../notices/use-notices";
import { ProposedText } from "./proposed-text";

interface ProposalProps {
  block: Block;
  jobId: string;
  ref: Ref<HTMLElement>;
}

/** Shows the text of a job beside the user's own text. The user takes all of it, single paragraphs or nothing. */
export default function Proposal({ block, jobId, ref }: ProposalProps) {
  const { data: job, error } = useEndedJob(jobId);
  const content = job?.result && "content" in job.result ? job.result.content : null;
  if (error) return <ProblemAlert error={error} title="The proposal cannot be read" />;
  if (!job || typeof content !== "string" || content.trim() === (block.content ?? "").trim()) return null;
  return <Choice block={block} job={job} content={content} ref={ref} />;
}

interface ChoiceProps {
  block: Block;
  job: Job;
  content: string;
  ref: Ref<HTMLElement>;
}

function Choice({ block, job, content, ref }: ChoiceProps) {
  const mine = block.content ?? "";
  const rows = useMemo(() => paragraphDiff(mine, content), [mine, content]);
  const changing = useChangeBlock(idsOf(block));
  const refresh = useRefreshDocument(block.documentId);
  const guard = useInFlightGuard();
  const { notifySection } = useNotices();
  const citations = job.result && "citations" in job.result ? (job.result.citations ?? []) : [];
  const changedRows = rows.filter(({ kind }) => kind !== "same");

  function accepted(title: string, isChange: (revision: Revision) => boolean) {
    // The button is gone.
    focusBlock(block.id);
    const message = "Your earlier text is in the history.";
    notifySection({ ids: idsOf(block), kind: "success", title, message, isChange });
  }

  function change(patch: BlockPatch, onSuccess: () => void) {
    // The block may have changed meanwhile. The user then compares with what it is now.
    const onError = () => void refresh();
    guard((done) => changing.mutate({ patch, version: block.version }, { onSuccess, onError, onSettled: done }));
  }

  function acceptAll() {
    const patch = { fromJob: job.jobId };
    change(patch, () => accepted("Proposal accepted", (revision) => revision.jobId === job.jobId));
  }

  function accept(row: Row) {
    // The last paragraph brings the text and its sources as a whole.
    if (changedRows.length === 1) return acceptAll();
    const text = merge(rows, (other) => other === row);
    const onSuccess = () => accepted("Paragraph accepted", (revision) => revision.newContent === text);
    change({ content: text }, onSuccess);
  }

  function keepMine() {
    change(declined(job.jobId), () => focusBlock(block.id));
  }

  return (
    <Alert
      role="group"
      ref={ref as Ref<HTMLDivElement>}
      tabIndex={-1}
      mt="md"
      color="yellow"
      variant="light"
      icon={<IconArrowsDiff size={20} />}
      title={job.statusReason === "PROPOSED" ? "A proposal for this section" : "A draft is waiting"}
    >
      <Stack gap="sm">
        <Text size="sm">
          {explanationOf(job)}
          {changedRows.length > 1 && citations.length > 0 && " The sources follow with the last paragraph you accept."}
        </Text>
        <ProposedText
          rows={rows}
          citations={citations}
          pending={changing.isPending}
          onAccept={changedRows.length > 1 ? accept : null}
        />
        <ProblemAlert error={changing.error} title="The decision cannot be saved" />
        <Group gap="xs">
          <Button size="sm" loading={changing.isPending} onClick={acceptAll}>
            Accept all
          </Button>
          <Button size="sm" variant="default" disabled={changing.isPending} onClick={keepMine}>
            Keep mine
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function explanationOf(job: Job): string {
  if (job.result?.notices.includes("TRUNCATED")) {
    return "The draft reached the length limit and is incomplete. The block kept its text. You can use the draft instead.";
  }
  if (job.statusReason === "PROPOSED") return "Your own text is unchanged until you accept something here.";
  return "You edited this block while a job was writing it. Your edit was not overwritten.";
}
