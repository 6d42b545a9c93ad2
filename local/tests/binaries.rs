//! Runs the deployed binaries on their sample events, under the Lambda runtime emulator and under `cargo lambda watch`.
//! An emulator provides DynamoDB, SQS and Secrets Manager.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "tests")]

#[path = "binaries/memory.rs"]
mod memory;
mod processes;

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region};
use domain::ids::UserId;
use local::{aws, fake_claude::OfflineWriter, template::Template};
use processes::{Running, free_port, root, tool};
use serde_json::{Value, json};
use store::{Store, documents::Edit};
use tokio_util::sync::CancellationToken;

const FUNCTIONS: [(&str, &str); 11] = [
    ("CreateJobFunction", "create-job"),
    ("GetJobFunction", "get-job"),
    ("ListJobsFunction", "list-jobs"),
    ("DryRunFunction", "dry-run"),
    ("FallbackFunction", "fallback"),
    ("CancelJobFunction", "cancel-job"),
    ("DocumentsFunction", "documents"),
    ("LibraryFunction", "library"),
    ("WorkerFunction", "worker"),
    ("SweeperFunction", "sweeper"),
    ("DeadLetterFunction", "dead-letter"),
];

/// Sample events that are not named after their function, each with the package of its function.
const FURTHER_EVENTS: [(&str, &str); 1] = [("create-job-retry", "create-job")];

fn package_of(event: &str) -> &str {
    FURTHER_EVENTS.iter().find(|(name, _)| *name == event).map_or(event, |(_, package)| package)
}

/// Name of the secret with the API key.
const KEY_SECRET: &str = "report-builder/anthropic";

/// The job that the sample events name.
const SAMPLE_JOB: &str = "019a0000-0000-7000-8000-000000000f0b";

/// The emulator, its table, and the environment of each function by package.
struct Cloud {
    store: Store,
    environment: BTreeMap<String, BTreeMap<String, String>>,
    _writer: OfflineWriter,
    _emulator: Running,
}

impl Cloud {
    async fn start() -> Self {
        let port = free_port();
        let mut command = Command::new(tool("emulator/bin/ministack"));
        command.env("GATEWAY_PORT", port.to_string()).env("BIND_HOST", "127.0.0.1").stderr(Stdio::null());
        let emulator = Running::start(command, port);
        let endpoint = format!("http://127.0.0.1:{port}");
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&endpoint)
            .test_credentials()
            .load()
            .await;
        let template = Template::checked_in().unwrap();
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        aws::create_table(&template, &dynamodb).await.unwrap();
        let queues = aws::create_queues(&template, &aws_sdk_sqs::Client::new(&config)).await.unwrap();
        let secrets = aws_sdk_secretsmanager::Client::new(&config);
        secrets.create_secret().name(KEY_SECRET).secret_string("offline\n").send().await.unwrap();
        let writer = OfflineWriter::start(0, Duration::ZERO, CancellationToken::new()).await.unwrap();

        let mut references: BTreeMap<String, String> = queues.into_iter().collect();
        references.insert("Table".to_owned(), aws::TABLE.to_owned());
        references.insert("ClaudeBaseUrl".to_owned(), writer.base_url());
        references.insert("AnthropicApiKeySecret".to_owned(), KEY_SECRET.to_owned());
        let environment = FUNCTIONS.map(|(id, package)| {
            let mut variables = template.environment(id, &references).unwrap();
            let shared = [
                ("AWS_ENDPOINT_URL", endpoint.as_str()),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
            ];
            variables.extend(shared.map(|(name, value)| (name.to_owned(), value.to_owned())));
            (package.to_owned(), variables)
        });
        let store = Store::new(dynamodb, aws::TABLE);
        Self { store, environment: environment.into(), _writer: writer, _emulator: emulator }
    }

    /// Stores the document and the block that the sample events name.
    async fn seed(&self) -> UserId {
        let user = api::user_id("https://identity.example.com", "sample-user").unwrap();
        let (document, block) = ("019a0000-0000-7000-8000-00000000d0c1", "019a0000-0000-7000-8000-00000000b10c");
        let at = "2026-11-23T10:00:00Z";
        let stored = json!({
            "id": document, "name": "Sample", "description": null, "status": "DRAFT", "contextConfig": "{}",
            "blocks": [block], "version": 1, "createdAt": at, "updatedAt": at,
        });
        let edit = Edit { document: Some((serde_json::from_value(stored).unwrap(), None)), ..Edit::default() };
        self.store.save(&user, &edit).await.unwrap();
        let stored = json!({
            "id": block, "documentId": document, "type": "PROMPT_RESPONSE", "prompt": "What did I do?", "content": null,
            "metadata": "{}", "version": 1, "contentRevision": 0, "createdAt": at, "updatedAt": at,
        });
        let edit = Edit { block: Some((serde_json::from_value(stored).unwrap(), None)), ..Edit::default() };
        self.store.save(&user, &edit).await.unwrap();
        user
    }
}

fn cargo_lambda() -> Command {
    let mut command = Command::new(tool("aws/bin/cargo-lambda"));
    command.arg("lambda").current_dir(root());
    // `cargo lambda` would use the variables of `cargo test` for its own build.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_") && name != "CARGO_HOME") {
        command.env_remove(name);
    }
    command
}

/// Sends a sample event about `job` with `cargo lambda invoke` and returns the response.
fn invoke(port: u16, name: &str, event_name: &str, job: &str) -> Value {
    let event = std::fs::read_to_string(root().join("events").join(format!("{event_name}.json"))).unwrap();
    let event = event.replace(SAMPLE_JOB, job);
    let mut command = cargo_lambda();
    command.args(["invoke", name, "--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
    let output = command.args(["--data-ascii", &event]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{event_name}: {text}{}", String::from_utf8_lossy(&output.stderr));
    let answer = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{event_name}: {error}: {text}"));
    println!("  {event_name:<17} {}", shorten(&answer));
    answer
}

fn shorten(answer: &Value) -> String {
    answer.to_string().chars().take(110).collect()
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

/// Invokes all functions one after the other on one new job.
async fn life_of_a_job(cloud: &Cloud, user: &UserId, send: impl Fn(&str, &str) -> Value) {
    let stored = send("library", SAMPLE_JOB);
    assert!(stored["statusCode"] == 201 || stored["statusCode"] == 200, "{stored}");
    let foreseen = send("dry-run", SAMPLE_JOB);
    assert_eq!((&foreseen["statusCode"], &body(&foreseen)["jobs"]), (&json!(200), &json!(1)), "{foreseen}");
    let created = send("create-job", SAMPLE_JOB);
    assert_eq!(created["statusCode"], 202, "{created}");
    let id = body(&created)["jobId"].as_str().unwrap().to_owned();
    assert_eq!(body(&send("get-job", &id))["status"], "PENDING");
    let listed = body(&send("list-jobs", &id));
    assert_eq!(listed["jobs"][0]["jobId"], id.as_str());

    assert_eq!(send("worker", &id), json!({"batchItemFailures": []}));
    let job = cloud.store.job(user, id.parse().unwrap()).await.unwrap().unwrap();
    assert!(job.result().is_some(), "{job:?}");
    let shown = body(&send("get-job", &id));
    assert_eq!(shown["status"], "COMPLETED");
    assert!(shown["result"]["content"].as_str().unwrap().contains("offline writer"));

    let document = body(&send("documents", &id));
    assert!(document["blocks"][0]["content"].as_str().unwrap().contains("offline writer"), "{document}");

    assert_eq!(send("cancel-job", &id)["statusCode"], 409);
    assert_eq!(body(&send("create-job-retry", &id))["code"], "JOB_NOT_FAILED");
    assert_eq!(
        (&send("fallback", &id)["statusCode"], &send("fallback", &id)["headers"]["allow"]),
        (&json!(405), &json!("GET, HEAD, POST, OPTIONS"))
    );
    assert_eq!(send("dead-letter", &id), json!({"batchItemFailures": []}));
    assert_eq!(send("sweeper", &id), json!({"resent": 0, "ended": 0, "unchanged": 0, "deletions": 0, "failed": 0}));
}

/// Compares the response to every sample event on an empty table with `docs/local.md`, where `…` stands for any text.
fn responses_match_the_docs(send: impl Fn(&str) -> Value) {
    let page = std::fs::read_to_string(root().join("docs/local.md")).unwrap();
    let mut wrong = Vec::new();
    let events = FUNCTIONS.map(|(_, package)| package).into_iter().chain(FURTHER_EVENTS.map(|(event, _)| event));
    for package in events {
        let line = page.lines().find(|line| line.starts_with(&format!("{package} ")));
        let expected = line.unwrap_or_else(|| panic!("docs/local.md does not show what {package} prints"));
        let answer = send(package);
        let printed = match &answer["statusCode"] {
            Value::Null => answer.to_string(),
            status => format!("{status} {}", answer["body"].as_str().unwrap()),
        };
        let parts: Vec<&str> = expected[package.len()..].trim().split('…').collect();
        let fits =
            printed.starts_with(parts[0]) && printed.ends_with(parts[parts.len() - 1]) && in_order(&printed, &parts);
        if !fits {
            wrong.push(format!("docs/local.md shows for {package}:\n{expected}\nbut it prints\n{printed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn in_order(mut text: &str, parts: &[&str]) -> bool {
    parts.iter().all(|part| {
        let found = text.find(part);
        text = found.map_or("", |at| &text[at + part.len()..]);
        found.is_some()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bootstrap_answers_its_sample_event() {
    let cloud = Cloud::start().await;

    println!("target/lambda/*/bootstrap under the Lambda runtime emulator:");
    let machine = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "x86_64" };
    let emulator = format!("{}/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}", python());
    let emulator = tool("aws/lib").join(emulator);
    let mut ports = BTreeMap::new();
    let mut running = Vec::new();
    for (_, package) in FUNCTIONS {
        let (port, runtime_port) = (free_port(), free_port());
        let bootstrap = root().join("target/lambda").join(package).join("bootstrap");
        assert!(bootstrap.exists(), "{} is missing: run make lambda", bootstrap.display());
        let mut command = Command::new(&emulator);
        command
            .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")])
            .args(["--runtime-api-address", &format!("127.0.0.1:{runtime_port}")])
            .arg(bootstrap)
            .envs(&cloud.environment[package])
            .stderr(Stdio::null());
        running.push(Running::start(command, port));
        ports.insert(package, port);
    }
    responses_match_the_docs(|event| invoke(ports[package_of(event)], "function", event, SAMPLE_JOB));
    let user = cloud.seed().await;
    life_of_a_job(&cloud, &user, |event, job| invoke(ports[package_of(event)], "function", event, job)).await;
    memory::peak_memory_fits_the_template(&cloud, &user, &ports).await;
    drop(running);

    println!("cargo lambda watch, cargo lambda invoke:");
    let port = free_port();
    let mut command = cargo_lambda();
    command.args(["watch", "--ignore-changes", "--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
    command.envs(cloud.environment.values().flatten()).stderr(Stdio::null());
    let watch = Running::start(command, port);
    // The first invocation of each function compiles it.
    life_of_a_job(&cloud, &user, |event, job| invoke(port, package_of(event), event, job)).await;
    drop(watch);
}

fn python() -> String {
    let lib = tool("aws/lib");
    let entry = std::fs::read_dir(lib)
        .unwrap()
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_string_lossy().starts_with("python"));
    entry.unwrap().file_name().to_string_lossy().into_owned()
}
