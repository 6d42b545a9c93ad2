//! Files as people have them, and what must come of each.

#![allow(clippy::expect_used, reason = "tests")]

use domain::library::{EntryFields as _, evidence::EvidenceFields};
use importer::{File, Kind, Options, Source, decode, read};
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};

/// Reads a file of the folder `cases` as evidence.
fn import(name: &str, options: &Options) -> File {
    let path = format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("a file");
    read(Kind::Evidence, &decode(&bytes).expect("text"), options).expect("readable")
}

fn plain(name: &str) -> File {
    import(name, &Options::default())
}

fn by(login: &str) -> Options {
    Options { login: Some(login.to_owned()), ..Options::default() }
}

/// Values of a field in all rows.
fn field(file: &File, name: &str) -> Vec<Value> {
    file.rows.iter().map(|row| row.value[name].clone()).collect()
}

fn lines(file: &File) -> Vec<usize> {
    file.rows.iter().map(|row| row.place.line).collect()
}

/// Fails unless the API accepts all rows, and nothing is reported.
fn must_be_whole(file: &File, rows: usize) {
    assert_eq!(file.rows.len(), rows);
    assert_eq!((&file.rejected, &file.ignored_columns, &file.notes), (&vec![], &vec![], &vec![]));
    for row in &file.rows {
        EvidenceFields::parse(&row.value, "").expect("an entry that the API accepts");
    }
}

#[test]
fn a_line_of_excel_names_the_separator() {
    let file = plain("sep-line.csv");
    must_be_whole(&file, 1);
    assert_eq!(file.rows[0].value["summary"], "Zeile eins\nZeile \"zwei\"; mit Semikolon");
    assert_eq!((file.source, lines(&file)), (Source::Fields, vec![3]));
}

#[test]
fn a_table_may_begin_in_the_second_row() {
    for name in ["blank-first-line.csv", "commas-first-line.csv"] {
        let file = plain(name);
        must_be_whole(&file, 1);
        assert_eq!(lines(&file), [3]);
    }
}

#[test]
fn a_short_row_has_no_trailing_cells() {
    must_be_whole(&plain("short-row.csv"), 2);
}

#[test]
fn empty_cells_and_rows_of_spreadsheets_say_nothing() {
    must_be_whole(&plain("long-row.csv"), 1);
    must_be_whole(&plain("blank-rows.csv"), 1);
}

#[test]
fn spaces_around_cells_are_removed() {
    let file = plain("spaces.csv");
    must_be_whole(&file, 1);
    assert_eq!((&file.rows[0].value["title"], &file.rows[0].value["category"]), (&json!("A talk"), &json!("docs")));
}

#[test]
fn repeated_columns_are_collected() {
    let file = plain("repeated-columns.csv");
    must_be_whole(&file, 1);
    assert_eq!(file.rows[0].value["criteria"], json!(["frontend", "backend"]));
}

#[test]
fn rows_have_the_line_of_the_file_with_every_line_end() {
    for name in ["lines-crlf.csv", "lines-cr.csv"] {
        let file = plain(name);
        assert_eq!((lines(&file), file.rejected.len()), (vec![2, 3, 4, 5], 0));
        let rejected = file.rows.iter().filter(|row| EvidenceFields::parse(&row.value, "").is_err());
        assert_eq!(rejected.map(|row| row.place.line).collect::<Vec<_>>(), [3, 5]);
    }
}

#[test]
fn utf_16_of_power_shell_is_read() {
    must_be_whole(&plain("pulls-utf16.json"), 1);
}

#[test]
fn a_bot_is_left_out_and_a_deleted_author_stops_nothing() {
    let file = import("pulls-bot-and-ghost.json", &by("sam-sample"));
    assert_eq!(field(&file, "number"), [1, 3, 4]);
    assert_eq!(field(&file, "type"), ["PR_AUTHORED", "PR_REVIEWED", "PR_REVIEWED"]);
    assert_eq!(
        (file.notes.as_slice(), file.source),
        (["1 pull request by a bot is left out".to_owned()].as_slice(), Source::Github)
    );
}

#[test]
fn open_and_draft_pull_requests_are_imported() {
    let file = plain("pulls-open-and-draft.json");
    must_be_whole(&file, 3);
    assert_eq!(field(&file, "state"), ["MERGED", "OPEN", "DRAFT"]);
}

#[test]
fn half_an_emoji_costs_only_its_row() {
    let file = plain("pulls-lone-surrogate.json");
    assert_eq!((file.rows.len(), file.rejected.len()), (1, 1));
    assert_eq!(file.rejected[0].place.to_string(), "line 1, item 2");
    assert!(file.rejected[0].reason.starts_with("has half a character"), "{}", file.rejected[0].reason);
}

#[test]
fn comments_in_code_stay() {
    let file = plain("pulls-comment-in-code.json");
    must_be_whole(&file, 1);
    let summary = file.rows[0].value["summary"].as_str().expect("text");
    assert!(["prettier-ignore", "keep", "12 %"].iter().all(|part| summary.contains(part)), "{summary}");
}

#[test]
fn the_number_of_changed_lines_is_no_scope() {
    let file = plain("pulls-lock-file.json");
    must_be_whole(&file, 2);
    assert_eq!(field(&file, "scope"), [Value::Null, Value::Null]);
    assert_eq!(file.rows[0].value["metrics"], json!({"additions": 5200, "deletions": 4800, "changedFiles": 1}));
}

#[test]
fn an_export_of_jira_becomes_evidence() {
    let zone = TimeZone::fixed(Offset::constant(1));
    let file = import("jira-export.csv", &Options { time_zone: Some(zone), ..by("Sam Sample") });
    assert_eq!(
        file.rows[0].value,
        json!({
            "type": "JIRA_OWNED", "title": "Retry lost payments", "category": "bug", "state": "DONE", "repo": "CHECK", "number": 12,
            "summary": "A worker that restarts loses a payment.\n\nThe retry finds it again, \"at least once\".",
            "criteria": ["payments", "reliability"], "occurredAt": "2026-11-28T14:05:00Z", "externalId": "jira:CHECK-12",
        })
    );
    assert_eq!(field(&file, "type"), ["JIRA_OWNED", "ISSUE_CREATED", "JIRA_REVIEWED", "JIRA_OWNED"]);
    assert_eq!(field(&file, "state"), ["DONE", "IN_PROGRESS", "CLOSED", "OPEN"]);
    assert_eq!(field(&file, "category"), [json!("bug"), json!("feature"), Value::Null, json!("docs")]);
    assert_eq!(
        field(&file, "occurredAt"),
        ["2026-11-28T14:05:00Z", "2026-11-27T15:45:00Z", "2026-11-02T07:00:00Z", "2026-11-22T07:00:00Z"]
    );
    assert_eq!((lines(&file), file.source, file.notes.len()), (vec![2, 5, 6, 7], Source::Jira, 0));
    assert!(
        file.ignored_columns.contains(&"Priority".to_owned())
            && !file.ignored_columns.contains(&"Environment".to_owned())
    );
    assert_eq!(field(&import("jira-export.csv", &by("sam-sample")), "type"), field(&file, "type"), "by account");
    let nobody = plain("jira-export.csv");
    assert!(field(&nobody, "type").iter().all(|kind| kind == "JIRA_OWNED") && nobody.notes[0].contains("3 people"));
}

#[test]
fn an_export_of_linear_becomes_evidence() {
    let file = import("linear-export.csv", &by("sam-sample"));
    assert_eq!(
        file.rows[0].value,
        json!({
            "type": "JIRA_OWNED", "title": "Load the cart in half the time", "category": "feature", "state": "DONE", "repo": "Web",
            "number": 7, "summary": "- One query instead of nine\n- 40 % faster", "criteria": ["Improvement", "performance"],
            "occurredAt": "2026-11-28T15:05:12.123Z", "externalId": "linear:WEB-7",
        })
    );
    assert_eq!(field(&file, "type"), ["JIRA_OWNED", "ISSUE_CREATED", "JIRA_REVIEWED", "JIRA_REVIEWED"]);
    assert_eq!(field(&file, "state"), ["DONE", "IN_PROGRESS", "CLOSED", "OPEN"]);
    assert_eq!(field(&file, "repo"), ["Web", "Web", "Guests", "Web"]);
    assert_eq!(
        field(&file, "occurredAt")[1..],
        ["2026-11-27T16:45:00Z", "2026-11-02T08:00:00.000Z", "2026-11-22T09:00:00.000Z"]
    );
    assert_eq!((lines(&file), file.source, file.rejected.len()), (vec![2, 4, 5, 6], Source::Linear, 0));
}

#[test]
fn exports_of_ticket_trackers_have_entries_that_the_api_accepts() {
    for name in ["jira-export.csv", "linear-export.csv"] {
        for row in plain(name).rows {
            EvidenceFields::parse(&row.value, "").expect("an entry that the API accepts");
        }
    }
}

#[test]
fn map_overrides_a_ticket_tracker() {
    let map =
        [("Last viewed", "occurredAt"), ("labels", ""), ("Custom field (Sprint)", "criteria"), ("Environment", "url")];
    let map = map.map(|(column, field)| (column.to_owned(), field.to_owned())).to_vec();
    let file = import("jira-export.csv", &Options { map, ..Options::default() });
    assert_eq!(field(&file, "occurredAt")[..2], ["2026-11-30T08:00:00Z", "2026-11-27T16:45:00Z"]);
    assert_eq!(field(&file, "criteria"), [json!(["Sprint 3"]), json!(["Sprint 3"]), Value::Null, Value::Null]);
    assert!(
        ["Last Viewed", "Labels", "Custom field (Sprint)"]
            .iter()
            .all(|name| !file.ignored_columns.contains(&(*name).to_owned()))
    );
}
