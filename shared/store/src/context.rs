//! What a job reads of the library. The cost is bounded, whatever the user has stored.

use std::collections::BTreeSet;

use domain::{
    ids::{BlockId, SourceId, UserId},
    library::{
        date_range::Bounds,
        evidence::Evidence,
        goal::{Goal, GoalStatus},
        review::Review,
        selection::{self, Context, FoundEvidence, MAX_COUNTED, MAX_GOALS, MAX_REVIEWS},
    },
    prompt::MAX_OTHERS,
    report::{block::Block, context_config::ContextConfig, document::Document},
    zone::Zone,
};

use crate::{
    Store, StoreError,
    library::EvidenceFilter,
    table::{index_range::IndexRange, keys, newest::MAX_QUERIES},
};

/// The most that a job reads of one kind of entry, for each token of the documents in its prompt. Most tokens have fewer
/// bytes, so no prompt has room for more.
const MAX_BYTES_PER_TOKEN: usize = 8;

/// The most evidence that a job reads to count it and to draw from it, in bytes.
const MAX_EVIDENCE_BYTES: usize = 4 * 1024 * 1024;

/// The texts of other blocks that a job reads to find what they cite, in bytes.
const MAX_OTHERS_BYTES: usize = 256 * 1024;

/// What a job reads beside its document and its block.
#[derive(Debug)]
pub struct JobContext {
    /// Evidence, goals and reviews, selected by the configuration of the document.
    pub context: Context,
    /// The blocks near the block of the job, with their texts.
    pub others: Vec<Block>,
}

impl Store {
    /// Reads what a job of `document` is written from. `tokens` is the most that its prompt holds.
    pub async fn job_context(
        &self,
        user: &UserId,
        document: &Document,
        block: Option<BlockId>,
        tokens: usize,
    ) -> Result<JobContext, StoreError> {
        let (config, zone) = (&document.context_config, &document.time_zone);
        let bytes = MAX_BYTES_PER_TOKEN * tokens;
        let goals =
            async { if config.include_goals { self.goals_for_jobs(user, bytes).await } else { Ok(Vec::new()) } };
        let reviews =
            async { if config.include_reviews { self.newest_reviews(user, bytes).await } else { Ok(Vec::new()) } };
        let evidence = self.evidence(user, config, zone, MAX_EVIDENCE_BYTES);
        let others = async {
            match block {
                Some(block) => {
                    let near = document.blocks_around(block, MAX_OTHERS);
                    self.blocks_with_texts(user, document.id, &near, MAX_OTHERS_BYTES).await
                }
                None => Ok(Vec::new()),
            }
        };
        let (evidence, goals, reviews, others) = tokio::try_join!(evidence, goals, reviews, others)?;
        if !evidence.is_complete {
            tracing::warn!(found = evidence.matching.len(), "more evidence matches than was looked at");
        }
        Ok(JobContext { context: selection::select(config, zone, evidence, goals, reviews), others })
    }

    /// The evidence that `config` matches, so that it can be counted and drawn from: at most the newest [`MAX_COUNTED`]
    /// pieces, as far as eight queries read them and take at most `max_bytes`. And the pinned pieces.
    pub async fn evidence(
        &self,
        user: &UserId,
        config: &ContextConfig,
        zone: &Zone,
        max_bytes: usize,
    ) -> Result<FoundEvidence, StoreError> {
        let filter = EvidenceFilter {
            types: config.evidence_types.clone(),
            categories: config.evidence_categories.clone(),
            bounds: config.evidence_date_range.bounds(zone),
        };
        // One more, to know whether there are more.
        let limit = MAX_COUNTED + config.excluded_evidence_ids.len() + 1;
        let matching = self.newest(ranges(user, &filter), limit, max_bytes);
        let pinned: BTreeSet<SourceId> = config.pinned_evidence_ids.iter().copied().collect();
        let pinned = pinned.into_iter().collect::<Vec<_>>();
        let (matching, pinned): (_, Vec<Evidence>) = tokio::try_join!(matching, self.entries(user, &pinned))?;
        // Almost always all excluded pieces match.
        let read = matching.items.iter().chain(&pinned).map(|evidence| evidence.id);
        let mut excluded: BTreeSet<SourceId> = config.excluded_evidence_ids.iter().copied().collect();
        read.for_each(|id| {
            excluded.remove(&id);
        });
        let others: Vec<Evidence> = self.entries(user, &excluded.into_iter().collect::<Vec<_>>()).await?;
        let excluded = others.into_iter().map(|evidence| evidence.id).collect();
        Ok(FoundEvidence { matching: matching.items, is_complete: matching.is_complete, pinned, excluded })
    }

    /// The newest evidence that `filter` matches, at most `limit` pieces and 4 MB, and whether that is all of it.
    pub async fn newest_evidence(
        &self,
        user: &UserId,
        filter: &EvidenceFilter,
        limit: usize,
    ) -> Result<(Vec<Evidence>, bool), StoreError> {
        let found = self.newest(ranges(user, filter), limit, MAX_EVIDENCE_BYTES).await?;
        Ok((found.items, found.is_complete))
    }

    /// The newest ACTIVE and COMPLETED goals, at most [`MAX_GOALS`] of each, and none after those that exceed `max_bytes`.
    pub async fn goals_for_jobs(&self, user: &UserId, max_bytes: usize) -> Result<Vec<Goal>, StoreError> {
        let of_status = |status| {
            let range = IndexRange::by_kind(keys::goals_by_status(user, status), Bounds::default(), None);
            self.newest(vec![range], MAX_GOALS, max_bytes)
        };
        let (active, completed) = tokio::try_join!(of_status(GoalStatus::Active), of_status(GoalStatus::Completed))?;
        Ok([active.items, completed.items].concat())
    }

    /// The reviews of the newest years, at most [`MAX_REVIEWS`], and none after those that exceed `max_bytes`.
    pub async fn newest_reviews(&self, user: &UserId, max_bytes: usize) -> Result<Vec<Review>, StoreError> {
        let range = IndexRange::by_time(keys::reviews_by_time(user), Bounds::default(), None);
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
        return vec![IndexRange::by_time(keys::evidence_by_time(user), filter.bounds, None).only(kinds)];
    }
    kinds.into_iter().map(|kind| IndexRange::by_kind(kind, filter.bounds, None)).collect()
}
