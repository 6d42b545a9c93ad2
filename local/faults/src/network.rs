//! The way of a call from a process to DynamoDB or SQS and back, and what goes wrong on it. It stands behind the HTTP client
//! of the SDK, so the SDK's own retries and limits on time are part of every schedule.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use rand::{RngExt as _, rngs::SmallRng};
use serde_json::{Value, json};
use tokio::{sync::oneshot, time::sleep};

use crate::{
    chance::{CallId, Chance, Fault},
    mutation::Mutation,
    process::Process,
    sqs::Sqs,
    story::Story,
    table::{Answer, TOKEN_LIFE, Table, Times, cancelled, error},
};

/// The services, and what goes wrong on the way to them. Clones are the same network.
#[derive(Clone)]
pub struct Network(Arc<Inner>);

struct Inner {
    chance: Arc<Chance>,
    table: Table,
    sqs: Sqs,
    story: Story,
    mutation: Option<Mutation>,
    /// Whether calls have faults now.
    has_faults: AtomicBool,
    /// Calls that are not done yet.
    on_the_way: AtomicUsize,
    happened: Mutex<Vec<(CallId, Fault)>>,
}

impl Network {
    pub fn new(chance: Arc<Chance>, table: Table, sqs: Sqs, story: Story, mutation: Option<Mutation>) -> Self {
        Self(Arc::new(Inner {
            chance,
            table,
            sqs,
            story,
            mutation,
            has_faults: AtomicBool::new(false),
            on_the_way: AtomicUsize::new(0),
            happened: Mutex::default(),
        }))
    }

    pub fn table(&self) -> &Table {
        &self.0.table
    }

    pub fn sqs(&self) -> &Sqs {
        &self.0.sqs
    }

    pub fn story(&self) -> &Story {
        &self.0.story
    }

    pub fn chance(&self) -> &Chance {
        &self.0.chance
    }

    pub fn set_faults(&self, on: bool) {
        self.0.has_faults.store(on, Ordering::Relaxed);
    }

    /// Whether no call has faults now.
    pub fn is_calm(&self) -> bool {
        !self.0.has_faults.load(Ordering::Relaxed)
    }

    /// Whether a call is on its way, with or without its caller.
    pub fn is_busy(&self) -> bool {
        self.0.on_the_way.load(Ordering::Relaxed) > 0
    }

    /// How long a client waits for an answer, if it is not patient.
    pub fn patience(&self, process: &Process) -> Option<Duration> {
        let mut draw = self.0.chance.of(&format!("{} client", process.name()), 0);
        let is_impatient = !self.is_calm() && draw.random_bool(0.03);
        is_impatient.then(|| {
            self.count("client gone");
            Duration::from_millis(draw.random_range(5..3_000))
        })
    }

    /// The fault of a call, if that call can have it. Takes note of it.
    pub fn fault(&self, call: &CallId, can_have: impl Fn(Fault) -> bool) -> Option<Fault> {
        let fault = self.0.chance.fault(call).filter(|fault| !self.is_calm() && can_have(*fault))?;
        self.0.happened.lock().unwrap().push((call.clone(), fault));
        self.count(fault.name());
        Some(fault)
    }

    /// Whether Lambda ends between the answer of a function and the deletion of its message.
    pub fn loses_acknowledgement(&self, process: &Process) -> bool {
        let call = process.next_call();
        let is_lost =
            !self.is_calm() && self.0.chance.of(&format!("{} acknowledgement", call.0), call.1).random_bool(0.02);
        if is_lost {
            self.count("acknowledgement lost");
        }
        is_lost
    }

    pub fn count(&self, what: &'static str) {
        self.0.story.count(what);
    }

    /// The faults so far.
    pub fn happened(&self) -> Vec<(CallId, Fault)> {
        self.0.happened.lock().unwrap().clone()
    }

    /// The HTTP client of a process.
    pub fn client(&self, process: &Process) -> Client {
        Client { network: self.clone(), process: process.clone() }
    }
}

/// The HTTP client of one process.
#[derive(Clone)]
pub struct Client {
    network: Network,
    process: Process,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.process.name())
    }
}

impl HttpClient for Client {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Client {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
            let (service, operation) = target.split_once('.').unwrap();
            let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap();
            let call = Call { is_sqs: service == "AmazonSQS", operation: operation.to_owned(), body };
            client.make(call).await
        })
    }
}

#[derive(Clone)]
struct Call {
    is_sqs: bool,
    operation: String,
    body: Value,
}

impl Client {
    async fn make(&self, mut call: Call) -> Result<HttpResponse, ConnectorError> {
        let Self { network, process } = self;
        let id = process.next_call();
        // The network does not repeat an update. The SDK does, after an answer was lost.
        let fault = network.fault(&id, |fault| fault != Fault::DoneTwice || call.operation != "UpdateItem");
        if fault.is_some_and(|fault| fault != Fault::Slow) {
            process.note_fault();
        }
        let mut draw = network.0.chance.of(&format!("{} times", id.0), id.1);
        let what = format!("#{} {}", id.1, described(&call));
        match fault {
            Some(fault) => network.0.story.tell(process.name(), format!("{what}  ✗ {}", fault.name())),
            None => network.0.story.tell(process.name(), &what),
        }
        if let Some(mutation) = network.0.mutation {
            if mutation.loses(process.name(), &call.operation) {
                return Ok(response((200, json!({"MessageId": "lost", "MD5OfMessageBody": ""}))));
            }
            mutation.apply(process.name(), &call.operation, &mut call.body);
        }
        let way = millis(&mut draw, 1..8);
        // Some processes stop for longer than DynamoDB remembers a client request token. Their connections are dead then.
        let stop = match draw.random_bool(0.1) {
            true => Duration::from_secs(draw.random_range(600..840)),
            false => Duration::from_secs(draw.random_range(5..120)),
        };
        let is_long = stop >= TOKEN_LIFE;
        match fault {
            Some(Fault::KilledBefore) => process.die().await,
            Some(Fault::Frozen) if !is_long => process.freeze(stop),
            Some(Fault::Throttled) => {
                sleep(way).await;
                return Ok(response(network.throttled(call, &mut draw).await));
            }
            Some(Fault::Refused) => {
                sleep(way).await;
                return Ok(response((500, error("InternalServerError", "Internal server error").1)));
            }
            Some(Fault::Unsent) => {
                sleep(way).await;
                return Err(ConnectorError::io("connection reset".into()));
            }
            _ => {}
        }
        let late = match fault {
            Some(Fault::DoneLate) => Duration::from_millis(draw.random_range(1_900..9_000)),
            Some(Fault::Slow) => Duration::from_millis(draw.random_range(200..1_900)),
            _ => Duration::ZERO,
        };
        let is_done_twice = fault == Some(Fault::DoneTwice);
        let (network, caller) = (network.clone(), process.clone());
        let (sent, arrived) = oneshot::channel();
        let back = millis(&mut draw, 1..8);
        // Once it is on its way, a call is done, whatever becomes of the caller. The call of a frozen process is done late,
        // also if its caller does not wait for it any more.
        network.0.on_the_way.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            caller.thawed().await;
            sleep(way + late).await;
            let mut answer = network.serve(&call, &mut draw).await;
            if is_done_twice {
                answer = network.serve(&call, &mut draw).await;
            }
            network.0.on_the_way.fetch_sub(1, Ordering::Relaxed);
            if answer.0 != 200 {
                network.note_refusal(caller.name(), &id, &answer);
            }
            // The caller may be gone.
            drop(sent.send(answer));
        });
        let answer = arrived.await;
        match fault {
            Some(Fault::KilledAfter) => self.process.die().await,
            Some(Fault::Frozen) if is_long => {
                self.process.freeze(stop);
                self.process.thawed().await;
                return Err(ConnectorError::io("connection reset".into()));
            }
            Some(Fault::AnswerLost) => return Err(ConnectorError::io("connection reset".into())),
            _ => {}
        }
        sleep(back).await;
        self.process.thawed().await;
        answer.map(response).map_err(|_| ConnectorError::io("the schedule has ended".into()))
    }
}

impl Network {
    async fn serve(&self, call: &Call, draw: &mut SmallRng) -> Answer {
        if call.is_sqs {
            return self.0.sqs.call(&call.operation, &call.body).await;
        }
        let time = millis(draw, 0..self.0.chance.write_millis);
        let times = Times { time, lag: self.0.chance.index_lag, seed: draw.random() };
        self.0.table.call(&call.operation, &call.body, times).await
    }

    /// DynamoDB throttles a batch by leaving a part of it unprocessed, or all.
    async fn throttled(&self, mut call: Call, draw: &mut SmallRng) -> Answer {
        let table = local::aws::TABLE;
        let (of_keys, left) = match call.operation.as_str() {
            "BatchGetItem" => (format!("/RequestItems/{table}/Keys"), "UnprocessedKeys"),
            "BatchWriteItem" => (format!("/RequestItems/{table}"), "UnprocessedItems"),
            _ if call.is_sqs => {
                return (400, json!({"__type": "com.amazonaws.sqs#RequestThrottled", "message": "slow down"}));
            }
            "TransactWriteItems" if draw.random_bool(0.5) => {
                let count = call.body["TransactItems"].as_array().unwrap().len();
                let throttled = draw.random_range(0..count);
                return cancelled((0..count).map(|at| (at == throttled).then_some("ThrottlingError")));
            }
            _ => return error("ThrottlingException", "Throughput exceeds the current capacity"),
        };
        let mut unprocessed = call.body["RequestItems"].clone();
        let wanted = call.body.pointer_mut(&of_keys).and_then(Value::as_array_mut).unwrap();
        let (done, not_done): (Vec<Value>, Vec<Value>) = wanted.drain(..).partition(|_| draw.random_bool(0.5));
        if done.is_empty() {
            return error("ProvisionedThroughputExceededException", "Throughput exceeds the current capacity");
        }
        *wanted = done;
        let mut answer = self.serve(&call, draw).await;
        if !not_done.is_empty() && answer.0 == 200 {
            let mut all: Vec<Value> = answer
                .1
                .pointer(&of_keys.replace("RequestItems", left))
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            all.extend(not_done);
            *unprocessed.pointer_mut(of_keys.strip_prefix("/RequestItems").unwrap()).unwrap() = json!(all);
            answer.1[left] = unprocessed;
        }
        answer
    }

    fn note_refusal(&self, who: &str, id: &CallId, answer: &Answer) {
        let text = answer.1.to_string();
        let kind = match () {
            () if text.contains("TransactionConflict") => "conflict",
            () if text.contains("ConditionalCheckFailed") => "condition failed",
            () => "rejected",
        };
        self.count(kind);
        self.0.story.tell(who, format!("#{} ↩ {kind}", id.1));
    }
}

fn response((status, body): Answer) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), body.to_string().into())
}

fn millis(draw: &mut SmallRng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(draw.random_range(range))
}

/// The operation and the keys that it names.
fn described(call: &Call) -> String {
    let mut keys = Vec::new();
    add_keys(&call.body, &mut keys);
    format!("{} {}", call.operation, keys.join(" "))
}

fn add_keys(value: &Value, found: &mut Vec<String>) {
    const MOST: usize = 6;
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    _ if found.len() >= MOST => return,
                    Value::String(text) if name == "IndexName" || name == "MessageBody" => found.push(text.clone()),
                    Value::Object(typed) if name == "sk" || name == ":from" => {
                        found.extend(typed.get("S").and_then(Value::as_str).map(str::to_owned));
                    }
                    other => add_keys(other, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| add_keys(value, found)),
        _ => {}
    }
}
