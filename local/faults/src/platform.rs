//! What AWS does around the functions: it starts a process for each request, message and minute.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use http::{Method, Request as HttpRequest};
use jiff::SignedDuration;
use local::{aws::TABLE, functions::Functions, gateway::Gateway};
use queue::Queue;
use rand::RngExt as _;
use serde_json::Value;
use store::Store;
use tokio::time::{sleep, timeout};

use crate::{
    model::{Journal, Model},
    network::Network,
    process::{Epoch, Process},
    sqs,
};

/// How long Lambda lets the worker run.
const WORKER_TIMEOUT: Duration = Duration::from_secs(900);
/// How long Lambda lets any other function run.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Everything that all schedules share.
pub struct Prototype {
    pub functions: Functions,
    pub gateway: Gateway,
    pub create_table: Value,
    pub sdk: aws_config::SdkConfig,
}

/// The functions of one schedule. Clones are the same platform.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

struct Inner {
    prototype: Arc<Prototype>,
    network: Network,
    epoch: Epoch,
    pub journal: Journal,
    started: AtomicU32,
    running: AtomicUsize,
    /// The messages of the workers that run now.
    working: std::sync::Mutex<BTreeMap<String, String>>,
}

/// A request of a user.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub user: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a Value,
}

/// The answer to a request: status, headers and body. `None`: the client got none.
pub type Response = Option<(u16, HashMap<String, String>, Value)>;

impl Platform {
    pub fn new(prototype: Arc<Prototype>, network: Network, epoch: Epoch) -> Self {
        Self(Arc::new(Inner {
            prototype,
            network,
            epoch,
            journal: Journal::default(),
            started: AtomicU32::new(0),
            running: AtomicUsize::new(0),
            working: std::sync::Mutex::default(),
        }))
    }

    pub fn network(&self) -> &Network {
        &self.0.network
    }

    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// Processes that run now, except those that only answer requests.
    pub fn running(&self) -> usize {
        self.0.running.load(Ordering::Relaxed)
    }

    /// Starts a process. `message` is what a worker was started with.
    fn start(&self, function: &str, message: Option<&str>) -> (Process, Functions) {
        let number = self.0.started.fetch_add(1, Ordering::Relaxed);
        let name = format!("{function}-{number}");
        let network = &self.0.network;
        let mut draw = network.chance().of(&name, u32::MAX);
        let ahead = match network.chance().clocks_differ && draw.random_bool(0.3) {
            true => SignedDuration::from_secs(draw.random_range(-300..=300)),
            false => SignedDuration::from_millis(draw.random_range(-20..=20)),
        };
        let process = Process::new(name, self.0.epoch.clock(ahead));
        let client = network.client(&process);
        let config = self.0.prototype.sdk.to_builder().http_client(client).build();
        // The SDK saves up retries for each process.
        let table = aws_sdk_dynamodb::config::Builder::from(&config).retry_partition(own_retries("table")).build();
        let sqs = aws_sdk_sqs::config::Builder::from(&config).retry_partition(own_retries("queue")).build();
        let store = Store::new(aws_sdk_dynamodb::Client::from_conf(table), TABLE);
        let queue = Queue::new(aws_sdk_sqs::Client::from_conf(sqs), &network.sqs().jobs().url);
        let mut functions = self.0.prototype.functions.on(&store).sending_to(&queue).at(process.clock());
        if let Some(budget) = network.chance().user_budget {
            Arc::make_mut(&mut functions.worker.config).budgets.user = Some(budget);
        }
        let config = Arc::clone(&functions.worker.config);
        let model = Model {
            message: message.map(str::to_owned).unwrap_or_default(),
            network: network.clone(),
            process: process.clone(),
            journal: self.0.journal.clone(),
            prices: Arc::new(config.prices.clone()),
            name: config.model.model.clone(),
        };
        functions.worker.claude = functions.worker.claude.through(Arc::new(model));
        functions.worker.cache_gate = Arc::default();
        (process, functions)
    }

    /// Sends a request through the gateway, and waits as long as a client does.
    pub async fn request(&self, request: Request<'_>) -> Response {
        let Request { user, method, path, headers, body } = request;
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = HttpRequest::builder().method(method).uri(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (function, event) = self.0.prototype.gateway.event(&parts, body.as_bytes(), user);
        let (process, functions) = self.start(name_of(&function), None);
        let work = async move {
            let request = lambda_http::request::from_str(&event.to_string()).unwrap();
            timeout(TIMEOUT, functions.http(&function, request)).await
        };
        let Some(Ok(response)) = process.run(work).await else { return None };
        let (parts, body) = response.unwrap().into_parts();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let body: Value = serde_json::from_slice(body.as_ref()).unwrap_or_default();
        let status = parts.status.as_u16();
        if status >= 500 && !process.had_fault() {
            let detail = format!("{} got {status} {body}", process.name());
            self.0.network.story().violated("a request without a fault of its own gets no error", detail);
        }
        Some((status, headers.collect(), body))
    }

    /// Delivers messages for ever.
    pub async fn deliver(self, is_dead_letter: bool) {
        let sqs = self.0.network.sqs().clone();
        let queue = if is_dead_letter { sqs.dead_jobs() } else { sqs.jobs() };
        loop {
            while let Some(delivery) = sqs.receive(queue).await {
                let platform = self.clone();
                tokio::spawn(async move { platform.work_on(delivery, is_dead_letter).await });
            }
            queue.changed.notified().await;
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn work_on(&self, delivery: sqs::Delivery, is_dead_letter: bool) {
        let sqs = self.0.network.sqs().clone();
        let (function, name, time, queue) = match is_dead_letter {
            true => ("DeadLetterFunction", "dead-letter", TIMEOUT, sqs.dead_jobs()),
            false => ("WorkerFunction", "worker", WORKER_TIMEOUT, sqs.jobs()),
        };
        let (process, functions) = self.start(name, Some(&delivery.body));
        let message = delivery.body.clone();
        self.0.working.lock().unwrap().insert(process.name().to_owned(), message.clone());
        self.0.network.story().tell(process.name(), format!("gets {}", delivery.body));
        self.0.running.fetch_add(1, Ordering::Relaxed);
        let mut record = SqsMessage::default();
        record.message_id = Some(delivery.id);
        record.receipt_handle = Some(delivery.receipt.clone());
        record.body = Some(delivery.body);
        let mut event = SqsEvent::default();
        event.records = vec![record];
        let work = async move { timeout(time, functions.batch(function, event, time)).await };
        let ended = process.run(work).await;
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.0.working.lock().unwrap().remove(process.name());
        match ended {
            Some(Ok(answer)) if answer.as_ref().unwrap().batch_item_failures.is_empty() => {
                sqs.delete(queue, &delivery.receipt).await;
                self.0.network.story().tell(process.name(), "message acknowledged");
                self.check_acknowledged(process.name(), &message);
            }
            Some(Ok(_)) => self.0.network.story().tell(process.name(), "message comes back"),
            Some(Err(_)) => self.0.network.story().tell(process.name(), "timed out"),
            None => self.0.network.story().tell(process.name(), "is dead"),
        }
    }

    /// A worker that acknowledges a message leaves no job behind that waits for its next attempt without a message. Otherwise
    /// the job would wait for the sweeper.
    fn check_acknowledged(&self, worker: &str, message: &str) {
        let message: Value = serde_json::from_str(message).unwrap();
        for id in message["jobIds"].as_array().unwrap().iter().filter_map(Value::as_str) {
            let key = (format!("USER#{}", message["user"].as_str().unwrap()), format!("JOB#{id}"));
            let Some(job) = self.0.network.table().item(&key) else { continue };
            // A job that was never claimed, or that the sweeper has released, has no such token.
            let is_released = job["status"]["S"] == "PENDING" && job.get("leaseToken").is_some();
            let is_elsewhere = self.0.working.lock().unwrap().values().any(|message| message.contains(id));
            if is_released && !is_elsewhere && !self.0.network.sqs().names(id) {
                let story = self.0.network.story();
                story.violated("a job that waits for its next attempt has a message", format!("{id} after {worker}"));
            }
        }
    }

    /// Starts the sweeper every minute, sometimes twice.
    pub async fn sweep(self) {
        for minute in 0.. {
            sleep(Duration::from_secs(60)).await;
            // It would find nothing.
            if minute > 2 && self.0.network.table().is_at_rest() {
                continue;
            }
            let mut draw = self.0.network.chance().of("schedule", minute);
            for _ in 0..if draw.random_bool(0.1) { 2 } else { 1 } {
                let platform = self.clone();
                tokio::spawn(async move {
                    let (process, functions) = platform.start("sweeper", None);
                    platform.0.running.fetch_add(1, Ordering::Relaxed);
                    // A failed run reports itself, and the next run goes on.
                    let run = async move { timeout(Duration::from_secs(55), functions.sweep()).await };
                    if let Some(Ok(Err(error))) = process.run(run).await {
                        platform.0.network.story().tell(process.name(), format!("fails: {error:#}"));
                    }
                    platform.0.running.fetch_sub(1, Ordering::Relaxed);
                });
            }
        }
    }
}

fn own_retries(service: &'static str) -> RetryPartition {
    RetryPartition::custom(service).token_bucket(TokenBucket::default()).build()
}

fn name_of(function: &str) -> &'static str {
    match function {
        "CreateJobFunction" => "create-job",
        "GetJobFunction" => "get-job",
        "ListJobsFunction" => "list-jobs",
        "CancelJobFunction" => "cancel-job",
        "DocumentsFunction" => "documents",
        _ => "library",
    }
}
