//! A proxy in front of the DynamoDB emulator. It causes faults that the emulator does not have, and it counts calls and
//! capacity units.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use serde_json::{Value, json};
use store::Store;
use tokio::sync::Semaphore;

use crate::world::{World, http};

/// The fault that a proxy causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No fault. The proxy only counts.
    None,
    /// Each of the first `batches` batch writes stores only `take` items and returns the others as unprocessed.
    LeaveUnprocessed { batches: usize, take: usize },
    /// Transactions never get a response.
    HoldTransactions,
    /// Every transaction fails with `ThrottlingException`.
    ThrottleTransactions,
}

#[derive(Clone)]
pub struct Proxy {
    table: String,
    fault: Fault,
    batch_writes: Arc<AtomicUsize>,
    held: Arc<Semaphore>,
    reads: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
    /// Capacity units of reads and of writes since `take_units`.
    units: Arc<Mutex<(f64, f64)>>,
}

impl Proxy {
    /// Number of GetItem and BatchGetItem calls so far.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// Returns the read units and write units since the last call, including those of indexes.
    pub fn take_units(&self) -> (f64, f64) {
        std::mem::take(&mut self.units.lock().unwrap())
    }

    /// Number of calls of any kind so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Waits until one more transaction is held.
    pub async fn held(&self) {
        self.held.acquire().await.unwrap().forget();
    }
}

/// Returns a store that reaches the world's table through a proxy, without retries of the SDK.
pub async fn proxied_store(world: &World, fault: Fault) -> (Store, Proxy) {
    let table = world.runner.embedded.dynamodb_url.clone();
    let proxy = Proxy {
        table,
        fault,
        batch_writes: Arc::default(),
        held: Arc::new(Semaphore::new(0)),
        reads: Arc::default(),
        calls: Arc::default(),
        units: Arc::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(forward).with_state(proxy.clone());
    tokio::spawn(axum::serve(listener, app).into_future());
    let retries = aws_sdk_dynamodb::config::retry::RetryConfig::disabled();
    let config = world.runner.embedded.dynamodb.config().to_builder().endpoint_url(url).retry_config(retries).build();
    (Store::new(aws_sdk_dynamodb::Client::from_conf(config), local::aws::TABLE), proxy)
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut body: Value = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
    let target = parts.headers["x-amz-target"].to_str().unwrap().to_owned();
    let answer =
        |status: u16, body: &Value| Response::builder().status(status).body(Body::from(body.to_string())).unwrap();
    proxy.calls.fetch_add(1, Ordering::SeqCst);
    if target.ends_with("GetItem") {
        proxy.reads.fetch_add(1, Ordering::SeqCst);
    }
    let mut unprocessed = Vec::new();
    match proxy.fault {
        Fault::HoldTransactions if target.ends_with("TransactWriteItems") => {
            proxy.held.add_permits(1);
            std::future::pending::<()>().await;
        }
        Fault::ThrottleTransactions if target.ends_with("TransactWriteItems") => {
            let kind = "com.amazonaws.dynamodb.v20120810#ThrottlingException";
            return answer(400, &json!({"__type": kind, "message": "Rate exceeded"}));
        }
        Fault::LeaveUnprocessed { batches, take }
            if target.ends_with("BatchWriteItem") && proxy.batch_writes.fetch_add(1, Ordering::SeqCst) < batches =>
        {
            let items = body["RequestItems"][local::aws::TABLE].as_array_mut().unwrap();
            unprocessed = items.split_off(take.min(items.len()));
        }
        _ => {}
    }
    body["ReturnConsumedCapacity"] = json!("TOTAL");
    let mut sent = http().post(&proxy.table).json(&body);
    for name in ["x-amz-target", "authorization", "x-amz-date"] {
        sent = sent.header(name, parts.headers[name].clone());
    }
    let response = sent.header("content-type", "application/x-amz-json-1.0").send().await.unwrap();
    let status = response.status().as_u16();
    let mut body: Value = response.json().await.unwrap();
    let consumed = match &body["ConsumedCapacity"] {
        Value::Array(several) => several.clone(),
        single => vec![single.clone()],
    };
    let units: f64 = consumed.iter().filter_map(|entry| entry["CapacityUnits"].as_f64()).sum();
    let is_read = ["GetItem", "BatchGetItem", "Query"].iter().any(|name| target.ends_with(name));
    let mut all = proxy.units.lock().unwrap();
    *(if is_read { &mut all.0 } else { &mut all.1 }) += units;
    drop(all);
    if !unprocessed.is_empty() {
        body["UnprocessedItems"] = json!({local::aws::TABLE: unprocessed});
    }
    answer(status, &body)
}
