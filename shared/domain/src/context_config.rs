//! Which evidence, goals and reviews the jobs of a document read.

use std::str::FromStr;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    evidence::{EvidenceCategory, EvidenceType},
    fields::{Fields, one_of},
};

/// Types or categories that a choice may list.
const MAX_LISTED: usize = 20;

/// Pieces of evidence that a job reads if nothing is said.
pub const DEFAULT_MAX_EVIDENCE: u16 = 50;
/// Pieces of evidence that a job reads at the most.
pub const MAX_MAX_EVIDENCE: u16 = 500;

/// A document's choice of context. Unknown fields are kept and given back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ContextConfig {
    /// When the evidence happened.
    pub evidence_date_range: DateRange,
    /// Empty: all types.
    pub evidence_types: Vec<EvidenceType>,
    /// Empty: all categories, and evidence without one.
    pub evidence_categories: Vec<EvidenceCategory>,
    /// Pieces of evidence that a job reads at most.
    pub max_evidence: u16,
    /// Whether ACTIVE goals are read.
    pub include_goals: bool,
    /// Whether reviews are read.
    pub include_reviews: bool,
    /// What a newer client put there.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for ContextConfig {
    fn default() -> Self {
        Self {
            evidence_date_range: DateRange::default(),
            evidence_types: Vec::new(),
            evidence_categories: Vec::new(),
            max_evidence: DEFAULT_MAX_EVIDENCE,
            include_goals: true,
            include_reviews: true,
            unknown: Map::new(),
        }
    }
}

impl ContextConfig {
    /// Reads the fields of a request. What is left out has its default.
    pub fn read(fields: &mut Fields<'_>) -> Option<Self> {
        const KNOWN: [&str; 6] = [
            "evidenceDateRange",
            "evidenceTypes",
            "evidenceCategories",
            "maxEvidence",
            "includeGoals",
            "includeReviews",
        ];
        let default = Self::default();
        Some(Self {
            evidence_date_range: fields.nested("evidenceDateRange", DateRange::read).unwrap_or_default(),
            evidence_types: fields.parsed_list("evidenceTypes", MAX_LISTED, one_of::<EvidenceType>()),
            evidence_categories: fields.parsed_list("evidenceCategories", MAX_LISTED, one_of::<EvidenceCategory>()),
            max_evidence: fields.number("maxEvidence", 1..=MAX_MAX_EVIDENCE).unwrap_or(default.max_evidence),
            include_goals: fields.flag("includeGoals").unwrap_or(default.include_goals),
            include_reviews: fields.flag("includeReviews").unwrap_or(default.include_reviews),
            unknown: fields.others(&KNOWN),
        })
    }

    /// `max_evidence`, brought within its bounds.
    pub fn evidence_limit(&self) -> usize {
        usize::from(self.max_evidence.clamp(1, MAX_MAX_EVIDENCE))
    }
}

/// A range of time, both ends inclusive; an end that is left out is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DateRange {
    /// From here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// Up to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
}

impl DateRange {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let start = fields.parsed("start", InvalidMoment::EXPECTED);
        let end = fields.parsed("end", InvalidMoment::EXPECTED);
        let range = Self { start, end };
        if range.is_backwards() {
            fields.wrong("end", "must not be before start");
        }
        Some(range)
    }

    /// Whether the end is before the start.
    pub fn is_backwards(&self) -> bool {
        matches!((&self.start, &self.end), (Some(start), Some(end)) if end.next_instant() <= start.first_instant())
    }

    /// The first instant of the range.
    pub fn from(&self) -> Option<Timestamp> {
        self.start.as_ref().map(Moment::first_instant)
    }

    /// The first instant after the range.
    pub fn until(&self) -> Option<Timestamp> {
        self.end.as_ref().map(Moment::next_instant)
    }

    /// Whether `at` lies within.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from().is_none_or(|from| from <= at) && self.until().is_none_or(|until| at < until)
    }
}

/// A day (`YYYY-MM-DD`, in UTC) or an instant (RFC 3339), kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Moment {
    text: String,
    first: Timestamp,
    next: Timestamp,
}

/// A text that is neither a day nor an instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {}", Self::EXPECTED)]
pub struct InvalidMoment;

impl InvalidMoment {
    /// What is expected.
    pub const EXPECTED: &str = "a date such as 2025-03-31, or a time with its zone such as 2025-03-31T17:00:00Z";
}

impl Moment {
    /// The start of the day, or the instant.
    pub const fn first_instant(&self) -> Timestamp {
        self.first
    }

    /// The start of the next day, or the millisecond after the instant.
    pub const fn next_instant(&self) -> Timestamp {
        self.next
    }
}

impl TryFrom<String> for Moment {
    type Error = InvalidMoment;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // A date is exactly ten characters; "2025-03-31T17:00:00" without a zone is refused below.
        let (first, next) = if text.len() == 10 {
            let date: Date = text.parse().map_err(|_| InvalidMoment)?;
            let start = |date: Date| TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0));
            let next = date.tomorrow().and_then(start).map_err(|_| InvalidMoment)?;
            (start(date).map_err(|_| InvalidMoment)?, next)
        } else {
            let at: Timestamp = text.parse().map_err(|_| InvalidMoment)?;
            let next = Timestamp::from_millisecond(at.as_millisecond() + 1).map_err(|_| InvalidMoment)?;
            (at, next)
        };
        Ok(Self { text, first, next })
    }
}

impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.text
    }
}
