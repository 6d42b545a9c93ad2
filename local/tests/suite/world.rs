//! A runner with a seeded document, and requests to it.

use std::time::Duration;

use domain::{
    document::{Block, Document},
    ids::{JobId, UserId},
    job::{Job, JobType},
    life::{self, NewJob, Terms},
};
use local::{
    client::Api,
    offline_writer::{Behaviour, Journal},
    runner::{Options, Runner},
    sample,
};
use queue::JobMessage;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use store::{
    commit::{Created, Launch},
    documents::{Edit, Saved},
    limits::Allowance,
};

pub struct World {
    pub runner: Runner,
    pub user: UserId,
    pub seeded: Seeded,
    http: reqwest::Client,
}

/// The sample, as it stands in the table.
pub struct Seeded {
    pub document: Document,
    pub blocks: Vec<Block>,
}

impl Seeded {
    /// The block to GENERATE.
    pub fn unwritten(&self) -> &Block {
        &self.blocks[1]
    }

    /// The block to REFINE.
    pub fn written(&self) -> &Block {
        &self.blocks[2]
    }
}

/// Stores the sample for a user, through the API.
pub async fn seed(runner: &Runner, user: &UserId) -> Seeded {
    let api = Api::new(&runner.url(), Some(user.as_str().to_owned())).unwrap();
    sample::seed_library(&api).await.unwrap();
    let seeded = sample::seed_document(&api, false).await.unwrap();
    let (document, blocks) = runner.store.document(user, seeded.document).await.unwrap().unwrap();
    Seeded { document, blocks }
}

/// Options of a test: failures are tried again at once.
pub fn options() -> Options {
    Options {
        tune: |config| {
            config.quick_backoff = Duration::from_millis(1);
            config.heartbeat = Duration::from_millis(20);
        },
        ..Options::default()
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

    pub async fn with(options: Options) -> Self {
        let runner = Runner::start(options).await.unwrap();
        let user = UserId::new("ada").unwrap();
        let seeded = seed(&runner, &user).await;
        Self { runner, user, seeded, http: http() }
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

    pub fn analyze_body(&self) -> Value {
        json!({"type": "ANALYZE", "documentId": self.seeded.document.id.to_string()})
    }

    /// Creates a job and returns its id.
    pub async fn create(&self, body: &Value) -> JobId {
        let (status, body) = answer(self.request(Method::POST, "/jobs").json(body)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        body["jobId"].as_str().unwrap().parse().unwrap()
    }

    /// Stores a GENERATE job beside one that is under way on the same block, as no request can.
    pub async fn create_beside(&self) -> JobId {
        let store = &self.runner.store;
        let block = self.seeded.unwritten();
        let new = NewJob {
            user: self.user.clone(),
            job_type: JobType::Generate,
            document_id: block.document_id,
            block_id: Some(block.id),
            prompt: None,
            retry_of: None,
        };
        let job = life::create(new, &Terms::default(), self.runner.clock.now());
        let flight = store.flight(&self.user, block.document_id, block.id).await.unwrap().map(|job| job.id);
        let launch = Launch { job: &job, flight, superseded: None, once: None, allowance: Allowance::default() };
        assert_eq!(store.launch(&launch).await.unwrap(), Created::Yes);
        self.runner.queue.send(&JobMessage::new(self.user.clone(), job.id, None), None).await.unwrap();
        job.id
    }

    /// Creates a job and works it off.
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
        let page = store.revisions(&self.user, document, block, None, 100).await.unwrap();
        (found.and_then(|block| block.content), page.revisions.len())
    }

    /// Changes a block as its user would.
    pub async fn edit(&self, block: &Block, patch: &Value) -> Value {
        let path = format!("/{}/blocks/{}", block.document_id, block.id);
        let (status, body) = answer(self.request(Method::PATCH, &path).json(patch)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Stores a document as it is, in the place of the seeded one.
    pub async fn overwrite(&self, document: &Document) {
        let edit = Edit { document: Some((document.clone(), Some(self.seeded.document.version))), ..Edit::default() };
        assert_eq!(self.runner.store.save(&self.user, &edit).await.unwrap(), Saved::Yes);
    }

    /// Deletes a block without ending its jobs, as when the index of jobs lags.
    pub async fn cut_out(&self, block: &Block) {
        let store = &self.runner.store;
        let (document, _) = store.document(&self.user, block.document_id).await.unwrap().unwrap();
        store.delete_block(&self.user, &document, block, self.runner.clock.now()).await.unwrap();
    }

    /// Turns the clock of all functions ahead.
    pub fn wait(&self, seconds: i64) {
        self.runner.clock.advance(jiff::SignedDuration::from_secs(seconds));
    }

    /// How many jobs there are in the table, of any user that tests use.
    pub async fn job_count(&self) -> usize {
        let filter = store::lists::JobFilter::default();
        self.runner.store.jobs(&self.user, &filter, 100, None).await.unwrap().jobs.len()
    }
}

pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
