//! Erasure of stored responses. Who repeats the request learns that what it has created was deleted.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ids::UserId, library::source::SourceType};
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{Quote, citations::created_at};
use crate::{
    Store, StoreError,
    error::sdk,
    idempotency::{BODY, StoredResponse, read_idempotency_record, set_body},
    table::{item::Item, keys, transaction::Condition},
};

/// Responses that are read at once. Inflated and parsed, each can take some megabytes, and the sweeper has 128.
const PAGE: i32 = 10;

impl Store {
    /// Erases the stored responses whose body, which is JSON without spaces, has this text. Returns false if `stop_at`
    /// passed before the end.
    pub(crate) async fn erase_responses_naming(
        &self,
        user: &UserId,
        name: &str,
        stop_at: Option<Instant>,
    ) -> Result<bool, StoreError> {
        let mut pages = Pages::default();
        while let Some(page) = self.responses(user, &mut pages).await? {
            for (item, response) in page {
                if response.body.contains(name) {
                    self.erase_response(item).await?;
                }
            }
            if stop_at.is_some_and(|stop_at| Instant::now() >= stop_at) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Erases the stored responses of requests that have created an entry which does not exist any more, and takes the words
    /// of such entries out of the others. Returns false if `stop_at` passed before the end.
    pub(super) async fn erase_deleted_sources_in_responses(
        &self,
        user: &UserId,
        since: Timestamp,
        stop_at: Instant,
    ) -> Result<bool, StoreError> {
        let mut pages = Pages::default();
        while let Some(page) = self.responses(user, &mut pages).await? {
            let created = page.iter().filter_map(|(_, response)| created_source(response)).collect();
            let sources = self.sources(user, created).await?;
            let bodies = page.into_iter().map(|(item, response)| {
                let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
                (item, created_source(&response), body)
            });
            let bodies: Vec<_> = bodies.collect();
            let mut quotes = BTreeSet::new();
            bodies.iter().for_each(|(_, _, body)| quotes_in(body, &mut quotes));
            let lost = self.lost_quotes(user, quotes, since).await?;
            for (mut item, created, mut body) in bodies {
                let is_gone = created.is_some_and(|sort| {
                    let stored = sources.get(&sort).and_then(created_at);
                    stored.map(String::as_str) != body["createdAt"].as_str()
                });
                if is_gone {
                    self.erase_response(item).await?;
                } else if erase_quotes_in(&mut body, &lost) {
                    set_body(&mut item, &body.to_string())?;
                    self.put_item_if(item, Condition::Exists).await?;
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

/// The sort key of the entry that a request has created alone, from the header `location`. Responses about several entries
/// have no texts.
fn created_source(response: &StoredResponse) -> Option<String> {
    let (_, location) = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"))?;
    let (list, id) = location.strip_prefix("/api/")?.split_once('/')?;
    let source_type = match list {
        "evidence" => SourceType::Evidence,
        "goals" => SourceType::Goal,
        "reviews" => SourceType::Review,
        _ => return None,
    };
    Some(keys::source((source_type, id.parse().ok()?)))
}

/// The quote of a citation, as it stands in a response.
fn quote(citation: &Map<String, Value>) -> Option<Quote> {
    let text = |name: &str| citation.get(name)?.as_str();
    let words = text("citedText").filter(|words| !words.is_empty())?.to_owned();
    let source = (text("sourceType")?.parse().ok()?, text("sourceId")?.parse().ok()?);
    Some(Quote { source, field: text("field")?.parse().ok()?, words })
}

fn quotes_in(value: &Value, found: &mut BTreeSet<Quote>) {
    match value {
        Value::Object(fields) => {
            found.extend(quote(fields));
            fields.values().for_each(|value| quotes_in(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| quotes_in(value, found)),
        _ => {}
    }
}

/// Returns whether there were any.
fn erase_quotes_in(value: &mut Value, lost: &BTreeSet<Quote>) -> bool {
    let mut erased = false;
    match value {
        Value::Object(fields) => {
            if quote(fields).is_some_and(|quote| lost.contains(&quote)) {
                fields.insert("citedText".to_owned(), Value::from(""));
                erased = true;
            }
            fields.values_mut().for_each(|value| erased |= erase_quotes_in(value, lost));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| erased |= erase_quotes_in(value, lost)),
        _ => {}
    }
    erased
}
