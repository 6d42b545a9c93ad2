//! The clock of the service, with millisecond precision.

use std::{
    borrow::Cow,
    fmt,
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
    source: Source,
    /// Offset to the source, in milliseconds. Zero unless a test has advanced this clock.
    ahead_ms: Arc<AtomicI64>,
}

/// Where a clock reads the time.
#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    Simulation(Arc<dyn Fn() -> Timestamp + Send + Sync>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Simulation(_) => "Simulation",
        })
    }
}

impl Clock {
    /// A clock that shows the time of the system clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that shows the time of a simulation.
    pub fn simulated(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { source: Source::Simulation(Arc::new(now)), ahead_ms: Arc::default() }
    }

    /// The current time, truncated to milliseconds, so that a stored time reads back unchanged.
    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead_ms.load(Ordering::SeqCst));
        let now = match &self.source {
            Source::System => Timestamp::now(),
            Source::Simulation(now) => now(),
        };
        let now = now.saturating_add(ahead).unwrap_or(Timestamp::MAX);
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
