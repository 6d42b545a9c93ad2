//! Selects the evidence, goals and reviews for a job, and sorts them.

use std::{cmp::Reverse, collections::HashSet};

use crate::{
    ids::SourceId,
    library::{
        date_range::Moment,
        even_order::evenly,
        evidence::Evidence,
        goal::{Goal, GoalStatus},
        review::Review,
    },
    report::context_config::ContextConfig,
    zone::Zone,
};

/// Highest number of goals that a job reads. The newest goals are kept.
pub const MAX_GOALS: usize = 100;
/// Highest number of reviews that a job reads. The newest reviews are kept.
pub const MAX_REVIEWS: usize = 50;

/// Matching pieces of evidence up to which they are counted exactly.
pub const MAX_COUNTED: usize = 2_000;

/// What was read of the evidence.
#[derive(Clone, Debug, Default)]
pub struct FoundEvidence {
    /// What the types, categories and dates of the configuration match. The newest, if not all were read.
    pub matching: Vec<Evidence>,
    /// Whether all that match were read.
    pub is_complete: bool,
    /// The pinned pieces that exist.
    pub pinned: Vec<Evidence>,
    /// The excluded pieces that exist and that are not among `matching`.
    pub excluded: Vec<SourceId>,
}

/// The entries that a job is written from, selected and sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Pinned pieces come first. Then, with `maxEvidence`, the newest come first. Without, every beginning of the list is
    /// drawn evenly from the period. So a prompt with little room takes the beginning.
    pub evidence: Vec<Evidence>,
    /// How many of them are pinned.
    pub pinned: usize,
    /// How many pieces of evidence match. `evidence` has at most 500 of them.
    pub evidence_matched: usize,
    /// Whether more than [`MAX_COUNTED`] match, or more than can be read.
    pub evidence_matched_is_lower_bound: bool,
    /// Pinned and excluded ids that name no piece of evidence.
    pub unknown_evidence_ids: Vec<SourceId>,
    /// ACTIVE goals, then COMPLETED ones of the period. The last created goal of each comes first.
    pub goals: Vec<Goal>,
    /// Newest year first. Within a year, reviews by the manager come first.
    pub reviews: Vec<Review>,
}

/// Selects by `config` from the entries that were read. Pure and deterministic: the same entries in any order give the
/// same context in the same order. So equal contexts give prompts with equal bytes, which the prompt cache needs.
pub fn select(
    config: &ContextConfig,
    zone: &Zone,
    found: FoundEvidence,
    goals: Vec<Goal>,
    reviews: Vec<Review>,
) -> Context {
    let ids = |ids: &[SourceId]| ids.iter().copied().collect::<HashSet<_>>();
    let (pins, excluded) = (ids(&config.pinned_evidence_ids), ids(&config.excluded_evidence_ids));
    let found_ids = found.matching.iter().chain(&found.pinned).map(|evidence| evidence.id);
    let known: HashSet<SourceId> = found_ids.chain(found.excluded).collect();
    let mut unknown_evidence_ids: Vec<SourceId> = Vec::new();
    for id in config.pinned_evidence_ids.iter().chain(&config.excluded_evidence_ids) {
        if !known.contains(id) && !unknown_evidence_ids.contains(id) {
            unknown_evidence_ids.push(*id);
        }
    }

    let matching = found.matching.into_iter().filter(|evidence| matches(config, zone, evidence));
    let mut evidence: Vec<_> =
        matching.chain(found.pinned).filter(|evidence| !excluded.contains(&evidence.id)).collect();
    evidence.sort_by_key(|evidence| Reverse((evidence.fields.occurred_at.listed_at(), evidence.id)));
    evidence.dedup_by_key(|evidence| evidence.id);
    let evidence_matched_is_lower_bound = !found.is_complete || evidence.len() > MAX_COUNTED;
    let evidence_matched = evidence.len().min(MAX_COUNTED);
    let (mut evidence, others): (Vec<_>, Vec<_>) =
        evidence.into_iter().partition(|evidence| pins.contains(&evidence.id));
    let pinned = evidence.len().min(config.evidence_limit());
    evidence.extend(if config.max_evidence.is_some() { others } else { evenly(others, zone) });
    evidence.truncate(config.evidence_limit());

    let mut goals = if config.include_goals { goals } else { Vec::new() };
    goals.retain(|goal| is_of_the_period(config, zone, goal));
    goals.sort_by_key(|goal| (goal.fields.status, Reverse((goal.created_at, goal.id))));
    goals.truncate(MAX_GOALS);

    let mut reviews = if config.include_reviews { reviews } else { Vec::new() };
    reviews.sort_by_key(|review| (Reverse(review.fields.year), review.fields.review_type, Reverse(review.id)));
    reviews.truncate(MAX_REVIEWS);

    Context {
        evidence,
        pinned,
        evidence_matched,
        evidence_matched_is_lower_bound,
        unknown_evidence_ids,
        goals,
        reviews,
    }
}

/// Whether a goal is ACTIVE, or was reached within the period. The day by which it was due stands for the day when it was
/// reached.
fn is_of_the_period(config: &ContextConfig, zone: &Zone, goal: &Goal) -> bool {
    let due = goal.fields.target_date.map(Moment::Day);
    match goal.fields.status {
        GoalStatus::Active => true,
        GoalStatus::Completed => due.is_some_and(|due| config.evidence_date_range.contains(due, zone)),
        GoalStatus::Paused | GoalStatus::Cancelled => false,
    }
}

/// Whether a piece of evidence has one of the types, one of the categories and a date of `config`. Days are those of `zone`.
pub fn matches(config: &ContextConfig, zone: &Zone, evidence: &Evidence) -> bool {
    let fields = &evidence.fields;
    let type_fits = config.evidence_types.is_empty() || config.evidence_types.contains(&fields.evidence_type);
    let category_fits = config.evidence_categories.is_empty()
        || fields.category.is_some_and(|category| config.evidence_categories.contains(&category));
    type_fits && category_fits && config.evidence_date_range.contains(fields.occurred_at, zone)
}

#[cfg(test)]
#[path = "selection_tests.rs"]
mod tests;
