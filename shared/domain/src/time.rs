//! The clock of the service, with millisecond precision.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The clock that all rules about jobs use. Tests advance it instead of waiting.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Offset to the system clock, in milliseconds. Zero unless a test has advanced this clock.
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that shows the time of the system clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// The current time, truncated to milliseconds, so that a stored time reads back unchanged.
    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead_ms.load(Ordering::SeqCst));
        let now = Timestamp::now().saturating_add(ahead).unwrap_or(Timestamp::MAX);
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Moves this clock and all its clones forward. For tests.
    pub fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead_ms.fetch_add(by, Ordering::SeqCst);
    }
}

/// Formats a time as RFC 3339 in UTC with exactly three decimals, so that text order is time order.
pub fn sortable(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The JSON Schema of an instant in RFC 3339. Used only in `#[schemars(with = …)]`.
#[derive(Debug)]
pub enum DateTime {}

/// The JSON Schema of a day, `YYYY-MM-DD`. Used only in `#[schemars(with = …)]`.
#[derive(Debug)]
pub enum Day {}

impl JsonSchema for DateTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DateTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date"})
    }
}
