//! What a job reads and sends.

use domain::{
    context_config::ContextConfig,
    document::Document,
    evidence::{Evidence, EvidenceFacts},
    ids::{SourceId, UserId},
};
use serde_json::{Value, json};

use crate::world::World;

fn evidence(kind: &str, category: Option<&str>, at: &str) -> Evidence {
    let facts = json!({"type": kind, "title": at, "summary": "", "category": category, "occurredAt": at});
    let facts: EvidenceFacts = serde_json::from_value(facts).unwrap();
    Evidence { id: SourceId::new(), facts, created_at: jiff::Timestamp::UNIX_EPOCH, version: 1 }
}

async fn store(world: &World, user: &UserId, evidence: &[Evidence]) {
    let outcomes = world.runner.store.put_entries(user, evidence).await;
    assert!(outcomes.iter().all(Result::is_ok));
}

/// A year of evidence of every kind, two pieces a day.
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
async fn the_store_reads_what_the_rules_select_whatever_the_filter() {
    let world = World::new().await;
    let user = UserId::new("carol").unwrap();
    let all = year();
    store(&world, &user, &all).await;
    let configs = [
        json!({}),
        json!({"maxEvidence": 1}),
        json!({"maxEvidence": 500}),
        json!({"evidenceTypes": ["SLACK"]}),
        json!({"evidenceCategories": ["bug"], "maxEvidence": 7}),
        json!({"evidenceTypes": ["PR_AUTHORED", "MANUAL"], "maxEvidence": 30}),
        json!({"evidenceTypes": ["PR_AUTHORED", "PR_AUTHORED"], "evidenceCategories": ["bug", "feature"]}),
        json!({"evidenceDateRange": {"start": "2025-01-01", "end": "2025-03-31"}}),
        json!({"evidenceDateRange": {"end": "2025-03-31T16:00:00Z"}, "evidenceTypes": ["MANUAL"], "maxEvidence": 3}),
        json!({"evidenceDateRange": {"start": "2025-06-01", "end": "2025-05-01"}}),
        json!({"evidenceDateRange": {"start": "2030-01-01"}}),
    ];
    for config in configs {
        let config: ContextConfig = serde_json::from_value(config).unwrap();
        let read = world.runner.store.evidence(&user, &config).await.unwrap();
        let select = |evidence| domain::selection::select(&config, evidence, Vec::new(), Vec::new()).evidence;
        assert_eq!(select(read.clone()), select(all.clone()), "{config:?}");
        assert!(read.len() <= config.evidence_limit());
    }
}

/// The prompt holds at most `maxEvidence` pull requests: the newest in range, newest first.
#[tokio::test]
async fn the_prompt_holds_the_newest_evidence_in_range_and_no_more() {
    let world = World::new().await;
    let all = year();
    store(&world, &world.user, &all).await;
    let context_config: ContextConfig = serde_json::from_value(json!({
        "evidenceDateRange": {"start": "2025-02-01", "end": "2025-02-28"},
        "evidenceTypes": ["MANUAL"], "maxEvidence": 20, "includeGoals": false, "includeReviews": false,
    }))
    .unwrap();
    let document = Document { context_config, ..world.seeded.document.clone() };
    world.runner.store.put_document(&world.user, &document).await.unwrap();
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

fn day_of(item: &Value) -> String {
    item["text"].as_str().unwrap().split_whitespace().nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn no_evidence_at_all_is_written_about_as_such() {
    let world = World::new().await;
    let context_config: ContextConfig = serde_json::from_value(json!({
        "evidenceDateRange": {"start": "1999-01-01", "end": "1999-12-31"}, "includeGoals": false, "includeReviews": false,
    }))
    .unwrap();
    let document = Document { context_config, ..world.seeded.document.clone() };
    world.runner.store.put_document(&world.user, &document).await.unwrap();
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["status"], &job["result"]["evidenceCount"]), (&json!("COMPLETED"), &json!(0)));
    assert!(job["result"]["content"].as_str().unwrap().contains("no evidence"));
}
