//! How items are named. The attributes and indexes themselves are defined in `template.yaml`.

use domain::{
    evidence::{EvidenceCategory, EvidenceType},
    ids::{BlockId, DocumentId, JobId, SourceId, UserId},
};

/// Partition key of the table: the owner.
pub const PK: &str = "pk";
/// Sort key of the table: kind and id.
pub const SK: &str = "sk";

/// Index: jobs of a document. Sparse (jobs only), keys only, sorted by [`SK`].
pub const JOBS_BY_DOCUMENT: &str = "jobsByDocument";
/// Partition key of [`JOBS_BY_DOCUMENT`].
pub const DOCUMENT_PK: &str = "documentPk";

/// Index: jobs that have not ended, by the time when the sweeper should look. Sparse, keys only.
pub const OVERDUE: &str = "overdue";
/// Partition key of [`OVERDUE`]: one of [`OVERDUE_SHARDS`] shards.
pub const OVERDUE_PK: &str = "overduePk";
/// Sort key of [`OVERDUE`], in milliseconds since 1970.
pub const OVERDUE_AT: &str = "overdueAt";
/// A partition takes 1,000 writes a second; every job passes through one.
pub const OVERDUE_SHARDS: u8 = 8;

/// Index: documents and evidence of a user by time.
pub const BY_TIME: &str = "byTime";
/// Partition key of [`BY_TIME`].
pub const TIME_PK: &str = "timePk";
/// Index: evidence of a user by type and category, then time.
pub const BY_KIND: &str = "byKind";
/// Partition key of [`BY_KIND`].
pub const KIND_PK: &str = "kindPk";
/// Sort key of [`BY_TIME`] and [`BY_KIND`]: instant and id.
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

/// Before every revision of a block.
pub fn revisions(block: BlockId) -> String {
    format!("REVISION#{block}#")
}

/// A revision; numbers sort as text.
pub fn revision(block: BlockId, number: u64) -> String {
    format!("{}{number:012}", revisions(block))
}

/// A piece of evidence.
pub fn evidence(id: SourceId) -> String {
    format!("EVIDENCE#{id}")
}

/// Before every goal's id.
pub const GOAL_PREFIX: &str = "GOAL#";

/// A goal.
pub fn goal(id: SourceId) -> String {
    format!("{GOAL_PREFIX}{id}")
}

/// Before every review's id.
pub const REVIEW_PREFIX: &str = "REVIEW#";

/// A review.
pub fn review(id: SourceId) -> String {
    format!("{REVIEW_PREFIX}{id}")
}

/// Partition of [`JOBS_BY_DOCUMENT`].
pub fn jobs_of_document(user: &UserId, document: DocumentId) -> String {
    format!("{}#JOBS#{document}", owner(user))
}

/// Partition of [`OVERDUE`]. The last byte of a UUIDv7 is random.
pub fn overdue_shard(id: JobId) -> String {
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

/// Partition of [`BY_KIND`].
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
        let block = BlockId::new();
        assert!(revision(block, 9) < revision(block, 10));
    }
}
