//! What the status of a ticket means.

use domain::library::evidence::EvidenceState;

/// The state that a status, or the category of a status, means. `None` for a status of the team's own.
pub(crate) fn from_status(status: &str) -> Option<EvidenceState> {
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
        | "readyfordevelopment" => EvidenceState::Open,
        "inprogress" | "inreview" | "review" | "codereview" | "indevelopment" | "intesting" | "testing" | "qa"
        | "blocked" | "started" | "indeterminate" => EvidenceState::InProgress,
        "done" | "closed" | "resolved" | "complete" | "completed" | "released" | "fixed" => EvidenceState::Done,
        _ => return given_up(status),
    })
}

/// [`EvidenceState::Closed`] if the resolution or status says that the work was not done. `None` otherwise.
pub(crate) fn given_up(resolution: &str) -> Option<EvidenceState> {
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
    is_given_up.then_some(EvidenceState::Closed)
}

/// Letters in lower case only, so that `To Do`, `TODO` and `to-do` are the same.
fn words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{EvidenceState, from_status, given_up};

    #[test]
    fn statuses_have_a_state() {
        for (status, state) in [
            ("To Do", Some(EvidenceState::Open)),
            ("Backlog", Some(EvidenceState::Open)),
            ("Triage", Some(EvidenceState::Open)),
            ("IN PROGRESS", Some(EvidenceState::InProgress)),
            ("In Review", Some(EvidenceState::InProgress)),
            ("Done", Some(EvidenceState::Done)),
            ("Canceled", Some(EvidenceState::Closed)),
            ("Duplicate", Some(EvidenceState::Closed)),
            ("Waiting for rain", None),
        ] {
            assert_eq!(from_status(status), state, "{status}");
        }
        for resolution in ["Won't Do", "Won’t Fix", "Duplicate", "Cannot Reproduce", "Declined", "Abandoned"] {
            assert_eq!(given_up(resolution), Some(EvidenceState::Closed), "{resolution}");
        }
        assert_eq!((given_up("Done"), given_up("Fixed"), given_up("")), (None, None, None));
    }
}
