//! The newest items of some index ranges, for a job: with a bound on the queries and on the bytes.
//!
//! A page of a list may be followed by another page. A job reads once, and its user may have stored anything. So the
//! number of queries is bounded, and nothing is kept that the prompt has no room for: a worker runs several jobs at once.

use std::collections::VecDeque;

use serde::de::DeserializeOwned;

use crate::{
    Store, StoreError,
    table::{
        index_range::{IndexRange, RangeReader},
        item::{Item, read, size},
    },
};

/// The most queries of one read. DynamoDB reads at most 1 MB in each.
pub(crate) const MAX_QUERIES: usize = 8;

/// If a page did not suffice, the next page of the range is larger by this factor. A filter may let few items pass, and a
/// page without a limit would cost the same for one match as for a thousand.
const PAGE_GROWTH: usize = 4;

/// What a bounded read has found, newest first.
#[derive(Clone, Debug)]
pub struct Newest<T> {
    pub items: Vec<T>,
    /// Whether `items` are all items of the ranges. If not, they reached a limit, or there were too many queries.
    pub is_complete: bool,
}

impl Store {
    /// The newest items of all ranges together: at most `limit`, and no further item once they exceed `max_bytes`. Makes
    /// at most [`MAX_QUERIES`] queries.
    ///
    /// The ranges are read in turn. Once there are enough items, the other ranges are read only as far back as the oldest
    /// of them. So the next range has little to add, and at most one page is in memory beside the items.
    pub(crate) async fn newest<T: DeserializeOwned>(
        &self,
        ranges: Vec<IndexRange>,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Newest<T>, StoreError> {
        let mut unread: VecDeque<(RangeReader, usize)> =
            ranges.into_iter().filter_map(RangeReader::new).map(|reader| (reader, limit)).collect();
        let mut found: Vec<(String, Item)> = Vec::new();
        let mut is_full = false;
        for _ in 0..MAX_QUERIES {
            let Some((mut reader, page)) = unread.pop_front() else { break };
            found.extend(self.read_on(&mut reader, page).await?);
            unread.push_back((reader, page * PAGE_GROWTH));
            found.sort_by(|(left, _), (right, _)| right.cmp(left));
            is_full = cut(&mut found, limit, max_bytes);
            let oldest = found.last().filter(|_| is_full).map(|(key, _)| key);
            unread.retain_mut(|(reader, _)| reader.has_more_after(oldest));
        }
        let items = found.into_iter().map(|(_, item)| read(item)).collect::<Result<_, _>>()?;
        Ok(Newest { items, is_complete: unread.is_empty() && !is_full })
    }
}

/// Drops the items that are not wanted, from items that are sorted. Returns whether nothing older is wanted either. The
/// item that exceeds `max_bytes` is the last one that is kept, so that a newer item is never left out for an older one.
fn cut(found: &mut Vec<(String, Item)>, limit: usize, max_bytes: usize) -> bool {
    let mut bytes = 0;
    let wanted = found.iter().take(limit).take_while(|(_, item)| {
        let is_wanted = bytes <= max_bytes;
        bytes += size(item);
        is_wanted
    });
    let wanted = wanted.count();
    found.truncate(wanted);
    wanted == limit || bytes > max_bytes
}
