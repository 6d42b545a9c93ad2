//! Erasure: `DELETE /jobs/{jobId}?erase=true`, and what a deletion of a block, a document or a source takes out of jobs,
//! stored responses and citations.

use domain::{
    annotation::Annotations,
    job::{SavedAnswer, policy::JobPolicy, result::Output},
};
use local::fake_claude::{Behaviour, Gate};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    jobs::races::completion,
    world::{World, answer, items},
};

const PROMPT: &str = "mark-of-a-prompt";
const ANSWER: &str = "mark-of-an-answer";
const PARTIAL_ANSWER: &str = "mark-of-a-part";
const QUOTE: &str = "mark-of-a-quote";

impl World {
    async fn erase(&self, job: &Value) -> (StatusCode, Value) {
        answer(self.request(Method::DELETE, &format!("/jobs/{}?erase=true", job["jobId"].as_str().unwrap()))).await
    }

    /// Runs a job with a marked prompt and a marked answer, which was created with the idempotency key `once`.
    async fn run_marked(&self, mut body: Value) -> Value {
        if body.get("input").is_none() {
            body["prompt"] = json!(PROMPT);
        }
        self.script([Behaviour::say(ANSWER)]);
        let request = self.request(Method::POST, "/jobs").header("idempotency-key", "once").json(&body);
        let (status, job) = answer(request).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{job}");
        self.runner.drain().await.unwrap();
        let job = self.shown(job["jobId"].as_str().unwrap().parse().unwrap()).await;
        assert_eq!(job["status"], "COMPLETED", "{job}");
        job
    }

    async fn assert_nothing_is_left_of(&self, marks: &[&str]) {
        let table = self.whole_table().await;
        for mark in marks {
            assert_eq!(table.lines().find(|line| line.contains(mark)), None);
        }
    }
}

fn inline() -> Value {
    json!({"type": "REFINE", "input": {
        "document": {"name": "A year"},
        "block": {"prompt": PROMPT, "content": "I fixed it."},
        "evidence": [{"id": "e1", "type": "MANUAL", "title": PROMPT, "summary": "", "occurredAt": "2026-03-02"}],
    }})
}

#[tokio::test]
async fn an_erased_job_keeps_its_cost_and_loses_its_texts() {
    let world = World::new().await;
    let mut proposed = world.generate_body();
    proposed["applyMode"] = json!("propose");
    for body in [proposed, inline()] {
        let job = world.run_marked(body.clone()).await;
        let table = world.whole_table().await;
        assert!(table.contains(PROMPT) && table.contains(ANSWER), "their absence would prove nothing");

        let (status, erased) = world.erase(&job).await;
        assert_eq!(
            (status, &erased["message"], &erased["erased"]),
            (StatusCode::OK, &json!("Job erased"), &json!(true))
        );
        world.assert_nothing_is_left_of(&[PROMPT, ANSWER]).await;
        let shown = world.shown(job["jobId"].as_str().unwrap().parse().unwrap()).await;
        for name in ["prompt", "result"] {
            assert_eq!(shown[name], Value::Null, "{shown}");
        }
        for name in ["status", "usage", "createdAt", "completedAt", "documentId"] {
            assert_eq!(shown[name], job[name], "{shown}");
        }
        assert_eq!(shown["erased"], true);
        assert_eq!(answer(world.request(Method::GET, "/jobs")).await.1["jobs"][0]["result"], Value::Null);
        let (status, again) = world.erase(&job).await;
        assert_eq!(
            (status, &again["updatedAt"]),
            (StatusCode::OK, &erased["updatedAt"]),
            "a second request changes nothing"
        );

        // A repeated request neither tells what was erased nor creates it again.
        let repeated = world
            .request(Method::POST, "/jobs")
            .header("idempotency-key", "once")
            .json(&if job["documentId"].is_null() { body } else { with_prompt(body) });
        let (status, problem) = answer(repeated).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("ERASED")), "{problem}");
        world.advance(25 * 3_600);
    }
    let (status, missing) =
        answer(world.request_as("bob", Method::DELETE, "/jobs/019f0000-0000-7000-8000-000000000000?erase=true")).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{missing}");
}

fn with_prompt(mut body: Value) -> Value {
    body["prompt"] = json!(PROMPT);
    body
}

#[tokio::test]
async fn the_text_of_an_erased_job_stays_in_the_history_of_its_block() {
    let world = World::new().await;
    let job = world.run_marked(world.generate_body()).await;
    assert_eq!(world.erase(&job).await.0, StatusCode::OK);
    assert_eq!(world.unwritten().await, (Some(ANSWER.to_owned()), 1));
    world.assert_nothing_is_left_of(&[PROMPT]).await;

    // A text that was taken with `fromJob` stays, too.
    let mut body = world.generate_body();
    body["applyMode"] = json!("propose");
    world.advance(25 * 3_600);
    let proposal = world.run_marked(body).await;
    world.edit(world.seeded.unwritten(), &json!({"content": "My own."})).await;
    world.edit(world.seeded.unwritten(), &json!({"fromJob": proposal["jobId"]})).await;
    assert_eq!(world.erase(&proposal).await.0, StatusCode::OK);
    assert_eq!(world.unwritten().await.0.as_deref(), Some(ANSWER));
}

#[tokio::test]
async fn what_an_erased_job_had_can_neither_be_taken_nor_tried_again() {
    let world = World::new().await;
    let mut body = world.generate_body();
    body["applyMode"] = json!("propose");
    let job = world.run_marked(body).await;
    world.erase(&job).await;
    let block = world.seeded.unwritten();
    let path = format!("/{}/blocks/{}", block.document_id, block.id);
    let (status, problem) = answer(world.request(Method::PATCH, &path).json(&json!({"fromJob": job["jobId"]}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");

    for body in [with_prompt(world.refine_body()), inline()] {
        world.script([Behaviour::Refuse]);
        let failed = world.run(&body).await;
        assert_eq!(failed["status"], "FAILED");
        world.erase(&failed).await;
        let (status, problem) =
            answer(world.request(Method::POST, &format!("/jobs/{}/retry", failed["jobId"].as_str().unwrap()))).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("ERASED")), "{problem}");
    }
    world.assert_nothing_is_left_of(&[PROMPT, ANSWER]).await;

    // What was tried again before is answered as before.
    world.script([Behaviour::Refuse]);
    let failed = world.run(&with_prompt(world.refine_body())).await;
    let path = format!("/jobs/{}/retry", failed["jobId"].as_str().unwrap());
    let retry = || world.request(Method::POST, &path).header("idempotency-key", "again");
    let (status, retried) = answer(retry()).await;
    world.erase(&failed).await;
    assert_eq!((status, answer(retry()).await.1["jobId"].clone()), (StatusCode::ACCEPTED, retried["jobId"].clone()));
}

#[tokio::test]
async fn a_running_job_is_cancelled_and_its_worker_leaves_nothing() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&with_prompt(world.generate_body())).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        let (status, erased) = world.erase(&json!({"jobId": id})).await;
        assert_eq!(
            (status, &erased["statusReason"], &erased["erased"]),
            (StatusCode::OK, &json!("CANCELLED"), &json!(true))
        );
        gate.open();
    });
    drained.unwrap();

    // A worker that was frozen stores its progress and its answer afterwards.
    let (store, now) = (&world.runner.store, world.runner.clock.now());
    let id = world.create(&world.generate_body()).await;
    let claim = store.claim(&world.user, id, &JobPolicy::default(), now).await.unwrap();
    world.erase(&json!({"jobId": id})).await;
    let mut progress = claim.job.progress.clone().unwrap();
    progress.partial_text = Some(ANSWER.to_owned());
    assert!(store.heartbeat(&claim, progress, &JobPolicy::default(), now).await.is_err());
    let mut result = completion(now).result;
    result.output = Some(Output::text(ANSWER.to_owned(), Annotations::default()));
    let late = SavedAnswer { result, content_revision: 0, attempt: 1, usage: None };
    store.save_answer(&claim.job, &late).await.unwrap();
    world.assert_nothing_is_left_of(&[PROMPT, ANSWER]).await;
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn a_deleted_block_or_document_takes_the_texts_of_its_jobs_along() {
    for of_block in [true, false] {
        let world = World::new().await;
        let job = world.run_marked(world.generate_body()).await;
        let block = world.seeded.unwritten();
        // A job whose worker has stored a part of its answer.
        let (store, policy) = (&world.runner.store, JobPolicy::default());
        let running = world.create(&world.generate_body()).await;
        let claim = store.claim(&world.user, running, &policy, world.runner.clock.now()).await.unwrap();
        let mut progress = claim.job.progress.clone().unwrap();
        progress.partial_text = Some(PARTIAL_ANSWER.to_owned());
        store.heartbeat(&claim, progress.clone(), &policy, world.runner.clock.now()).await.unwrap();
        assert!(world.whole_table().await.contains(PARTIAL_ANSWER), "its absence would prove nothing");

        let path = format!("/{}", block.document_id);
        let path = if of_block { format!("{path}/blocks/{}", block.id) } else { path };
        assert_eq!(answer(world.request(Method::DELETE, &path)).await.0, StatusCode::OK);
        world.assert_nothing_is_left_of(&[PARTIAL_ANSWER]).await;
        assert!(store.heartbeat(&claim, progress, &policy, world.runner.clock.now()).await.is_err());
        // The index of the jobs of a document may lag.
        world.advance(31 * 60);
        while world.runner.functions.sweep().await.unwrap().deletions == 0 {}
        world.assert_nothing_is_left_of(&[PROMPT, ANSWER, PARTIAL_ANSWER]).await;
        let shown = world.shown(job["jobId"].as_str().unwrap().parse().unwrap()).await;
        assert_eq!((&shown["erased"], &shown["result"], &shown["usage"]), (&json!(true), &Value::Null, &job["usage"]));
        let repeated = world.request(Method::POST, "/jobs").header("idempotency-key", "once");
        let (status, problem) = answer(repeated.json(&with_prompt(world.generate_body()))).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("ERASED")), "{problem}");
        assert!(!items(&world).await.contains_key("DELETION"));
    }
}

#[tokio::test]
async fn deleted_sources_are_taken_out_of_every_citation() {
    let world = World::new().await;
    let evidence = |number: usize| {
        json!({
            "type": "MANUAL", "title": format!("Piece {number}"), "summary": format!("{QUOTE} {number}"), "occurredAt": format!("2019-03-0{number}"),
        })
    };
    let mut ids = Vec::new();
    for number in [1, 2] {
        let post = world.library_as("ada", Method::POST, "evidence").header("idempotency-key", format!("e{number}"));
        let (status, stored) = answer(post.json(&evidence(number))).await;
        assert_eq!(status, StatusCode::CREATED, "{stored}");
        ids.push(stored["id"].as_str().unwrap().to_owned());
    }
    let document = json!({"name": "2019", "contextConfig": {"evidenceDateRange": {"start": "2019-01-01", "end": "2020-01-01"}, "includeGoals": false, "includeReviews": false}});
    let (_, document) = answer(world.request(Method::POST, "").json(&document)).await;
    let id = document["id"].as_str().unwrap();
    let (_, block) = answer(
        world
            .request(Method::POST, &format!("/{id}/blocks"))
            .json(&json!({"type": "PROMPT_RESPONSE", "prompt": "What?"})),
    )
    .await;
    let path = format!("/{id}/blocks/{}", block["id"].as_str().unwrap());
    let job = world.run(&json!({"type": "GENERATE", "documentId": id, "blockId": block["id"]})).await;
    let quotes = |cited: &Value| -> Vec<(String, String)> {
        let text = |citation: &Value, name: &str| citation[name].as_str().unwrap().to_owned();
        let citations = cited["citations"].as_array().unwrap().iter();
        citations.map(|citation| (text(citation, "sourceId"), text(citation, "citedText"))).collect()
    };
    let before = quotes(&job["result"]);
    assert!(ids.iter().all(|id| before.iter().any(|(cited, text)| cited == id && text.contains(QUOTE))), "{before:?}");

    let delete = world.library_as("ada", Method::DELETE, &format!("evidence/{}", ids[0]));
    assert_eq!(answer(delete).await.0, StatusCode::OK);
    world.advance(60);
    while world.runner.functions.sweep().await.unwrap().deletions == 0 {}
    world.assert_nothing_is_left_of(&[&format!("{QUOTE} 1")]).await;
    let after: Vec<_> = before
        .iter()
        .map(|(id, text)| (id.clone(), if *id == ids[0] { String::new() } else { text.clone() }))
        .collect();
    assert_eq!(quotes(&world.shown(job["jobId"].as_str().unwrap().parse().unwrap()).await["result"]), after);
    let (_, block) = answer(world.request(Method::GET, &path)).await;
    assert_eq!(quotes(&block), after);
    assert_eq!(block["content"], job["result"]["content"], "the text itself stays");

    let again = world.library_as("ada", Method::POST, "evidence").header("idempotency-key", "e1").json(&evidence(1));
    assert_eq!(answer(again).await.1["code"], "ERASED");
    let again = world.library_as("ada", Method::POST, "evidence").header("idempotency-key", "e2").json(&evidence(2));
    assert_eq!(answer(again).await.1["id"], json!(ids[1]));

    // A job that had read the second piece before its deletion writes it into a text afterwards. The last look finds it.
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let late = world.create(&json!({"type": "GENERATE", "documentId": id, "blockId": block["id"]})).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        let delete = world.library_as("ada", Method::DELETE, &format!("evidence/{}", ids[1]));
        assert_eq!(answer(delete).await.0, StatusCode::OK);
        gate.open();
    });
    drained.unwrap();
    assert_eq!(world.shown(late).await["status"], "COMPLETED");
    for minutes in [1, 31] {
        world.advance(minutes * 60);
        while world.runner.functions.sweep().await.unwrap().deletions == 0 {}
    }
    world.assert_nothing_is_left_of(&[QUOTE]).await;
    assert!(!items(&world).await.contains_key("DELETION"));
}

/// The id of an entry follows from its `externalId`, so a corrected entry has the id of the deleted one.
#[tokio::test]
async fn a_source_that_is_stored_again_has_its_new_words_only() {
    let world = World::new().await;
    let evidence = |id: &str, words: &str| json!({"type": "MANUAL", "title": id, "summary": words, "occurredAt": "2019-03-01", "externalId": id});
    let mut ids = Vec::new();
    for id in ["A", "B"] {
        let post = world.library_as("ada", Method::POST, "evidence").header("idempotency-key", id);
        ids.push(answer(post.json(&evidence(id, QUOTE))).await.1["id"].as_str().unwrap().to_owned());
    }
    let document = json!({"name": "2019", "contextConfig": {"evidenceDateRange": {"start": "2019-01-01", "end": "2020-01-01"}, "includeGoals": false, "includeReviews": false}});
    let (_, document) = answer(world.request(Method::POST, "").json(&document)).await;
    let id = document["id"].as_str().unwrap();
    let block = json!({"type": "PROMPT_RESPONSE", "prompt": "What?"});
    let (_, block) = answer(world.request(Method::POST, &format!("/{id}/blocks")).json(&block)).await;
    let path = format!("/{id}/blocks/{}", block["id"].as_str().unwrap());
    world.run(&json!({"type": "GENERATE", "documentId": id, "blockId": block["id"]})).await;
    // The response to a restore has the citations, too.
    let history = answer(world.request(Method::GET, &format!("{path}/history"))).await.1;
    answer(world.request(Method::PATCH, &path).json(&json!({"content": "Mine."}))).await;
    let restore = json!({"revisionId": history["revisions"][0]["id"], "to": "after"});
    let restored =
        || world.request(Method::POST, &format!("{path}/history")).header("idempotency-key", "r").json(&restore);
    assert!(answer(restored()).await.1.to_string().contains(QUOTE), "its absence would prove nothing");
    let tag =
        async || world.request(Method::GET, &path).send().await.unwrap().headers()["etag"].to_str().unwrap().to_owned();
    let tag_before = tag().await;

    world.advance(60);
    // B has another word when A is deleted. Its citation says what it said when the text was written.
    let patch = world.library_as("ada", Method::PATCH, &format!("evidence/{}", ids[1]));
    assert_eq!(answer(patch.json(&json!({"summary": "Corrected."}))).await.0, StatusCode::OK);
    let delete = world.library_as("ada", Method::DELETE, &format!("evidence/{}", ids[0]));
    assert_eq!(answer(delete).await.0, StatusCode::OK);
    let again = world.library_as("ada", Method::POST, "evidence").json(&evidence("A", "New words."));
    assert_eq!(answer(again).await.1["id"], json!(ids[0]));
    // Other deletions do not put it off.
    for _ in 0..4 {
        world.advance(25);
        let post = world.library_as("ada", Method::POST, "evidence").json(&evidence("C", "C"));
        let other = answer(post).await.1["id"].as_str().unwrap().to_owned();
        answer(world.library_as("ada", Method::DELETE, &format!("evidence/{other}"))).await;
        world.runner.functions.sweep().await.unwrap();
    }
    let (_, block) = answer(world.request(Method::GET, &path)).await;
    let of = |block: &Value, source: &str| -> Vec<String> {
        let citations = block["citations"].as_array().unwrap().iter();
        let of = citations.filter(|citation| citation["sourceId"] == source);
        of.map(|citation| citation["citedText"].as_str().unwrap().to_owned()).collect()
    };
    assert!(of(&block, &ids[0]).iter().all(String::is_empty), "{block}");
    assert!(of(&block, &ids[1]).iter().all(|text| text == QUOTE) && !of(&block, &ids[1]).is_empty(), "{block}");
    let (status, replayed) = answer(restored()).await;
    assert!(status.is_success() && of(&replayed, &ids[0]).iter().all(String::is_empty), "{replayed}");
    assert!(tag().await.starts_with(tag_before.trim_end_matches('"')) && tag().await != tag_before);
    let seen = world.request(Method::PATCH, &path).header("if-match", tag().await).json(&json!({"prompt": "Who?"}));
    assert_eq!(answer(seen).await.0, StatusCode::OK, "the version is the same");
    // The response to the request that has stored the old words is gone. That of the other entry is not.
    let replay = |id: &'static str| {
        world.library_as("ada", Method::POST, "evidence").header("idempotency-key", id).json(&evidence(id, QUOTE))
    };
    assert_eq!(answer(replay("A")).await.1["code"], "ERASED");
    assert_eq!(answer(replay("B")).await.0, StatusCode::CREATED);
}
