//! What a job reads of the library. The cost is bounded, whatever the user has stored.

use domain::{
    ids::UserId,
    library::{
        evidence::Evidence,
        goal::{Goal, GoalStatus},
        review::Review,
        selection::{MAX_GOALS, MAX_REVIEWS},
    },
    report::context_config::ContextConfig,
};

use crate::{
    Store, StoreError,
    library::EvidenceFilter,
    table::{
        index_range::IndexRange,
        keys,
        newest::{MAX_QUERIES, Newest},
    },
};

impl Store {
    /// The newest evidence that `config` selects: at most `maxEvidence` pieces, and none after those that exceed
    /// `max_bytes`.
    pub async fn evidence(
        &self,
        user: &UserId,
        config: &ContextConfig,
        max_bytes: usize,
    ) -> Result<Newest<Evidence>, StoreError> {
        let filter = EvidenceFilter {
            types: config.evidence_types.clone(),
            categories: config.evidence_categories.clone(),
            range: config.evidence_date_range.clone(),
        };
        self.newest(ranges(user, &filter), config.evidence_limit(), max_bytes).await
    }

    /// The newest ACTIVE goals, at most [`MAX_GOALS`], and none after those that exceed `max_bytes`.
    pub async fn active_goals(&self, user: &UserId, max_bytes: usize) -> Result<Vec<Goal>, StoreError> {
        let range = IndexRange::by_kind(keys::goals_by_status(user, GoalStatus::Active), None, None);
        Ok(self.newest(vec![range], MAX_GOALS, max_bytes).await?.items)
    }

    /// The reviews of the newest years, at most [`MAX_REVIEWS`], and none after those that exceed `max_bytes`.
    pub async fn newest_reviews(&self, user: &UserId, max_bytes: usize) -> Result<Vec<Review>, StoreError> {
        let range = IndexRange::by_time(keys::reviews_by_time(user), None, None);
        Ok(self.newest(vec![range], MAX_REVIEWS, max_bytes).await?.items)
    }
}

/// At most [`MAX_QUERIES`] ranges.
///
/// A narrow filter, such as one type, names few pairs of type and category. They are read from the index by kind, so that
/// its evidence is found however rare it is. A wide filter names up to 56 pairs. It passes much of what is stored, so its
/// evidence is found soon in the index by time.
fn ranges(user: &UserId, filter: &EvidenceFilter) -> Vec<IndexRange> {
    let kinds = filter.kinds(user);
    if kinds.is_empty() || kinds.len() > MAX_QUERIES {
        return vec![IndexRange::by_time(keys::evidence_by_time(user), Some(&filter.range), None).only(kinds)];
    }
    kinds.into_iter().map(|kind| IndexRange::by_kind(kind, Some(&filter.range), None)).collect()
}
