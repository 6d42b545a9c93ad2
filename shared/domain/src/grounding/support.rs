//! Compares the numbers of a text with what its sources say.

use std::{
    collections::HashMap,
    ops::{Range, RangeInclusive},
};

use jiff::civil::Date;

use super::{
    day::Day,
    number::{Number, find_in_source},
    text::Text,
};
use crate::{annotation::Citation, ids::SourceId, library::date_range::DateRange, zone::Zone};

/// What the numbers of a draft may rest on.
pub struct Facts {
    /// Numbers that any sentence may state.
    allowed: Vec<Number>,
    years: RangeInclusive<i32>,
    sources: HashMap<SourceId, Vec<String>>,
}

impl Facts {
    /// `allowed` are texts whose numbers any sentence may state, such as the instruction. `sources` are all texts of all
    /// sources that the model has seen. The years of `period`, its first and its last day are allowed, too.
    pub fn new<'a>(
        allowed: impl IntoIterator<Item = &'a str>,
        period: &DateRange,
        sources: impl IntoIterator<Item = (SourceId, String)>,
    ) -> Self {
        let zone = Zone::default();
        let (first, last) = (period.start.map(|start| start.day(&zone)), period.end.map(|end| end.day(&zone)));
        let year = |date: Option<Date>| date.map(|date| i32::from(date.year()));
        let years = match (year(first), year(last)) {
            (Some(first), Some(last)) => first..=last,
            (Some(year), None) | (None, Some(year)) => year..=year,
            #[allow(clippy::reversed_empty_ranges, reason = "no year")]
            (None, None) => 1..=0,
        };
        let days = [first, last].into_iter().flatten().map(|date| Number::Date(vec![day(date)]));
        let mut by_id: HashMap<SourceId, Vec<String>> = HashMap::new();
        for (id, text) in sources {
            by_id.entry(id).or_default().push(text);
        }
        Self { allowed: allowed.into_iter().flat_map(find_in_source).chain(days).collect(), years, sources: by_id }
    }

    fn allows(&self, number: &Number) -> bool {
        self.years.clone().any(|year| number.is_year(year))
            || self.allowed.iter().any(|known| number.is_supported_by(known))
    }
}

fn day(date: Date) -> Day {
    Day {
        year: Some(i32::from(date.year())),
        month: date.month().unsigned_abs().into(),
        day: Some(date.day().unsigned_abs().into()),
    }
}

/// The numbers that stand in no source which their sentence cites, and are not allowed, in bytes. A heading may state what
/// any cited source says.
pub(super) fn unsupported(text: &Text<'_>, citations: &[Citation], facts: &Facts) -> Vec<Range<usize>> {
    let mut numbers: HashMap<SourceId, Vec<Number>> = HashMap::new();
    for citation in citations {
        numbers.entry(citation.source_id).or_insert_with(|| {
            let texts = facts.sources.get(&citation.source_id).into_iter().flatten();
            texts.flat_map(|text| find_in_source(text)).collect()
        });
    }
    let mut unsupported = Vec::new();
    for part in &text.parts {
        for (range, number) in part.numbers() {
            let says = |citation: &&Citation| {
                numbers.get(&citation.source_id).into_iter().flatten().any(|known| number.is_supported_by(known))
            };
            let mut cited = citations.iter().filter(|citation| !part.is_sentence || text.rests_on(part, citation));
            if !facts.allows(&number) && cited.find(says).is_none() {
                unsupported.push(range);
            }
        }
    }
    unsupported
}
