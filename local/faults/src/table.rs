//! DynamoDB, as hard as the real one: the embedded engine, with conflicts between overlapping writes, indexes that lag, and
//! client request tokens that are forgotten after ten minutes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
    time::Duration,
};

use dynoxide::{Database, DynoxideError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    story::Story,
    watch::{Key, Watch},
};

/// An answer of the service: the HTTP status and the body.
pub type Answer = (u16, Value);

/// The time for which DynamoDB recognises a client request token.
const TOKEN_LIFE: Duration = Duration::from_secs(600);

pub struct Table {
    /// What strongly consistent reads see.
    current: Database,
    /// What reads of indexes and eventually consistent reads see.
    lagging: Database,
    inner: Mutex<Inner>,
    story: Story,
}

#[derive(Debug, Default)]
struct Inner {
    /// Writes that the lagging copy does not have yet, by the time when it gets them.
    replication: BTreeMap<(Instant, u64), (Key, Option<Value>)>,
    replicated: u64,
    /// When the last write of an item reaches the lagging copy. A later write of the item is not faster.
    last: HashMap<Key, Instant>,
    writers: HashMap<Key, Writers>,
    tokens: HashMap<String, Instant>,
    watch: Watch,
}

/// The writes of one item that are being done.
#[derive(Clone, Copy, Debug, Default)]
struct Writers {
    single: u32,
    transactions: u32,
}

/// Draws of one call.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// How long a write takes. Another write of the same item in this time may conflict.
    pub write: Duration,
    /// When the indexes know of it.
    pub lag: Duration,
}

impl Table {
    pub fn new(create_table: &Value, story: Story) -> Self {
        let (current, lagging) = (Database::memory().unwrap(), Database::memory().unwrap());
        for database in [&current, &lagging] {
            database.create_table(serde_json::from_value(create_table.clone()).unwrap()).unwrap();
        }
        Self { current, lagging, inner: Mutex::default(), story }
    }

    /// Carries out a call.
    pub async fn call(&self, operation: &str, body: &Value, times: Times) -> Answer {
        match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => self.write_one(operation, body, times).await,
            "TransactWriteItems" => self.write_all_or_none(body, times).await,
            "BatchWriteItem" => self.write_batch(body, times).await,
            _ => self.read(operation, body),
        }
    }

    fn read(&self, operation: &str, body: &Value) -> Answer {
        let is_consistent = match operation {
            "BatchGetItem" => body["RequestItems"][local::aws::TABLE]["ConsistentRead"] == true,
            _ => body["ConsistentRead"] == true && body.get("IndexName").is_none(),
        };
        let database = if is_consistent { &self.current } else { self.replicate() };
        match operation {
            "GetItem" => done(body, |request| database.get_item(request)),
            "BatchGetItem" => done(body, |request| database.batch_get_item(request)),
            "Query" => done(body, |request| database.query(request)),
            "Scan" => done(body, |request| self.current.scan(request)),
            other => panic!("{other} is not simulated"),
        }
    }

    async fn write_one(&self, operation: &str, body: &Value, times: Times) -> Answer {
        let key = key_of(body.get("Item").unwrap_or(&body["Key"]));
        if self.writers(&key).transactions > 0 {
            return error("TransactionConflictException", "Transaction is ongoing for the item");
        }
        self.begin(std::slice::from_ref(&key), false);
        sleep(times.write).await;
        let answer = match operation {
            "PutItem" => done(body, |request| self.current.put_item(request)),
            "UpdateItem" => done(body, |request| self.current.update_item(request)),
            _ => done(body, |request| self.current.delete_item(request)),
        };
        self.end(&[key], false, answer.0 == 200, times.lag);
        answer
    }

    async fn write_all_or_none(&self, body: &Value, times: Times) -> Answer {
        let mut body = body.clone();
        self.forget_old_token(&mut body);
        let writes = body["TransactItems"].as_array().unwrap().clone();
        let keys: Vec<Key> = writes.iter().map(key_of_write).collect();
        let conflicts: Vec<bool> = keys
            .iter()
            .map(|key| {
                let writers = self.writers(key);
                writers.single + writers.transactions > 0
            })
            .collect();
        if conflicts.contains(&true) {
            return cancelled(&conflicts);
        }
        self.begin(&keys, true);
        sleep(times.write).await;
        let answer = done(&body, |request| self.current.transact_write_items(request));
        self.end(&keys, true, answer.0 == 200, times.lag);
        answer
    }

    /// A batch is not a transaction. Writes that conflict come back as unprocessed.
    async fn write_batch(&self, body: &Value, times: Times) -> Answer {
        let wanted = body["RequestItems"][local::aws::TABLE].as_array().unwrap().clone();
        let key = |write: &Value| match write.get("PutRequest") {
            Some(put) => key_of(&put["Item"]),
            None => key_of(&write["DeleteRequest"]["Key"]),
        };
        let (busy, free): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|write| self.writers(&key(write)).transactions > 0);
        let keys: Vec<Key> = free.iter().map(key).collect();
        self.begin(&keys, false);
        sleep(times.write).await;
        let mut answer = (200, json!({}));
        if !free.is_empty() {
            let body = json!({"RequestItems": {local::aws::TABLE: free}});
            answer = done(&body, |request| self.current.batch_write_item(request));
        }
        self.end(&keys, false, answer.0 == 200, times.lag);
        if !busy.is_empty() {
            answer.1["UnprocessedItems"] = json!({local::aws::TABLE: busy});
        }
        answer
    }

    fn writers(&self, key: &Key) -> Writers {
        self.inner.lock().unwrap().writers.get(key).copied().unwrap_or_default()
    }

    fn begin(&self, keys: &[Key], is_transaction: bool) {
        let mut inner = self.inner.lock().unwrap();
        for key in keys {
            let writers = inner.writers.entry(key.clone()).or_default();
            *(if is_transaction { &mut writers.transactions } else { &mut writers.single }) += 1;
        }
    }

    fn end(&self, keys: &[Key], is_transaction: bool, is_done: bool, lag: Duration) {
        let images: Vec<(Key, Option<Value>)> = match is_done {
            true => keys.iter().map(|key| (key.clone(), self.item(key))).collect(),
            false => Vec::new(),
        };
        let mut inner = self.inner.lock().unwrap();
        for key in keys {
            let writers = inner.writers.entry(key.clone()).or_default();
            *(if is_transaction { &mut writers.transactions } else { &mut writers.single }) -= 1;
        }
        for violation in inner.watch.written(&images) {
            self.story.violated(violation.0, violation.1);
        }
        let now = Instant::now();
        for (key, image) in images {
            let at = inner.last.get(&key).copied().unwrap_or(now).max(now + lag);
            inner.last.insert(key.clone(), at);
            inner.replicated += 1;
            let number = inner.replicated;
            inner.replication.insert((at, number), (key, image));
        }
    }

    /// What a user may spend in a day, in millionths of a US dollar.
    pub fn set_user_budget(&self, budget: u64) {
        self.inner.lock().unwrap().watch.user_budget = i64::try_from(budget).ok();
    }

    /// Whether every job has ended, and every deletion has finished.
    pub fn is_at_rest(&self) -> bool {
        self.inner.lock().unwrap().watch.is_at_rest()
    }

    /// The item as it is now.
    pub fn item(&self, key: &Key) -> Option<Value> {
        let get = json!({"TableName": local::aws::TABLE, "ConsistentRead": true, "Key": wire_key(key)});
        done(&get, |request| self.current.get_item(request)).1.get("Item").cloned()
    }

    /// All items as they are now, in the order of their keys.
    pub fn items(&self) -> Vec<Value> {
        let scan = json!({"TableName": local::aws::TABLE});
        let mut items = done(&scan, |request| self.current.scan(request)).1["Items"].as_array().unwrap().clone();
        items.sort_by_key(key_of);
        items
    }

    /// The lagging copy, with what it has by now.
    fn replicate(&self) -> &Database {
        let mut inner = self.inner.lock().unwrap();
        let now = Instant::now();
        while let Some(entry) = inner.replication.first_entry().filter(|entry| entry.key().0 <= now) {
            let (key, image) = entry.remove();
            let answer = match image {
                Some(item) => {
                    let put = json!({"TableName": local::aws::TABLE, "Item": item});
                    done(&put, |request| self.lagging.put_item(request))
                }
                None => {
                    let delete = json!({"TableName": local::aws::TABLE, "Key": wire_key(&key)});
                    done(&delete, |request| self.lagging.delete_item(request))
                }
            };
            assert_eq!(answer.0, 200, "{answer:?}");
        }
        &self.lagging
    }

    /// After ten minutes, a token says nothing any more.
    fn forget_old_token(&self, body: &mut Value) {
        let Some(token) = body["ClientRequestToken"].as_str().map(str::to_owned) else { return };
        let first = *self.inner.lock().unwrap().tokens.entry(token).or_insert_with(Instant::now);
        if first.elapsed() > TOKEN_LIFE {
            body.as_object_mut().unwrap().remove("ClientRequestToken");
        }
    }
}

/// Runs an operation of the engine on a body as the SDK sends it.
fn done<Request: DeserializeOwned, Response: Serialize>(
    body: &Value,
    run: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Answer {
    match serde_json::from_value(body.clone()).map_err(|error| error.to_string()) {
        Err(wrong) => panic!("{wrong}: {body}"),
        Ok(request) => match run(request) {
            Ok(response) => (200, serde_json::to_value(response).unwrap()),
            Err(error) => (error.status_code(), serde_json::from_str(&error.to_json()).unwrap()),
        },
    }
}

/// An error as DynamoDB sends it.
pub fn error(kind: &str, message: &str) -> Answer {
    (400, json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": message}))
}

fn cancelled(conflicts: &[bool]) -> Answer {
    let reasons: Vec<Value> = conflicts
        .iter()
        .map(|conflict| match conflict {
            true => json!({"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}),
            false => json!({"Code": "None"}),
        })
        .collect();
    let mut answer = error("TransactionCanceledException", "Transaction cancelled, please refer to the reasons");
    answer.1["CancellationReasons"] = json!(reasons);
    answer
}

fn key_of_write(write: &Value) -> Key {
    let (_, write) = write.as_object().unwrap().iter().find(|(_, write)| write.is_object()).unwrap();
    key_of(write.get("Item").unwrap_or(&write["Key"]))
}

/// The key of an item, or of a key.
pub fn key_of(item: &Value) -> Key {
    let part = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
    (part("pk"), part("sk"))
}

fn wire_key((pk, sk): &Key) -> Value {
    json!({"pk": {"S": pk}, "sk": {"S": sk}})
}
