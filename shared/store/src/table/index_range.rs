//! The newest items of several index ranges, merged into one page (a k-way merge).
//!
//! A list with filters reads several partitions of an index. This module merges them and reads only a little more than
//! one page, however many items the partitions hold. Reads of an index are eventually consistent.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::library::date_range::Bounds;
use futures_util::future::try_join_all;
use serde::de::DeserializeOwned;

use crate::{
    Store, StoreError,
    error::sdk,
    table::{
        item::{Item, read, size, text},
        keys,
        page::Page,
    },
};

/// A range of sort keys in one partition of an index by time.
#[derive(Clone, Debug)]
pub(crate) struct IndexRange {
    index: &'static str,
    partition_key: &'static str,
    partition: String,
    /// Smallest sort key, included.
    from: String,
    /// Largest sort key, included. `BETWEEN` has no open end, so `before` excludes the cursor itself.
    until: String,
    /// The cursor: only smaller sort keys are returned.
    before: Option<String>,
    /// Partitions of the index by kind. Only items of these are returned. Empty: items of all kinds.
    only: Vec<String>,
}

impl IndexRange {
    /// A range of the index by time. `after` is [`Page::next`] of the previous page.
    pub(crate) fn by_time(partition: String, bounds: Bounds, after: Option<String>) -> Self {
        Self::new((keys::BY_TIME, keys::TIME_PK), partition, bounds, after)
    }

    /// A range of the index by kind. `after` is [`Page::next`] of the previous page.
    pub(crate) fn by_kind(partition: String, bounds: Bounds, after: Option<String>) -> Self {
        Self::new((keys::BY_KIND, keys::KIND_PK), partition, bounds, after)
    }

    fn new(
        (index, partition_key): (&'static str, &'static str),
        partition: String,
        bounds: Bounds,
        before: Option<String>,
    ) -> Self {
        // A sort key is an instant, '#' and an id. '#' sorts before every other character that is used here.
        let from = bounds.from.map_or_else(|| " ".to_owned(), domain::time::sortable);
        let end = bounds.until.map_or_else(|| "~".to_owned(), domain::time::sortable);
        let until = before.clone().map_or_else(|| end.clone(), |before| before.min(end.clone()));
        Self { index, partition_key, partition, from, until, before, only: Vec::new() }
    }

    /// The same range without the items of other kinds. `kinds` are at most 100 partitions of the index by kind. DynamoDB
    /// reads the other items all the same, and counts them.
    pub(crate) fn only(self, kinds: Vec<String>) -> Self {
        Self { only: kinds, ..self }
    }
}

/// A range that is being read, newest item first.
pub(crate) struct RangeReader {
    range: IndexRange,
    /// Where the next query begins.
    start: Option<Item>,
    /// Sort key of the last item so far. Everything that is still unread is older.
    oldest: Option<String>,
    ended: bool,
}

impl RangeReader {
    /// `None` if the range is empty.
    pub(crate) fn new(range: IndexRange) -> Option<Self> {
        (range.from < range.until).then_some(Self { range, start: None, oldest: None, ended: false })
    }

    /// Whether there may be unread items that are newer than `limit`. From now on, older items are not read.
    pub(crate) fn has_more_after(&mut self, limit: Option<&String>) -> bool {
        let range = &mut self.range;
        if let Some(limit) = limit.filter(|limit| **limit > range.from) {
            range.from.clone_from(limit);
        }
        !self.ended && range.from < range.until && self.oldest.as_ref().is_none_or(|oldest| *oldest > range.from)
    }
}

impl Store {
    /// The newest items of all ranges together, at most `limit`. The page ends early if its items would be larger than
    /// `max_bytes`, but it holds at least one item.
    ///
    /// Each range is read in pages that begin small and double. A range is read on only while its next item may still
    /// be among the newest. So the number of items that are read depends on `limit` and on the number of ranges, and
    /// not on the number of items that exist.
    pub(crate) async fn merge_newest<T: DeserializeOwned>(
        &self,
        ranges: Vec<IndexRange>,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page<T>, StoreError> {
        let alone = ranges.len() == 1;
        let mut page = if alone { limit + 1 } else { limit.div_ceil(ranges.len().max(1)) + 2 };
        let mut open: Vec<RangeReader> = ranges.into_iter().filter_map(RangeReader::new).collect();
        let mut found: Vec<(String, Item)> = Vec::new();
        while !open.is_empty() {
            let reads = open.iter_mut().map(|reader| self.read_on(reader, page));
            found.extend(try_join_all(reads).await?.into_iter().flatten());
            found.sort_by(|(left, _), (right, _)| right.cmp(left));
            // The first item after the page. If it is known, ranges that are read past it have nothing to add.
            let last = found.get(limit).map(|(key, _)| key.clone());
            open.retain(|reader| !reader.ended && last.as_ref().is_none_or(|last| reader.oldest.as_ref() > Some(last)));
            page *= 2;
            if alone && found.iter().map(|(_, item)| size(item)).sum::<usize>() > max_bytes {
                break;
            }
        }
        let more = !open.is_empty();
        cut(found, limit, max_bytes, more)
    }

    /// Looks at the next `limit` items of a range, and returns those that belong to it with their sort keys.
    pub(crate) async fn read_on(
        &self,
        reader: &mut RangeReader,
        limit: usize,
    ) -> Result<Vec<(String, Item)>, StoreError> {
        let IndexRange { index, partition_key, partition, from, until, before, only } = &reader.range;
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(*index)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :until")
            .expression_attribute_names("#pk", *partition_key)
            .expression_attribute_names("#sk", keys::TIME_SK)
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":until", text(until))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(reader.start.take())
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if !only.is_empty() {
            let names: Vec<String> = (0..only.len()).map(|number| format!(":only{number}")).collect();
            query = query
                .filter_expression(format!("#kind IN ({})", names.join(", ")))
                .expression_attribute_names("#kind", keys::KIND_PK);
            for (name, kind) in names.into_iter().zip(only) {
                query = query.expression_attribute_values(name, text(kind));
            }
        }
        let page = query.send().await.map_err(sdk)?;
        self.meter.add(page.consumed_capacity());
        let items: Vec<(String, Item)> = page
            .items
            .unwrap_or_default()
            .into_iter()
            .filter_map(|item| {
                let sort = item.get(keys::TIME_SK).and_then(|sort| sort.as_s().ok()).cloned()?;
                before.as_ref().is_none_or(|before| sort < *before).then_some((sort, item))
            })
            .collect();
        reader.oldest = items.last().map(|(sort, _)| sort.clone()).or_else(|| reader.oldest.take());
        reader.start = page.last_evaluated_key;
        reader.ended = reader.start.is_none();
        Ok(items)
    }
}

/// Cuts `found` to a page of at most `limit` items and `max_bytes` bytes, with at least one item. `more` says that the
/// ranges hold unread items.
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

/// The attributes that put an item into the index by time and, with a `kind_partition`, into the index by kind.
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
