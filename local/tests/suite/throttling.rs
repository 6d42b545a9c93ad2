//! A table that does not take everything at once: writes that DynamoDB puts off are sent again,
//! and what is not stored in the end is told, item by item.

use domain::{ids::UserId, library::Entry, review::ReviewFacts};
use serde_json::json;
use store::StoreError;

use crate::{
    proxy::{Fault, busy_store},
    world::World,
};

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
    let (store, _) = busy_store(&world, Fault::PutOff { batches: 3, take: 10 }).await;
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
    let (store, _) = busy_store(&world, Fault::PutOff { batches: 6, take: 3 }).await;
    let reviews = reviews(40);
    let outcomes = store.put_entries(&user, &reviews).await;
    for (number, (review, outcome)) in reviews.iter().zip(&outcomes).enumerate() {
        let stored = world.runner.store.entry::<ReviewFacts>(&user, review.id).await.unwrap().is_some();
        assert_eq!(stored, outcome.is_ok(), "{number}");
        assert_eq!(stored, !(18..25).contains(&number), "{number}");
        assert!(stored || matches!(outcome, Err(StoreError::Contended)));
    }
}
