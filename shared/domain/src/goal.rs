//! Goals: what a user set out to do.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fields::{Fields, one_of},
    library::{self, Entry, Facts, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_TITLE_CHARS},
};

/// Milestones of a goal, at most.
pub const MAX_MILESTONES: usize = 100;

/// How far a goal or a milestone is.
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
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum GoalStatus {
    /// Being worked on. Jobs read only these.
    Active,
    /// Reached.
    Completed,
    /// Put aside.
    Paused,
    /// Given up.
    Cancelled,
}

/// A step of a goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    /// One line.
    pub title: String,
    /// How far it is, in the user's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::time::Day>")]
    pub target_date: Option<Date>,
}

/// A goal.
pub type Goal = Entry<GoalFacts>;

/// What a user says about a goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Goal")]
pub struct GoalFacts {
    /// One line.
    pub title: String,
    /// A few lines.
    #[serde(default)]
    pub description: String,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// How far it is.
    pub status: GoalStatus,
    /// Free text, such as HIGH.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::time::Day>")]
    pub target_date: Option<Date>,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_percent: Option<u8>,
    /// Its steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
    /// Its name where it comes from; a second import with the same one replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

impl Facts for GoalFacts {
    const KIND: &'static str = "goal";

    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let title = fields.required_words("title", MAX_TITLE_CHARS);
        let description = fields.text("description", MAX_DESCRIPTION_CHARS);
        let category = fields.text("category", MAX_NAME_CHARS);
        let status = fields.required("status", one_of::<GoalStatus>());
        let priority = fields.text("priority", MAX_NAME_CHARS);
        let target_date = library::day(fields, "targetDate");
        let progress_percent = fields.number("progressPercent", 0..=100);
        let milestones = fields.objects("milestones", MAX_MILESTONES, |fields| {
            let title = fields.required_words("title", MAX_TITLE_CHARS);
            let status = fields.text("status", MAX_NAME_CHARS);
            let target_date = library::day(fields, "targetDate");
            Some(Milestone { title: title?, status, target_date })
        });
        let external_id = library::external_id(fields);
        Some(Self {
            title: title?,
            description: description.unwrap_or_default(),
            category,
            status: status?,
            priority,
            target_date,
            progress_percent,
            milestones,
            external_id,
        })
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }
}
