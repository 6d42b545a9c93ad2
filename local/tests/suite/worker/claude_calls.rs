//! Calls to Claude: leaders of a prompt prefix, rotated keys, and metrics.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State};
use domain::job::status::JobStatus;
use local::fake_claude::{Behaviour, Gate};
use queue::JobMessage;
use reqwest::Method;
use serde_json::{Value, json};
use worker::credentials::CredentialSource;

use crate::{
    messages::{event, record},
    recorded::Recorded,
    world::{World, answer},
};

const LONG: Duration = Duration::from_secs(300);

impl World {
    /// Creates another block in the same document. Returns the body of a GENERATE request for it.
    async fn third_body(&self) -> Value {
        let new = json!({"type": "PROMPT_RESPONSE", "prompt": "What did I learn?"});
        let path = format!("/{}/blocks", self.seeded.document.id);
        let (_, block) = answer(self.request(Method::POST, &path).json(&new)).await;
        let mut body = self.generate_body();
        body["blockId"] = block["id"].clone();
        body
    }

    async fn messages(&self, bodies: &[Value]) -> Vec<(domain::ids::JobId, aws_lambda_events::event::sqs::SqsMessage)> {
        let mut messages = Vec::new();
        for body in bodies {
            let id = self.create(body).await;
            messages.push((id, record(&id.to_string(), JobMessage::new(self.user.clone(), [id], None).to_body())));
        }
        messages
    }
}

/// Concurrent jobs of one document share a prompt prefix. The others wait until the stream of the first job starts, and
/// then read the prompt cache.
#[tokio::test]
async fn jobs_with_the_same_prefix_wait_until_the_stream_of_the_leader_starts() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let bodies = [world.generate_body(), world.refine_body(), world.third_body().await];
    let messages = world.messages(&bodies).await;
    let ids: Vec<_> = messages.iter().map(|(id, _)| *id).collect();
    let records = messages.into_iter().map(|(_, record)| record).collect();
    let (response, ()) = tokio::join!(worker::handle(&world.runner.functions.worker, event(records), LONG), async {
        gate.arrived().await;
        for _ in 0..20 {
            for id in &ids {
                assert_eq!(world.job(*id).await.status(), JobStatus::Processing);
            }
        }
        assert_eq!(world.journal().requests().len(), 1, "the others wait");
        gate.open();
    });
    assert!(response.batch_item_failures.is_empty());
    let mut written = 0;
    for id in ids {
        let usage = world.job(id).await.usage.total().unwrap();
        written += u32::from(usage.cache_creation_input_tokens > 0);
    }
    assert_eq!((written, world.journal().requests().len()), (1, 3), "one job writes the cache, two jobs read it");
}

/// If the leader fails before its stream starts, the next job becomes the leader.
#[tokio::test]
async fn no_job_waits_for_a_leader_that_has_failed() {
    let world = World::new().await;
    world.script([Behaviour::status(400, "invalid_request_error")]);
    let messages = world.messages(&[world.generate_body(), world.refine_body()]).await;
    let ids: Vec<_> = messages.iter().map(|(id, _)| *id).collect();
    let records = messages.into_iter().map(|(_, record)| record).collect();
    worker::handle(&world.runner.functions.worker, event(records), LONG).await;
    let mut statuses = Vec::new();
    for id in ids {
        statuses.push(world.job(id).await.status());
    }
    statuses.sort_by_key(|status| *status == JobStatus::Failed);
    assert_eq!(statuses, [JobStatus::Completed, JobStatus::Failed]);
}

#[tokio::test]
async fn metrics_are_lines_in_the_embedded_metric_format() {
    let world = World::new().await;
    let recorded = Recorded::default();
    let mut worker = world.runner.functions.worker.clone();
    worker.metrics = recorded.metrics();
    world.script([Behaviour::status(529, "overloaded_error")]);
    let messages = world.messages(&[world.generate_body()]).await;
    let id = messages[0].0;
    worker::handle(&worker, event(messages.into_iter().map(|(_, record)| record).collect()), LONG).await;

    let lines = recorded.lines();
    let calls: Vec<_> = lines.iter().filter_map(|line| line["ClaudeStatus"].as_str()).collect();
    assert_eq!(calls, ["529", "200"]);
    let job = lines.last().unwrap();
    assert_eq!((&job["jobId"], &job["JobType"], &job["JobsCompleted"]), (&json!(id), &json!("GENERATE"), &json!(1)));
    let usage = world.job(id).await.usage.total().unwrap();
    let spent = lines.iter().find(|line| line["CostMicroUsd"].is_number()).unwrap();
    assert_eq!(
        (&spent["OutputTokens"], &spent["CostMicroUsd"]),
        (&json!(usage.output_tokens), &json!(usage.cost_micro_usd))
    );
    for line in &lines {
        let declared = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(declared["Namespace"], "stack");
        assert!(line["_aws"]["Timestamp"].is_u64());
        for metric in declared["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{line}");
        }
        for dimension in declared["Dimensions"].as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap()) {
            assert!(line[dimension.as_str().unwrap()].is_string(), "{line}");
        }
    }
}

/// A stub of Secrets Manager. Each read returns the next of `keys`, and further reads return the last. Also returns the
/// number of reads.
async fn secrets(keys: &'static [&'static str]) -> (CredentialSource, Arc<AtomicUsize>) {
    let read = Arc::new(AtomicUsize::new(0));
    let answer = async move |State(read): State<Arc<AtomicUsize>>| {
        let index = read.fetch_add(1, Ordering::SeqCst).min(keys.len() - 1);
        json!({"Name": "key", "SecretString": keys[index]}).to_string()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(Arc::clone(&read));
    tokio::spawn(axum::serve(listener, app).into_future());
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new("us-east-1"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(aws_credential_types::Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(url)
        .build();
    (CredentialSource::secret(aws_sdk_secretsmanager::Client::from_conf(config), "key".to_owned()), read)
}

#[tokio::test]
async fn a_rejected_key_is_read_again_once() {
    let rejected = || Behaviour::status(401, "authentication_error");
    // The key at each read, the number of rejections, then the expected status, reads and calls.
    let cases = [
        (["old", "new", "new"].as_slice(), 1, JobStatus::Completed, 2, 2),
        (["old", "old", "old"].as_slice(), 1, JobStatus::Failed, 2, 1),
        (["old", "new", "newer"].as_slice(), 2, JobStatus::Failed, 2, 2),
    ];
    for (keys, rejections, status, reads, calls) in cases {
        let world = World::new().await;
        let (key, read) = secrets(keys).await;
        let mut worker = world.runner.functions.worker.clone();
        worker.credentials = Arc::new(key);
        world.script((0..rejections).map(|_| rejected()));
        let messages = world.messages(&[world.generate_body()]).await;
        let id = messages[0].0;
        worker::handle(&worker, event(messages.into_iter().map(|(_, record)| record).collect()), LONG).await;
        assert_eq!(world.job(id).await.status(), status, "{keys:?}");
        assert_eq!((read.load(Ordering::SeqCst), world.journal().requests().len()), (reads, calls), "{keys:?}");
    }
}
