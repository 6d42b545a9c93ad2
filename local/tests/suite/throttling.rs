//! A table that does not take everything at once: writes that DynamoDB puts off are sent again,
//! and what is not stored in the end is told, item by item.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use domain::{ids::UserId, library::Entry, review::ReviewFacts};
use serde_json::{Value, json};
use store::{Store, StoreError};

use crate::world::{World, http};

/// A proxy before DynamoDB that takes at most `take` items of each of the first `busy` batches.
#[derive(Clone)]
struct Proxy {
    table: String,
    busy: Arc<AtomicUsize>,
    take: usize,
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut body: Value = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
    let is_batch = parts.headers["x-amz-target"].to_str().unwrap().ends_with("BatchWriteItem");
    let mut put_off = Vec::new();
    if is_batch && proxy.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |busy| busy.checked_sub(1)).is_ok() {
        let items = body["RequestItems"][local::aws::TABLE].as_array_mut().unwrap();
        put_off = items.split_off(proxy.take.min(items.len()));
    }
    let nothing = is_batch && body["RequestItems"][local::aws::TABLE].as_array().unwrap().is_empty();
    let mut answer = json!({});
    let mut status = 200;
    if !nothing {
        let mut sent = http().post(&proxy.table).json(&body);
        for name in ["x-amz-target", "authorization", "x-amz-date"] {
            sent = sent.header(name, parts.headers[name].clone());
        }
        let response = sent.header("content-type", "application/x-amz-json-1.0").send().await.unwrap();
        status = response.status().as_u16();
        answer = response.json().await.unwrap();
    }
    if !put_off.is_empty() {
        answer["UnprocessedItems"] = json!({local::aws::TABLE: put_off});
    }
    Response::builder().status(status).body(Body::from(answer.to_string())).unwrap()
}

/// The world's table through a proxy.
async fn busy_store(world: &World, busy: usize, take: usize) -> Store {
    let table = world.runner.embedded.dynamodb_url.clone();
    let proxy = Proxy { table, busy: Arc::new(AtomicUsize::new(busy)), take };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().fallback(forward).with_state(proxy)).into_future());
    let config = world.runner.embedded.dynamodb.config().to_builder().endpoint_url(url).build();
    Store::new(aws_sdk_dynamodb::Client::from_conf(config), local::aws::TABLE)
}

fn reviews(count: usize) -> Vec<Entry<ReviewFacts>> {
    let facts =
        |number| serde_json::from_value(json!({"year": 2025, "type": "SELF", "content": format!("{number}")})).unwrap();
    let at = jiff::Timestamp::UNIX_EPOCH;
    (0..count)
        .map(|number| Entry { id: domain::ids::SourceId::new(), facts: facts(number), created_at: at, version: 1 })
        .collect()
}

#[tokio::test]
async fn writes_that_are_put_off_are_sent_again() {
    let world = World::new().await;
    let user = UserId::new("carol").unwrap();
    let store = busy_store(&world, 3, 10).await;
    let reviews = reviews(60);
    assert!(store.put_entries(&user, &reviews).await.iter().all(Result::is_ok));
    let ids: Vec<_> = reviews.iter().map(|review| review.id).collect();
    assert_eq!(world.runner.store.entries::<ReviewFacts>(&user, &ids).await.unwrap().len(), 60);
}

#[tokio::test]
async fn what_is_never_taken_is_told_and_the_rest_is_stored() {
    let world = World::new().await;
    let user = UserId::new("carol").unwrap();
    // Six tries take 3 items each of the first 25; the second batch finds the table well again.
    let store = busy_store(&world, 6, 3).await;
    let reviews = reviews(40);
    let outcomes = store.put_entries(&user, &reviews).await;
    for (number, (review, outcome)) in reviews.iter().zip(&outcomes).enumerate() {
        let stored = world.runner.store.entry::<ReviewFacts>(&user, review.id).await.unwrap().is_some();
        assert_eq!(stored, outcome.is_ok(), "{number}");
        assert_eq!(stored, number < 18 || number >= 25, "{number}");
        assert!(stored || matches!(outcome, Err(StoreError::Contended)));
    }
}
