import { type NotificationData, notifications } from "@mantine/notifications";
import type { Job, Notice, Document as ReportDocument, Revision } from "@report-builder/jobs";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { type BlockIds, undoRevision } from "../../api/blocks";
import { documentKeys } from "../../api/documents";
import { NoticeActions } from "./notice-actions";
import { sectionName } from "./section-name";

/** Longer than usual, because the user may want to act. */
const ACTION_MS = 15_000;
const COLORS: Record<Notice["kind"], string> = { success: "green", warning: "yellow", error: "red" };

interface SectionNotice {
  ids: BlockIds;
  title: string;
  message: string;
  kind: Notice["kind"];
  /** Says whether a revision is the change that Undo takes back. Absent if there is nothing to take back. */
  isChange?: ((revision: Revision) => boolean) | undefined;
}

/** Shows notices that name their section, with “Undo” and “Show”. */
export function useNotices() {
  const queries = useQueryClient();
  const navigate = useNavigate();

  /** The page of the document leads to the block. */
  const show = ({ documentId, blockId }: BlockIds) => navigate(`/documents/${documentId}#${blockId}`);

  async function undo({ ids, isChange }: SectionNotice, noticeId: string) {
    if (isChange === undefined) return;
    try {
      const isUndone = await undoRevision(ids, isChange);
      notifications.hide(noticeId);
      await queries.invalidateQueries({ queryKey: documentKeys.one(ids.documentId) });
      notifications.show(isUndone ? UNDONE : CHANGED_SINCE);
    } catch (error) {
      const message = error instanceof Error ? error.message : "";
      notifications.show({ title: "It cannot be undone now", message, color: "red" });
    }
  }

  function notifySection(notice: SectionNotice) {
    const { ids, title, message, kind, isChange } = notice;
    const blocks = queries.getQueryData<ReportDocument>(documentKeys.one(ids.documentId))?.blocks;
    const name = sectionName(blocks?.find(({ id }) => id === ids.blockId)?.prompt);
    const id = notifications.show({
      title: name === null ? title : `${title}: ${name}`,
      color: COLORS[kind],
      autoClose: ACTION_MS,
      message: (
        <NoticeActions message={message} onUndo={isChange && (() => undo(notice, id))} onShow={() => show(ids)} />
      ),
    });
  }

  /** For the `notify` of the jobs. */
  function notify({ kind, title, message, job }: Notice) {
    if (job?.documentId && job.blockId) {
      const ids = { documentId: job.documentId, blockId: job.blockId };
      const isChange = isWritten(job) ? (revision: Revision) => revision.jobId === job.jobId : undefined;
      notifySection({ ids, title, message, kind, isChange });
    } else notifications.show({ title, message, color: COLORS[kind] });
  }

  return { notify, notifySection };
}

/** Whether the text of a job has become the content of its block. */
function isWritten(job: Job): boolean {
  return (
    job.status === "COMPLETED" &&
    job.type !== "ANALYZE" &&
    job.statusReason !== "PROPOSED" &&
    job.statusReason !== "NOT_APPLIED"
  );
}

const UNDONE: NotificationData = {
  title: "Undone",
  message: "The section has its earlier text again.",
  color: "green",
};
const CHANGED_SINCE: NotificationData = {
  title: "Not undone",
  message: "The section was changed since then. Its history has every version.",
  color: "yellow",
};
