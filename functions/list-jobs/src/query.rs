//! The query of a list: filters, limit and cursor.

use api::{Call, Problem, Query};
use domain::ids::JobId;
use store::lists::JobFilter;

pub(crate) struct ListQuery {
    pub(crate) filter: JobFilter,
    pub(crate) limit: usize,
    pub(crate) after: Option<JobId>,
}

impl ListQuery {
    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        let mut query = Query::of(call);
        let limit = query.limit();
        let document_id = query.parsed("documentId", "a UUID");
        let block_id = query.parsed("blockId", "a UUID");
        let statuses = query.list("status");
        let types = query.list("type");
        let filter = JobFilter { document_id, block_id, statuses, types };
        let after = query.cursor(&list(&filter)).and_then(|place| place.parse().ok());
        query.finish(Self { filter, limit, after })
    }
}

/// The list's name: its cursors are of no use with other filters.
pub(crate) fn list(filter: &JobFilter) -> String {
    format!("jobs {filter:?}")
}
