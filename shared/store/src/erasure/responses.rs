//! Erasure of stored responses. Who repeats the request learns that what it has created was deleted.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::{SourceId, UserId},
    library::source::SourceType,
};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    Store, StoreError,
    error::sdk,
    idempotency::{BODY, StoredResponse, read_idempotency_record},
    table::{item::Item, keys, transaction::Condition},
};

/// Responses that are read at once.
const PAGE: i32 = 100;

impl Store {
    /// Erases the stored responses whose body has this id. Returns false if `stop_at` passed before the end.
    pub(crate) async fn erase_responses_naming(
        &self,
        user: &UserId,
        id: &str,
        stop_at: Option<Instant>,
    ) -> Result<bool, StoreError> {
        let mut pages = Pages::default();
        while let Some(page) = self.responses(user, &mut pages).await? {
            for (item, response) in page {
                if response.body.contains(id) {
                    self.erase_response(item).await?;
                }
            }
            if stop_at.is_some_and(|stop_at| Instant::now() >= stop_at) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Erases the stored responses of requests that have created an entry which does not exist any more. Returns false if
    /// `stop_at` passed before the end.
    pub(crate) async fn erase_responses_of_deleted_sources(
        &self,
        user: &UserId,
        stop_at: Instant,
    ) -> Result<bool, StoreError> {
        let mut pages = Pages::default();
        while let Some(page) = self.responses(user, &mut pages).await? {
            let created: BTreeSet<_> = page.iter().filter_map(|(_, response)| created_source(response)).collect();
            let deleted = self.deleted_sources(user, created).await?;
            for (item, response) in page {
                if created_source(&response).is_some_and(|source| deleted.contains(&source)) {
                    self.erase_response(item).await?;
                }
            }
            if Instant::now() >= stop_at {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The next stored responses that are not erased, with their items. `None`: there are no more.
    async fn responses(
        &self,
        user: &UserId,
        pages: &mut Pages,
    ) -> Result<Option<Vec<(Item, StoredResponse)>>, StoreError> {
        if pages.ended {
            return Ok(None);
        }
        let all = keys::idempotency_record("")..=keys::idempotency_record("~");
        let query = self.range(user, all).limit(PAGE).set_exclusive_start_key(pages.after.take());
        let page = query.send().await.map_err(sdk)?;
        (pages.ended, pages.after) = (page.last_evaluated_key.is_none(), page.last_evaluated_key);
        let mut found = Vec::new();
        for item in page.items.unwrap_or_default() {
            // An expired response is not used, but it is still there.
            let response = read_idempotency_record(item.clone(), Timestamp::MIN)?;
            found.extend(response.filter(|response| !response.erased).map(|response| (item, response)));
        }
        Ok(Some(found))
    }

    async fn erase_response(&self, mut item: Item) -> Result<(), StoreError> {
        item.remove(BODY);
        item.insert("erased".to_owned(), AttributeValue::Bool(true));
        // TTL may have removed it.
        self.put_item_if(item, Condition::Exists).await.map(|_| ())
    }
}

/// A place in the stored responses of a user.
#[derive(Default)]
struct Pages {
    after: Option<Item>,
    ended: bool,
}

/// The entry that a request has created alone, from the header `location`. Responses about several entries have no texts.
fn created_source(response: &StoredResponse) -> Option<(SourceType, SourceId)> {
    let (_, location) = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"))?;
    let (list, id) = location.strip_prefix("/api/")?.split_once('/')?;
    let source_type = match list {
        "evidence" => SourceType::Evidence,
        "goals" => SourceType::Goal,
        "reviews" => SourceType::Review,
        _ => return None,
    };
    Some((source_type, id.parse().ok()?))
}
