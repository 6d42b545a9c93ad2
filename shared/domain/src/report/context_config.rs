//! Which evidence, goals and reviews the jobs of a document read.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    ids::SourceId,
    input::{Fields, one_of},
    library::{
        date_range::DateRange,
        evidence::{EvidenceCategory, EvidenceType},
    },
};

/// Highest number of types, or of categories, in one configuration.
const MAX_LISTED: usize = 20;

/// Highest number of pieces of evidence that a job reads, and highest value of `maxEvidence`.
pub const MAX_MAX_EVIDENCE: u16 = 500;
/// Highest number of pinned and of excluded pieces of evidence.
pub const MAX_CHOSEN: usize = 500;

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
    /// Jobs read so many of the newest pieces of evidence. `null`: jobs read all of the period. If it has more than 500,
    /// they are drawn evenly from its months and types.
    pub max_evidence: Option<u16>,
    /// Pieces of evidence that jobs read first, even if the other settings do not match them.
    pub pinned_evidence_ids: Vec<SourceId>,
    /// Pieces of evidence that jobs never read.
    pub excluded_evidence_ids: Vec<SourceId>,
    /// Whether jobs read goals: ACTIVE ones, and COMPLETED ones whose `targetDate` lies in the range.
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
            max_evidence: None,
            pinned_evidence_ids: Vec::new(),
            excluded_evidence_ids: Vec::new(),
            include_goals: true,
            include_reviews: true,
            unknown: Map::new(),
        }
    }
}

impl ContextConfig {
    /// Reads the fields of a request. A missing field gets its default. Evidence has ids of the form `Id`.
    pub fn read<Id: FromStr + Into<SourceId>>(fields: &mut Fields<'_>) -> Option<Self> {
        let default = Self::default();
        Some(Self {
            evidence_date_range: fields.nested("evidenceDateRange", DateRange::read).unwrap_or_default(),
            evidence_types: fields.parsed_list("evidenceTypes", MAX_LISTED, one_of::<EvidenceType>()),
            evidence_categories: fields.parsed_list("evidenceCategories", MAX_LISTED, one_of::<EvidenceCategory>()),
            max_evidence: fields.number("maxEvidence", 1..=MAX_MAX_EVIDENCE),
            pinned_evidence_ids: ids::<Id>(fields, "pinnedEvidenceIds"),
            excluded_evidence_ids: ids::<Id>(fields, "excludedEvidenceIds"),
            include_goals: fields.flag("includeGoals").unwrap_or(default.include_goals),
            include_reviews: fields.flag("includeReviews").unwrap_or(default.include_reviews),
            unknown: fields.rest(),
        })
    }

    /// The most pieces of evidence that a job reads, from 1 to [`MAX_MAX_EVIDENCE`].
    pub fn evidence_limit(&self) -> usize {
        usize::from(self.max_evidence.unwrap_or(MAX_MAX_EVIDENCE).clamp(1, MAX_MAX_EVIDENCE))
    }
}

fn ids<Id: FromStr + Into<SourceId>>(fields: &mut Fields<'_>, name: &'static str) -> Vec<SourceId> {
    fields.parsed_list(name, MAX_CHOSEN, "an id of evidence").into_iter().map(Id::into).collect()
}
