//! The query of a list: filters, limit and cursor.

use std::str::FromStr;

use api::{Call, FieldError, Problem};
use domain::{
    ids::{JobId, UserId},
    job::{JobStatus, JobType},
};
use sha2::{Digest, Sha256};
use store::lists::JobFilter;
use strum::VariantNames;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 100;

pub(crate) struct ListQuery {
    pub(crate) filter: JobFilter,
    pub(crate) limit: usize,
    pub(crate) after: Option<JobId>,
}

impl ListQuery {
    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut wrong = |name: &str, detail: String| errors.push(FieldError { pointer: format!("?{name}"), detail });

        let limit = match call.query("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).unwrap_or_else(|| {
                wrong("limit", format!("must be a number from 1 to {MAX_LIMIT}"));
                DEFAULT_LIMIT
            }),
        };
        let mut id = |name: &str| {
            let text = call.query(name)?;
            if text.parse::<domain::ids::DocumentId>().is_err() {
                wrong(name, "must be a UUID".to_owned());
            }
            Some(text)
        };
        let document_id = id("documentId").and_then(|text| text.parse().ok());
        let block_id = id("blockId").and_then(|text| text.parse().ok());
        let statuses = one_of::<JobStatus>(call, "status", &mut wrong);
        let types = one_of::<JobType>(call, "type", &mut wrong);
        let filter = JobFilter { document_id, block_id, statuses, types };

        let after = call.query("cursor").and_then(|cursor| {
            let after = read_cursor(&call.user, &filter, &cursor);
            if after.is_none() {
                wrong("cursor", "must be the nextCursor of a list with the same filters".to_owned());
            }
            after
        });
        if errors.is_empty() { Ok(Self { filter, limit, after }) } else { Err(Problem::invalid(errors)) }
    }
}

fn one_of<T: FromStr + VariantNames>(call: &Call, name: &str, wrong: &mut impl FnMut(&str, String)) -> Vec<T> {
    let Some(text) = call.query(name) else { return Vec::new() };
    text.split(',')
        .filter_map(|value| {
            let parsed = value.trim().parse().ok();
            if parsed.is_none() {
                wrong(name, format!("must be one or more of {}, separated by commas", T::VARIANTS.join(", ")));
            }
            parsed
        })
        .collect()
}

/// The place after `id` in the list of `user` by `filter`; of no use elsewhere.
pub(crate) fn cursor(user: &UserId, filter: &JobFilter, id: JobId) -> String {
    format!("{id}.{}", binding(user, filter))
}

fn read_cursor(user: &UserId, filter: &JobFilter, cursor: &str) -> Option<JobId> {
    let (id, bound) = cursor.split_once('.')?;
    let id = id.parse().ok()?;
    (bound == binding(user, filter)).then_some(id)
}

/// Binds a cursor to its user and filters. The query it begins is the caller's own in any
/// case, so this guards against mistakes, not against attacks.
fn binding(user: &UserId, filter: &JobFilter) -> String {
    let digest = Sha256::digest(format!("{}\n{filter:?}", user.as_str()));
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
