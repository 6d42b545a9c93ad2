import type { components } from "./schema.js";

type Schemas = components["schemas"];

export type Job = Schemas["Job"];
export type JobId = Schemas["JobId"];
export type JobStatus = Schemas["JobStatus"];
export type JobType = Schemas["JobType"];
export type JobPage = Schemas["JobPage"];
export type JobProblem = Schemas["JobProblem"];
export type JobResult = Schemas["JobResult"];
export type JobRetry = Schemas["JobRetry"];
export type ApplyMode = Schemas["ApplyMode"];
export type DryRun = Schemas["DryRun"];
export type DryRunWarning = Schemas["DryRunWarning"];
export type DocumentJobs = Schemas["DocumentJobs"];
export type CancelledJobs = Schemas["CancelledJobs"];
export type NewDocumentJobs = Schemas["NewDocumentJobs"];
/** A block that got no job, and why. Expect reasons that are not listed. */
export type SkippedBlock = Schemas["SkippedBlock"];
export type StatusReason = Schemas["StatusReason"];
export type Phase = Schemas["Phase"];
export type Progress = Schemas["Progress"];
export type Usage = Schemas["Usage"];
export type TextResult = Schemas["TextResult"];
export type AnalysisResult = Schemas["AnalysisResult"];
export type Insight = Schemas["Insight"];
export type Insights = Schemas["Insights"];
export type Citation = Schemas["Citation"];
export type SourceType = Schemas["SourceType"];

export type Document = Schemas["Document"];
/** A document in a list, without its blocks. */
export type DocumentSummary = Omit<Document, "blocks">;
export type DocumentPage = Schemas["DocumentPage"];
export type DocumentPatch = Schemas["DocumentPatch"];
export type DocumentStatus = Schemas["DocumentStatus"];
export type NewDocument = Schemas["NewDocument"];
export type ContextConfig = Schemas["ContextConfig"];
export type NewContextConfig = Schemas["NewContextConfig"];
export type DateRange = Schemas["DateRange"];

export type Block = Schemas["Block"];
export type BlockPatch = Schemas["BlockPatch"];
export type BlockType = Schemas["BlockType"];
export type NewBlock = Schemas["NewBlock"];
export type Revision = Schemas["Revision"];
export type RevisionPage = Schemas["RevisionPage"];
export type RestoredBlock = Schemas["RestoredBlock"];
export type ChangeType = Schemas["ChangeType"];
export type ChangedBy = Schemas["ChangedBy"];

export type Evidence = Schemas["Evidence"];
export type EvidenceCategory = Schemas["EvidenceCategory"];
export type EvidencePage = Schemas["EvidencePage"];
export type EvidencePatch = Schemas["EvidencePatch"];
export type EvidenceScope = Schemas["EvidenceScope"];
export type EvidenceType = Schemas["EvidenceType"];
export type NewEvidence = Schemas["NewEvidence"];
export type Goal = Schemas["Goal"];
export type GoalPage = Schemas["GoalPage"];
export type GoalPatch = Schemas["GoalPatch"];
export type GoalStatus = Schemas["GoalStatus"];
export type NewGoal = Schemas["NewGoal"];
export type Milestone = Schemas["Milestone"];
export type Review = Schemas["Review"];
export type ReviewPage = Schemas["ReviewPage"];
export type ReviewPatch = Schemas["ReviewPatch"];
export type ReviewType = Schemas["ReviewType"];
export type NewReview = Schemas["NewReview"];
/** The result of a bulk request, one item per entry. */
export type StoredEntries = Schemas["StoredEntries"];
export type StoredEntry = Schemas["StoredEntry"];
/** What became of a file that was imported. */
export type ImportReport = Schemas["ImportReport"];
export type ImportedRow = Schemas["ImportedRow"];

export type Problem = Schemas["Problem"];
export type ProblemCode = Schemas["ProblemCode"];
export type FieldError = Schemas["FieldError"];

/** The text of a job that has not been written to its block: a proposal, or a text that was not applied. Or null. */
export function unappliedTextOf(job: Pick<Job, "statusReason" | "result"> | null): string | null {
  const isUnapplied = job?.statusReason === "PROPOSED" || job?.statusReason === "NOT_APPLIED";
  return isUnapplied && job.result && "content" in job.result ? (job.result.content ?? null) : null;
}

/** True if the job is COMPLETED or FAILED, the two final statuses. */
export function hasEnded(job: Pick<Job, "status">): boolean {
  return job.status === "COMPLETED" || job.status === "FAILED";
}
