//! Batch writes to a throttled table: unprocessed items are retried, and each item that is not stored in the end is
//! reported.

use domain::library::{Entry, review::ReviewFields};
use serde_json::json;
use store::StoreError;

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    world::World,
};

fn reviews(count: usize) -> Vec<Entry<ReviewFields>> {
    let fields =
        |number| serde_json::from_value(json!({"year": 2025, "type": "SELF", "content": format!("{number}")})).unwrap();
    let at = jiff::Timestamp::UNIX_EPOCH;
    (0..count).map(|number| Entry::new(domain::ids::SourceId::new(), fields(number), at)).collect()
}

#[tokio::test]
async fn unprocessed_items_are_retried() {
    let world = World::new().await;
    let user = crate::world::user("carol");
    let (store, _) = proxied_store(&world, Fault::LeaveUnprocessed { batches: 3, take: 10 }).await;
    let reviews = reviews(60);
    assert!(store.put_entries(&user, &reviews).await.iter().all(Result::is_ok));
    let ids: Vec<_> = reviews.iter().map(|review| review.id).collect();
    assert_eq!(world.runner.store.entries::<ReviewFields>(&user, &ids).await.unwrap().len(), 60);
}

#[tokio::test]
async fn items_that_are_never_stored_are_reported_and_the_rest_is_stored() {
    let world = World::new().await;
    let user = crate::world::user("carol");
    // Of the first batch of 25 items, six attempts store 3 items each. The second batch meets no fault.
    let (store, _) = proxied_store(&world, Fault::LeaveUnprocessed { batches: 6, take: 3 }).await;
    let reviews = reviews(40);
    let outcomes = store.put_entries(&user, &reviews).await;
    for (number, (review, outcome)) in reviews.iter().zip(&outcomes).enumerate() {
        let stored = world.runner.store.entry::<ReviewFields>(&user, review.id).await.unwrap().is_some();
        assert_eq!(stored, outcome.is_ok(), "{number}");
        assert_eq!(stored, !(18..25).contains(&number), "{number}");
        assert!(stored || matches!(outcome, Err(StoreError::Contended)));
    }
}
