//! Which evidence, goals and reviews the jobs of a document read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    input::{Fields, one_of},
    library::{
        date_range::DateRange,
        evidence::{EvidenceCategory, EvidenceType},
    },
};

/// Highest number of types, or of categories, in one configuration.
const MAX_LISTED: usize = 20;

/// Value of `maxEvidence` if a request does not set it.
pub const DEFAULT_MAX_EVIDENCE: u16 = 50;
/// Highest value that `maxEvidence` may have.
pub const MAX_MAX_EVIDENCE: u16 = 500;

/// Which sources the jobs of a document read. Unknown fields are stored and returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ContextConfig {
    /// Jobs read evidence that happened in this range.
    pub evidence_date_range: DateRange,
    /// Jobs read evidence of these types. Empty means all types.
    pub evidence_types: Vec<EvidenceType>,
    /// Jobs read evidence of these categories. Empty means all evidence, even without a category.
    pub evidence_categories: Vec<EvidenceCategory>,
    /// Highest number of pieces of evidence that a job reads. The newest are kept.
    pub max_evidence: u16,
    /// Whether jobs read ACTIVE goals.
    pub include_goals: bool,
    /// Whether jobs read past reviews.
    pub include_reviews: bool,
    /// Fields that this version does not know, for example from a newer client.
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
    /// Reads the fields of a request. A missing field gets its default.
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

    /// `max_evidence`, limited to the range from 1 to [`MAX_MAX_EVIDENCE`].
    pub fn evidence_limit(&self) -> usize {
        usize::from(self.max_evidence.clamp(1, MAX_MAX_EVIDENCE))
    }
}
