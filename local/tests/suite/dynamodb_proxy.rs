//! A proxy in front of the DynamoDB emulator. It causes faults that the emulator does not have, and it counts calls and
//! capacity units.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use aws_sdk_dynamodb::config::{retry::RetryConfig, timeout::TimeoutConfig};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use serde_json::{Value, json};
use store::{Store, table::keys::unfinished_partition};
use tokio::sync::Semaphore;

use crate::{
    index_units::{self, Index},
    world::{World, http},
};

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
    /// Every query of this partition of the index `unfinished` fails with `ThrottlingException`.
    ThrottleShard(u8),
    /// The call with this number, from 0, never gets a response. `is_done` says whether DynamoDB carries it out.
    HoldCall { number: usize, is_done: bool },
    /// No call ever gets a response.
    HoldAll,
    /// Writes of the progress of a job never get a response.
    HoldHeartbeats,
    /// Reservations from the budgets are made, and their responses wait for [`Proxy::release`].
    HoldReservations,
}

#[derive(Clone)]
pub struct Proxy {
    table: String,
    fault: Fault,
    batch_writes: Arc<AtomicUsize>,
    held: Arc<Semaphore>,
    released: Arc<Semaphore>,
    calls: Arc<AtomicUsize>,
    units: Arc<Mutex<Units>>,
    indexes: Arc<Vec<Index>>,
}

/// Capacity units and calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    pub read: f64,
    pub write: f64,
    /// Write units of the indexes, by the rule in `index_units`.
    pub index: f64,
    pub calls: usize,
}

impl Proxy {
    /// Returns the units and calls since the last call of this function.
    pub fn take_units(&self) -> Units {
        std::mem::take(&mut self.units.lock().unwrap())
    }

    /// Number of calls of any kind so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Write units of the indexes for the puts of a call.
    async fn index_units(&self, target: &str, body: &Value, headers: &axum::http::HeaderMap) -> f64 {
        let puts: Vec<&Value> = if target.ends_with(".PutItem") {
            vec![&body["Item"]]
        } else if target.ends_with("TransactWriteItems") {
            let writes = body["TransactItems"].as_array().into_iter().flatten();
            writes.filter_map(|write| write["Put"].get("Item")).collect()
        } else {
            Vec::new()
        };
        let mut units = 0.0;
        for item in puts {
            let get = json!({"TableName": local::aws::TABLE, "Key": {"pk": item["pk"], "sk": item["sk"]}});
            let mut get = http().post(&self.table).json(&get).header("x-amz-target", "DynamoDB_20120810.GetItem");
            for name in ["authorization", "x-amz-date"] {
                get = get.header(name, headers[name].clone());
            }
            let response = get.header("content-type", "application/x-amz-json-1.0");
            let before: Value = response.send().await.unwrap().json().await.unwrap();
            units += index_units::units(&self.indexes, before.get("Item"), Some(item));
        }
        units
    }

    /// Waits until one more call is held.
    pub async fn held(&self) {
        self.held.acquire().await.unwrap().forget();
    }

    /// Sends all responses that are held, and holds no more.
    pub fn release(&self) {
        self.released.close();
    }
}

/// Returns a store that reaches the world's table through a proxy. For [`Fault::HoldCall`] it has the limits on time and the
/// retries of the deployed functions. Otherwise it has neither.
pub async fn proxied_store(world: &World, fault: Fault) -> (Store, Proxy) {
    let table = world.runner.embedded.dynamodb_url.clone();
    let proxy = Proxy {
        table,
        fault,
        batch_writes: Arc::default(),
        held: Arc::new(Semaphore::new(0)),
        released: Arc::new(Semaphore::new(0)),
        calls: Arc::default(),
        units: Arc::default(),
        indexes: Arc::new(index_units::indexes()),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(forward).with_state(proxy.clone());
    tokio::spawn(axum::serve(listener, app).into_future());
    let (retries, timeouts) = match fault {
        Fault::HoldCall { .. } => (RetryConfig::standard(), runtime::aws::timeouts()),
        _ => (RetryConfig::disabled(), TimeoutConfig::disabled()),
    };
    let config = world.runner.embedded.dynamodb.config().to_builder().endpoint_url(url).retry_config(retries);
    let config = config.timeout_config(timeouts).build();
    (Store::new(aws_sdk_dynamodb::Client::from_conf(config), local::aws::TABLE), proxy)
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut body: Value = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
    let target = parts.headers["x-amz-target"].to_str().unwrap().to_owned();
    let answer =
        |status: u16, body: &Value| Response::builder().status(status).body(Body::from(body.to_string())).unwrap();
    let throttled = || {
        let kind = "com.amazonaws.dynamodb.v20120810#ThrottlingException";
        answer(400, &json!({"__type": kind, "message": "Rate exceeded"}))
    };
    let call = proxy.calls.fetch_add(1, Ordering::SeqCst);
    let mut unprocessed = Vec::new();
    match proxy.fault {
        Fault::HoldTransactions if target.ends_with("TransactWriteItems") => {
            proxy.held.add_permits(1);
            std::future::pending::<()>().await;
        }
        Fault::HoldHeartbeats if body["Item"]["sk"]["S"].as_str().is_some_and(|key| key.ends_with("#PROGRESS")) => {
            proxy.held.add_permits(1);
            std::future::pending::<()>().await;
        }
        Fault::HoldAll => std::future::pending::<()>().await,
        Fault::HoldCall { number, is_done: false } if number == call => {
            proxy.held.add_permits(1);
            std::future::pending::<()>().await;
        }
        Fault::ThrottleTransactions if target.ends_with("TransactWriteItems") => return throttled(),
        Fault::ThrottleShard(shard)
            if body["ExpressionAttributeValues"].to_string().contains(&unfinished_partition(shard)) =>
        {
            return throttled();
        }
        Fault::LeaveUnprocessed { batches, take }
            if target.ends_with("BatchWriteItem") && proxy.batch_writes.fetch_add(1, Ordering::SeqCst) < batches =>
        {
            let items = body["RequestItems"][local::aws::TABLE].as_array_mut().unwrap();
            unprocessed = items.split_off(take.min(items.len()));
        }
        _ => {}
    }
    body["ReturnConsumedCapacity"] = json!("INDEXES");
    let index_units = proxy.index_units(&target, &body, &parts.headers).await;
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
    let is_read = ["GetItem", "BatchGetItem", "Query"].iter().any(|name| target.ends_with(name));
    // The emulator counts the index writes of some calls only.
    let units = consumed.iter().filter_map(|entry| match is_read {
        true => entry["CapacityUnits"].as_f64(),
        false => entry["Table"]["CapacityUnits"].as_f64(),
    });
    let units: f64 = units.sum();
    {
        let mut all = proxy.units.lock().unwrap();
        *(if is_read { &mut all.read } else { &mut all.write }) += units;
        all.index += if status == 200 { index_units } else { 0.0 };
        all.calls += 1;
    }
    if !unprocessed.is_empty() {
        body["UnprocessedItems"] = json!({local::aws::TABLE: unprocessed});
    }
    if proxy.fault == Fault::HoldReservations && target.ends_with("UpdateItem") {
        proxy.held.add_permits(1);
        // It ends with an error when the semaphore is closed.
        _ = proxy.released.acquire().await;
    }
    if matches!(proxy.fault, Fault::HoldCall { number, .. } if number == call) {
        proxy.held.add_permits(1);
        std::future::pending::<()>().await;
    }
    answer(status, &body)
}
