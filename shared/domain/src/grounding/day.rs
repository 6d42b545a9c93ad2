//! Dates, as far as a text writes them.

/// A date, as far as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: Option<i32>,
    pub(super) month: u32,
    pub(super) day: Option<u32>,
}

impl Day {
    /// Whether `known` has all that this date has.
    pub(super) fn agrees(self, known: Self) -> bool {
        self.month == known.month
            && (self.year.is_none() || self.year == known.year)
            && (self.day.is_none() || self.day == known.day)
    }

    pub(super) fn new(year: Option<&str>, month: &str, day: Option<&str>) -> Option<Self> {
        let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
        let day = day.map(|day| day.parse().ok().filter(|day| (1..=31).contains(day)).ok_or(())).transpose().ok()?;
        Some(Self { year: year.and_then(|year| year.parse().ok()), month, day })
    }
}
