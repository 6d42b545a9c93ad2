//! Keys of items and of index partitions. `template.yaml` defines the table and its indexes.
//!
//! | item | sort key | indexes |
//! |---|---|---|
//! | job | `JOB#{id}` | [`JOBS_BY_USER`], [`JOBS_BY_DOCUMENT`], [`JOBS_BY_BLOCK`], [`OVERDUE`] until it ends |
//! | newest job that writes a block | `IN_FLIGHT#{document}#{block}` | |
//! | idempotency record | `IDEMPOTENCY#{digest}` | |
//! | what counts against the user's limits | `LIMITS` | |
//! | document | `DOCUMENT#{id}` | [`BY_TIME`] |
//! | block | `DOCUMENT#{document}#BLOCK#{id}` | |
//! | revision | `REVISION#{document}#{block}#{number}` | |
//! | deletion task | `DELETION#{document}`, `DELETION#{document}#{block}` | [`OVERDUE`] |
//! | evidence | `EVIDENCE#{id}` | [`BY_TIME`], [`BY_KIND`] |
//! | goal | `GOAL#{id}` | [`BY_TIME`], [`BY_KIND`] |
//! | review | `REVIEW#{id}` | [`BY_TIME`] |

use std::fmt::Display;

use domain::{
    ids::{BlockId, DocumentId, JobId, SourceId, UserId},
    job::status::{JobStatus, JobType},
    library::{
        evidence::{EvidenceCategory, EvidenceType},
        goal::GoalStatus,
    },
};

/// Partition key of the table. Its value is [`owner`].
pub const PK: &str = "pk";
/// Sort key of the table: the kind and the id of the item.
pub const SK: &str = "sk";

/// Index of a user's jobs by status group and type: the name of the index and of its partition key. The three indexes
/// of jobs are sparse (jobs only), hold keys only, and are sorted by [`SK`]. So every filter of a list of jobs is a key
/// condition.
pub const JOBS_BY_USER: (&str, &str) = ("jobsByUser", "userPk");
/// Index of the jobs of a document by status group and type.
pub const JOBS_BY_DOCUMENT: (&str, &str) = ("jobsByDocument", "documentPk");
/// Index of the jobs of a block by status group and type.
pub const JOBS_BY_BLOCK: (&str, &str) = ("jobsByBlock", "blockPk");

/// Sparse index of jobs that have not ended and of deletion tasks, sorted by the time when the sweeper should look at
/// them. It holds keys only.
pub const OVERDUE: &str = "overdue";
/// Partition key of [`OVERDUE`]. Its value is [`overdue_partition`].
pub const OVERDUE_PK: &str = "overduePk";
/// Sort key of [`OVERDUE`]: a number of milliseconds since 1970.
pub const OVERDUE_AT: &str = "overdueAt";
/// Number of partitions of [`OVERDUE`], numbered from 0. All users share this index, and one partition takes 1,000
/// writes a second.
pub const OVERDUE_SHARDS: u8 = 8;

/// Index of a user's documents, evidence, goals and reviews by time. It holds whole items.
pub const BY_TIME: &str = "byTime";
pub const TIME_PK: &str = "timePk";
/// Index of evidence by type and category and of goals by status, each sorted by time. It holds whole items.
pub const BY_KIND: &str = "byKind";
pub const KIND_PK: &str = "kindPk";
/// Sort key of [`BY_TIME`] and [`BY_KIND`]: `{instant}#{id}`, for reviews `{year}#{instant}#{id}`.
pub const TIME_SK: &str = "timeSk";

/// TTL attribute, in seconds since 1970. DynamoDB removes an item some time after it.
pub const EXPIRES_AT: &str = "expiresAt";

/// The partition of a user. `#` and `%` in the subject are escaped as in a URL. Otherwise the keys of the user
/// `ada#EVIDENCE` could equal keys of the user `ada`.
pub fn owner(user: &UserId) -> String {
    format!("USER#{}", user.as_str().replace('%', "%25").replace('#', "%23"))
}

/// The inverse of [`owner`].
pub fn user_of(partition: &str) -> Option<UserId> {
    let subject = partition.strip_prefix("USER#")?.replace("%23", "#").replace("%25", "%");
    UserId::new(subject).ok()
}

pub const JOB_PREFIX: &str = "JOB#";

pub fn job(id: JobId) -> String {
    format!("{JOB_PREFIX}{id}")
}

/// The document itself. The keys of its blocks begin with this key, so one query reads the document and its blocks.
pub fn document(id: DocumentId) -> String {
    format!("DOCUMENT#{id}")
}

pub fn block(document_id: DocumentId, id: BlockId) -> String {
    format!("DOCUMENT#{document_id}#BLOCK#{id}")
}

/// Prefix of all blocks of a document.
pub fn blocks(document: DocumentId) -> String {
    format!("DOCUMENT#{document}#BLOCK#")
}

/// Prefix of all revisions of a document, or of one of its blocks.
pub fn revisions(document: DocumentId, block: Option<BlockId>) -> String {
    block.map_or_else(|| format!("REVISION#{document}#"), |block| format!("REVISION#{document}#{block}#"))
}

/// The number has twelve digits, so that revisions sort by number.
pub fn revision(document: DocumentId, block: BlockId, number: u64) -> String {
    format!("{}{number:012}", revisions(document, Some(block)))
}

pub const DELETION_PREFIX: &str = "DELETION#";

/// The deletion task of a document or, with `block`, of one block.
pub fn deletion(document: DocumentId, block: Option<BlockId>) -> String {
    block.map_or_else(|| format!("{DELETION_PREFIX}{document}"), |block| format!("{DELETION_PREFIX}{document}#{block}"))
}

pub const EVIDENCE_PREFIX: &str = "EVIDENCE#";
pub const GOAL_PREFIX: &str = "GOAL#";
pub const REVIEW_PREFIX: &str = "REVIEW#";

/// An entry of the library. `prefix` is the prefix of its kind.
pub fn entry(prefix: &str, id: SourceId) -> String {
    format!("{prefix}{id}")
}

/// A status as the indexes of jobs know it. PENDING and PROCESSING share a group, so a job changes its index partitions
/// only once, when it ends. So a heartbeat does not write these indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusGroup {
    /// The job is PENDING or PROCESSING.
    Active,
    Completed,
    Failed,
}

impl StatusGroup {
    pub const fn from_status(status: JobStatus) -> Self {
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

pub fn jobs_of_user(user: &UserId, group: StatusGroup, job_type: JobType) -> String {
    format!("{}#JOBS#{}#{job_type}", owner(user), group.name())
}

pub fn jobs_of_document(user: &UserId, document: DocumentId, group: StatusGroup, job_type: JobType) -> String {
    format!("{}#DOCUMENT_JOBS#{document}#{}#{job_type}", owner(user), group.name())
}

/// Block ids are unique, so the partition does not name the document.
pub fn jobs_of_block(user: &UserId, block: BlockId, group: StatusGroup, job_type: JobType) -> String {
    format!("{}#BLOCK_JOBS#{block}#{}#{job_type}", owner(user), group.name())
}

/// The pointer to the newest job that writes the block. That job may have ended.
pub fn in_flight_pointer(document: DocumentId, block: BlockId) -> String {
    format!("IN_FLIGHT#{document}#{block}")
}

/// `digest` is a hash of the route and the `Idempotency-Key`.
pub fn idempotency_record(digest: &str) -> String {
    format!("IDEMPOTENCY#{digest}")
}

/// One item for each user: the count of new jobs in this minute, and the jobs that may be in flight.
pub const LIMITS: &str = "LIMITS";

/// The partition of [`OVERDUE`] for an id. Ids are UUIDv7, whose last digit is random and spreads the load.
pub fn overdue_shard(id: impl Display) -> String {
    let text = id.to_string();
    let last = text.bytes().last().unwrap_or_default();
    overdue_partition(last % OVERDUE_SHARDS)
}

/// The partition of [`OVERDUE`] with this number, 0 to [`OVERDUE_SHARDS`] − 1.
pub fn overdue_partition(shard: u8) -> String {
    format!("OVERDUE#{shard}")
}

pub fn documents_by_time(user: &UserId) -> String {
    format!("{}#DOCUMENTS", owner(user))
}

pub fn evidence_by_time(user: &UserId) -> String {
    format!("{}#EVIDENCE", owner(user))
}

pub fn goals_by_time(user: &UserId) -> String {
    format!("{}#GOALS", owner(user))
}

pub fn reviews_by_time(user: &UserId) -> String {
    format!("{}#REVIEWS", owner(user))
}

/// A partition of [`BY_KIND`]: the goals of one status.
pub fn goals_by_status(user: &UserId, status: GoalStatus) -> String {
    format!("{}#GOALS#{status}", owner(user))
}

/// A partition of [`BY_KIND`]: the evidence of one type and category. `None` is the evidence without a category.
pub fn evidence_by_kind(user: &UserId, kind: EvidenceType, category: Option<EvidenceCategory>) -> String {
    let category = category.map_or_else(|| "none".to_owned(), |category| category.to_string());
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
