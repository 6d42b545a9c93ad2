//! A runner with the sample stored for the user ada, and requests to it.

use std::{collections::BTreeMap, io::Read as _, time::Duration};

use cli::{client::Api, sample};
use domain::{
    ids::{JobId, UserId},
    job::{
        Job,
        apply_mode::ApplyMode,
        lifecycle::{self, NewJob},
        policy::JobPolicy,
        status::JobType,
    },
    report::{block::Block, document::Document},
};
use local::{
    fake_claude::{Behaviour, Journal},
    runner::{Runner, RunnerOptions},
};
use queue::JobMessage;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use store::{
    documents::Edit,
    jobs::create::{Created, NewJobWrite},
    table::transaction::Saved,
};

pub struct World {
    pub runner: Runner,
    pub user: UserId,
    pub seeded: Seeded,
    http: reqwest::Client,
}

/// The document and blocks of the sample, as they are stored.
pub struct Seeded {
    pub document: Document,
    pub blocks: Vec<Block>,
}

impl Seeded {
    /// The block without content, for GENERATE jobs.
    pub fn unwritten(&self) -> &Block {
        &self.blocks[1]
    }

    /// The block with content, for REFINE jobs.
    pub fn written(&self) -> &Block {
        &self.blocks[2]
    }
}

/// The id of a user of the local runner.
pub fn user(name: &str) -> UserId {
    api::user_id(local::gateway::ISSUER, name).unwrap()
}

/// Stores the sample for a user, through the API.
pub async fn seed(runner: &Runner, name: &str) -> Seeded {
    let api = Api::new(&runner.url(), Some(name.to_owned())).unwrap();
    sample::seed_library(&api).await.unwrap();
    let seeded = sample::seed_document(&api, false).await.unwrap();
    let (document, blocks) = runner.store.document(&user(name), seeded.document).await.unwrap().unwrap();
    Seeded { document, blocks }
}

/// Options for tests: retries start at once, and heartbeats are frequent.
pub fn options() -> RunnerOptions {
    RunnerOptions {
        tune: |config| {
            config.quick_backoff = Duration::from_millis(1);
            config.heartbeat = Duration::from_millis(20);
        },
        ..RunnerOptions::default()
    }
}

pub fn http() -> reqwest::Client {
    let tls = claude::client::tls().unwrap();
    reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build().unwrap()
}

impl World {
    pub async fn new() -> Self {
        Self::with(options()).await
    }

    pub async fn with(options: RunnerOptions) -> Self {
        let runner = Runner::start(options).await.unwrap();
        let seeded = seed(&runner, "ada").await;
        Self { runner, user: user("ada"), seeded, http: http() }
    }

    pub fn journal(&self) -> &Journal {
        &self.runner.writer.as_ref().unwrap().journal
    }

    pub fn script(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.journal().script(behaviours);
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_as("ada", method, path)
    }

    pub fn request_as(&self, user: &str, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/report-builder{path}", self.runner.url());
        self.http.request(method, url).bearer_auth(user)
    }

    pub fn generate_body(&self) -> Value {
        json!({"type": "GENERATE", "documentId": self.seeded.document.id.to_string(), "blockId": self.seeded.unwritten().id.to_string()})
    }

    pub fn refine_body(&self) -> Value {
        json!({"type": "REFINE", "documentId": self.seeded.document.id.to_string(), "blockId": self.seeded.written().id.to_string()})
    }

    /// The body of a request for a job of this type.
    pub fn body_of(&self, job_type: &str) -> Value {
        match job_type {
            "GENERATE" => self.generate_body(),
            "REFINE" => self.refine_body(),
            _ => self.analyze_body(),
        }
    }

    pub fn analyze_body(&self) -> Value {
        json!({"type": "ANALYZE", "documentId": self.seeded.document.id.to_string()})
    }

    /// Creates a job and returns its id.
    pub async fn create(&self, body: &Value) -> JobId {
        let (status, body) = answer(self.request(Method::POST, "/jobs").json(body)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        body["jobId"].as_str().unwrap().parse().unwrap()
    }

    /// Stores a second GENERATE job for a block that already has a job in flight. No request can do that.
    pub async fn create_beside(&self) -> JobId {
        let store = &self.runner.store;
        let block = self.seeded.unwritten();
        let new = NewJob {
            user: self.user.clone(),
            job_type: JobType::Generate,
            document_id: Some(block.document_id),
            block_id: Some(block.id),
            prompt: None,
            apply_mode: ApplyMode::default(),
            retry_of: None,
            request: None,
        };
        let mut job = lifecycle::create(new.clone(), &JobPolicy::default(), self.runner.clock.now());
        let reads = store.new_job_reads(&new, None, self.runner.clock.now()).await.unwrap();
        job.content_revision = reads.block.map(|block| block.content_revision);
        let previous_job = reads.previous_job.map(|job| job.id);
        let write = NewJobWrite { job: &job, previous_job, superseded: None, idempotency: None, inline_input: None };
        assert_eq!(store.create_jobs(&[write]).await.unwrap(), Created::Written);
        self.runner.queue.send(&JobMessage::new(self.user.clone(), [job.id], None), None).await.unwrap();
        job.id
    }

    /// Creates a job, drains the queues, and returns the job as the API shows it.
    pub async fn run(&self, body: &Value) -> Value {
        let id = self.create(body).await;
        self.runner.drain().await.unwrap();
        self.shown(id).await
    }

    /// The job as the API shows it.
    pub async fn shown(&self, id: JobId) -> Value {
        let (status, body) = answer(self.request(Method::GET, &format!("/jobs/{id}"))).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    pub async fn job(&self, id: JobId) -> Job {
        self.runner.store.job(&self.user, id).await.unwrap().unwrap()
    }

    /// Content of the block that GENERATE writes, and the number of its revisions.
    pub async fn unwritten(&self) -> (Option<String>, usize) {
        self.content_of(self.seeded.unwritten().id).await
    }

    pub async fn content_of(&self, block: domain::ids::BlockId) -> (Option<String>, usize) {
        let store = &self.runner.store;
        let document = self.seeded.document.id;
        let found = store.block(&self.user, document, block).await.unwrap();
        let Some(block) = found else { return (None, 0) };
        let page = store.revisions(&self.user, &block, None, 100).await.unwrap();
        (block.content, page.items.len())
    }

    /// Changes a block through the API.
    pub async fn edit(&self, block: &Block, patch: &Value) -> Value {
        let path = format!("/{}/blocks/{}", block.document_id, block.id);
        let (status, body) = answer(self.request(Method::PATCH, &path).json(patch)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Replaces the stored document of the sample with this one.
    pub async fn overwrite(&self, document: &Document) {
        let edit = Edit { document: Some((document.clone(), Some(self.seeded.document.version))), ..Edit::default() };
        assert_eq!(self.runner.store.save(&self.user, &edit).await.unwrap(), Saved::Written);
    }

    /// Deletes a block without ending its jobs, as when the index of jobs lags.
    pub async fn delete_block_only(&self, block: &Block) {
        let store = &self.runner.store;
        let (document, _) = store.document(&self.user, block.document_id).await.unwrap().unwrap();
        store.delete_block(&self.user, &document, block, self.runner.clock.now()).await.unwrap();
    }

    /// Advances the clock of all functions.
    pub fn advance(&self, seconds: i64) {
        self.runner.clock.advance(jiff::SignedDuration::from_secs(seconds));
    }

    /// Every text in the table, inflated.
    pub async fn whole_table(&self) -> String {
        let mut pages = self.runner.embedded.dynamodb.scan().table_name(local::aws::TABLE).into_paginator().send();
        let mut text = String::new();
        while let Some(page) = pages.next().await {
            for item in page.unwrap().items() {
                text.push_str(&format!("{item:?}\n"));
                for bytes in item.values().filter_map(|value| value.as_b().ok()) {
                    flate2::read::DeflateDecoder::new(bytes.as_ref()).read_to_string(&mut text).unwrap();
                }
            }
        }
        text
    }

    /// Number of ada's jobs, at most 100.
    pub async fn job_count(&self) -> usize {
        let filter = store::jobs::list::JobFilter::default();
        self.runner.store.jobs(&self.user, &filter, 100, None).await.unwrap().items.len()
    }
}

pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Fails if a body is too large for the response of a function, which holds it as a string. Lambda's limit is 6 MB.
pub fn assert_fits(body: &Value) {
    let bytes = Value::String(body.to_string()).to_string().len();
    assert!(bytes <= 5 * 1024 * 1024, "{bytes} bytes");
}

/// JSON Pointers of the errors in a problem body.
pub fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

/// Number of items in the whole table, by kind.
pub async fn items(world: &World) -> BTreeMap<String, usize> {
    let mut pages = world.runner.embedded.dynamodb.scan().table_name(local::aws::TABLE).into_paginator().send();
    let mut kinds = BTreeMap::new();
    while let Some(page) = pages.next().await {
        for item in page.unwrap().items() {
            let sort = item["sk"].as_s().unwrap();
            let kind = if sort.contains("#BLOCK#") { "BLOCK" } else { sort.split('#').next().unwrap() };
            *kinds.entry(kind.to_owned()).or_default() += 1;
        }
    }
    kinds
}
