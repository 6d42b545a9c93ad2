//! The query of a list: filters, limit and cursor.

use api::{Call, Cursors, Problem, Query};
use domain::ids::JobId;
use store::{Store, lists::JobFilter};

pub(crate) struct ListQuery {
    pub(crate) filter: JobFilter,
    pub(crate) limit: usize,
    pub(crate) after: Option<JobId>,
    pub(crate) cursors: Cursors,
}

impl ListQuery {
    pub(crate) async fn of(store: &Store, call: &Call) -> Result<Self, Problem> {
        let mut query = Query::of(call);
        let limit = query.limit();
        let document_id = query.parsed("documentId", "a UUID");
        let block_id = query.parsed("blockId", "a UUID");
        let statuses = query.list("status");
        let types = query.list("type");
        let filter = JobFilter { document_id, block_id, statuses, types };
        // Cursors of one list are of no use with other filters.
        let cursors = Cursors::of(store, call, format!("jobs {filter:?}")).await?;
        let after = query.cursor(&cursors).and_then(|place| place.parse().ok());
        query.finish(Self { filter, limit, after, cursors })
    }
}
