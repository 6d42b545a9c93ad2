//! Failures of Claude: which ones are retried, and which ones fail the job.

use std::time::Duration;

use domain::job::status::JobStatus;
use local::{
    fake_claude::{Behaviour, Piece, Script},
    runner::{RunnerOptions, Writer},
};
use rand::RngExt as _;
use serde_json::{Value, json};

use crate::world::{World, options};

async fn failed(behaviours: Vec<Behaviour>) -> (Value, usize) {
    let world = World::new().await;
    world.script(behaviours);
    let job = world.run(&world.generate_body()).await;
    assert_eq!(job["status"], "FAILED", "{job}");
    assert_eq!(world.unwritten().await, (None, 0), "no block is touched");
    assert_eq!(job["error"], job["problem"]["detail"]);
    (job, world.journal().requests().len())
}

#[tokio::test]
async fn permanent_failures_end_the_job_after_one_call() {
    let status = Behaviour::status;
    let limit = Behaviour::Status {
        status: 429,
        kind: "rate_limit_error",
        error_code: Some("enforced_spend_limit_reached"),
        headers: Vec::new(),
    };
    let cases = [
        (status(400, "invalid_request_error"), "INVALID", "MODEL_REQUEST_REJECTED"),
        (status(401, "authentication_error"), "INVALID", "MODEL_KEY_REJECTED"),
        (status(402, "billing_error"), "INVALID", "MODEL_BILLING"),
        (status(403, "permission_error"), "INVALID", "MODEL_KEY_REJECTED"),
        (status(404, "not_found_error"), "INVALID", "MODEL_NOT_FOUND"),
        (limit, "INVALID", "MODEL_BILLING"),
        (Behaviour::Refuse, "REFUSED", "MODEL_REFUSED"),
    ];
    for (behaviour, reason, code) in cases {
        let (job, calls) = failed(vec![behaviour.clone()]).await;
        assert_eq!(
            (job["statusReason"].as_str(), job["problem"]["code"].as_str(), calls),
            (Some(reason), Some(code), 1),
            "{behaviour:?}"
        );
    }
}

/// The second call sends half of the evidence. If the prompt is still too large, the job fails.
#[tokio::test]
async fn a_prompt_that_is_too_large_is_retried_with_half_of_the_evidence() {
    let too_large = || Behaviour::status(413, "request_too_large");
    let world = World::new().await;
    world.script([too_large()]);
    let job = world.run(&world.generate_body()).await;
    let sources = (&job["result"]["evidenceCount"], &job["result"]["evidenceOmitted"], &job["result"]["goalsCount"]);
    assert_eq!((&job["status"], sources), (&json!("COMPLETED"), (&json!(6), &json!(6), &json!(2))), "{job}");
    // Twelve pieces, six, three, and one.
    let (job, calls) = failed((0..4).map(|_| too_large()).collect()).await;
    assert_eq!((&job["problem"]["code"], calls), (&json!("PROMPT_TOO_LARGE"), 4));
}

#[tokio::test]
async fn transient_failures_are_retried_within_the_attempt() {
    let retry_after = |value: &str| Behaviour::Status {
        status: 429,
        kind: "rate_limit_error",
        error_code: None,
        headers: vec![("retry-after-ms", value.to_owned())],
    };
    let cases = [
        Behaviour::status(408, "timeout_error"),
        Behaviour::status(500, "api_error"),
        Behaviour::status(529, "overloaded_error"),
        retry_after("1"),
        Behaviour::ErrorEvent("overloaded_error"),
        Behaviour::CloseEarly,
        Behaviour::Garbage,
        Behaviour::Empty,
    ];
    for behaviour in cases {
        let world = World::new().await;
        world.script([behaviour.clone()]);
        let job = world.run(&world.generate_body()).await;
        assert_eq!(
            (job["status"].as_str(), job["attempt"].as_u64()),
            (Some("COMPLETED"), Some(1)),
            "{behaviour:?}: {job}"
        );
        assert_eq!(world.journal().requests().len(), 2, "{behaviour:?}");
        assert_eq!(world.unwritten().await.1, 1);
    }
}

#[tokio::test]
async fn a_silent_stream_times_out_and_the_call_is_retried() {
    let gate = local::fake_claude::Gate::default;
    for behaviour in [Behaviour::Stall(gate()), Behaviour::Hold(gate())] {
        let tune: fn(&mut worker::Config) = |config| {
            config.quick_backoff = Duration::from_millis(1);
            config.timeouts.idle = Duration::from_millis(300);
        };
        let world = World::with(RunnerOptions { tune, ..options() }).await;
        world.script([behaviour.clone()]);
        let job = world.run(&world.generate_body()).await;
        assert_eq!((&job["status"], &job["attempt"]), (&json!("COMPLETED"), &json!(1)), "{behaviour:?}: {job}");
        assert_eq!(world.journal().requests().len(), 2);
        assert_eq!(world.unwritten().await.1, 1);
    }
}

#[tokio::test]
async fn a_job_that_always_fails_ends_after_three_attempts_of_three_calls() {
    let (job, calls) = failed(vec![Behaviour::status(529, "overloaded_error"); 20]).await;
    assert_eq!((&job["statusReason"], &job["attempt"], calls), (&json!("RETRIES_EXHAUSTED"), &json!(3), 9));
    assert_eq!(job["error"], "Claude is overloaded or has a fault. It failed several times; try again later.");
}

#[tokio::test]
async fn a_long_retry_after_waits_in_the_queue_and_a_huge_one_fails_the_job() {
    let later = |seconds: &str| Behaviour::Status {
        status: 429,
        kind: "rate_limit_error",
        error_code: None,
        headers: vec![("retry-after", seconds.to_owned())],
    };
    let world = World::new().await;
    world.script([later("60")]);
    let id = world.create(&world.generate_body()).await;
    let batch = world.runner.jobs.receive(0).await.unwrap();
    world.runner.jobs.invoke(batch).await.unwrap();
    let waiting = world.shown(id).await;
    assert_eq!((&waiting["status"], &waiting["attempt"]), (&json!("PENDING"), &json!(1)));
    assert_eq!(waiting["progress"]["message"], "Claude is limiting the service's requests. Trying again soon.");
    assert!(world.runner.jobs.receive(0).await.unwrap().is_empty(), "the message is hidden");
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Completed);

    let (job, calls) = failed(vec![later("999999999999")]).await;
    assert_eq!((&job["statusReason"], calls), (&json!("RETRIES_EXHAUSTED"), 1));
    assert_eq!(job["error"], "Claude is limiting the service's requests. Try again later.");
}

#[tokio::test]
async fn text_that_is_cut_by_the_token_limit_is_applied_and_reported() {
    let world = World::new().await;
    world.script([Behaviour::Truncate]);
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &json!("TRUNCATED")));
    assert_eq!(world.unwritten().await.1, 1);
}

/// A retry would end at the same limit and cost the same again.
#[tokio::test]
async fn an_answer_that_is_cut_before_any_text_is_not_retried() {
    let empty = || Behaviour::Pieces(Script { stop_reason: Some("max_tokens"), ..Script::default() });
    let (job, calls) = failed(vec![empty(), empty()]).await;
    assert_eq!((&job["problem"]["code"], calls), (&json!("OUTPUT_LIMIT"), 1));
    assert!(job["usage"]["inputTokens"].as_u64().unwrap() > 0);
}

/// Each empty answer costs money, so the number of retries is limited.
#[tokio::test]
async fn unusable_answers_are_requested_three_times_at_most() {
    let (job, calls) = failed(vec![Behaviour::Empty; 20]).await;
    assert_eq!((&job["statusReason"], calls), (&json!("RETRIES_EXHAUSTED"), 3));
    assert_eq!(job["error"], "Claude answered without text. It failed several times; try again later.");
}

/// The answer is paid for, so invalid citations are skipped and the text is used.
#[tokio::test]
async fn invalid_citations_do_not_discard_the_answer() {
    let world = World::new().await;
    let invalid = [json!(null), json!({"start_block_index": -1}), json!({"document_index": 1e30}), json!("?")];
    world.script([Behaviour::Pieces(Script {
        pieces: vec![Piece::plain("Done.")],
        odd_citations: invalid.to_vec(),
        ..Script::default()
    })]);
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["status"], &job["result"]["content"]), (&json!("COMPLETED"), &json!("Done.")), "{job}");
    assert_eq!((&job["result"]["citations"], world.journal().requests().len()), (&json!([]), 1));
}

/// Both calls are paid for, so the usage counts both.
#[tokio::test]
async fn usage_includes_a_call_that_was_too_large() {
    let world = World::new().await;
    world.script([Behaviour::ErrorEvent("request_too_large")]);
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["status"], world.journal().requests().len()), (&json!("COMPLETED"), 2), "{job}");
    let written = job["usage"]["cacheCreationInputTokens"].as_u64().unwrap();
    let request_bytes = |index: usize| {
        let body = &world.journal().requests()[index];
        body["messages"][0]["content"].to_string().len() as u64
    };
    assert!(written * 4 > request_bytes(0), "{written} tokens for {} and {} bytes", request_bytes(0), request_bytes(1));
}

#[tokio::test]
async fn insights_in_the_wrong_format_are_requested_again() {
    let world = World::new().await;
    world.script([Behaviour::say("Here are my insights:")]);
    let job = world.run(&world.analyze_body()).await;
    assert_eq!(job["status"], "COMPLETED", "{job}");
    assert_eq!(world.journal().requests().len(), 2);
}

#[tokio::test]
async fn an_answer_that_is_too_large_to_store_fails_the_job() {
    let world = World::new().await;
    // Random letters cannot be deflated to less than two thirds.
    let text: String = rand::rng().sample_iter(rand::distr::Alphanumeric).take(600_000).map(char::from).collect();
    world.script([Behaviour::say(text)]);
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["status"], &job["problem"]["code"]), (&json!("FAILED"), &json!("RESULT_TOO_LARGE")));
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn without_an_api_key_the_job_fails_with_a_fixed_message() {
    let world = World::with(RunnerOptions { writer: Writer::NoKey, ..options() }).await;
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("FAILED"), &json!("INVALID")));
    assert_eq!(job["error"], "No Anthropic API key configured");
}

#[tokio::test]
async fn progress_and_partial_text_are_reported_while_claude_writes() {
    let world = World::new().await;
    let gate = local::fake_claude::Gate::default();
    world.script([Behaviour::Stall(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let ((), drained) = tokio::join!(
        async {
            gate.arrived().await;
            // One of the next heartbeats stores the partial text. Read the job until it is there.
            let job = loop {
                let job = world.shown(id).await;
                if !job["progress"]["partialText"].is_null() {
                    break job;
                }
                tokio::task::yield_now().await;
            };
            assert_eq!(job["progress"]["phase"], "GENERATING");
            assert_eq!(job["progress"]["message"], "Drafting from 12 pieces of evidence");
            assert!(job["progress"]["partialText"].as_str().unwrap().starts_with("This draft"));
            assert!(job["pollAfterMs"].as_u64().unwrap() >= 1000);
            gate.open();
        },
        world.runner.drain()
    );
    drained.unwrap();
    let job = world.job(id).await;
    assert_eq!((job.status(), job.progress), (JobStatus::Completed, None));
}
