//! Budgets: how much may be spent on Claude in a day. A day begins and ends at midnight UTC.
//!
//! Before each call, the most that the call can cost is reserved. Afterwards the reservation is replaced by what the call
//! has cost. So what is spent and what is reserved never exceed a budget together.

use jiff::{Timestamp, civil::Date, tz::Offset};

/// Budgets of a day, in millionths of a US dollar. `None` means no budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    /// For each user.
    pub user: Option<u64>,
    /// For all users together.
    pub service: Option<u64>,
}

/// What is spent and reserved in a day, in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// By one user.
    pub user: u64,
    /// By all users together.
    pub service: u64,
}

impl Budgets {
    /// Whether nothing is limited.
    pub const fn are_off(self) -> bool {
        self.user.is_none() && self.service.is_none()
    }

    /// What may still be committed before the first budget is reached. `None` without a budget.
    pub fn left(self, committed: Committed) -> Option<u64> {
        let user = self.user.map(|most| most.saturating_sub(committed.user));
        let service = self.service.map(|most| most.saturating_sub(committed.service));
        user.into_iter().chain(service).min()
    }
}

/// The day that an instant belongs to.
pub fn day_of(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// When the budgets of a day end and new ones begin.
pub fn reset_at(day: Date) -> Timestamp {
    let next = day.tomorrow().and_then(|next| Offset::UTC.to_timestamp(next.at(0, 0, 0, 0)));
    next.unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_rest_counts() {
        let committed = Committed { user: 30, service: 70 };
        let left = |user, service| Budgets { user, service }.left(committed);
        assert_eq!(left(None, None), None);
        assert_eq!(left(Some(50), None), Some(20));
        assert_eq!(left(Some(50), Some(80)), Some(10));
        assert_eq!(left(Some(20), Some(80)), Some(0));
    }

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let late: Timestamp = "2026-11-26T23:59:59.999Z".parse().expect("a time");
        assert_eq!(day_of(late).to_string(), "2026-11-26");
        assert_eq!(reset_at(day_of(late)).to_string(), "2026-11-27T00:00:00Z");
    }
}
