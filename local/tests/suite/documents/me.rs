//! `GET /api/me/export` and `DELETE /api/me`: everything that a person has.

use domain::job::policy::JobPolicy;
use local::fake_claude::{Behaviour, Gate};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::ChangeError;

use crate::world::{World, answer, items};

/// A text that says what kind of data it is. No other text contains it.
fn mark(kind: &str) -> String {
    format!("mark-of-{kind}-end")
}

/// Every kind of text that a person or a model may store.
const KINDS: [&str; 30] = [
    "document-name",
    "document-description",
    "person-name",
    "context-config",
    "block-prompt",
    "first-content",
    "edited-content",
    "metadata",
    "heading",
    "evidence-title",
    "evidence-summary",
    "evidence-repo",
    "evidence-criteria",
    "evidence-id",
    "evidence-url",
    "goal-title",
    "goal-description",
    "goal-milestone",
    "review-content",
    "job-prompt",
    "generated",
    "analysis",
    "proposal",
    "failed-prompt",
    "inline-name",
    "inline-description",
    "inline-prompt",
    "inline-content",
    "inline-evidence",
    "inline-result",
];

impl World {
    fn me(&self, user: &str, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.library_as(user, method, &format!("me{path}"))
    }

    /// All lines of an export, without those that name the next page.
    pub async fn export_of(&self, user: &str) -> Vec<Value> {
        let (mut lines, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let query = cursor.map(|cursor| format!("?cursor={cursor}")).unwrap_or_default();
            let response = self.me(user, Method::GET, &format!("/export{query}")).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()["content-type"], "application/x-ndjson");
            let text = response.text().await.unwrap();
            assert!(text.len() <= 4 * 1024 * 1024);
            lines.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
            match lines.pop_if(|line| line["kind"] == "next") {
                Some(next) => cursor = Some(next["cursor"].as_str().unwrap().to_owned()),
                None => return lines,
            }
        }
    }

    async fn stored(&self, method: Method, path: &str, body: &Value) -> Value {
        let key = uuid::Uuid::new_v4().to_string();
        let (status, stored) =
            answer(self.library_as("ada", method, path).header("idempotency-key", key).json(body)).await;
        assert!(status.is_success(), "{path}: {stored}");
        stored
    }
}

/// Stores a marked text of every kind.
async fn store_marked(world: &World) {
    let m = mark;
    let document = world
        .stored(
            Method::POST,
            "report-builder",
            &json!({
                "name": m("document-name"), "description": m("document-description"), "personName": m("person-name"),
                "contextConfig": {"note": m("context-config")},
            }),
        )
        .await;
    let id = document["id"].as_str().unwrap().to_owned();
    let blocks = format!("report-builder/{id}/blocks");
    world.stored(Method::POST, &blocks, &json!({"type": "HEADING", "content": m("heading")})).await;
    let block = json!({"type": "PROMPT_RESPONSE", "prompt": m("block-prompt"), "content": m("first-content"), "metadata": {"note": m("metadata")}});
    let block = world.stored(Method::POST, &blocks, &block).await["id"].as_str().unwrap().to_owned();
    world.stored(Method::PATCH, &format!("{blocks}/{block}"), &json!({"content": m("edited-content")})).await;
    world
        .stored(Method::POST, "evidence", &json!({
            "type": "MANUAL", "title": m("evidence-title"), "summary": m("evidence-summary"), "repo": m("evidence-repo"),
            "criteria": [m("evidence-criteria")], "externalId": m("evidence-id"), "occurredAt": "2026-03-02",
            "url": format!("https://git.example.com/{}", m("evidence-url")),
        }))
        .await;
    world
        .stored(Method::POST, "goals", &json!({
            "title": m("goal-title"), "description": m("goal-description"), "milestones": [{"title": m("goal-milestone")}],
        }))
        .await;
    world.stored(Method::POST, "reviews", &json!({"year": 2025, "type": "PEER", "content": m("review-content")})).await;

    let job = |job_type: &str, prompt: String, mode: &str| json!({"type": job_type, "documentId": id, "blockId": block, "prompt": prompt, "applyMode": mode});
    world.script([Behaviour::say(m("proposal"))]);
    world.run(&job("GENERATE", m("job-prompt"), "propose")).await;
    world.script([Behaviour::say(m("generated"))]);
    world.run(&job("GENERATE", String::new(), "replace")).await;
    world.script([Behaviour::Refuse]);
    world.run(&job("REFINE", m("failed-prompt"), "replace")).await;
    let insight = json!({"title": m("analysis"), "summary": "", "evidence": []});
    world.script([Behaviour::say(json!({"themes": [insight]}).to_string())]);
    world.run(&json!({"type": "ANALYZE", "documentId": id})).await;
    world.script([Behaviour::say(m("inline-result"))]);
    world
        .run(&json!({"type": "REFINE", "input": {
            "document": {"name": m("inline-name"), "description": m("inline-description")},
            "block": {"prompt": m("inline-prompt"), "content": m("inline-content")},
            "evidence": [{"id": "e", "type": "MANUAL", "title": m("inline-evidence"), "summary": "", "occurredAt": "2026-03-02"}],
        }}))
        .await;
}

/// A run of the sweeper has 25 s for deletions, which may not suffice on a busy machine. Then the next run continues.
async fn sweep_until_deleted(world: &World) {
    while world.runner.functions.sweep().await.unwrap().deletions == 0 {}
}

#[tokio::test]
async fn everything_is_exported_and_after_its_deletion_nothing_is_left() {
    let world = World::new().await;
    store_marked(&world).await;
    let of_bob = world.library_as("bob", Method::POST, "goals").json(&json!({"title": "Bob's own goal"}));
    assert_eq!(answer(of_bob).await.0, StatusCode::CREATED);
    let table = world.whole_table().await;
    for kind in KINDS {
        assert!(table.contains(&mark(kind)), "{kind} is not stored, so its absence would prove nothing");
    }

    let lines = world.export_of("ada").await;
    let exported = lines.iter().map(Value::to_string).collect::<String>();
    for kind in KINDS {
        assert!(exported.contains(&mark(kind)), "{kind}: {exported}");
    }
    assert!(!exported.contains("Bob's own goal"));
    assert_eq!(world.export_of("bob").await.len(), 1);

    // A job runs, and its worker holds the answer back.
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let running = world.create(&world.generate_body()).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        let (status, began) = answer(world.me("ada", Method::DELETE, "")).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{began}");
        gate.open();
    });
    drained.unwrap();
    assert_eq!(answer(world.request(Method::GET, &format!("/jobs/{running}"))).await.0, StatusCode::NOT_FOUND);
    world.advance(60);
    sweep_until_deleted(&world).await;
    let table = world.whole_table().await;
    for kind in KINDS {
        let left = table.lines().find(|line| line.contains(&mark(kind)));
        assert_eq!(left, None, "{kind}");
    }
    assert!(table.contains("Bob's own goal"));
    assert_eq!(world.export_of("ada").await.iter().map(|line| &line["kind"]).collect::<Vec<_>>(), ["usage"]);
    let mut left = items(&world).await;
    left.remove("SPENDING");
    assert_eq!(left, [("DELETION".to_owned(), 1), ("GOAL".to_owned(), 1)].into());

    // What is exported can be imported by somebody else.
    for (kind, list) in [("evidence", "evidence"), ("goal", "goals"), ("review", "reviews")] {
        let entries: Vec<&Value> =
            lines.iter().filter(|line| line["kind"] == kind).map(|line| &line["value"]).collect();
        let import = world.library_as("cleo", Method::POST, &format!("{list}/import")).json(&entries);
        let (status, report) = answer(import).await;
        assert_eq!((status, &report["created"]), (StatusCode::OK, &json!(entries.len())), "{report}");
    }
}

/// A worker that learns nothing would go on to read, to pay and to store.
#[tokio::test]
async fn a_worker_notices_that_everything_was_deleted() {
    let world = World::new().await;
    let (store, now, policy) = (&world.runner.store, world.runner.clock.now(), JobPolicy::default());
    let id = world.create(&world.generate_body()).await;
    let claim = store.claim(&world.user, id, &policy, now).await.unwrap();
    let mut progress = claim.job.progress.clone().unwrap();
    progress.partial_text = Some(mark("part"));
    store.heartbeat(&claim, progress.clone(), &policy, now).await.unwrap();
    assert_eq!(answer(world.me("ada", Method::DELETE, "")).await.0, StatusCode::ACCEPTED);
    let late = store.heartbeat(&claim, progress, &policy, now).await;
    assert!(matches!(late, Err(ChangeError::NotFound)), "{late:?}");
    assert!(!world.whole_table().await.contains(&mark("part")));
}

#[tokio::test]
async fn while_a_deletion_lasts_nothing_new_is_stored() {
    let world = World::new().await;
    let (_, began) = answer(world.me("ada", Method::DELETE, "")).await;
    let (status, again) = answer(world.me("ada", Method::DELETE, "")).await;
    assert_eq!((status, &again), (StatusCode::ACCEPTED, &began), "a second request changes nothing");
    let evidence = json!({"type": "MANUAL", "title": "A", "summary": "", "occurredAt": "2026-03-02"});
    let inline = json!({"type": "ANALYZE", "input": {"document": {"name": "A"}, "evidence": []}});
    let new = [
        ("report-builder", json!({"name": "A"})),
        ("evidence", evidence.clone()),
        ("goals", json!({"items": [{"title": "A"}]})),
        ("evidence/import", json!([evidence])),
        ("report-builder/jobs", inline),
    ];
    for (path, body) in &new {
        let (status, problem) = answer(world.library_as("ada", Method::POST, path).json(body)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("DELETION_RUNNING")), "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(began["endsAt"].as_str().unwrap()), "{problem}");
    }
    assert!(answer(world.library_as("bob", Method::POST, "goals").json(&json!({"title": "A"}))).await.0.is_success());
    world.advance(31 * 60);
    sweep_until_deleted(&world).await;
    for (path, body) in &new {
        let (status, stored) = answer(world.library_as("ada", Method::POST, path).json(body)).await;
        assert!(status.is_success(), "{path}: {stored}");
    }
}

#[tokio::test]
async fn a_deletion_makes_no_room_in_the_budget() {
    let world = World::new().await;
    let usage = async || answer(world.request(Method::GET, "/usage")).await.1;
    world.run(&world.generate_body()).await;
    let before = usage().await;
    answer(world.me("ada", Method::DELETE, "")).await;
    assert_eq!(usage().await, before);
}

#[tokio::test]
async fn an_export_of_much_comes_in_pages_and_a_large_deletion_is_finished_by_the_sweeper() {
    let world = World::new().await;
    let text = "A long text \"with quotes\".\n".repeat(370);
    for part in 0..4 {
        let entry = |number: usize| json!({"type": "MANUAL", "title": format!("{part}-{number}"), "summary": text, "occurredAt": "2026-03-02"});
        let items: Vec<Value> = (0..250).map(entry).collect();
        let (status, stored) =
            answer(world.library_as("ada", Method::POST, "evidence").json(&json!({"items": items}))).await;
        assert_eq!((status, &stored["created"]), (StatusCode::OK, &json!(250)));
    }
    let lines = world.export_of("ada").await;
    let mut titles: Vec<String> = lines
        .iter()
        .filter(|line| line["kind"] == "evidence" && line["value"]["summary"] == text.as_str())
        .map(|line| line["value"]["title"].to_string())
        .collect();
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 1_000);
    let store = &world.runner.store;
    let task = store.delete_all_of(&world.user, world.runner.clock.now()).await.unwrap();
    let expired = tokio::time::Instant::now();
    assert!(!store.finish_deletion(&world.user, task, world.runner.clock.now(), expired).await.unwrap());
    world.advance(61);
    sweep_until_deleted(&world).await;
    assert!(!items(&world).await.contains_key("EVIDENCE"));
}

/// The texts of revisions are not looked at. Their keys are longer than a cursor may be.
#[tokio::test]
async fn an_export_ends_before_the_texts() {
    let world = World::new().await;
    let (block, mut contents) = (world.seeded.written(), Vec::new());
    for number in 0..300 {
        contents.push(json!(format!("Text {number}.")));
        world.edit(block, &json!({"content": contents[number]})).await;
    }
    let lines = world.export_of("ada").await;
    let revisions =
        lines.iter().filter(|line| line["kind"] == "revision" && line["value"]["blockId"] == json!(block.id));
    let exported: Vec<&Value> = revisions.map(|line| &line["value"]["newContent"]).collect();
    assert!(exported.iter().rev().take(300).rev().copied().eq(&contents), "{exported:?}");
}
