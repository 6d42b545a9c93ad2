//! Which evidence a job reads, and what it sends to Claude.

use std::collections::BTreeMap;

use domain::{
    ids::{SourceId, UserId},
    library::{
        evidence::{Evidence, EvidenceFields},
        selection::{Context, FoundEvidence, select},
    },
    report::{context_config::ContextConfig, document::Document},
    zone::Zone,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    world::{World, answer},
};

fn evidence(kind: &str, category: Option<&str>, at: &str) -> Evidence {
    let fields = json!({"type": kind, "title": at, "summary": "", "category": category, "occurredAt": at});
    let fields: EvidenceFields = serde_json::from_value(fields).unwrap();
    Evidence::new(SourceId::new(), fields, jiff::Timestamp::UNIX_EPOCH)
}

async fn store(world: &World, user: &UserId, evidence: &[Evidence]) {
    let outcomes = world.runner.store.put_entries(user, evidence).await;
    assert!(outcomes.iter().all(Result::is_ok));
}

fn found(all: &[Evidence]) -> FoundEvidence {
    FoundEvidence { matching: all.to_vec(), is_complete: true, pinned: Vec::new(), excluded: Vec::new() }
}

fn chosen(config: &ContextConfig, found: FoundEvidence) -> Context {
    select(config, &Zone::default(), found, Vec::new(), Vec::new())
}

/// A year of evidence of all four types, two pieces a day.
fn year() -> Vec<Evidence> {
    let kinds = ["PR_AUTHORED", "PR_REVIEWED", "SLACK"];
    let categories = [Some("bug"), Some("feature"), None];
    (0..365_i64)
        .flat_map(|day| {
            let at = |hour: i64| {
                jiff::Timestamp::from_second(1_735_689_600 + day * 86_400 + hour * 3_600).unwrap().to_string()
            };
            let (kind, category) =
                (kinds[usize::try_from(day % 3).unwrap()], categories[usize::try_from(day / 3 % 3).unwrap()]);
            [evidence(kind, category, &at(8)), evidence("MANUAL", None, &at(16))]
        })
        .collect()
}

#[tokio::test]
async fn the_store_reads_what_the_rules_select_for_every_filter() {
    let world = World::new().await;
    let user = crate::world::user("carol");
    let all = year();
    store(&world, &user, &all).await;
    let configs = [
        json!({}),
        json!({"maxEvidence": 1}),
        json!({"maxEvidence": 500}),
        json!({"evidenceTypes": ["SLACK"]}),
        json!({"evidenceCategories": ["bug"], "maxEvidence": 7}),
        json!({"evidenceTypes": ["PR_AUTHORED", "MANUAL"], "maxEvidence": 30}),
        json!({"evidenceTypes": ["PR_REVIEWED", "SLACK", "JIRA_OWNED"], "evidenceCategories": ["bug", "docs", "help"]}),
        json!({"evidenceTypes": ["PR_AUTHORED", "PR_AUTHORED"], "evidenceCategories": ["bug", "feature"]}),
        json!({"evidenceDateRange": {"start": "2025-01-01", "end": "2025-03-31"}}),
        json!({"evidenceDateRange": {"end": "2025-03-31T16:00:00Z"}, "evidenceTypes": ["MANUAL"], "maxEvidence": 3}),
        json!({"evidenceDateRange": {"start": "2025-06-01", "end": "2025-05-01"}}),
        json!({"evidenceDateRange": {"start": "2030-01-01"}}),
    ];
    for config in configs {
        let config: ContextConfig = serde_json::from_value(config).unwrap();
        let read = world.runner.store.evidence(&user, &config, &Zone::default(), usize::MAX).await.unwrap();
        assert!(read.is_complete);
        assert_eq!(chosen(&config, read), chosen(&config, found(&all)), "{config:?}");
    }
}

/// The prompt contains at most `maxEvidence` pieces of evidence: the newest in the range, newest first.
#[tokio::test]
async fn the_prompt_contains_only_the_newest_evidence_in_the_range() {
    let world = World::new().await;
    let all = year();
    store(&world, &world.user, &all).await;
    let context_config: ContextConfig = serde_json::from_value(json!({
        "evidenceDateRange": {"start": "2025-02-01", "end": "2025-02-28"},
        "evidenceTypes": ["MANUAL"], "maxEvidence": 20, "includeGoals": false, "includeReviews": false,
    }))
    .unwrap();
    let document = Document { context_config, ..world.seeded.document.clone() };
    world.overwrite(&document).await;
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["result"]["evidenceCount"], &job["result"]["goalsCount"]), (&json!(20), &json!(0)));

    let request = &world.journal().requests()[0];
    let content = request["messages"][0]["content"].as_array().unwrap();
    assert_eq!(content.len(), 2, "one document and the task");
    let items = content[0]["source"]["content"].as_array().unwrap();
    let days: Vec<String> = items.iter().map(day_of).collect();
    let expected: Vec<String> = (9..=28).rev().map(|day| format!("2025-02-{day:02}")).collect();
    assert_eq!(days, expected);
    assert_eq!(content[0]["citations"]["enabled"], true);
    assert!(content[0]["cache_control"].is_object());
}

/// How many pieces of each month a request has, by month.
fn months(request: &Value) -> BTreeMap<String, usize> {
    let items = request["messages"][0]["content"][0]["source"]["content"].as_array().unwrap();
    let mut months = BTreeMap::new();
    for item in items {
        *months.entry(day_of(item)[..7].to_owned()).or_default() += 1;
    }
    months
}

/// Nothing is set but the year.
#[tokio::test]
async fn a_year_is_read_as_a_whole_and_more_than_five_hundred_pieces_are_drawn_evenly() {
    let world = World::new().await;
    let year = json!({"contextConfig": {"evidenceDateRange": {"start": "2025-01-01", "end": "2025-12-31"}}});
    answer(world.request(Method::PATCH, &format!("/{}", world.seeded.document.id)).json(&year)).await;
    // The older half of the year has a fifth of the pieces.
    let pieces = |from: i64, to: i64, step: usize| -> Vec<Evidence> {
        let at = |hour: i64| jiff::Timestamp::from_second(1_735_689_600 + hour * 3_600).unwrap().to_string();
        (from..to).step_by(step).map(|hour| evidence("MANUAL", None, &at(hour))).collect()
    };
    let mut all = Vec::new();
    // The pieces that are added, the pieces that match, and the pieces that are sent.
    for (more, matched, sent) in [
        (pieces(0, 8_760, 44), 200, 200),
        (pieces(4_403, 8_753, 7), 822, 500),
        (pieces(1, 8_760, 49), 1_001, 500),
        (pieces(2, 8_760, 8), 2_000, 500),
    ] {
        store(&world, &world.user, &more).await;
        all.extend(more);
        let job = world.run(&world.generate_body()).await;
        let result = &job["result"];
        let counts = (&result["evidenceMatched"], &result["evidenceCount"], &result["evidenceOmitted"]);
        assert_eq!(counts, (&json!(matched), &json!(sent), &json!(matched - sent)), "{}", all.len());
        assert_eq!(result["evidenceOmittedBy"], json!({"limit": matched - sent, "tokens": 0}));
        let is_more = result.get("evidenceMatchedIsLowerBound").is_some();
        assert_eq!(is_more, all.len() > 2_000, "{}", all.len());
        if is_more {
            continue;
        }
        let months = months(world.journal().requests().last().unwrap());
        assert_eq!(months.len(), 12, "every month is read");
        for (month, count) in months {
            let share = all.iter().filter(|piece| piece.fields.title.starts_with(&month)).count() * sent;
            let difference = (count * all.len()).abs_diff(share);
            assert!(difference <= all.len(), "{month}: {count} of {sent}");
        }
    }
}

#[tokio::test]
async fn pinned_evidence_is_read_first_and_unknown_ids_are_reported() {
    let world = World::new().await;
    let all = year();
    store(&world, &world.user, &all).await;
    let other = world
        .runner
        .store
        .evidence(&world.user, &ContextConfig::default(), &Zone::default(), usize::MAX)
        .await
        .unwrap();
    assert!(other.matching.len() > all.len(), "with the evidence of the sample");
    let (unknown, gone) = (SourceId::new(), SourceId::new());
    let config = json!({
        "evidenceDateRange": {"start": "2025-12-01", "end": "2025-12-31"}, "maxEvidence": 2,
        "pinnedEvidenceIds": [all[0].id.to_string(), unknown.to_string()],
        "excludedEvidenceIds": [all[729].id.to_string(), all[1].id.to_string(), gone.to_string()],
    });
    let path = format!("/{}", world.seeded.document.id);
    let patch = json!({"contextConfig": config});
    let (status, shown) = answer(world.request(Method::PATCH, &path).json(&patch)).await;
    assert_eq!((status.as_u16(), &shown["contextConfig"]["pinnedEvidenceIds"]), (200, &config["pinnedEvidenceIds"]));
    let job = world.run(&world.generate_body()).await;
    let result = &job["result"];
    assert_eq!(result["unknownEvidenceIds"], json!([unknown.to_string(), gone.to_string()]), "of both kinds");
    assert_eq!((&result["evidenceMatched"], &result["evidenceCount"]), (&json!(62), &json!(2)), "{result}");
    let request = world.journal().requests().remove(0);
    let items = request["messages"][0]["content"][0]["source"]["content"].as_array().unwrap();
    assert_eq!(items.iter().map(day_of).collect::<Vec<_>>(), ["2025-12-31", "2025-01-01"]);

    let bad = json!({"contextConfig": {"pinnedEvidenceIds": ["nonsense"], "excludedEvidenceIds": vec![unknown.to_string(); 501]}});
    let (status, problem) = answer(world.request(Method::PATCH, &path).json(&bad)).await;
    assert_eq!(status, 400);
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/contextConfig/pinnedEvidenceIds/0", "/contextConfig/excludedEvidenceIds"]);
}

fn day_of(item: &Value) -> String {
    item["text"].as_str().unwrap().split_whitespace().nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_text_without_evidence_says_so() {
    let world = World::new().await;
    let context_config: ContextConfig = serde_json::from_value(json!({
        "evidenceDateRange": {"start": "1999-01-01", "end": "1999-12-31"}, "includeGoals": false, "includeReviews": false,
    }))
    .unwrap();
    let document = Document { context_config, ..world.seeded.document.clone() };
    world.overwrite(&document).await;
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["status"], &job["result"]["evidenceCount"]), (&json!("COMPLETED"), &json!(0)));
    assert!(job["result"]["content"].as_str().unwrap().contains("no evidence"));
}

fn old_evidence(count: usize, from: i64) -> Vec<Evidence> {
    let types = ["PR_AUTHORED", "PR_REVIEWED", "SLACK", "MANUAL", "PR_AUTHORED"];
    let categories = [Some("bug"), Some("feature"), None, Some("docs")];
    (0..count)
        .map(|number| {
            let at = jiff::Timestamp::from_second(from + i64::try_from(number).unwrap() * 1_800).unwrap();
            let fields = json!({
                "type": types[number % 5], "category": categories[number / 5 % 4], "title": format!("Change {number}"),
                "summary": "It was like this for a long time, and now it is like that. ".repeat(3), "occurredAt": at,
            });
            let fields: EvidenceFields = serde_json::from_value(fields).unwrap();
            Evidence::new(SourceId::new(), fields, at)
        })
        .collect()
}

/// A job counts up to 2,000 pieces of evidence, and reads no further, whatever is stored.
#[tokio::test]
async fn reading_forty_thousand_pieces_costs_no_more_than_counting_two_thousand() {
    const START: i64 = 1_719_792_000; // 2024-07-01, half an hour apart: 20,000 pieces reach 2025-08-21.
    let world = World::new().await;
    let user = crate::world::user("ada");
    let quarter = json!({
        "evidenceDateRange": {"start": "2025-01-01", "end": "2025-03-31"}, "evidenceTypes": ["PR_AUTHORED"], "maxEvidence": 20,
        "includeGoals": false, "includeReviews": false,
    });
    let configs = [
        json!({"maxEvidence": 50}),
        json!({"maxEvidence": 50, "evidenceTypes": ["SLACK"]}),
        json!({"maxEvidence": 50, "evidenceCategories": ["bug"]}),
        json!({"maxEvidence": 50, "evidenceTypes": ["PR_AUTHORED", "MANUAL"], "evidenceCategories": ["docs", "feature"]}),
        json!({"maxEvidence": 50, "evidenceDateRange": {"end": "2024-12-31"}}),
        quarter.clone(),
    ];
    let mut measured: Vec<Vec<f64>> = Vec::new();
    // The evidence of the sample, which is already stored.
    let mut all = world
        .runner
        .store
        .evidence(&user, &ContextConfig::default(), &Zone::default(), usize::MAX)
        .await
        .unwrap()
        .matching;
    for round in 0..2 {
        // The second round adds as many pieces again, each between two pieces of the first round.
        let more = old_evidence(20_000, START + round * 900);
        let outcomes = world.runner.store.put_entries(&user, &more).await;
        assert!(outcomes.iter().all(Result::is_ok));
        all.extend(more);
        let mut units = Vec::new();
        for config in &configs {
            let config: ContextConfig = serde_json::from_value(config.clone()).unwrap();
            let (store, meter) = world.runner.store.metered();
            let read = chosen(&config, store.evidence(&user, &config, &Zone::default(), usize::MAX).await.unwrap());
            let expected = chosen(&config, found(&all));
            let ids = |context: &Context| context.evidence.iter().map(|evidence| evidence.id).collect::<Vec<_>>();
            assert_eq!(ids(&read), ids(&expected), "the newest evidence, newest first");
            assert_eq!(read.evidence_matched, expected.evidence_matched);
            assert_eq!(read.evidence_matched_is_lower_bound, expected.evidence_matched_is_lower_bound);
            units.push(meter.read_units());
        }
        measured.push(units);
    }
    println!("read units of a job's evidence:\n  {:>8} {:>8}  contextConfig", "20,000", "40,000");
    for (index, config) in configs.iter().enumerate() {
        println!("  {:>8} {:>8}  {config}", measured[0][index], measured[1][index]);
        assert!(measured[1][index] <= 400.0);
    }

    // The job sends exactly the newest evidence of the range.
    let patch = json!({"contextConfig": quarter});
    answer(world.request(Method::PATCH, &format!("/{}", world.seeded.document.id)).json(&patch)).await;
    let job = world.run(&world.generate_body()).await;
    assert_eq!(job["result"]["evidenceCount"], 20, "{job}");
    let config: ContextConfig = serde_json::from_value(quarter).unwrap();
    let expected = chosen(&config, found(&all)).evidence;
    let request = world.journal().requests().remove(0);
    let sent = request["messages"][0]["content"][0]["source"]["content"].as_array().unwrap().clone();
    assert_eq!(sent.len(), 20);
    for (sent, expected) in sent.iter().zip(expected) {
        let text = sent["text"].as_str().unwrap();
        assert!(
            text.contains(&format!("\"{}\"", expected.fields.title))
                && text.contains(&expected.fields.occurred_at.to_string()[..10]),
            "{text}"
        );
    }
}

/// A narrow filter is read from the index by kind. A wide one is a filter on the index by time.
#[tokio::test]
async fn a_job_reads_its_evidence_with_at_most_eight_queries() {
    let world = World::new().await;
    let user = crate::world::user("carol");
    let all = old_evidence(3_000, 1_735_689_600);
    store(&world, &user, &all).await;
    let (proxied, proxy) = proxied_store(&world, Fault::None).await;
    let types =
        json!(["PR_AUTHORED", "PR_REVIEWED", "ISSUE_CREATED", "JIRA_OWNED", "JIRA_REVIEWED", "SLACK", "MANUAL"]);
    let categories = json!(["feature", "bug", "refactor", "docs", "devex", "recognition", "help"]);
    let filters = [
        json!({}),
        json!({"evidenceTypes": ["SLACK"]}),
        json!({"evidenceCategories": ["bug"]}),
        json!({"evidenceTypes": types}),
        json!({"evidenceTypes": ["SLACK"], "evidenceCategories": ["bug"]}),
        json!({"evidenceTypes": ["PR_AUTHORED", "SLACK", "JIRA_OWNED"], "evidenceCategories": ["bug", "docs", "help"]}),
        json!({"evidenceCategories": categories}),
        json!({"evidenceTypes": types, "evidenceCategories": categories, "evidenceDateRange": {"end": "2025-02-20"}}),
    ];
    println!("queries of a job's evidence, from 3,000 pieces:");
    for mut config in filters {
        for limit in [1, 50, 500] {
            config["maxEvidence"] = json!(limit);
            let parsed: ContextConfig = serde_json::from_value(config.clone()).unwrap();
            let before = proxy.calls();
            let read = proxied.evidence(&user, &parsed, &Zone::default(), usize::MAX).await.unwrap();
            let queries = proxy.calls() - before;
            println!("  {queries}  {config}");
            assert!(queries <= 8, "{queries} queries: {config}");
            let expected = chosen(&parsed, found(&all)).evidence;
            assert!(chosen(&parsed, read).evidence == expected, "the newest evidence, newest first: {config}");
        }
    }
}

/// Ten megabytes of evidence. Only the first piece and the last one were written by hand.
#[tokio::test]
async fn a_job_stops_reading_after_eight_queries_or_when_it_has_enough_bytes() {
    let world = World::new().await;
    let user = crate::world::user("carol");
    let all: Vec<Evidence> = (0..=260_i64)
        .map(|hour| {
            let at = jiff::Timestamp::from_second(1_735_689_600 + hour * 3_600).unwrap().to_string();
            let mut piece = evidence(if hour % 260 == 0 { "MANUAL" } else { "SLACK" }, None, &at);
            piece.fields.summary = "🚀".repeat(10_000);
            piece
        })
        .collect();
    store(&world, &user, &all).await;
    let (proxied, proxy) = proxied_store(&world, Fault::None).await;
    let wide = json!({"evidenceTypes": ["MANUAL", "PR_AUTHORED"], "maxEvidence": 500});
    let narrow = json!({"evidenceTypes": ["MANUAL"], "maxEvidence": 500});
    // Each piece has 40 KB, so the third one exceeds 100 KB.
    let cases = [
        (wide, usize::MAX, (1, false, 8)),
        (narrow, usize::MAX, (2, true, 8)),
        (json!({}), 100_000, (3, false, 1)),
        (json!({"evidenceTypes": ["SLACK", "PR_AUTHORED"]}), 100_000, (3, false, 1)),
    ];
    for (config, max_bytes, expected) in cases {
        let parsed: ContextConfig = serde_json::from_value(config.clone()).unwrap();
        let before = proxy.calls();
        let read = proxied.evidence(&user, &parsed, &Zone::default(), max_bytes).await.unwrap();
        assert_eq!((read.matching.len(), read.is_complete, proxy.calls() - before), expected, "{config}");
    }
}
