//! Goals: what a user set out to do.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::ids::SourceId;

/// How far a goal or a milestone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    /// One line.
    pub title: String,
    /// How far it is, in the user's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_date: Option<Date>,
}

/// A goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Goal {
    /// Its name.
    pub id: SourceId,
    /// What it is, as the user gave it.
    #[serde(flatten)]
    pub facts: GoalFacts,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// What a user says about a goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
    pub target_date: Option<Date>,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_percent: Option<u8>,
    /// Its steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
}
