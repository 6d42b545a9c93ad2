//! The newest items of several stretches of an index, merged, without reading much more than
//! is asked for.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::context_config::DateRange;
use serde::de::DeserializeOwned;

use crate::{
    Store, StoreError,
    documents::Page,
    error::sdk,
    items::{Item, read, size},
    keys, text,
};

/// Part of one partition of an index by time.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    index: &'static str,
    partition_key: &'static str,
    sort_key: &'static str,
    partition: String,
    /// Sort keys from here …
    from: String,
    /// … to here, both included.
    until: String,
    /// Sort keys before this one only.
    before: Option<String>,
}

impl Stretch {
    /// Of the index by time; `after` is the `next` of the page before.
    pub(crate) fn by_time(partition: String, range: Option<&DateRange>, after: Option<String>) -> Self {
        Self::new((keys::BY_TIME, keys::TIME_PK), keys::TIME_SK, partition, range, after)
    }

    /// Of the index by kind.
    pub(crate) fn by_kind(partition: String, range: Option<&DateRange>, after: Option<String>) -> Self {
        Self::new((keys::BY_KIND, keys::KIND_PK), keys::TIME_SK, partition, range, after)
    }

    /// Of one of the indexes of jobs.
    pub(crate) fn of_jobs(index: (&'static str, &'static str), partition: String, after: Option<String>) -> Self {
        Self::new(index, keys::SK, partition, None, after)
    }

    fn new(
        (index, partition_key): (&'static str, &'static str),
        sort_key: &'static str,
        partition: String,
        range: Option<&DateRange>,
        before: Option<String>,
    ) -> Self {
        // Ids follow the instant after '#', which sorts before every other character used.
        let from = range.and_then(DateRange::from).map_or_else(|| " ".to_owned(), domain::time::sortable);
        let end = range.and_then(DateRange::until).map_or_else(|| "~".to_owned(), domain::time::sortable);
        let until = before.clone().map_or_else(|| end.clone(), |before| before.min(end.clone()));
        Self { index, partition_key, sort_key, partition, from, until, before }
    }
}

/// How far a stretch has been read.
struct Reader {
    stretch: Stretch,
    start: Option<Item>,
    oldest: Option<String>,
    ended: bool,
}

impl Store {
    /// The newest items of all stretches together: `limit`, or fewer when they have more than
    /// `max_bytes`; one at least.
    ///
    /// Each stretch is read in pages that begin small and double, and only as long as its next
    /// item may still be among the newest: what is read is bounded by `limit` and the number
    /// of stretches, however much there is.
    pub(crate) async fn newest<T: DeserializeOwned>(
        &self,
        stretches: Vec<Stretch>,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page<T>, StoreError> {
        let alone = stretches.len() == 1;
        let mut page = if alone { limit + 1 } else { limit.div_ceil(stretches.len().max(1)) + 2 };
        let mut open: Vec<Reader> = stretches
            .into_iter()
            .filter(|stretch| stretch.from < stretch.until)
            .map(|stretch| Reader { stretch, start: None, oldest: None, ended: false })
            .collect();
        let mut found: Vec<(String, Item)> = Vec::new();
        while !open.is_empty() {
            let mut reads = tokio::task::JoinSet::new();
            for mut reader in open.drain(..) {
                let store = self.clone();
                reads.spawn(async move { store.read_on(&mut reader, page).await.map(|items| (reader, items)) });
            }
            let mut readers = Vec::new();
            for read in reads.join_all().await {
                let (reader, items) = read?;
                found.extend(items);
                readers.push(reader);
            }
            found.sort_by(|(one, _), (other, _)| other.cmp(one));
            // One more than asked for tells whether there is a next page.
            let last = found.get(limit).map(|(key, _)| key.clone());
            readers
                .retain(|reader| !reader.ended && last.as_ref().is_none_or(|last| reader.oldest.as_ref() > Some(last)));
            open = readers;
            page *= 2;
            if alone && found.iter().map(|(_, item)| size(item)).sum::<usize>() > max_bytes {
                break;
            }
        }
        let more = !open.is_empty();
        cut(found, limit, max_bytes, more)
    }

    async fn read_on(&self, reader: &mut Reader, limit: usize) -> Result<Vec<(String, Item)>, StoreError> {
        let Stretch { index, partition_key, sort_key, partition, from, until, before } = &reader.stretch;
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(*index)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :until")
            .expression_attribute_names("#pk", *partition_key)
            .expression_attribute_names("#sk", *sort_key)
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":until", text(until))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(reader.start.take())
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(sdk)?;
        self.meter.add(page.consumed_capacity());
        let items: Vec<(String, Item)> = page
            .items
            .unwrap_or_default()
            .into_iter()
            .filter_map(|item| {
                let sort = item.get(*sort_key).and_then(|sort| sort.as_s().ok()).cloned()?;
                before.as_ref().is_none_or(|before| sort < *before).then_some((sort, item))
            })
            .collect();
        reader.oldest = items.last().map(|(sort, _)| sort.clone()).or_else(|| reader.oldest.take());
        reader.start = page.last_evaluated_key;
        reader.ended = reader.start.is_none();
        Ok(items)
    }
}

/// The first `limit`, or fewer if they are large; one at least. `more` says that not all was read.
fn cut<T: DeserializeOwned>(
    mut found: Vec<(String, Item)>,
    limit: usize,
    max_bytes: usize,
    more: bool,
) -> Result<Page<T>, StoreError> {
    let mut bytes = 0;
    let fitting = found.iter().take(limit).take_while(|(_, item)| {
        bytes += size(item);
        bytes <= max_bytes
    });
    let keep = fitting.count().max(1).min(found.len());
    let more = more || found.len() > keep;
    found.truncate(keep);
    let next = if more { found.last().map(|(key, _)| key.clone()) } else { None };
    let items = found.into_iter().map(|(_, item)| read(item)).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

/// Index attributes of an item.
pub(crate) fn index_attributes(
    time_partition: String,
    kind_partition: Option<String>,
    sort: String,
) -> HashMap<String, AttributeValue> {
    let mut attributes: HashMap<String, AttributeValue> =
        [(keys::TIME_PK.to_owned(), text(time_partition)), (keys::TIME_SK.to_owned(), text(sort))].into();
    attributes.extend(kind_partition.map(|partition| (keys::KIND_PK.to_owned(), text(partition))));
    attributes
}
