//! Reads the CSV export of Jira. It repeats a column for each value of a list, for example `Labels`.

use domain::library::evidence::EvidenceState;

use crate::{
    File, Source, Unreadable,
    column_map::ColumnMap,
    table::Table,
    ticket::{self, Cells, Ticket, Tracker, category},
    ticket_state::{from_status, given_up},
};

/// Columns that show that Jira exported the table.
pub(crate) const MARKS: &[&str] = &["issuekey", "summary"];
/// The columns that are read. Jira exports the accounts of people in columns that end in `Id`.
pub(crate) const COLUMNS: &[&str] = &[
    "summary",
    "description",
    "issuekey",
    "issuetype",
    "status",
    "statuscategory",
    "statuscategorychanged",
    "projectkey",
    "resolution",
    "assignee",
    "assigneeid",
    "reporter",
    "reporterid",
    "creator",
    "creatorid",
    "created",
    "updated",
    "resolved",
    "labels",
    "url",
];

/// Turns an export into evidence.
pub(crate) fn read(table: &Table, login: Option<&str>, map: &ColumnMap) -> Result<File, Unreadable> {
    let tracker = Tracker {
        source: Source::Jira,
        columns: COLUMNS,
        expected: ["issuekey", "summary"],
        expected_names: "Issue key and Summary",
        ticket,
    };
    ticket::read(&tracker, table, login, map)
}

fn ticket(cells: Cells<'_>) -> Ticket<'_> {
    let state = state(cells);
    let is_over = matches!(state, Some(EvidenceState::Done | EvidenceState::Closed));
    // A workflow may end without a resolution. The last change of the status is then the end.
    let ended = cells.get("resolved").or_else(|| cells.get("statuscategorychanged").filter(|_| is_over));
    Ticket {
        title: cells.get("summary").unwrap_or_default(),
        description: cells.get("description").unwrap_or_default(),
        key: cells.get("issuekey"),
        // A label has no spaces, and older versions write all labels into one cell.
        labels: cells
            .all("labels")
            .flat_map(|cell| cell.split([' ', ',', ';']))
            .filter(|label| !label.is_empty())
            .collect(),
        repo: cells.get("projectkey"),
        url: cells.get("url"),
        category: cells.get("issuetype").and_then(category),
        state,
        occurred_at: ended.or_else(|| cells.first(&["updated", "created"])),
        assignees: cells.all("assignee").chain(cells.all("assigneeid")).collect(),
        reporters: ["reporter", "reporterid", "creator", "creatorid"]
            .into_iter()
            .flat_map(|name| cells.all(name))
            .collect(),
    }
}

/// The category of the status is the same in every workflow. A status of the team's own means nothing without it, but
/// a ticket without an end is not done.
fn state(cells: Cells<'_>) -> Option<EvidenceState> {
    let given_up_as = ["resolution", "status"].into_iter().filter_map(|name| cells.get(name)).find_map(given_up);
    let named = || ["statuscategory", "status"].into_iter().filter_map(|name| cells.get(name)).find_map(from_status);
    let by_end = || {
        if cells.first(&["resolved", "resolution"]).is_some_and(|text| !text.eq_ignore_ascii_case("unresolved")) {
            Some(EvidenceState::Done)
        } else {
            cells.has_column("resolved").then_some(EvidenceState::InProgress)
        }
    };
    given_up_as.or_else(named).or_else(by_end)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Kind, Options, Source, read};

    fn entry(header: &str, row: &str) -> Value {
        let text = format!("Summary,Issue key,{header}\nA,CHECK-1,{row}\n");
        let file = read(Kind::Evidence, &text, &Options::default()).expect("readable");
        assert_eq!(file.source, Source::Jira);
        file.rows[0].value.clone()
    }

    #[test]
    fn the_state_comes_from_the_category_the_status_or_the_resolution() {
        for (header, row, state) in [
            ("Status,Status Category", "Cooking,Done", json!("DONE")),
            ("Status,Status Category", "Done,In Progress", json!("IN_PROGRESS")),
            ("Status", "Selected for Development", json!("OPEN")),
            ("Status,Resolution", "Done,Won't Do", json!("CLOSED")),
            ("Status,Status Category", "Canceled,Done", json!("CLOSED")),
            ("Status,Resolution", "Cooking,Done", json!("DONE")),
            ("Status,Resolution,Resolved", "Cooking,Unresolved,", json!("IN_PROGRESS")),
            ("Status", "Cooking", Value::Null),
        ] {
            assert_eq!(entry(header, row)["state"], state, "{header}: {row}");
        }
    }

    #[test]
    fn the_time_is_that_of_the_last_known_change() {
        let header = "Status,Resolved,Status Category Changed,Updated,Created";
        for (row, at) in [
            ("Done,28/Nov/26 3:05 PM,27/Nov/26 1:00 PM,29/Nov/26 1:00 PM,1/Nov/26 1:00 PM", "2026-11-28T15:05:00Z"),
            ("Done,,27/Nov/26 1:00 PM,29/Nov/26 1:00 PM,1/Nov/26 1:00 PM", "2026-11-27T13:00:00Z"),
            ("Open,,27/Nov/26 1:00 PM,29/Nov/26 1:00 PM,1/Nov/26 1:00 PM", "2026-11-29T13:00:00Z"),
            ("Open,,,,1/Nov/26", "2026-11-01"),
            ("Open,,,,11/1/2026 13:00", "11/1/2026 13:00"),
        ] {
            assert_eq!(entry(header, row)["occurredAt"], at, "{row}");
        }
    }
}
