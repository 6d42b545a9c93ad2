//! How items are named. The attributes and indexes themselves are defined in `template.yaml`.

use std::fmt::Display;

use domain::{
    evidence::{EvidenceCategory, EvidenceType},
    goal::GoalStatus,
    ids::{BlockId, DocumentId, JobId, SourceId, UserId},
    job::{JobStatus, JobType},
};

/// Partition key of the table: the owner.
pub const PK: &str = "pk";
/// Sort key of the table: kind and id.
pub const SK: &str = "sk";

/// Index: jobs of a user by standing and type. Like the next two it is sparse (jobs only), holds
/// keys only, and is sorted by [`SK`], so that every filter of a list is a key condition.
pub const JOBS_BY_USER: (&str, &str) = ("jobsByUser", "userPk");
/// Index: jobs of a document by standing and type.
pub const JOBS_BY_DOCUMENT: (&str, &str) = ("jobsByDocument", "documentPk");
/// Index: jobs of a block by standing and type.
pub const JOBS_BY_BLOCK: (&str, &str) = ("jobsByBlock", "blockPk");

/// Index: jobs that have not ended, by the time when the sweeper should look. Sparse, keys only.
pub const OVERDUE: &str = "overdue";
/// Partition key of [`OVERDUE`]: one of [`OVERDUE_SHARDS`] shards.
pub const OVERDUE_PK: &str = "overduePk";
/// Sort key of [`OVERDUE`], in milliseconds since 1970.
pub const OVERDUE_AT: &str = "overdueAt";
/// A partition takes 1,000 writes a second; every job passes through one.
pub const OVERDUE_SHARDS: u8 = 8;

/// Index: documents, evidence, goals and reviews of a user by time.
pub const BY_TIME: &str = "byTime";
/// Partition key of [`BY_TIME`].
pub const TIME_PK: &str = "timePk";
/// Index: evidence by type and category, and goals by status, then time.
pub const BY_KIND: &str = "byKind";
/// Partition key of [`BY_KIND`].
pub const KIND_PK: &str = "kindPk";
/// Sort key of [`BY_TIME`] and [`BY_KIND`]: instant and id. For reviews, year, instant and id.
pub const TIME_SK: &str = "timeSk";

/// TTL attribute, in seconds since 1970.
pub const EXPIRES_AT: &str = "expiresAt";

/// The owner's partition. A `#` in the subject is escaped, so that no subject can be read
/// as another one with something behind it.
pub fn owner(user: &UserId) -> String {
    format!("USER#{}", user.as_str().replace('%', "%25").replace('#', "%23"))
}

/// The user that [`owner`] was made of.
pub fn user_of(partition: &str) -> Option<UserId> {
    let subject = partition.strip_prefix("USER#")?.replace("%23", "#").replace("%25", "%");
    UserId::new(subject).ok()
}

/// Before every job's id.
pub const JOB_PREFIX: &str = "JOB#";

/// A job.
pub fn job(id: JobId) -> String {
    format!("{JOB_PREFIX}{id}")
}

/// A document; its blocks follow it in the same range.
pub fn document(id: DocumentId) -> String {
    format!("DOCUMENT#{id}")
}

/// A block.
pub fn block(document_id: DocumentId, id: BlockId) -> String {
    format!("DOCUMENT#{document_id}#BLOCK#{id}")
}

/// Before every block of a document.
pub fn blocks(document: DocumentId) -> String {
    format!("DOCUMENT#{document}#BLOCK#")
}

/// Before every revision of a document, or of one of its blocks.
pub fn revisions(document: DocumentId, block: Option<BlockId>) -> String {
    block.map_or_else(|| format!("REVISION#{document}#"), |block| format!("REVISION#{document}#{block}#"))
}

/// A revision; numbers sort as text.
pub fn revision(document: DocumentId, block: BlockId, number: u64) -> String {
    format!("{}{number:012}", revisions(document, Some(block)))
}

/// Before every unfinished removal.
pub const REMOVAL_PREFIX: &str = "REMOVAL#";

/// What is still to be removed of a deleted document or block.
pub fn removal(document: DocumentId, block: Option<BlockId>) -> String {
    block.map_or_else(|| format!("{REMOVAL_PREFIX}{document}"), |block| format!("{REMOVAL_PREFIX}{document}#{block}"))
}

/// Before every piece of evidence.
pub const EVIDENCE_PREFIX: &str = "EVIDENCE#";
/// Before every goal.
pub const GOAL_PREFIX: &str = "GOAL#";
/// Before every review.
pub const REVIEW_PREFIX: &str = "REVIEW#";

/// An entry of the library.
pub fn entry(prefix: &str, id: SourceId) -> String {
    format!("{prefix}{id}")
}

/// Whether a job is under way, or how it ended. A job changes its place in the indexes once:
/// progress is written every two seconds and must not be written twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// PENDING or PROCESSING.
    Active,
    /// COMPLETED.
    Completed,
    /// FAILED.
    Failed,
}

impl Standing {
    /// Of a status.
    pub const fn of(status: JobStatus) -> Self {
        match status {
            JobStatus::Pending | JobStatus::Processing => Self::Active,
            JobStatus::Completed => Self::Completed,
            JobStatus::Failed => Self::Failed,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// Partition of [`JOBS_BY_USER`].
pub fn jobs_of_user(user: &UserId, standing: Standing, job_type: JobType) -> String {
    format!("{}#JOBS#{}#{job_type}", owner(user), standing.name())
}

/// Partition of [`JOBS_BY_DOCUMENT`].
pub fn jobs_of_document(user: &UserId, document: DocumentId, standing: Standing, job_type: JobType) -> String {
    format!("{}#DOCUMENT_JOBS#{document}#{}#{job_type}", owner(user), standing.name())
}

/// Partition of [`JOBS_BY_BLOCK`].
pub fn jobs_of_block(user: &UserId, block: BlockId, standing: Standing, job_type: JobType) -> String {
    format!("{}#BLOCK_JOBS#{block}#{}#{job_type}", owner(user), standing.name())
}

/// Which job is under way on a block, or was last.
pub fn flight(document: DocumentId, block: BlockId) -> String {
    format!("FLIGHT#{document}#{block}")
}

/// The answer to a request with an idempotency key; `digest` is made of route and key.
pub fn once(digest: &str) -> String {
    format!("ONCE#{digest}")
}

/// What counts against a user's limits.
pub const LIMITS: &str = "LIMITS";

/// Partition of [`OVERDUE`]. The last byte of a UUIDv7 is random.
pub fn overdue_shard(id: impl Display) -> String {
    let text = id.to_string();
    let last = text.bytes().last().unwrap_or_default();
    overdue_partition(last % OVERDUE_SHARDS)
}

/// Shard number `shard` of [`OVERDUE`].
pub fn overdue_partition(shard: u8) -> String {
    format!("OVERDUE#{shard}")
}

/// Partition of [`BY_TIME`] with a user's documents.
pub fn documents_by_time(user: &UserId) -> String {
    format!("{}#DOCUMENTS", owner(user))
}

/// Partition of [`BY_TIME`] with a user's evidence.
pub fn evidence_by_time(user: &UserId) -> String {
    format!("{}#EVIDENCE", owner(user))
}

/// Partition of [`BY_TIME`] with a user's goals.
pub fn goals_by_time(user: &UserId) -> String {
    format!("{}#GOALS", owner(user))
}

/// Partition of [`BY_TIME`] with a user's reviews.
pub fn reviews_by_time(user: &UserId) -> String {
    format!("{}#REVIEWS", owner(user))
}

/// Partition of [`BY_KIND`] with a user's goals of one status.
pub fn goals_by_status(user: &UserId, status: GoalStatus) -> String {
    format!("{}#GOALS#{status}", owner(user))
}

/// Partition of [`BY_KIND`] with a user's evidence of one type and category.
pub fn evidence_by_kind(user: &UserId, kind: EvidenceType, category: Option<EvidenceCategory>) -> String {
    let category = category.map_or("none", Into::into);
    format!("{}#EVIDENCE#{kind}#{category}", owner(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_subject_reaches_into_the_keys_of_another() {
        let sly = UserId::new("ada#EVIDENCE").expect("valid");
        let ada = UserId::new("ada").expect("valid");
        assert!(!owner(&sly).starts_with(&format!("{}#", owner(&ada))));
        for subject in ["ada", "a#b", "a%23b", "a%b", "%25#"] {
            let user = UserId::new(subject).expect("valid");
            assert_eq!(user_of(&owner(&user)), Some(user));
        }
    }

    #[test]
    fn revisions_sort_by_number() {
        let (document, block) = (DocumentId::new(), BlockId::new());
        assert!(revision(document, block, 9) < revision(document, block, 10));
        assert!(revision(document, block, 9).starts_with(&revisions(document, None)));
    }
}
