//! What AWS does around the functions: it starts a process for each request, message and minute.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
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
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};

use crate::{
    model::{Journal, Model},
    network::Network,
    process::{Epoch, Process},
    sqs,
    watch::Watch,
};

/// The user who deletes everything.
pub const LEAVER: &str = "eve";

/// Everything that all schedules share.
pub struct Prototype {
    pub functions: Functions,
    pub gateway: Gateway,
    pub create_table: Value,
    pub sdk: aws_config::SdkConfig,
    pub queues: sqs::Queues,
    pub worker: Consumer,
    pub dead_letter: Consumer,
    /// How long Lambda lets a function run that answers a request.
    pub timeout: Duration,
}

/// A function that gets the messages of a queue, as the template says.
pub struct Consumer {
    pub function: &'static str,
    pub timeout: Duration,
    pub batch_size: usize,
    /// The most that run at the same time.
    pub concurrency: usize,
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
    /// Jobs that no message names and no worker has, and since when.
    without_message: std::sync::Mutex<BTreeMap<String, Instant>>,
    /// The messages of the workers that run now.
    working: std::sync::Mutex<BTreeMap<String, String>>,
    /// All workers, with their messages.
    worked: std::sync::Mutex<Vec<(String, Process)>>,
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
            without_message: std::sync::Mutex::default(),
            working: std::sync::Mutex::default(),
            worked: std::sync::Mutex::default(),
        }))
    }

    pub fn network(&self) -> &Network {
        &self.0.network
    }

    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// The workers that got a message with this job.
    pub fn workers_of(&self, job: &str) -> Vec<Process> {
        let worked = self.0.worked.lock().unwrap();
        worked.iter().filter(|(message, _)| message.contains(job)).map(|(_, process)| process.clone()).collect()
    }

    /// Processes that run now.
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
        let table = aws_sdk_dynamodb::config::Builder::from(&config)
            .retry_partition(own_retries("table"))
            .allow_no_auth()
            .build();
        let sqs =
            aws_sdk_sqs::config::Builder::from(&config).retry_partition(own_retries("queue")).allow_no_auth().build();
        let store = Store::new(aws_sdk_dynamodb::Client::from_conf(table), TABLE);
        let queue = Queue::new(aws_sdk_sqs::Client::from_conf(sqs), &network.sqs().jobs().url);
        let mut functions = self.0.prototype.functions.on(&store).sending_to(&queue).at(process.clock());
        let budgets = network.chance().budgets;
        let config = Arc::make_mut(&mut functions.worker.config);
        config.budgets.user = budgets.user.or(config.budgets.user);
        config.budgets.service = budgets.service.or(config.budgets.service);
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

    /// Sends a request through the gateway. A client that loses its patience gets no answer, and the function goes on.
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
        let patience = self.0.network.patience(&process);
        let platform = self.clone();
        // The stored response that a request has to repeat may be deleted with everything else.
        let may_be_unavailable = user == LEAVER;
        let answer = tokio::spawn(async move {
            platform.0.running.fetch_add(1, Ordering::Relaxed);
            let answer = platform.answer(process, (functions, function), event, may_be_unavailable).await;
            platform.0.running.fetch_sub(1, Ordering::Relaxed);
            answer
        });
        timeout(patience.unwrap_or(Duration::MAX), answer).await.ok()?.unwrap()
    }

    async fn answer(
        &self,
        process: Process,
        (functions, function): (Functions, String),
        event: Value,
        may_be_unavailable: bool,
    ) -> Response {
        let time = self.0.prototype.timeout;
        let work = async move {
            let request = lambda_http::request::from_str(&event.to_string()).unwrap();
            timeout(time, Box::pin(functions.http(&function, request))).await
        };
        let Ok(response) = process.run(work).await? else {
            self.check_cause(&process, "an answer in time");
            return None;
        };
        let (parts, body) = response.unwrap().into_parts();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let body: Value = serde_json::from_slice(body.as_ref()).unwrap_or_default();
        let status = parts.status.as_u16();
        if status >= 500 && !(status == 503 && may_be_unavailable) {
            self.check_cause(&process, &format!("no {status} {body}"));
        }
        Some((status, headers.collect(), body))
    }

    /// A function failed or hung. It needs a fault of its own for that.
    fn check_cause(&self, process: &Process, expected: &str) {
        if !process.had_fault() {
            let detail = format!("{}: {expected}", process.name());
            self.0.network.story().violated("a function fails only after a fault of its own", detail);
        }
    }

    /// Delivers messages for ever.
    pub async fn deliver(self, is_dead_letter: bool) {
        let sqs = self.0.network.sqs().clone();
        let prototype = Arc::clone(&self.0.prototype);
        let (consumer, queue) = match is_dead_letter {
            true => (&prototype.dead_letter, sqs.dead_jobs()),
            false => (&prototype.worker, sqs.jobs()),
        };
        let most = self.0.network.chance().workers.filter(|_| !is_dead_letter).unwrap_or(consumer.concurrency);
        let places = Arc::new(Semaphore::new(most));
        loop {
            let place = Arc::clone(&places).acquire_owned().await.unwrap();
            let deliveries = sqs.receive(queue, consumer.batch_size).await;
            if deliveries.is_empty() {
                drop(place);
                queue.changed.notified().await;
                sleep(Duration::from_millis(20)).await;
                continue;
            }
            let platform = self.clone();
            tokio::spawn(async move {
                platform.work_on(deliveries, is_dead_letter).await;
                drop(place);
            });
        }
    }

    async fn work_on(&self, deliveries: Vec<sqs::Delivery>, is_dead_letter: bool) {
        let sqs = self.0.network.sqs().clone();
        let (consumer, name, queue) = match is_dead_letter {
            true => (&self.0.prototype.dead_letter, "dead-letter", sqs.dead_jobs()),
            false => (&self.0.prototype.worker, "worker", sqs.jobs()),
        };
        let message = deliveries.iter().map(|delivery| delivery.body.as_str()).collect::<Vec<_>>().join(" ");
        let (process, functions) = self.start(name, Some(&message));
        let story = self.0.network.story();
        story.tell(process.name(), format!("gets {message}"));
        if is_dead_letter {
            self.0.network.count("dead letter");
        } else {
            self.0.worked.lock().unwrap().push((message.clone(), process.clone()));
        }
        self.0.working.lock().unwrap().insert(process.name().to_owned(), message);
        self.0.running.fetch_add(1, Ordering::Relaxed);
        let mut event = SqsEvent::default();
        event.records = deliveries.iter().map(record).collect();
        let (function, time) = (consumer.function, consumer.timeout);
        let work = async move { timeout(time, functions.batch(function, event, time)).await };
        let ended = process.run(work).await;
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.0.working.lock().unwrap().remove(process.name());
        let failed: Vec<String> = match ended {
            Some(Ok(answer)) => {
                answer.unwrap().batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
            }
            Some(Err(_)) => {
                story.tell(process.name(), "timed out");
                return self.check_cause(&process, "an end in time");
            }
            None => return story.tell(process.name(), "is dead"),
        };
        for delivery in deliveries {
            if failed.contains(&delivery.id) {
                story.tell(process.name(), "message comes back");
                self.check_cause(&process, "no message that comes back");
            } else if self.0.network.loses_acknowledgement(&process) {
                story.tell(process.name(), "message acknowledged  ✗ lost");
            } else {
                sqs.delete(queue, &delivery).await;
                story.tell(process.name(), "message acknowledged");
                self.check_acknowledged(process.name(), &delivery.body);
            }
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
            if is_released && self.is_left(id) {
                let story = self.0.network.story();
                story.violated("a job that waits for its next attempt has a message", format!("{id} after {worker}"));
            }
        }
    }

    /// Whether no message names this job and no worker has it.
    fn is_left(&self, job: &str) -> bool {
        let is_worked_on = self.0.working.lock().unwrap().values().any(|message| message.contains(job));
        !is_worked_on && !self.0.network.sqs().has_message_for(job)
    }

    /// Once nothing goes wrong any more, a job without a message gets one soon. Otherwise its deadline would end it. Called
    /// every minute.
    fn check_resends(&self) {
        /// The sweeper looks every minute, for jobs that wait for half a minute, in an index that lags for up to a minute.
        const SOON: Duration = Duration::from_secs(300);
        let network = &self.0.network;
        let chance = network.chance();
        // With few workers the sweeper waits for them.
        if !network.is_calm() || chance.clocks_differ || chance.workers.is_some() {
            return;
        }
        let mut left = self.0.without_message.lock().unwrap();
        let unfinished = network
            .table()
            .ask(Watch::unfinished)
            .into_iter()
            .map(|(_, sort)| sort.trim_start_matches("JOB#").to_owned());
        let now: BTreeSet<String> = unfinished.filter(|job| self.is_left(job)).collect();
        left.retain(|job, _| now.contains(job));
        for job in now {
            if left.entry(job.clone()).or_insert_with(Instant::now).elapsed() > SOON {
                network.story().violated("a job without a message gets one", job);
            }
        }
    }

    /// Starts the sweeper every minute, sometimes twice.
    pub async fn sweep(self) {
        for minute in 0.. {
            sleep(Duration::from_secs(60)).await;
            let now = self.0.epoch.clock(SignedDuration::ZERO).now();
            if minute > 2 && self.0.network.table().ask(|watch| watch.has_nothing_due(now)) {
                continue;
            }
            self.check_resends();
            let mut draw = self.0.network.chance().of("schedule", minute);
            for _ in 0..if draw.random_bool(0.1) { 2 } else { 1 } {
                let platform = self.clone();
                tokio::spawn(async move {
                    let (process, functions) = platform.start("sweeper", None);
                    platform.0.running.fetch_add(1, Ordering::Relaxed);
                    let run = async move { timeout(Duration::from_secs(55), functions.sweep()).await };
                    match process.run(run).await {
                        None | Some(Ok(Ok(_))) => {}
                        // The next run goes on.
                        Some(Ok(Err(error))) => platform.check_cause(&process, &format!("no {error:#}")),
                        Some(Err(_)) => platform.check_cause(&process, "an end in time"),
                    }
                    platform.0.running.fetch_sub(1, Ordering::Relaxed);
                });
            }
        }
    }
}

fn record(delivery: &sqs::Delivery) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id = Some(delivery.id.clone());
    record.receipt_handle = Some(delivery.receipt.clone());
    record.body = Some(delivery.body.clone());
    record
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
