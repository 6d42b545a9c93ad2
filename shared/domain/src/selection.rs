//! Which evidence, goals and reviews a job is written from, and in which order.

use std::cmp::Reverse;

use crate::{
    context_config::ContextConfig,
    evidence::Evidence,
    goal::{Goal, GoalStatus},
    review::Review,
};

/// Goals that a job reads at most, newest first.
pub const MAX_GOALS: usize = 100;
/// Reviews that a job reads at most, newest first.
pub const MAX_REVIEWS: usize = 50;

/// What a job is written from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Newest first, by instant.
    pub evidence: Vec<Evidence>,
    /// ACTIVE, newest first.
    pub goals: Vec<Goal>,
    /// Newest year first.
    pub reviews: Vec<Review>,
}

/// Chooses by `config` from what was read. Pure and deterministic: the same input in any
/// order gives the same context in the same order, so that equal prompts have equal bytes.
pub fn select(config: &ContextConfig, evidence: Vec<Evidence>, goals: Vec<Goal>, reviews: Vec<Review>) -> Context {
    let mut evidence: Vec<_> = evidence.into_iter().filter(|evidence| matches(config, evidence)).collect();
    evidence.sort_by_key(|evidence| Reverse((evidence.facts.occurred_at, evidence.id)));
    evidence.dedup_by_key(|evidence| evidence.id);
    evidence.truncate(config.evidence_limit());

    let mut goals = if config.include_goals { goals } else { Vec::new() };
    goals.retain(|goal| goal.facts.status == GoalStatus::Active);
    goals.sort_by_key(|goal| Reverse((goal.created_at, goal.id)));
    goals.truncate(MAX_GOALS);

    let mut reviews = if config.include_reviews { reviews } else { Vec::new() };
    reviews.sort_by_key(|review| (Reverse(review.facts.year), review.facts.review_type, Reverse(review.id)));
    reviews.truncate(MAX_REVIEWS);

    Context { evidence, goals, reviews }
}

/// Whether a piece of evidence is within range, types and categories.
pub fn matches(config: &ContextConfig, evidence: &Evidence) -> bool {
    let facts = &evidence.facts;
    let type_fits = config.evidence_types.is_empty() || config.evidence_types.contains(&facts.evidence_type);
    let category_fits = config.evidence_categories.is_empty()
        || facts.category.is_some_and(|category| config.evidence_categories.contains(&category));
    type_fits && category_fits && config.evidence_date_range.contains(facts.occurred_at)
}

#[cfg(test)]
#[path = "selection_tests.rs"]
mod tests;
