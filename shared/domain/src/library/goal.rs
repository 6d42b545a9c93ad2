//! Goals: what a user set out to do.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    input::{Fields, one_of},
    library::{self, Entry, EntryFields, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_TITLE_CHARS},
};

/// Highest number of milestones of one goal.
pub const MAX_MILESTONES: usize = 100;

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// Where a goal stands. Jobs read ACTIVE goals, and COMPLETED ones of their period.
    #[derive(Default)]
    pub enum GoalStatus {
        /// The user works on the goal.
        #[default]
        Active,
        /// The user has reached the goal.
        Completed,
        /// The user has put the goal aside.
        Paused,
        /// The user has given up the goal.
        Cancelled,
    }
}

/// A step towards a goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    /// Short title of the milestone.
    pub title: String,
    /// Status of the milestone, in the user's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Day by which the milestone is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::time::Day>")]
    pub target_date: Option<Date>,
}

/// A stored goal with its id.
pub type Goal = Entry<GoalFields>;

/// The fields of a goal that the user sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Goal")]
pub struct GoalFields {
    /// Short title of the goal.
    pub title: String,
    /// What the goal is about. May be empty.
    #[serde(default)]
    pub description: String,
    /// Category of the goal, as free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Where the goal stands. Jobs read ACTIVE goals, and COMPLETED ones of their period.
    pub status: GoalStatus,
    /// Priority as free text, for example `HIGH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Day by which the goal is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::time::Day>")]
    pub target_date: Option<Date>,
    /// How much of the goal is done, from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_percent: Option<u8>,
    /// Steps towards the goal, in the user's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
    /// Id in the system that the goal comes from. A second import with the same id replaces the goal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

impl EntryFields for GoalFields {
    const KIND: &'static str = "goal";

    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let title = fields.required_non_blank_text("title", MAX_TITLE_CHARS);
        let description = fields.text("description", MAX_DESCRIPTION_CHARS);
        let category = fields.text("category", MAX_NAME_CHARS);
        let status = fields.parsed("status", one_of::<GoalStatus>()).unwrap_or_default();
        let priority = fields.text("priority", MAX_NAME_CHARS);
        let target_date = library::day(fields, "targetDate");
        let progress_percent = fields.number("progressPercent", 0..=100);
        let milestones = fields.objects("milestones", MAX_MILESTONES, |fields| {
            let title = fields.required_non_blank_text("title", MAX_TITLE_CHARS);
            let status = fields.text("status", MAX_NAME_CHARS);
            let target_date = library::day(fields, "targetDate");
            Some(Milestone { title: title?, status, target_date })
        });
        let external_id = library::external_id(fields);
        Some(Self {
            title: title?,
            description: description.unwrap_or_default(),
            category,
            status,
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
