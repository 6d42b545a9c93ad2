//! Keys of items and of index partitions. `template.yaml` defines the table and its indexes.
//!
//! | item | sort key | indexes |
//! |---|---|---|
//! | job | `JOB#{id}` | [`JOBS_BY_DOCUMENT`]. Until it ends also [`UNFINISHED_BY_USER`] and [`UNFINISHED`] |
//! | progress of a running job | `JOB#{id}#PROGRESS` | |
//! | inline input of a job | `INPUT#{job}` | |
//! | newest job that writes a block | `IN_FLIGHT#{document}#{block}` | |
//! | idempotency record | `IDEMPOTENCY#{digest}` | |
//! | document | `DOCUMENT#{id}` | [`BY_TIME`] |
//! | block | `DOCUMENT#{document}#BLOCK#{id}` | |
//! | revision | `REVISION#{document}#{block}#{number}` | |
//! | text of a revision, answer of a job | `TEXT#{document}#{block}#{id}`, with `-` for none | |
//! | spending of a day | `SPENDING#{day}`, also with the partition key [`SERVICE`] | |
//! | deletion task | `DELETION#{document}`, `DELETION#{document}#{block}`, `DELETION#SOURCES#{time}`, or `DELETION#~` of everything | [`UNFINISHED`] |
//! | evidence | `EVIDENCE#{id}` | [`BY_TIME`], [`BY_KIND`] |
//! | goal | `GOAL#{id}` | [`BY_TIME`], [`BY_KIND`] |
//! | review | `REVIEW#{id}` | [`BY_TIME`] |

use std::{fmt::Display, ops::RangeInclusive};

use domain::{
    ids::{BlockId, DocumentId, JobId, SourceId, TextId, UserId},
    job::Job,
    library::{
        evidence::{EvidenceCategory, EvidenceType},
        goal::GoalStatus,
        source::SourceType,
    },
};
use jiff::{Timestamp, civil::Date};

/// Partition key of the table. Its value is [`owner`].
pub const PK: &str = "pk";
/// Sort key of the table: the kind and the id of the item.
pub const SK: &str = "sk";

/// Index of the jobs of a document, sorted by [`SK`]: the name of the index and of its partition key. It holds keys only.
/// An entry is written with the job and never changes.
pub const JOBS_BY_DOCUMENT: (&str, &str) = ("jobsByDocument", "documentPk");
/// Sparse index of a user's jobs that have not ended, sorted by [`SK`]. It holds keys only.
pub const UNFINISHED_BY_USER: (&str, &str) = ("unfinishedByUser", "unfinishedPk");

/// Sparse index of jobs that have not ended and of deletion tasks, for the sweeper. It holds keys only. An entry is
/// written when a job is created and when it ends, not in between.
pub const UNFINISHED: &str = "unfinished";
/// Partition key of [`UNFINISHED`]. Its value is [`unfinished_shard`].
pub const UNFINISHED_SHARD: &str = "unfinishedShard";
/// Sort key of [`UNFINISHED`]: when the job was created, in milliseconds since 1970.
pub const UNFINISHED_SINCE: &str = "unfinishedSince";
/// Number of partitions of [`UNFINISHED`], numbered from 0. All users share this index, and one partition takes 1,000
/// writes a second.
pub const UNFINISHED_SHARDS: u8 = 8;

/// Index of a user's documents (by their last change), evidence, goals and reviews by time. It holds whole items.
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

/// Partition key of what all users together have spent. It is the only item without an owner.
pub const SERVICE: &str = "SERVICE";
const SPENDING_PREFIX: &str = "SPENDING#";

/// The sort key of a day. It sorts by time.
pub(crate) fn spending_day(day: Date) -> String {
    format!("{SPENDING_PREFIX}{day}")
}

pub(crate) fn day_of_spending(sort: &str) -> Option<Date> {
    sort.strip_prefix(SPENDING_PREFIX)?.parse().ok()
}

pub const JOB_PREFIX: &str = "JOB#";

pub fn job(id: JobId) -> String {
    format!("{JOB_PREFIX}{id}")
}

/// The id of a job, from its sort key. `None` for every other item, progress included.
pub fn job_id(sort: &str) -> Option<JobId> {
    sort.strip_prefix(JOB_PREFIX)?.parse().ok()
}

/// Follows the key of the job, so that one query reads both.
pub fn progress(id: JobId) -> String {
    format!("{JOB_PREFIX}{id}#PROGRESS")
}

/// The inverse of [`progress`].
pub fn job_id_of_progress(sort: &str) -> Option<JobId> {
    job_id(sort.strip_suffix("#PROGRESS")?)
}

/// All sort keys with this prefix.
pub(crate) fn with_prefix(prefix: String) -> RangeInclusive<String> {
    let last = format!("{prefix}~");
    prefix..=last
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

/// Sorts before all texts, and behind all other items.
pub(crate) const TEXTS: &str = "TEXT";

/// Prefix of all texts of a document, or of one of its blocks.
pub fn texts(document: DocumentId, block: Option<BlockId>) -> String {
    block.map_or_else(|| format!("TEXT#{document}#"), |block| format!("TEXT#{document}#{block}#"))
}

/// The texts of all documents, without the answers to inline inputs, which belong to none and sort first.
pub(crate) fn texts_of_documents() -> RangeInclusive<String> {
    format!("{TEXTS}#0")..=format!("{TEXTS}#~")
}

/// A text. An analysis of the whole document has no block.
pub fn text(document: DocumentId, block: Option<BlockId>, id: TextId) -> String {
    match block {
        Some(_) => format!("{}{id}", texts(document, block)),
        None => format!("{}-#{id}", texts(document, None)),
    }
}

/// The answer of a job. With an inline input it belongs to no document.
pub fn text_of_job(job: &Job) -> String {
    let id = TextId::of_job(job.id);
    job.document_id.map_or_else(|| format!("TEXT#-#-#{id}"), |document| text(document, job.block_id, id))
}

/// The inline input of a job.
pub fn inline_input(id: JobId) -> String {
    format!("INPUT#{id}")
}

/// The id of a text, from its sort key.
pub fn text_id(sort: &str) -> Option<TextId> {
    sort.strip_prefix("TEXT#")?.rsplit('#').next()?.parse().ok()
}

pub const DELETION_PREFIX: &str = "DELETION#";

/// The deletion task of the evidence, goals and reviews that a user has deleted in the half minute from this time on.
pub(crate) fn deletion_of_sources(from: Timestamp) -> String {
    format!("{DELETION_PREFIX}SOURCES#{from}")
}

/// The deletion task of everything that a user has. It sorts behind the other deletion tasks.
pub const DELETION_OF_ALL: &str = "DELETION#~";
/// The sort keys of everything else, except what was spent on a day and the days after it: that counts for the budget.
pub(crate) fn all_but_spending_since(day: Date) -> [RangeInclusive<String>; 3] {
    let spending = SPENDING_PREFIX.trim_end_matches('#');
    [
        " ".to_owned()..=format!("{DELETION_PREFIX}}}"),
        format!("{DELETION_OF_ALL} ")..=format!("{spending}#{}~", day.yesterday().unwrap_or(day)),
        format!("{spending}~")..="~".to_owned(),
    ]
}

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

/// The entry that a citation names.
pub(crate) fn source((source_type, id): (SourceType, SourceId)) -> String {
    let prefix = match source_type {
        SourceType::Evidence => EVIDENCE_PREFIX,
        SourceType::Goal => GOAL_PREFIX,
        SourceType::Review => REVIEW_PREFIX,
    };
    entry(prefix, id)
}

/// The partition of [`JOBS_BY_DOCUMENT`] for a document.
pub fn jobs_of_document(user: &UserId, document: DocumentId) -> String {
    format!("{}#JOBS#{document}", owner(user))
}

/// The pointer to the newest job that writes the block. That job may have ended.
pub fn in_flight_pointer(document: DocumentId, block: BlockId) -> String {
    format!("{}{block}", in_flight_pointers(document))
}

/// Beginning of the sort keys of the pointers of a document.
pub(crate) fn in_flight_pointers(document: DocumentId) -> String {
    format!("IN_FLIGHT#{document}#")
}

/// The block of a pointer, from its sort key.
pub(crate) fn block_of_pointer(sort: &str) -> Option<BlockId> {
    sort.strip_prefix("IN_FLIGHT#")?.rsplit('#').next()?.parse().ok()
}

/// `digest` is a hash of the route and the `Idempotency-Key`.
pub fn idempotency_record(digest: &str) -> String {
    format!("IDEMPOTENCY#{digest}")
}

/// The partition of [`UNFINISHED`] for the id of a job, document or user. Their digits are random, so the sum of them
/// spreads the load.
pub fn unfinished_shard(id: impl Display) -> String {
    let shard = id.to_string().bytes().fold(0_u8, u8::wrapping_add) % UNFINISHED_SHARDS;
    unfinished_partition(shard)
}

/// The partition of [`UNFINISHED`] with this number, 0 to [`UNFINISHED_SHARDS`] − 1.
pub fn unfinished_partition(shard: u8) -> String {
    format!("UNFINISHED#{shard}")
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
