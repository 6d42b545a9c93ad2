//! Orders evidence so that a prompt with room for a part of it shows the whole period.

use std::collections::BTreeMap;

use crate::{library::evidence::Evidence, zone::Zone};

/// Orders pieces of evidence so that every beginning of the list is drawn evenly from all of them. Of a month it has the
/// month's share, rounded up or down. Within a month, the same holds for the types of evidence, and the pieces of a type
/// are spread over the month. Days are those of `zone`. The same pieces in the same order give the same list.
pub(super) fn evenly(evidence: Vec<Evidence>, zone: &Zone) -> Vec<Evidence> {
    let mut months: BTreeMap<_, BTreeMap<_, Vec<Evidence>>> = BTreeMap::new();
    for piece in evidence {
        let day = piece.fields.occurred_at.day(zone);
        months.entry((day.year(), day.month())).or_default().entry(piece.fields.evidence_type).or_default().push(piece);
    }
    let months = months.into_values().map(|types| by_share(types.into_values().map(spread).collect()));
    by_share(months.collect())
}

/// Merges lists so that every beginning of the result has each list's share, rounded up or down. This is the quota method
/// of Balinski and Young: the list with the best claim to the next place gets it, if its share allows that.
fn by_share<T>(lists: Vec<Vec<T>>) -> Vec<T> {
    let lengths: Vec<usize> = lists.iter().map(Vec::len).collect();
    let total: usize = lengths.iter().sum();
    let mut taken = vec![0; lengths.len()];
    let mut rest: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut merged = Vec::with_capacity(total);
    for place in 1..=total {
        let may_have = |at: &usize| taken[*at] * total < place * lengths[*at];
        // The larger of `length / (taken + 1)`, and the first of equal ones.
        let best = (0..lengths.len()).filter(may_have).max_by(|left, right| {
            let (left_claim, right_claim) =
                (lengths[*left] * (taken[*right] + 1), lengths[*right] * (taken[*left] + 1));
            left_claim.cmp(&right_claim).then(right.cmp(left))
        });
        if let Some(at) = best {
            taken[at] += 1;
            merged.extend(rest[at].next());
        }
    }
    merged
}

/// Orders a list so that every beginning of it is spread over the list: the first, the one in the middle, those at the
/// quarters, and so on (the van der Corput sequence).
fn spread<T>(list: Vec<T>) -> Vec<T> {
    let mut places: Vec<(usize, T)> =
        list.into_iter().enumerate().map(|(at, item)| (at.reverse_bits(), item)).collect();
    places.sort_by_key(|(place, _)| *place);
    places.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_beginning_has_the_share_of_each_list(lengths in prop::collection::vec(0_usize..40, 0..14)) {
            let lists = lengths.iter().enumerate().map(|(list, length)| vec![list; *length]).collect();
            let merged = by_share(lists);
            let total: usize = lengths.iter().sum();
            prop_assert_eq!(merged.len(), total);
            for place in 1..=total {
                for (list, length) in lengths.iter().enumerate() {
                    let count = merged[..place].iter().filter(|of| **of == list).count();
                    prop_assert!(count * total < place * length + total && (count + 1) * total > place * length);
                }
            }
        }
    }

    #[test]
    fn a_beginning_of_a_spread_list_covers_it() {
        assert_eq!(spread((0..8).collect()), [0, 4, 2, 6, 1, 5, 3, 7]);
        assert_eq!(spread((0..5).collect::<Vec<_>>()), [0, 4, 2, 1, 3]);
    }
}
