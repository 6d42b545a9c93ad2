//! What the status of a ticket means.

use strum::IntoStaticStr;

/// How far a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum TicketState {
    Open,
    InProgress,
    Done,
    /// The work was given up.
    Closed,
}

/// The state that a status, or the category of a status, means. `None` for a status of the team's own.
pub(crate) fn from_status(status: &str) -> Option<TicketState> {
    Some(match words(status).as_str() {
        "todo"
        | "open"
        | "new"
        | "backlog"
        | "triage"
        | "reopened"
        | "planned"
        | "ready"
        | "unstarted"
        | "selectedfordevelopment"
        | "readyfordevelopment" => TicketState::Open,
        "inprogress" | "inreview" | "review" | "codereview" | "indevelopment" | "intesting" | "testing" | "qa"
        | "blocked" | "started" | "indeterminate" => TicketState::InProgress,
        "done" | "closed" | "resolved" | "complete" | "completed" | "released" | "fixed" => TicketState::Done,
        _ => return given_up(status),
    })
}

/// [`TicketState::Closed`] if the resolution or status says that the work was not done. `None` otherwise.
pub(crate) fn given_up(resolution: &str) -> Option<TicketState> {
    let is_given_up = matches!(
        words(resolution).as_str(),
        "wontdo"
            | "wontfix"
            | "duplicate"
            | "cannotreproduce"
            | "declined"
            | "abandoned"
            | "canceled"
            | "cancelled"
            | "rejected"
            | "obsolete"
            | "invalid"
            | "incomplete"
            | "notabug"
    );
    is_given_up.then_some(TicketState::Closed)
}

/// Letters in lower case only, so that `To Do`, `TODO` and `to-do` are the same.
fn words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{TicketState, from_status, given_up};

    #[test]
    fn statuses_have_a_state() {
        for (status, state) in [
            ("To Do", Some(TicketState::Open)),
            ("Backlog", Some(TicketState::Open)),
            ("Triage", Some(TicketState::Open)),
            ("IN PROGRESS", Some(TicketState::InProgress)),
            ("In Review", Some(TicketState::InProgress)),
            ("Done", Some(TicketState::Done)),
            ("Canceled", Some(TicketState::Closed)),
            ("Duplicate", Some(TicketState::Closed)),
            ("Waiting for rain", None),
        ] {
            assert_eq!(from_status(status), state, "{status}");
        }
        for resolution in ["Won't Do", "Won’t Fix", "Duplicate", "Cannot Reproduce", "Declined", "Abandoned"] {
            assert_eq!(given_up(resolution), Some(TicketState::Closed), "{resolution}");
        }
        assert_eq!((given_up("Done"), given_up("Fixed"), given_up("")), (None, None, None));
        assert_eq!(<&str>::from(TicketState::InProgress), "IN_PROGRESS");
    }
}
