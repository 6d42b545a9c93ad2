//! What models and gateways really send. Each file of `cases/` holds the responses, in turn, and what must come of them.

use domain::{
    ids::SourceId,
    library::{
        Entry,
        evidence::{EvidenceFields, EvidenceType},
        review::{ReviewFields, ReviewType},
    },
};
use local::fake_claude::{Behaviour, Cite, Piece, RawResponse, Script};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer};

/// A response of a case. `usage` in the events is billed.
fn response(response: &Value) -> Behaviour {
    let headers = response["headers"].as_object().unwrap();
    Behaviour::Raw(RawResponse {
        status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
        headers: headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
        chunks: vec![response["body"].as_str().unwrap().as_bytes().to_vec()],
    })
}

/// How many items the documents of a request have.
fn items(request: &Value) -> usize {
    let blocks = request["messages"][0]["content"].as_array().unwrap();
    blocks.iter().map(|block| block["source"]["content"].as_array().map_or(0, Vec::len)).sum()
}

/// Runs a job on the responses, the last one again and again, until the job has ended. Returns the job as the API shows
/// it.
async fn run(world: &World, job_type: &str, responses: &[Behaviour]) -> Value {
    let last = responses.last().unwrap();
    world.script(responses.iter().chain(std::iter::repeat_n(last, 20)).cloned());
    let id = world.create(&world.body_of(job_type)).await;
    world.runner.drain().await.unwrap();
    for _ in 0..5 {
        if world.job(id).await.is_finished() {
            break;
        }
        world.advance(300);
        world.runner.functions.sweep().await.unwrap();
        world.runner.drain().await.unwrap();
    }
    world.shown(id).await
}

#[tokio::test]
async fn every_recorded_case_ends_as_it_should() {
    let folder = crate::processes::root().join("local/tests/suite/worker/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 18, "{}", files.len());
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let case: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let world = World::new().await;
        let responses: Vec<Behaviour> = case["answers"].as_array().unwrap().iter().map(response).collect();
        let job = run(&world, case["jobType"].as_str().unwrap(), &responses).await;
        let requests = world.journal().requests();
        println!("{name:<28} {} {} calls, {}", job["status"].as_str().unwrap(), requests.len(), job["error"]);
        let expect = &case["expect"];
        assert_eq!(job["status"], expect["status"], "{name}: {job}");
        assert!(requests.len() as u64 <= expect["maxCalls"].as_u64().unwrap(), "{name}: {} calls", requests.len());
        for (key, expected) in expect.as_object().unwrap() {
            match key.as_str() {
                "status" | "maxCalls" => {}
                "content" => {
                    assert_eq!(&job["result"]["content"], expected, "{name}");
                    assert_eq!(world.unwritten().await.0.as_deref(), expected.as_str(), "{name}");
                }
                "code" => assert_eq!(&job["problem"]["code"], expected, "{name}"),
                "errorNames" => assert!(job["error"].as_str().unwrap().contains(expected.as_str().unwrap()), "{name}"),
                "paidCalls" => {
                    let id = job["jobId"].as_str().unwrap().parse().unwrap();
                    let paid = world.job(id).await.usage.total().unwrap_or_default().paid_calls;
                    assert_eq!(json!(paid), *expected, "{name}");
                }
                "secondCallHasFewerItems" => assert!(items(&requests[1]) < items(&requests[0]), "{name}"),
                "themeEvidence" => {
                    let themes = job["result"]["insights"]["themes"].as_array().unwrap();
                    let counts: Vec<usize> =
                        themes.iter().map(|t| t["evidenceIds"].as_array().unwrap().len()).collect();
                    assert_eq!(json!(counts), *expected, "{name}");
                }
                "themes" => {
                    assert_eq!(
                        json!(job["result"]["insights"]["themes"].as_array().unwrap().len()),
                        *expected,
                        "{name}"
                    );
                }
                "usageCountsStreamedText" => {
                    let reported = requests.len() as u64;
                    assert!(job["usage"]["outputTokens"].as_u64().unwrap() > reported, "{name}: {}", job["usage"]);
                }
                other => panic!("{name} expects {other}, which this test does not know"),
            }
        }
    }
}

/// An event stream of these events, each as a name and its data.
fn events(events: &[(&str, &str)]) -> Behaviour {
    let body: String = events.iter().map(|(name, data)| format!("event: {name}\ndata: {data}\n\n")).collect();
    Behaviour::Raw(RawResponse {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())],
        chunks: vec![body.into_bytes()],
    })
}

const START: (&str, &str) = (
    "message_start",
    r#"{"type":"message_start","message":{"id":"m","model":"m","content":[],"usage":{"input_tokens":9,"output_tokens":1}}}"#,
);
const TEXT: (&str, &str) = (
    "content_block_delta",
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"I mended the payments."}}"#,
);
const END: (&str, &str) =
    ("message_delta", r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}"#);
const STOP: (&str, &str) = ("message_stop", r#"{"type":"message_stop"}"#);

#[tokio::test]
async fn what_carries_nothing_is_skipped_and_text_that_was_sent_is_text() {
    let unknown_block = (
        "content_block_start",
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"a_new_kind","text":""}}"#,
    );
    let streams: [&[(&str, &str)]; 7] = [
        &[START, ("keepalive", ": keepalive"), TEXT, END, STOP],
        &[START, ("message", "[DONE]"), TEXT, END, ("message", "[DONE]"), STOP],
        &[START, ("content_block_start", "null"), TEXT, END, STOP],
        &[START, unknown_block, TEXT, END, STOP],
        &[TEXT, END, STOP],
        &[START, TEXT, STOP],
        &[START, TEXT, END, STOP, ("message", "<html>")],
    ];
    for stream in streams {
        let world = World::new().await;
        let job = run(&world, "GENERATE", &[events(stream)]).await;
        assert_eq!(job["result"]["content"], "I mended the payments.", "{stream:?}: {job}");
        assert_eq!(world.journal().requests().len(), 1, "{stream:?}");
    }
}

#[tokio::test]
async fn gateways_are_understood_or_named() {
    let json_error = r#"{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#;
    let cases = [
        (200, "application/json", json_error, "FAILED", "MODEL_REFUSED", 1),
        (200, "application/json", r#"{"hello":"world"}"#, "FAILED", "MODEL_ADDRESS_WRONG", 1),
        (404, "text/html", "<html>", "FAILED", "MODEL_ADDRESS_WRONG", 1),
        (302, "text/html", "", "FAILED", "MODEL_ADDRESS_WRONG", 1),
        (
            403,
            "application/json",
            r#"{"error":{"type":"forbidden","message":"Request not allowed"}}"#,
            "FAILED",
            "MODEL_REQUEST_REJECTED",
            1,
        ),
        (
            404,
            "application/json",
            r#"{"error":{"type":"not_found_error","message":"model: x"}}"#,
            "FAILED",
            "MODEL_NOT_FOUND",
            1,
        ),
    ];
    for (status, content_type, body, ended, code, calls) in cases {
        let world = World::new().await;
        let raw = RawResponse {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            chunks: vec![body.as_bytes().to_vec()],
        };
        let job = run(&world, "GENERATE", &[Behaviour::Raw(raw)]).await;
        assert_eq!((&job["status"], &job["problem"]["code"]), (&json!(ended), &json!(code)), "{status} {body}: {job}");
        assert_eq!(world.journal().requests().len(), calls, "{status} {body}");
    }
}

#[tokio::test]
async fn an_answer_without_a_word_is_asked_for_again() {
    for body in ["", " \n", ": keepalive\n\n"] {
        let world = World::new().await;
        let raw = RawResponse {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())],
            chunks: vec![body.as_bytes().to_vec()],
        };
        let job = run(&world, "GENERATE", &[Behaviour::Raw(raw), events(&[START, TEXT, END, STOP])]).await;
        assert_eq!(job["result"]["content"], "I mended the payments.", "{body:?}: {job}");
        assert_eq!(world.journal().requests().len(), 2, "{body:?}");
    }
}

#[tokio::test]
async fn gzip_that_nobody_asked_for_is_read() {
    use std::io::Write as _;
    let Behaviour::Raw(plain) = events(&[START, TEXT, END, STOP]) else { panic!() };
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&plain.chunks.concat()).unwrap();
    let mut headers = plain.headers;
    headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    let world = World::new().await;
    let raw = RawResponse { status: 200, headers, chunks: vec![gzip.finish().unwrap()] };
    let job = run(&world, "GENERATE", &[Behaviour::Raw(raw)]).await;
    assert_eq!(job["result"]["content"], "I mended the payments.", "{job}");
}

#[tokio::test]
async fn the_category_of_a_refusal_is_in_the_error() {
    let refusal = r#"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber"}}}"#;
    let world = World::new().await;
    let job = run(&world, "GENERATE", &[events(&[START, TEXT, ("message_delta", refusal), STOP])]).await;
    assert_eq!(job["statusReason"], "REFUSED");
    assert!(job["error"].as_str().unwrap().contains("(cyber)"), "{job}");
    assert_eq!(world.unwritten().await, (None, 0));
}

/// Paragraphs of one review of 90 KB, each with an id of its own.
fn long_review() -> String {
    let paragraph =
        |number: usize| format!("Paragraph {number}. {}", "Sam works with “care” and explains why. ".repeat(12));
    (0..180).map(paragraph).collect::<Vec<_>>().join("\n\n")
}

#[tokio::test]
async fn fifty_citations_of_a_long_review_stay_small_and_quote_the_source() {
    let world = World::new().await;
    let content = long_review();
    assert!(content.len() > 90_000, "{}", content.len());
    let fields = ReviewFields {
        year: 2200,
        review_type: ReviewType::Manager,
        content: content.clone(),
        weight: None,
        external_id: None,
    };
    let review = Entry::new(SourceId::new(), fields, world.runner.clock.now());
    world.runner.store.put_entries(&world.user, std::slice::from_ref(&review)).await.remove(0).unwrap();

    // The document of reviews is the third, and the newest review stands first.
    let pieces = (0..50_usize).map(|index| Piece {
        text: format!("Claim {index} is supported. "),
        cites: vec![Cite { document: 2, items: index..index + 1 }, Cite { document: 2, items: 0..120 }],
    });
    world.script([Behaviour::Pieces(Script { pieces: pieces.collect(), ..Script::default() })]);
    let job = world.run(&world.generate_body()).await;
    assert_eq!(job["status"], "COMPLETED", "{job}");
    let citations = job["result"]["citations"].as_array().unwrap();
    assert_eq!(citations.len(), 50, "one review is cited once for a passage");
    let bytes = job["result"].to_string().len();
    println!("a result with 50 citations of a review of {} bytes has {bytes} bytes", content.len());
    assert!(bytes < 40_000, "{bytes}");
    for citation in citations {
        let quote = citation["citedText"].as_str().unwrap();
        assert!(content.contains(quote) && quote.chars().count() <= 300 && !quote.is_empty(), "{citation}");
        assert_eq!((&citation["field"], citation["passage"].is_u64()), (&json!("content"), true), "{citation}");
    }
    let (_, block) = answer(
        world.request(Method::GET, &format!("/{}/blocks/{}", world.seeded.document.id, world.seeded.unwritten().id)),
    )
    .await;
    assert_eq!(block["citations"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn a_refinement_that_is_cut_never_replaces_the_text() {
    let text = "I shipped “Retry failed card payments” and told everybody why. ".repeat(8);
    let before = World::new().await.seeded.written().content.clone();
    for cut in [1, 2, 17, 100, text.chars().count()] {
        for stop_reason in ["max_tokens", "model_context_window_exceeded"] {
            let world = World::new().await;
            let piece = Piece::plain(text.chars().take(cut).collect::<String>());
            let script = Script { pieces: vec![piece], stop_reason: Some(stop_reason), ..Script::default() };
            world.script([Behaviour::Pieces(script)]);
            let job = world.run(&world.refine_body()).await;
            let reasons = (&job["status"], &job["statusReason"], &job["result"]["notices"]);
            let expected = (&json!("COMPLETED"), &json!("NOT_APPLIED"), &json!(["NOT_APPLIED", "TRUNCATED"]));
            assert_eq!(reasons, expected, "{cut} {stop_reason}: {job}");
            assert!(job["result"]["content"].as_str().unwrap().chars().count() <= cut, "the text is kept");
            assert_eq!(world.content_of(world.seeded.written().id).await.0, before, "{cut}");
        }
    }
}

#[tokio::test]
async fn a_draft_that_is_cut_fills_an_empty_block_and_replaces_no_text() {
    let world = World::new().await;
    world.script([Behaviour::Truncate, Behaviour::Truncate]);
    let first = world.run(&world.generate_body()).await;
    assert_eq!((&first["statusReason"], &first["result"]["notices"]), (&json!("TRUNCATED"), &json!(["TRUNCATED"])));
    let written = world.unwritten().await;
    assert!(written.0.is_some());
    let second = world.run(&world.generate_body()).await;
    assert_eq!(
        (&second["statusReason"], &second["result"]["notices"]),
        (&json!("NOT_APPLIED"), &json!(["NOT_APPLIED", "TRUNCATED"]))
    );
    assert_eq!(world.unwritten().await, written);
}

#[tokio::test]
async fn a_text_that_claude_cannot_write_in_full_is_not_refined() {
    let parameters = [("ClaudeMaxTokens".to_owned(), "1024".to_owned())].into();
    let world = World::with(local::runner::RunnerOptions { parameters, ..crate::world::options() }).await;
    let long = "word ".repeat(1_000);
    world.edit(world.seeded.written(), &json!({"content": long})).await;
    let (status, problem) = answer(world.request(Method::POST, "/jobs").json(&world.refine_body())).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("TEXT_TOO_LONG")), "{problem}");
    assert!(problem["error"].as_str().unwrap().contains("5000 characters"), "{problem}");
    world.edit(world.seeded.written(), &json!({"content": "word ".repeat(500)})).await;
    world.create(&world.refine_body()).await;
}

/// Reviewed work is not the person's work, also in what the offline writer says.
#[tokio::test]
async fn the_offline_writer_costs_nothing_and_tells_reviews_from_work() {
    let world = World::new().await;
    let reviewed = EvidenceFields { title: "Reviewed change".to_owned(), ..evidence_fields(EvidenceType::PrReviewed) };
    let entry = Entry::new(SourceId::new(), reviewed, world.runner.clock.now());
    world.runner.store.put_entries(&world.user, std::slice::from_ref(&entry)).await.remove(0).unwrap();
    let job = world.run(&world.generate_body()).await;
    let content = job["result"]["content"].as_str().unwrap();
    assert!(content.contains("I reviewed “Reviewed change”"), "{content}");
    assert_eq!((&job["result"]["model"], &job["usage"]["costMicroUsd"]), (&json!("offline-writer"), &json!(0)));
    assert!(job["usage"]["outputTokens"].as_u64().unwrap() > 0);
}

fn evidence_fields(evidence_type: EvidenceType) -> EvidenceFields {
    let occurred_at = "2026-09-30T10:00:00Z";
    serde_json::from_value(json!({
        "type": evidence_type.to_string(), "title": "t", "summary": "", "occurredAt": occurred_at,
    }))
    .unwrap()
}

#[test]
fn the_documented_table_has_every_wording() {
    let page = std::fs::read_to_string(crate::processes::root().join("docs/errors.md")).unwrap();
    for (wording, _) in claude::error::WORDINGS {
        assert!(page.contains(&format!("`{wording}`")), "docs/errors.md lacks {wording:?}");
    }
}

/// The job once a runner that works in the background has finished it.
async fn finished(world: &World, body: &Value) -> Value {
    let id = world.create(body).await;
    while !world.job(id).await.is_finished() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    world.shown(id).await
}

/// What a reader sees of a document over many pull requests and long reviews holds nothing of the prompt's syntax.
#[tokio::test]
async fn readers_see_no_syntax_of_the_prompt() {
    let world = World::with(local::runner::RunnerOptions { background: true, ..crate::world::options() }).await;
    let at = world.runner.clock.now();
    let pulls: Vec<_> = (0..50)
        .map(|number| {
            let fields = EvidenceFields {
                title: format!("Change “{number}” of the checkout"),
                summary: format!("It \"fixes\" part {number}.\n\nAnd explains why. ") + &"More words. ".repeat(40),
                occurred_at: format!("2026-09-{:02}T10:00:00Z", 1 + number % 28).parse().unwrap(),
                ..evidence_fields(EvidenceType::PrAuthored)
            };
            Entry::new(SourceId::new(), fields, at)
        })
        .collect();
    assert!(world.runner.store.put_entries(&world.user, &pulls).await.iter().all(Result::is_ok));
    let reviews: Vec<_> = [2199, 2200]
        .map(|year| {
            let content = long_review().chars().take(30_000).collect();
            let fields =
                ReviewFields { year, review_type: ReviewType::Manager, content, weight: Some(1.0), external_id: None };
            Entry::new(SourceId::new(), fields, at)
        })
        .into();
    assert!(world.runner.store.put_entries(&world.user, &reviews).await.iter().all(Result::is_ok));
    let pieces = (0..30_usize).map(|index| Piece {
        text: format!("Claim {index}. "),
        cites: (0..3).map(|document| Cite { document, items: index..index + 2 }).collect(),
    });
    world.script([Behaviour::Pieces(Script { pieces: pieces.collect(), ..Script::default() })]);
    let job = finished(&world, &world.generate_body()).await;
    assert!(job["result"]["citations"].as_array().unwrap().len() > 60, "{job}");

    let run = async |arguments: &[&str]| {
        let mut command = crate::programs::report_builder();
        command.args(arguments).args(["--api", &world.runner.url(), "--token", "ada"]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let exported = run(&["export", &world.seeded.document.id.to_string()]).await;
    let demonstrated = run(&["demo"]).await;
    let analysed = finished(&world, &world.analyze_body()).await["result"]["analysis"].as_str().unwrap().to_owned();
    for (name, shown) in [
        ("job", job["result"]["citations"].to_string()),
        ("export", exported),
        ("demo", demonstrated),
        ("analysis", analysed),
    ] {
        // In the job the quotes are JSON, so a quotation mark of a summary is escaped there.
        for syntax in [
            "title: \"",
            "summary: \"",
            "content: \"",
            "description: \"",
            "PR_AUTHORED",
            "MANAGER weight",
            "R1 2200",
            "E1 2026",
            " passage 1 of",
        ] {
            assert!(!shown.contains(syntax), "{name} shows {syntax:?} in {shown}");
        }
    }
}
