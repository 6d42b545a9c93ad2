//! DynamoDB, as hard as the real one: the embedded engine, with conflicts between overlapping writes, indexes that lag, and
//! client request tokens that are forgotten after ten minutes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
    time::Duration,
};

use domain::budget::Budgets;
use dynoxide::{Database, DynoxideError};
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    story::Story,
    watch::{self, Key, Watch},
};

/// An answer of the service: the HTTP status and the body.
pub type Answer = (u16, Value);

/// The time for which DynamoDB recognises a client request token.
pub const TOKEN_LIFE: Duration = Duration::from_secs(600);

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
    tokens: HashMap<String, Token>,
    watch: Watch,
}

/// A client request token.
#[derive(Clone, Copy, Debug)]
struct Token {
    first_sent: Instant,
    /// Its transaction is being done.
    is_open: bool,
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
    /// How long a write takes. Another write of the same item in this time may conflict. Between the items of a batch, a read
    /// takes as long.
    pub time: Duration,
    /// The most seconds until the lagging copy knows of a written item.
    pub lag: f64,
    /// For the draws of each item.
    pub seed: u64,
}

impl Table {
    pub fn new(create_table: &Value, story: Story) -> Self {
        let database = |definition: Value| {
            let database = Database::memory().unwrap();
            database.create_table(serde_json::from_value(definition).unwrap()).unwrap();
            database
        };
        let lagging = database(create_table.clone());
        // No index is read strongly consistently.
        let mut without_indexes = create_table.clone();
        without_indexes.as_object_mut().unwrap().remove("GlobalSecondaryIndexes");
        let is_key = |attribute: &Value| attribute["AttributeName"] == "pk" || attribute["AttributeName"] == "sk";
        without_indexes["AttributeDefinitions"].as_array_mut().unwrap().retain(is_key);
        let current = database(without_indexes);
        Self { current, lagging, inner: Mutex::default(), story }
    }

    /// Carries out a call.
    pub async fn call(&self, operation: &str, body: &Value, times: Times) -> Answer {
        match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => self.write_one(operation, body, times).await,
            "TransactWriteItems" => self.write_all_or_none(body, times).await,
            "BatchWriteItem" => self.write_batch(body, times).await,
            "BatchGetItem" => self.read_batch(body, times).await,
            "Query" if body.get("IndexName").is_none() => self.query(body, times).await,
            _ => self.read(operation, body),
        }
    }

    /// A query does not see all items at the same time: of those that change meanwhile, it sees some before and some after
    /// the change.
    async fn query(&self, body: &Value, times: Times) -> Answer {
        let before = self.read("Query", body);
        sleep(times.time).await;
        let after = self.read("Query", body);
        let is_one_page = before.1.get("LastEvaluatedKey").is_none() && after.1.get("LastEvaluatedKey").is_none();
        let (Some(old), Some(new)) = (before.1["Items"].as_array(), after.1["Items"].as_array()) else { return after };
        if old == new || !is_one_page || body.get("ProjectionExpression").is_some() {
            return after;
        }
        self.story.count("torn read");
        let mut images: BTreeMap<Key, [Option<&Value>; 2]> = BTreeMap::new();
        for (at, items) in [old, new].into_iter().enumerate() {
            for item in items {
                images.entry(key_of(item)).or_default()[at] = Some(item);
            }
        }
        let mut draw = SmallRng::seed_from_u64(times.seed);
        let mut items: Vec<Value> =
            images.into_values().filter_map(|images| images[usize::from(draw.random_bool(0.5))].cloned()).collect();
        if body["ScanIndexForward"] == false {
            items.reverse();
        }
        let count = items.len();
        (200, json!({"Items": items, "Count": count, "ScannedCount": count}))
    }

    /// A batch does not see all items at the same time.
    async fn read_batch(&self, body: &Value, times: Times) -> Answer {
        let table = local::aws::TABLE;
        let keys = body["RequestItems"][table]["Keys"].as_array().unwrap().iter().cloned();
        let mut draw = SmallRng::seed_from_u64(times.seed);
        let (first, second): (Vec<Value>, Vec<Value>) = keys.partition(|_| draw.random_bool(0.5));
        let (mut items, mut wait) = (Vec::new(), Duration::ZERO);
        for keys in [first, second] {
            if keys.is_empty() {
                continue;
            }
            sleep(wait).await;
            let mut part = body.clone();
            part["RequestItems"][table]["Keys"] = json!(keys);
            let answer = self.read("BatchGetItem", &part);
            let Some(found) = answer.1["Responses"][table].as_array() else { return answer };
            items.extend_from_slice(found);
            wait = times.time;
        }
        (200, json!({"Responses": {table: items}, "UnprocessedKeys": {}}))
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
        sleep(times.time).await;
        let answer = match operation {
            "PutItem" => done(body, |request| self.current.put_item(request)),
            "UpdateItem" => done(body, |request| self.current.update_item(request)),
            _ => done(body, |request| self.current.delete_item(request)),
        };
        let image = match operation {
            "PutItem" => body.get("Item").cloned(),
            "DeleteItem" => None,
            _ => self.item(&key),
        };
        let images = if answer.0 == 200 { vec![(key.clone(), image)] } else { Vec::new() };
        self.end(&[key], false, images, times);
        answer
    }

    async fn write_all_or_none(&self, body: &Value, times: Times) -> Answer {
        let mut body = body.clone();
        let Some(token) = self.open_token(&mut body) else {
            return error("TransactionInProgressException", "A transaction with this client token is in progress");
        };
        let writes = body["TransactItems"].as_array().unwrap().clone();
        let keys: Vec<Key> = writes.iter().map(key_of_write).collect();
        let is_busy = |key: &Key| self.writers(key).single + self.writers(key).transactions > 0;
        if keys.iter().any(is_busy) {
            self.close_token(&token);
            return cancelled(keys.iter().map(|key| is_busy(key).then_some("TransactionConflict")));
        }
        self.begin(&keys, true);
        sleep(times.time).await;
        let answer = done(&body, |request| self.current.transact_write_items(request));
        let images = if answer.0 == 200 { self.images(&keys) } else { Vec::new() };
        self.end(&keys, true, images, times);
        self.close_token(&token);
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
        sleep(times.time).await;
        let mut answer = (200, json!({}));
        if !free.is_empty() {
            let body = json!({"RequestItems": {local::aws::TABLE: free}});
            answer = done(&body, |request| self.current.batch_write_item(request));
        }
        let images = if answer.0 == 200 { self.images(&keys) } else { Vec::new() };
        self.end(&keys, false, images, times);
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

    fn images(&self, keys: &[Key]) -> Vec<(Key, Option<Value>)> {
        keys.iter().map(|key| (key.clone(), self.item(key))).collect()
    }

    /// `images` are the items that were written, as they are now.
    fn end(&self, keys: &[Key], is_transaction: bool, images: Vec<(Key, Option<Value>)>, times: Times) {
        let mut inner = self.inner.lock().unwrap();
        for key in keys {
            let writers = inner.writers.entry(key.clone()).or_default();
            *(if is_transaction { &mut writers.transactions } else { &mut writers.single }) -= 1;
        }
        for (key, image) in images.iter().filter(|(key, _)| watch::is_job(&key.1)) {
            self.story.tell("table", image.as_ref().map_or_else(String::new, |image| watch::described(key, image)));
        }
        for violation in inner.watch.written(&images) {
            self.story.violated(violation.0, violation.1);
        }
        let now = Instant::now();
        let mut draw = SmallRng::seed_from_u64(times.seed);
        for (key, image) in images {
            let lag = Duration::from_secs_f64(times.lag * draw.random::<f64>().powi(4));
            if lag > Duration::from_secs(1) {
                self.story.count("index lag over 1 s");
            }
            let at = inner.last.get(&key).copied().unwrap_or(now).max(now + lag);
            inner.last.insert(key.clone(), at);
            inner.replicated += 1;
            let number = inner.replicated;
            inner.replication.insert((at, number), (key, image));
        }
    }

    pub fn set_budgets(&self, budgets: Budgets) {
        self.inner.lock().unwrap().watch.budgets = budgets;
    }

    /// Asks about what was written so far.
    pub fn ask<Answer>(&self, question: impl FnOnce(&Watch) -> Answer) -> Answer {
        question(&self.inner.lock().unwrap().watch)
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
        let mut due = BTreeMap::new();
        while let Some(entry) = inner.replication.first_entry().filter(|entry| entry.key().0 <= now) {
            let (key, image) = entry.remove();
            due.insert(key, image);
        }
        for (key, image) in due {
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

    /// Takes note of the client request token of a transaction, and returns it. `None`: a transaction with it is being done.
    /// After ten minutes a token says nothing any more, so it is taken out.
    fn open_token(&self, body: &mut Value) -> Option<String> {
        let name = body["ClientRequestToken"].as_str().unwrap().to_owned();
        let mut inner = self.inner.lock().unwrap();
        let token = inner.tokens.entry(name.clone()).or_insert(Token { first_sent: Instant::now(), is_open: false });
        if token.first_sent.elapsed() > TOKEN_LIFE {
            self.story.count("token forgotten");
            body.as_object_mut().unwrap().remove("ClientRequestToken");
        }
        (!std::mem::replace(&mut token.is_open, true)).then_some(name)
    }

    fn close_token(&self, name: &str) {
        self.inner.lock().unwrap().tokens.get_mut(name).unwrap().is_open = false;
    }
}

/// Runs an operation of the engine on a body as the SDK sends it.
fn done<Request: DeserializeOwned, Response: Serialize>(
    body: &Value,
    run: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Answer {
    match Request::deserialize(body) {
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

/// A transaction that was cancelled, with the reason of each write.
pub fn cancelled(reasons: impl Iterator<Item = Option<&'static str>>) -> Answer {
    let reasons: Vec<Value> = reasons
        .map(|code| match code {
            Some(code) => json!({"Code": code, "Message": "The write was not done"}),
            None => json!({"Code": "None"}),
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
