//! Selects the evidence, goals and reviews for a job, and sorts them.

use std::cmp::Reverse;

use crate::{
    library::{
        evidence::Evidence,
        goal::{Goal, GoalStatus},
        review::Review,
    },
    report::context_config::ContextConfig,
};

/// Highest number of goals that a job reads. The newest goals are kept.
pub const MAX_GOALS: usize = 100;
/// Highest number of reviews that a job reads. The newest reviews are kept.
pub const MAX_REVIEWS: usize = 50;

/// The entries that a job is written from, selected and sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Newest first, by the instant of `occurredAt`.
    pub evidence: Vec<Evidence>,
    /// ACTIVE goals, the last created goal first.
    pub goals: Vec<Goal>,
    /// Newest year first. Within a year, reviews by the manager come first.
    pub reviews: Vec<Review>,
}

/// Selects by `config` from the entries that were read. Pure and deterministic: the same entries in any order give the
/// same context in the same order. So equal contexts give prompts with equal bytes, which the prompt cache needs.
pub fn select(config: &ContextConfig, evidence: Vec<Evidence>, goals: Vec<Goal>, reviews: Vec<Review>) -> Context {
    let mut evidence: Vec<_> = evidence.into_iter().filter(|evidence| matches(config, evidence)).collect();
    evidence.sort_by_key(|evidence| Reverse((evidence.fields.occurred_at, evidence.id)));
    evidence.dedup_by_key(|evidence| evidence.id);
    evidence.truncate(config.evidence_limit());

    let mut goals = if config.include_goals { goals } else { Vec::new() };
    goals.retain(|goal| goal.fields.status == GoalStatus::Active);
    goals.sort_by_key(|goal| Reverse((goal.created_at, goal.id)));
    goals.truncate(MAX_GOALS);

    let mut reviews = if config.include_reviews { reviews } else { Vec::new() };
    reviews.sort_by_key(|review| (Reverse(review.fields.year), review.fields.review_type, Reverse(review.id)));
    reviews.truncate(MAX_REVIEWS);

    Context { evidence, goals, reviews }
}

/// Whether a piece of evidence has one of the types, one of the categories and a date of `config`.
pub fn matches(config: &ContextConfig, evidence: &Evidence) -> bool {
    let fields = &evidence.fields;
    let type_fits = config.evidence_types.is_empty() || config.evidence_types.contains(&fields.evidence_type);
    let category_fits = config.evidence_categories.is_empty()
        || fields.category.is_some_and(|category| config.evidence_categories.contains(&category));
    type_fits && category_fits && config.evidence_date_range.contains(fields.occurred_at)
}

#[cfg(test)]
#[path = "selection_tests.rs"]
mod tests;
