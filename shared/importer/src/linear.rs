//! Reads the CSV export of Linear.

use domain::library::evidence::EvidenceState;

use crate::{
    File, Source, Unreadable,
    column_map::ColumnMap,
    table::Table,
    ticket::{self, Cells, Ticket, Tracker, category},
    ticket_state::from_status,
};

/// Columns that show that Linear exported the table.
pub(crate) const MARKS: &[&str] = &["id", "team", "title", "status", "created"];
/// The columns that are read.
pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "team",
    "title",
    "description",
    "status",
    "project",
    "creator",
    "assignee",
    "labels",
    "created",
    "updated",
    "started",
    "completed",
    "canceled",
    "url",
];

/// Turns an export into evidence.
pub(crate) fn read(table: &Table, login: Option<&str>, map: &ColumnMap) -> Result<File, Unreadable> {
    let tracker = Tracker {
        source: Source::Linear,
        columns: COLUMNS,
        expected: ["id", "title"],
        expected_names: "ID and Title",
        ticket,
    };
    ticket::read(&tracker, table, login, map)
}

fn ticket(cells: Cells<'_>) -> Ticket<'_> {
    let labels: Vec<&str> =
        cells.all("labels").flat_map(|cell| cell.split(',')).map(str::trim).filter(|label| !label.is_empty()).collect();
    Ticket {
        title: unescaped(cells.get("title").unwrap_or_default()),
        description: unescaped(cells.get("description").unwrap_or_default()),
        key: cells.get("id"),
        repo: cells.first(&["team", "project"]),
        url: cells.get("url"),
        category: labels.iter().find_map(|label| category(label)),
        labels,
        state: state(cells),
        occurred_at: cells.first(&["completed", "canceled", "updated", "created"]),
        assignees: cells.all("assignee").collect(),
        reporters: cells.all("creator").collect(),
    }
}

/// A team may name its statuses as it likes. The times of a ticket then show how far it is.
fn state(cells: Cells<'_>) -> Option<EvidenceState> {
    let by_times = || {
        if cells.get("canceled").is_some() {
            Some(EvidenceState::Closed)
        } else if cells.get("completed").is_some() {
            Some(EvidenceState::Done)
        } else if cells.get("started").is_some() {
            Some(EvidenceState::InProgress)
        } else {
            cells.has_column("completed").then_some(EvidenceState::Open)
        }
    };
    cells.get("status").and_then(from_status).or_else(by_times)
}

/// Linear writes `'` before a text that a spreadsheet would take for a formula.
fn unescaped(text: &str) -> &str {
    text.strip_prefix('\'').filter(|text| text.starts_with(['=', '+', '-', '@'])).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::unescaped;
    use crate::{Kind, Options, Source, read};

    #[test]
    fn the_state_comes_from_the_status_or_the_times() {
        let header = "ID,Team,Title,Status,Created,Started,Completed,Canceled";
        for (row, state) in [
            ("Todo,,,", "OPEN"),
            ("Triage,,,", "OPEN"),
            ("In Review,,,", "IN_PROGRESS"),
            ("Done,,,", "DONE"),
            ("Duplicate,,,", "CLOSED"),
            ("Cooking,,,", "OPEN"),
            ("Cooking,2026-11-02T00:00:00Z,,", "IN_PROGRESS"),
            ("Eaten,2026-11-02T00:00:00Z,2026-11-03T00:00:00Z,", "DONE"),
            ("Burnt,2026-11-02T00:00:00Z,,2026-11-03T00:00:00Z", "CLOSED"),
        ] {
            let (status, times) = row.split_once(',').expect("a status");
            let text = format!("{header}\nENG-1,Web,A,{status},2026-11-01T00:00:00Z,{times}\n");
            let file = read(Kind::Evidence, &text, &Options::default()).expect("readable");
            assert_eq!((file.source, &file.rows[0].value["state"]), (Source::Linear, &state.into()), "{row}");
        }
    }

    #[test]
    fn formulas_lose_their_apostrophe() {
        assert_eq!((unescaped("'=A1"), unescaped("'- item"), unescaped("'quoted'")), ("=A1", "- item", "'quoted'"));
    }
}
