use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    ids::SourceId,
    library::{evidence::EvidenceFields, goal::GoalFields, review::ReviewFields},
};

const NOW: jiff::Timestamp = jiff::Timestamp::UNIX_EPOCH;

fn evidence(kind: &str, category: Option<&str>, at: &str) -> Evidence {
    let fields = json!({"type": kind, "title": at, "summary": "", "category": category, "occurredAt": at});
    let fields: EvidenceFields = serde_json::from_value(fields).expect("valid");
    Evidence { id: SourceId::new(), fields, created_at: NOW, version: 1 }
}

fn config(value: serde_json::Value) -> ContextConfig {
    serde_json::from_value(value).expect("valid")
}

fn titles(context: &Context) -> Vec<&str> {
    context.evidence.iter().map(|evidence| evidence.fields.title.as_str()).collect()
}

fn chosen(config_value: serde_json::Value, evidence: Vec<Evidence>) -> Vec<String> {
    let context = select(&config(config_value), evidence, Vec::new(), Vec::new());
    titles(&context).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_date_only_end_means_the_end_of_that_day_and_offsets_are_respected() {
    let times = [
        "2025-03-31T23:59:59.999Z",
        "2025-04-01T00:00:00Z",
        "2025-04-01T01:30:00+02:00",
        "2025-03-31T22:00:00-03:00",
        "2025-01-01T00:00:00Z",
        "2024-12-31T23:59:59Z",
        "2024-12-31T20:00:00-05:00",
    ];
    let all = times.iter().map(|at| evidence("MANUAL", None, at)).collect();
    let range = json!({"evidenceDateRange": {"start": "2025-01-01", "end": "2025-03-31"}});
    assert_eq!(
        chosen(range, all),
        ["2025-03-31T23:59:59.999Z", "2025-04-01T01:30:00+02:00", "2024-12-31T20:00:00-05:00", "2025-01-01T00:00:00Z"]
    );
}

#[test]
fn an_instant_as_end_is_inclusive() {
    let all = vec![evidence("MANUAL", None, "2025-03-31T12:00:00Z"), evidence("MANUAL", None, "2025-03-31T12:00:01Z")];
    let range = json!({"evidenceDateRange": {"end": "2025-03-31T14:00:00+02:00"}});
    assert_eq!(chosen(range, all), ["2025-03-31T12:00:00Z"]);
}

#[test]
fn times_without_a_zone_and_dates_that_do_not_exist_are_rejected() {
    for text in ["2025-03-31T12:00:00", "2025-02-30", "yesterday", "", "31.03.2025", "2025-3-1"] {
        assert!(crate::library::date_range::Moment::try_from(text.to_owned()).is_err(), "{text}");
    }
}

#[test]
fn types_and_categories_are_both_required_and_empty_means_all() {
    let all = vec![
        evidence("PR_AUTHORED", Some("bug"), "2025-01-01T00:00:01Z"),
        evidence("PR_AUTHORED", Some("docs"), "2025-01-01T00:00:02Z"),
        evidence("SLACK", Some("bug"), "2025-01-01T00:00:03Z"),
        evidence("SLACK", None, "2025-01-01T00:00:04Z"),
    ];
    let count = |filter| chosen(filter, all.clone()).len();
    assert_eq!(count(json!({})), 4);
    assert_eq!(count(json!({"evidenceTypes": ["SLACK"]})), 2);
    assert_eq!(count(json!({"evidenceCategories": ["bug"]})), 2);
    assert_eq!(count(json!({"evidenceTypes": ["SLACK"], "evidenceCategories": ["bug", "docs"]})), 1);
    assert_eq!(chosen(json!({"maxEvidence": 1}), all.clone()), ["2025-01-01T00:00:04Z"]);
}

#[test]
fn jobs_read_active_goals_and_the_newest_reviews_when_asked_to() {
    let goal = |status: &str| -> Goal {
        let fields: GoalFields = serde_json::from_value(json!({"title": status, "status": status})).expect("valid");
        Goal { id: SourceId::new(), fields, created_at: NOW, version: 1 }
    };
    let review = |year: i16| -> Review {
        let fields = json!({"year": year, "type": "SELF", "content": ""});
        let fields: ReviewFields = serde_json::from_value(fields).expect("valid");
        Review { id: SourceId::new(), fields, created_at: NOW, version: 1 }
    };
    let goals: Vec<_> = ["ACTIVE", "PAUSED", "COMPLETED", "CANCELLED"].map(goal).into();
    let reviews: Vec<_> = [2023, 2025, 2024].map(review).into();
    let context = select(&config(json!({})), Vec::new(), goals.clone(), reviews.clone());
    assert_eq!(context.goals.len(), 1);
    assert_eq!(context.reviews.iter().map(|review| review.fields.year).collect::<Vec<_>>(), [2025, 2024, 2023]);
    let none = select(&config(json!({"includeGoals": false, "includeReviews": false})), Vec::new(), goals, reviews);
    assert!(none.goals.is_empty() && none.reviews.is_empty());
}

#[test]
fn unknown_fields_of_the_config_are_returned() {
    let given = json!({
        "evidenceDateRange": {"start": "2025-01-01"}, "evidenceTypes": [], "evidenceCategories": [],
        "maxEvidence": 20, "includeGoals": false, "includeReviews": true, "later": {"a": [1]},
    });
    assert_eq!(serde_json::to_value(config(given.clone())).expect("JSON"), given);
}

proptest! {
    #[test]
    fn the_order_of_the_input_does_not_matter(seconds in prop::collection::vec(0_i64..50, 0..40), seed in any::<u64>()) {
        let all: Vec<_> = seconds
            .iter()
            .map(|second| evidence("MANUAL", None, &jiff::Timestamp::constant(1_750_000_000 + second, 0).to_string()))
            .collect();
        let mut shuffled = all.clone();
        shuffled.sort_by_key(|evidence| evidence.id.to_string().bytes().fold(seed, |hash, byte| hash.rotate_left(5) ^ u64::from(byte)));
        let config = config(json!({"maxEvidence": 10}));
        let one = select(&config, all, Vec::new(), Vec::new());
        let other = select(&config, shuffled, Vec::new(), Vec::new());
        prop_assert_eq!(&one, &other);
        prop_assert!(one.evidence.is_sorted_by_key(|evidence| Reverse((evidence.fields.occurred_at, evidence.id))));
    }
}
