//! The query parameters of `GET /jobs`: filters, limit and cursor.

use api::{Call, Cursors, Problem, Query};
use domain::ids::JobId;
use store::jobs::list::JobFilter;

pub(crate) struct ListQuery {
    pub(crate) filter: JobFilter,
    pub(crate) limit: usize,
    pub(crate) after: Option<JobId>,
    pub(crate) cursors: Cursors,
    pub(crate) include: Vec<Include>,
}

/// What a list may have beside its jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "camelCase")]
pub enum Include {
    /// The text so far of jobs in flight.
    Progress,
}

impl ListQuery {
    pub(crate) fn from_request(call: &Call) -> Result<Self, Problem> {
        let mut query = Query::new(call);
        let limit = query.limit();
        let document_id = query.parsed("documentId", "a UUID");
        let block_id = query.parsed("blockId", "a UUID");
        let statuses = query.list("status");
        let types = query.list("type");
        let include = query.list("include");
        let filter = JobFilter { document_id, block_id, statuses, types };
        // A cursor is valid only with the filters that it was made for.
        let cursors = Cursors::new(call, &format!("jobs {filter:?}"));
        let after = query.cursor(&cursors);
        query.finish(Self { filter, limit, after, cursors, include })
    }
}
