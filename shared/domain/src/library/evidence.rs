//! Evidence: what a user has done, collected from other systems or written by hand.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    input::{Fields, one_of},
    library::{
        self, Entry, EntryFields, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_TITLE_CHARS, MAX_URL_CHARS,
        date_range::{InvalidMoment, Moment},
        web_address::{WEB_ADDRESS, web_address},
    },
};

/// Highest number of review criteria of one piece of evidence.
pub const MAX_CRITERIA: usize = 50;
/// 1900-01-01. Rejects the year 1, which programs write for an unknown time.
const EARLIEST: Timestamp = Timestamp::constant(-2_208_988_800, 0);
/// 2200-01-01, the first instant that is rejected.
const LATEST: Timestamp = Timestamp::constant(7_258_118_400, 0);

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// Where a piece of evidence comes from.
    pub enum EvidenceType {
        /// A pull request that the user wrote.
        PrAuthored,
        /// A pull request that the user reviewed.
        PrReviewed,
        /// An issue that the user created.
        IssueCreated,
        /// A Jira ticket that the user worked on.
        JiraOwned,
        /// A Jira ticket that the user reviewed.
        JiraReviewed,
        /// A message that was posted in Slack.
        Slack,
        /// Evidence that was written by hand.
        Manual,
    }
}

wire_enum! { "lowercase"
    /// The kind of work that a piece of evidence shows.
    pub enum EvidenceCategory {
        /// The user built something new.
        Feature,
        /// The user fixed a fault.
        Bug,
        /// The user improved the structure of existing code.
        Refactor,
        /// The user wrote or improved documentation.
        Docs,
        /// The user made the work of developers easier.
        Devex,
        /// The user received thanks or praise.
        Recognition,
        /// The user helped other people.
        Help,
    }
}

wire_enum! { "lowercase"
    /// How big the work was.
    pub enum EvidenceScope {
        /// Work of a few hours.
        Small,
        /// Work of a few days.
        Medium,
        /// Work of a few weeks.
        Large,
    }
}

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// How far the work had come when it was imported.
    pub enum EvidenceState {
        /// Not begun, or waiting to be merged.
        Open,
        /// A pull request that is not ready for review.
        Draft,
        /// Somebody works on it.
        InProgress,
        /// The pull request was merged.
        Merged,
        /// The ticket is done.
        Done,
        /// Given up: closed without being merged or done.
        Closed,
    }
}

impl EvidenceState {
    /// Whether the work had been finished.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Merged | Self::Done)
    }
}

/// The size of a code change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "Metrics")]
pub struct ChangeSize {
    /// Number of lines that were added.
    pub additions: Option<u64>,
    /// Number of lines that were removed.
    pub deletions: Option<u64>,
    /// Number of files that were changed.
    pub changed_files: Option<u64>,
}

/// A stored piece of evidence with its id.
pub type Evidence = Entry<EvidenceFields>;

/// The fields of a piece of evidence that the user sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Evidence")]
pub struct EvidenceFields {
    /// Where the evidence comes from.
    #[serde(rename = "type")]
    pub evidence_type: EvidenceType,
    /// Short title of the work.
    pub title: String,
    /// What was done and what it achieved. May be empty.
    pub summary: String,
    /// The kind of work, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<EvidenceCategory>,
    /// How far the work had come, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<EvidenceState>,
    /// How big the work was, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<EvidenceScope>,
    /// When the work happened: an instant, in UTC, or a day, which is the same day in every time zone. A request may use any
    /// UTC offset.
    pub occurred_at: Moment,
    /// Address of the original, beginning with `https://` or `http://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Repository that the work belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Number of the pull request or issue in its repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Size of the code change, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<ChangeSize>,
    /// Review criteria that the evidence supports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<String>,
    /// Id in the system that the evidence comes from. A second import with the same id replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

impl EntryFields for EvidenceFields {
    const KIND: &'static str = "evidence";

    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let evidence_type = fields.required("type", one_of::<EvidenceType>());
        let title = fields.required_non_blank_text("title", MAX_TITLE_CHARS);
        let summary = fields.required_text("summary", MAX_DESCRIPTION_CHARS);
        let category = fields.parsed("category", one_of::<EvidenceCategory>());
        let state = fields.parsed("state", one_of::<EvidenceState>());
        let scope = fields.parsed("scope", one_of::<EvidenceScope>());
        let occurred_at: Option<Moment> = fields.required("occurredAt", InvalidMoment::EXPECTED);
        if occurred_at.is_some_and(|at| !(EARLIEST..LATEST).contains(&at.listed_at())) {
            fields.wrong("occurredAt", "must be between the years 1900 and 2200");
        }
        let url = fields.text("url", MAX_URL_CHARS).and_then(|url| {
            let address = web_address(&url).map(String::from).filter(|address| address.len() <= MAX_URL_CHARS);
            if address.is_none() {
                fields.wrong("url", WEB_ADDRESS);
            }
            address
        });
        let repo = fields.text("repo", MAX_NAME_CHARS);
        let number = fields.number("number", 0..=i64::MAX);
        let metrics = fields.nested("metrics", |fields| {
            let mut count = |name: &'static str| fields.number(name, 0..=i64::MAX).map(i64::unsigned_abs);
            Some(ChangeSize {
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
            state,
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
