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
    Evidence::new(SourceId::new(), fields, NOW)
}

fn config(value: serde_json::Value) -> ContextConfig {
    serde_json::from_value(value).expect("valid")
}

fn titles(context: &Context) -> Vec<&str> {
    context.evidence.iter().map(|evidence| evidence.fields.title.as_str()).collect()
}

fn found(matching: Vec<Evidence>) -> FoundEvidence {
    FoundEvidence { matching, is_complete: true, pinned: Vec::new(), excluded: Vec::new() }
}

fn chosen(config_value: serde_json::Value, evidence: Vec<Evidence>) -> Vec<String> {
    let context = select(&config(config_value), &Zone::default(), found(evidence), Vec::new(), Vec::new());
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
    let range = json!({"evidenceDateRange": {"start": "2025-01-01", "end": "2025-03-31"}, "maxEvidence": 9});
    assert_eq!(
        chosen(range, all),
        ["2025-03-31T23:59:59.999Z", "2025-04-01T01:30:00+02:00", "2024-12-31T20:00:00-05:00", "2025-01-01T00:00:00Z"]
    );
}

/// A day is the same day everywhere, and an instant belongs to the day of the person.
#[test]
fn days_are_those_of_the_persons_zone() {
    let all = || -> Vec<Evidence> {
        [
            "2025-01-01",
            "2025-03-31",
            "2025-04-01",
            "2024-12-31T23:30:00Z",
            "2025-03-31T21:30:00Z",
            "2025-03-31T22:30:00Z",
        ]
        .map(|at| evidence("MANUAL", None, at))
        .into()
    };
    let range = config(json!({"evidenceDateRange": {"start": "2025-01-01", "end": "2025-03-31"}, "maxEvidence": 9}));
    for (zone, instants) in [
        ("UTC", vec!["2025-03-31T22:30:00Z", "2025-03-31T21:30:00Z"]),
        ("Europe/Berlin", vec!["2025-03-31T21:30:00Z", "2024-12-31T23:30:00Z"]),
        ("Pacific/Auckland", vec!["2024-12-31T23:30:00Z"]),
        ("America/New_York", vec!["2025-03-31T22:30:00Z", "2025-03-31T21:30:00Z"]),
    ] {
        let zone: Zone = zone.parse().expect("known");
        let context = select(&range, &zone, found(all()), Vec::new(), Vec::new());
        let (days, found): (Vec<&str>, Vec<&str>) = titles(&context).into_iter().partition(|title| title.len() == 10);
        assert_eq!((days, found), (vec!["2025-03-31", "2025-01-01"], instants), "{zone}");
        let bounds = range.evidence_date_range.bounds(&zone);
        for piece in &context.evidence {
            let at = piece.fields.occurred_at.listed_at();
            assert!(
                bounds.from.is_some_and(|from| from <= at) && bounds.until.is_some_and(|until| at < until),
                "{zone}"
            );
        }
    }
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
        assert!(text.parse::<Moment>().is_err(), "{text}");
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

/// A thousand pieces of a year, most of them at its end, of two types.
fn uneven_year() -> Vec<Evidence> {
    let at = |number: i64| 1_735_689_600 + 31_536_000 - (1_000 - number).pow(2) * 31_536_000 / 1_000_000;
    (0..1_000)
        .map(|number| {
            let at = jiff::Timestamp::from_second(at(number)).expect("a time");
            evidence(if number % 5 == 0 { "SLACK" } else { "PR_AUTHORED" }, None, &at.to_string())
        })
        .collect()
}

#[test]
fn without_a_limit_every_month_has_its_share_of_what_is_read() {
    let all = uneven_year();
    let context = select(&config(json!({})), &Zone::default(), found(all.clone()), Vec::new(), Vec::new());
    assert_eq!((context.evidence.len(), context.evidence_matched), (500, 1_000));
    assert!(!context.evidence_matched_is_lower_bound);
    let share = |part: &[Evidence], prefix: &str, kind: Option<&str>| {
        let fits = |piece: &&Evidence| {
            piece.fields.title.starts_with(prefix)
                && kind.is_none_or(|kind| piece.fields.evidence_type.to_string() == kind)
        };
        part.iter().filter(fits).count() as f64
    };
    for sent in [500, 250, 37] {
        let part = &context.evidence[..sent];
        for month in 1..=12 {
            let month = format!("2025-{month:02}");
            let expected = share(&all, &month, None) * sent as f64 / 1_000.0;
            let count = share(part, &month, None);
            assert!((count - expected).abs() < 1.0, "{month}: {count} of {sent}, expected {expected}");
            let of_type = share(part, &month, Some("SLACK"));
            let expected = count * share(&all, &month, Some("SLACK")) / share(&all, &month, None);
            assert!((of_type - expected).abs() < 1.0, "{month}: {of_type} of {count}, expected {expected}");
        }
    }
    let context = select(&config(json!({"maxEvidence": 50})), &Zone::default(), found(all), Vec::new(), Vec::new());
    assert_eq!((context.evidence.len(), context.evidence_matched), (50, 1_000));
    assert!(context.evidence.iter().all(|piece| piece.fields.title.starts_with("2025-12")), "the newest, as asked");
}

#[test]
fn pinned_pieces_come_first_and_excluded_ones_never() {
    let mut all = uneven_year();
    let (old, excluded, newest) = (all[3].clone(), all[998].clone(), all[999].clone());
    let outside = evidence("MANUAL", None, "2019-01-01T00:00:00Z");
    let unknown = SourceId::new();
    let config = config(json!({
        "evidenceDateRange": {"start": "2025-01-01"}, "maxEvidence": 3, "excludedEvidenceIds": [excluded.id],
        "pinnedEvidenceIds": [old.id, outside.id, unknown, old.id],
    }));
    all.reverse();
    let found = FoundEvidence {
        matching: all,
        is_complete: true,
        pinned: vec![old.clone(), outside.clone()],
        excluded: Vec::new(),
    };
    let context = select(&config, &Zone::default(), found, Vec::new(), Vec::new());
    let ids = |evidence: &[Evidence]| evidence.iter().map(|piece| piece.id).collect::<Vec<_>>();
    assert_eq!(ids(&context.evidence), ids(&[old, outside, newest]));
    assert_eq!((context.evidence_matched, context.unknown_evidence_ids), (1_000, vec![unknown]));
}

#[test]
fn more_than_two_thousand_are_not_counted() {
    let one = evidence("MANUAL", None, "2025-01-01T00:00:00Z");
    let many = |count: usize| (0..count).map(|_| Evidence { id: SourceId::new(), ..one.clone() }).collect::<Vec<_>>();
    for (count, is_complete, matched, is_lower_bound) in
        [(2_000, true, 2_000, false), (2_001, false, 2_000, true), (700, false, 700, true)]
    {
        let found = FoundEvidence { matching: many(count), is_complete, pinned: Vec::new(), excluded: Vec::new() };
        let context = select(&config(json!({})), &Zone::default(), found, Vec::new(), Vec::new());
        assert_eq!((context.evidence_matched, context.evidence_matched_is_lower_bound), (matched, is_lower_bound));
    }
}

#[test]
fn jobs_read_active_goals_and_the_newest_reviews_when_asked_to() {
    let goal = |status: &str| -> Goal {
        let fields: GoalFields = serde_json::from_value(json!({"title": status, "status": status})).expect("valid");
        Goal::new(SourceId::new(), fields, NOW)
    };
    let review = |year: i16| -> Review {
        let fields = json!({"year": year, "type": "SELF", "content": ""});
        let fields: ReviewFields = serde_json::from_value(fields).expect("valid");
        Review::new(SourceId::new(), fields, NOW)
    };
    let goals: Vec<_> = ["ACTIVE", "PAUSED", "COMPLETED", "CANCELLED"].map(goal).into();
    let reviews: Vec<_> = [2023, 2025, 2024].map(review).into();
    let context = select(&config(json!({})), &Zone::default(), found(Vec::new()), goals.clone(), reviews.clone());
    assert_eq!(context.goals.len(), 1, "nobody knows when the other was reached");
    let mut reached = goals.clone();
    reached[2].fields.target_date = Some("2025-03-31".parse().expect("a day"));
    for (period, expected) in
        [(json!({"start": "2025-01-01", "end": "2025-03-31"}), 2), (json!({"start": "2025-04-01"}), 1)]
    {
        let config = config(json!({"evidenceDateRange": period}));
        assert_eq!(
            select(&config, &Zone::default(), found(Vec::new()), reached.clone(), Vec::new()).goals.len(),
            expected
        );
    }
    assert_eq!(context.reviews.iter().map(|review| review.fields.year).collect::<Vec<_>>(), [2025, 2024, 2023]);
    let none = select(
        &config(json!({"includeGoals": false, "includeReviews": false})),
        &Zone::default(),
        found(Vec::new()),
        goals,
        reviews,
    );
    assert!(none.goals.is_empty() && none.reviews.is_empty());
}

#[test]
fn unknown_fields_of_the_config_are_returned() {
    let given = json!({
        "evidenceDateRange": {"start": "2025-01-01"}, "evidenceTypes": [], "evidenceCategories": [],
        "maxEvidence": 20, "pinnedEvidenceIds": [], "excludedEvidenceIds": [], "includeGoals": false, "includeReviews": true, "later": {"a": [1]},
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
        let one = select(&config, &Zone::default(), found(all), Vec::new(), Vec::new());
        let other = select(&config, &Zone::default(), found(shuffled), Vec::new(), Vec::new());
        prop_assert_eq!(&one, &other);
        prop_assert!(one.evidence.is_sorted_by_key(|evidence| Reverse((evidence.fields.occurred_at.listed_at(), evidence.id))));
    }
}
