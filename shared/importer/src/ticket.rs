//! Turns tickets of a tracker into evidence. Jira and Linear name the columns, and this file has the rules of both.

use std::collections::BTreeSet;

use domain::library::{
    MAX_TITLE_CHARS,
    evidence::{EvidenceState, MAX_CRITERIA},
};
use serde_json::{Map, Value, json};

use crate::{
    File, Place, Row, Source, Unreadable, column_map::ColumnMap, records::Record, summary::summary, table::Table,
};

/// A row of a ticket tracker, by the names of its columns. The names are compared as `field::plain` returns them.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'a> {
    table: &'a Table,
    record: &'a Record,
    map: &'a ColumnMap,
}

impl<'a> Cells<'a> {
    /// All cells with content in columns of this name. A column that the user wants to leave out has none.
    pub(crate) fn all(self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is_hidden = self.map.get(name) == Some(None);
        let cells = self.table.cells(self.record, name);
        cells.filter(move |cell| !is_hidden && !cell.is_empty())
    }

    /// The first cell with content.
    pub(crate) fn get(self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The first cell with content in the first of several columns that has any.
    pub(crate) fn first(self, names: &'a [&'a str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// True if the table has a column with this name.
    pub(crate) fn has_column(self, name: &str) -> bool {
        self.table.has(name)
    }
}

/// A ticket, whatever program it comes from.
#[derive(Debug, Default)]
pub(crate) struct Ticket<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    /// Key such as `CHECK-12`.
    pub(crate) key: Option<&'a str>,
    pub(crate) labels: Vec<&'a str>,
    pub(crate) repo: Option<&'a str>,
    pub(crate) url: Option<&'a str>,
    pub(crate) category: Option<&'static str>,
    pub(crate) state: Option<EvidenceState>,
    pub(crate) occurred_at: Option<&'a str>,
    /// Names and accounts of the person who does the work.
    pub(crate) assignees: Vec<&'a str>,
    /// Names and accounts of the people who have written the ticket.
    pub(crate) reporters: Vec<&'a str>,
}

/// A ticket tracker: the columns of its export, and how they become a ticket.
pub(crate) struct Tracker {
    pub(crate) source: Source,
    /// The columns that are read.
    pub(crate) columns: &'static [&'static str],
    /// The columns of which at least one must exist, in the form in which names are compared.
    pub(crate) expected: [&'static str; 2],
    /// The same columns, as the program writes them.
    pub(crate) expected_names: &'static str,
    pub(crate) ticket: for<'a> fn(Cells<'a>) -> Ticket<'a>,
}

/// Turns the rows of an export into evidence. What the user has said about columns overrides the rules of the tracker.
pub(crate) fn read(tracker: &Tracker, table: &Table, login: Option<&str>, map: &ColumnMap) -> Result<File, Unreadable> {
    map.must_exist(|column| table.has(column), || table.listed())?;
    if !tracker.expected.iter().any(|column| table.has(column)) {
        return Err(Unreadable::NotTickets { source_name: tracker.source, expected: tracker.expected_names });
    }
    let tickets: Vec<(&Record, Ticket<'_>)> =
        table.records.iter().map(|record| (record, (tracker.ticket)(Cells { table, record, map }))).collect();
    let rows = tickets.iter().map(|(record, ticket)| {
        let mut entry = entry(tracker.source, ticket, login);
        map.apply(table, record, &mut entry);
        Row { place: Place::line(record.line), value: Value::Object(entry) }
    });
    let is_read = |index: usize| {
        let column = table.columns.get(index).map(String::as_str).unwrap_or_default();
        map.get(column).is_some() || tracker.columns.contains(&crate::field::plain(column).as_str())
    };
    Ok(File {
        source: tracker.source,
        rows: rows.collect(),
        ignored_columns: table.ignored(is_read),
        notes: note(&tickets, login).into_iter().collect(),
        rejected: table.rejected.clone(),
    })
}

/// A note on whose tickets these are, if the user should say it.
fn note(tickets: &[(&Record, Ticket<'_>)], login: Option<&str>) -> Option<String> {
    let assignees: BTreeSet<String> =
        tickets.iter().filter_map(|(_, ticket)| ticket.assignees.first()).map(|name| name.to_lowercase()).collect();
    match login {
        Some(login) => {
            let mut people = tickets.iter().flat_map(|(_, ticket)| ticket.assignees.iter().chain(&ticket.reporters));
            let is_nobody = !tickets.is_empty() && !people.any(|person| is_person(person, login));
            is_nobody.then(|| {
                format!("no ticket is assigned to {login} or written by {login}, so all count as reviewed. Is the login spelt as in the file?")
            })
        }
        None => (assignees.len() > 1).then(|| {
            format!(
                "the tickets are assigned to {} people, and all count as yours. Say who you are with login (on the command line --login NAME)",
                assignees.len()
            )
        }),
    }
}

fn entry(source: Source, ticket: &Ticket<'_>, login: Option<&str>) -> Map<String, Value> {
    let criteria: Vec<&str> = ticket.labels.iter().copied().take(MAX_CRITERIA).collect();
    let fields = [
        ("type", json!(evidence_type(ticket, login))),
        ("title", json!(ticket.title.chars().take(MAX_TITLE_CHARS).collect::<String>())),
        ("summary", json!(summary(ticket.description))),
        ("occurredAt", json!(ticket.occurred_at)),
        ("state", json!(ticket.state.map(|state| state.to_string()))),
        ("category", json!(ticket.category)),
        ("repo", json!(ticket.repo)),
        ("url", json!(ticket.url)),
        ("number", json!(ticket.key.and_then(number))),
        ("criteria", if criteria.is_empty() { Value::Null } else { json!(criteria) }),
        ("externalId", json!(ticket.key.map(|key| format!("{source}:{key}")))),
    ];
    fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The API has no type of its own for tickets of other trackers than Jira, and a ticket is a ticket.
fn evidence_type(ticket: &Ticket<'_>, login: Option<&str>) -> &'static str {
    let Some(login) = login else { return "JIRA_OWNED" };
    let is_among = |people: &[&str]| people.iter().any(|person| is_person(person, login));
    if is_among(&ticket.assignees) {
        "JIRA_OWNED"
    } else if is_among(&ticket.reporters) {
        "ISSUE_CREATED"
    } else {
        "JIRA_REVIEWED"
    }
}

/// True if the name or account is the user's. Of an email address, the part before `@` is enough.
fn is_person(name: &str, login: &str) -> bool {
    let login = login.to_lowercase();
    let name = name.to_lowercase();
    name == login || name.split_once('@').is_some_and(|(account, _)| account == login)
}

/// The number at the end of a key such as `CHECK-12`.
fn number(key: &str) -> Option<i64> {
    key.rsplit('-').next()?.parse().ok().filter(|number| *number >= 0)
}

/// Derives the category from the type or label of a ticket.
pub(crate) fn category(kind: &str) -> Option<&'static str> {
    Some(match kind.to_lowercase().as_str() {
        "bug" | "defect" => "bug",
        "story" | "new feature" | "feature" | "improvement" => "feature",
        "documentation" | "docs" => "docs",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Ticket, category, evidence_type, number};

    #[test]
    fn the_type_depends_on_the_user() {
        let ticket = Ticket {
            assignees: vec!["Sam Sample", "sam-sample@example-corp.test"],
            reporters: vec!["Ana Example"],
            ..Ticket::default()
        };
        for login in [None, Some("sam sample"), Some("Sam-Sample"), Some("sam-sample@example-corp.test")] {
            assert_eq!(evidence_type(&ticket, login), "JIRA_OWNED", "{login:?}");
        }
        assert_eq!(evidence_type(&ticket, Some("ana example")), "ISSUE_CREATED");
        assert_eq!(evidence_type(&ticket, Some("sam")), "JIRA_REVIEWED");
    }

    #[test]
    fn keys_and_types() {
        assert_eq!(
            (number("CHECK2-12"), number("12"), number("CHECK"), number("A-99999999999999999999")),
            (Some(12), Some(12), None, None)
        );
        assert_eq!((category("Bug"), category("New Feature"), category("Epic")), (Some("bug"), Some("feature"), None));
    }
}
