//! A proxy before DynamoDB that brings faults which the emulator does not have.

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

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: reads are counted.
    None,
    /// Of each of the first `batches` batches of writes, only `take` items are taken.
    PutOff { batches: usize, take: usize },
    /// Transactions are never answered.
    HoldTransactions,
    /// Transactions are throttled.
    RefuseTransactions,
}

#[derive(Clone)]
pub struct Proxy {
    table: String,
    fault: Fault,
    met: Arc<AtomicUsize>,
    held: Arc<Semaphore>,
    reads: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
    /// Capacity units of reads and of writes.
    units: Arc<Mutex<(f64, f64)>>,
}

impl Proxy {
    /// Items that were read one by one.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// What was consumed since this was asked last: read units and write units, indexes included.
    pub fn take_units(&self) -> (f64, f64) {
        std::mem::take(&mut self.units.lock().unwrap())
    }

    /// Calls of any kind.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Waits until a transaction is held.
    pub async fn held(&self) {
        self.held.acquire().await.unwrap().forget();
    }
}

/// The world's table through a proxy.
pub async fn busy_store(world: &World, fault: Fault) -> (Store, Proxy) {
    let table = world.runner.embedded.dynamodb_url.clone();
    let proxy = Proxy {
        table,
        fault,
        met: Arc::default(),
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
    let mut put_off = Vec::new();
    match proxy.fault {
        Fault::HoldTransactions if target.ends_with("TransactWriteItems") => {
            proxy.held.add_permits(1);
            std::future::pending::<()>().await;
        }
        Fault::RefuseTransactions if target.ends_with("TransactWriteItems") => {
            let kind = "com.amazonaws.dynamodb.v20120810#ThrottlingException";
            return answer(400, &json!({"__type": kind, "message": "Rate exceeded"}));
        }
        Fault::PutOff { batches, take }
            if target.ends_with("BatchWriteItem") && proxy.met.fetch_add(1, Ordering::SeqCst) < batches =>
        {
            let items = body["RequestItems"][local::aws::TABLE].as_array_mut().unwrap();
            put_off = items.split_off(take.min(items.len()));
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
        one => vec![one.clone()],
    };
    let units: f64 = consumed.iter().filter_map(|one| one["CapacityUnits"].as_f64()).sum();
    let is_read = ["GetItem", "BatchGetItem", "Query"].iter().any(|name| target.ends_with(name));
    let mut all = proxy.units.lock().unwrap();
    *(if is_read { &mut all.0 } else { &mut all.1 }) += units;
    drop(all);
    if !put_off.is_empty() {
        body["UnprocessedItems"] = json!({local::aws::TABLE: put_off});
    }
    answer(status, &body)
}
