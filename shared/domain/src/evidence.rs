//! Evidence: what a user has done, found elsewhere or written down.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fields::{Fields, one_of},
    library::{
        self, Entry, Facts, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_TITLE_CHARS, MAX_URL_CHARS, is_web_address,
    },
};

/// Review criteria that a piece of evidence speaks to, at most.
pub const MAX_CRITERIA: usize = 50;
/// 1900-01-01. Programs write the year 1 for a time that they do not know.
const EARLIEST: Timestamp = Timestamp::constant(-2_208_988_800, 0);
/// 2200-01-01.
const LATEST: Timestamp = Timestamp::constant(7_258_118_400, 0);

/// Where evidence comes from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::VariantNames,
    JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum EvidenceType {
    /// A pull request by the user.
    PrAuthored,
    /// A pull request that the user reviewed.
    PrReviewed,
    /// An issue by the user.
    IssueCreated,
    /// A ticket that the user did.
    JiraOwned,
    /// A ticket that the user reviewed.
    JiraReviewed,
    /// A message.
    Slack,
    /// Written down by hand.
    Manual,
}

/// What kind of work it was.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::VariantNames,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum EvidenceCategory {
    /// Something new.
    Feature,
    /// Something mended.
    Bug,
    /// Something tidied.
    Refactor,
    /// Something explained.
    Docs,
    /// Something that helps developers.
    Devex,
    /// Thanks or praise.
    Recognition,
    /// Help for others.
    Help,
}

/// How big it was.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum EvidenceScope {
    /// Hours.
    Small,
    /// Days.
    Medium,
    /// Weeks.
    Large,
}

/// The size of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Metrics {
    /// Lines added.
    pub additions: Option<u64>,
    /// Lines removed.
    pub deletions: Option<u64>,
    /// Files changed.
    pub changed_files: Option<u64>,
}

/// A piece of evidence.
pub type Evidence = Entry<EvidenceFacts>;

/// What a user says about a piece of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Evidence")]
pub struct EvidenceFacts {
    /// Where it comes from.
    #[serde(rename = "type")]
    pub evidence_type: EvidenceType,
    /// One line.
    pub title: String,
    /// A few lines.
    pub summary: String,
    /// What kind of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<EvidenceCategory>,
    /// How big.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<EvidenceScope>,
    /// When it happened; any UTC offset is understood.
    #[schemars(with = "crate::time::DateTime")]
    pub occurred_at: Timestamp,
    /// Where it can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Its number there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The size of the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// The review criteria that it speaks to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<String>,
    /// Its name where it comes from; a second import with the same one replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

impl Facts for EvidenceFacts {
    const KIND: &'static str = "evidence";

    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let evidence_type = fields.required("type", one_of::<EvidenceType>());
        let title = fields.required_words("title", MAX_TITLE_CHARS);
        let summary = fields.required_text("summary", MAX_DESCRIPTION_CHARS);
        let category = fields.parsed("category", one_of::<EvidenceCategory>());
        let scope = fields.parsed("scope", one_of::<EvidenceScope>());
        let occurred_at: Option<Timestamp> =
            fields.required("occurredAt", "a time with its zone, such as 2026-03-31T17:00:00+02:00");
        if occurred_at.is_some_and(|at| !(EARLIEST..LATEST).contains(&at)) {
            fields.wrong("occurredAt", "must be between the years 1900 and 2200");
        }
        let url = fields.text("url", MAX_URL_CHARS);
        if url.as_deref().is_some_and(|url| !is_web_address(url)) {
            fields.wrong("url", "must begin with https:// or http://");
        }
        let repo = fields.text("repo", MAX_NAME_CHARS);
        let number = fields.number("number", 0..=i64::MAX);
        let metrics = fields.nested("metrics", |fields| {
            let mut count = |name: &str| fields.number(name, 0..=i64::MAX).map(i64::unsigned_abs);
            Some(Metrics {
                additions: count("additions"),
                deletions: count("deletions"),
                changed_files: count("changedFiles"),
            })
        });
        let criteria = fields.texts("criteria", MAX_CRITERIA, MAX_NAME_CHARS);
        let external_id = library::external_id(fields);
        Some(Self {
            evidence_type: evidence_type?,
            title: title?,
            summary: summary?,
            category,
            scope,
            occurred_at: occurred_at?,
            url,
            repo,
            number: number.map(i64::unsigned_abs),
            metrics,
            criteria,
            external_id,
        })
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }
}
