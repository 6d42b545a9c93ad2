use serde_json::json;

use super::*;

fn rows_of(source: Source, text: &str) -> Rows {
    read(source, text.as_bytes(), &ImportOptions::default()).expect("readable")
}

fn error(source: Source, text: &str) -> String {
    format!("{:#}", read(source, text.as_bytes(), &ImportOptions::default()).expect_err("unreadable"))
}

fn lines(rows: &Rows) -> Vec<usize> {
    rows.rows.iter().map(|row| row.place.line).collect()
}

#[test]
fn json_files_hold_an_array_items_or_lines_and_rows_record_their_line() {
    let list = "[\n {\"title\": \"a\"},\n\n {\"title\":\n \"b\"}, {\"title\": \"c\"}\n]";
    let items = "{\"items\": [\n {\"title\": \"a\"},\n\n {\"title\":\n \"b\"}, {\"title\": \"c\"}\n]}";
    for text in [list, items, &format!("\u{feff}{list}")] {
        let rows = rows_of(Source::Evidence, text);
        assert_eq!(lines(&rows), [2, 4, 5]);
        assert_eq!(rows.rows[1].value, json!({"title": "b"}));
    }
    let rows = rows_of(Source::Goals, "{\"title\": \"a\"}\n{\"title\": }\n\n{\"title\": \"b\"}\n");
    assert_eq!(lines(&rows), [1, 4]);
    assert_eq!((rows.rejected[0].place.line, rows.rejected[0].reason.starts_with("is not JSON")), (2, true));
    assert_eq!(lines(&rows_of(Source::Goals, "{\"title\": \"only\"}")), [1]);
    assert!(error(Source::Evidence, "[{\"title\": 1},\n {]").contains("line 2"));
    assert!(error(Source::Evidence, "{\"items\": 7}").contains("expected a sequence"));
    assert!(
        format!("{:#}", read(Source::Goals, b"\xff", &ImportOptions::default()).expect_err("bytes")).contains("UTF-8")
    );
}

#[test]
fn csv_columns_match_in_any_case_and_with_any_separator_in_their_name() {
    let text = "Title;Type;occurred_at;Occurred where;Additions;Criteria;number\n\
        \"A; \"\"b\"\"\nc\";SLACK;2026-01-01T00:00:00Z;x;12;one; 7\n\
        d;MANUAL;2026-01-02T00:00:00Z;;many;;\n";
    let rows = rows_of(Source::Evidence, text);
    assert_eq!(lines(&rows), [2, 4]);
    assert_eq!(
        rows.rows[0].value,
        json!({"title": "A; \"b\"\nc", "type": "SLACK", "occurredAt": "2026-01-01T00:00:00Z", "metrics": {"additions": 12}, "criteria": ["one"], "number": 7})
    );
    assert_eq!(rows.rows[1].value["metrics"], json!({"additions": "many"}), "the API reports the wrong number");
    assert_eq!(rows.notes, ["columns that are not imported: Occurred where"]);
    let goals = rows_of(
        Source::Goals,
        "title,status,progress percent,milestones\nA,ACTIVE,50,one; two\nB,ACTIVE,,\"[{\"\"title\"\":\"\"x\"\"}]\"\n",
    );
    assert_eq!(goals.rows[0].value["milestones"], json!([{"title": "one"}, {"title": "two"}]));
    assert_eq!(goals.rows[1].value, json!({"title": "B", "status": "ACTIVE", "milestones": [{"title": "x"}]}));
}

#[test]
fn a_broken_row_is_rejected_with_its_line_and_the_others_are_read() {
    let rows =
        rows_of(Source::Reviews, "year,type,content\n2025,SELF,fine\n2024,PEER\n2023,SELF,one,two\n2022,SELF,fine\n");
    assert_eq!(lines(&rows), [2, 5]);
    let rejected: Vec<_> =
        rows.rejected.iter().map(|rejected| (rejected.place.line, rejected.reason.as_str())).collect();
    assert_eq!(rejected[0], (3, "has 2 cells where the first line has 3; is a quote or a comma missing?"));
    assert_eq!(rejected[1].0, 4);
    assert!(error(Source::Reviews, "a,b\n1,2\n").contains("must name the columns: year, type, content"));
}

#[test]
fn pull_requests_become_evidence() {
    let pulls = json!([
        {"number": 7, "title": "feat(api): Retry payments", "body": "<!-- template -->\r\nIt **works**.\r\n<!-- more", "url": "https://github.com/example-corp/checkout/pull/7",
         "mergedAt": "2026-02-03T04:05:06Z", "createdAt": "2026-02-01T00:00:00Z", "additions": 90, "deletions": 20, "changedFiles": 3,
         "author": {"login": "sam-sample", "is_bot": false}, "state": "MERGED"},
        {"number": 8, "title": "Open", "body": "", "url": "https://github.com/example-corp/checkout/pull/8", "mergedAt": null,
         "createdAt": "2026-02-02T00:00:00Z", "additions": 1, "deletions": 1, "changedFiles": 1, "author": {"login": "Sam-Sample"}, "state": "OPEN"},
        {"number": 9, "title": "Closed", "body": "", "url": "https://github.com/example-corp/checkout/pull/9", "mergedAt": null,
         "createdAt": "2026-02-02T00:00:00Z", "author": {"login": "sam-sample"}, "state": "CLOSED"},
    ]);
    let rows = read(
        Source::Github,
        pulls.to_string().as_bytes(),
        &ImportOptions { login: Some("sam-sample".into()), offset: None },
    )
    .expect("readable");
    assert_eq!(
        rows.rows[0].value,
        json!({
            "type": "PR_AUTHORED", "title": "feat(api): Retry payments", "summary": "It **works**.", "occurredAt": "2026-02-03T04:05:06Z",
            "url": "https://github.com/example-corp/checkout/pull/7", "repo": "example-corp/checkout", "number": 7, "category": "feature",
            "scope": "medium", "metrics": {"additions": 90, "deletions": 20, "changedFiles": 3}, "externalId": "github:example-corp/checkout#7",
        })
    );
    assert_eq!(
        (&rows.rows[1].value["type"], &rows.rows[1].value["occurredAt"]),
        (&json!("PR_AUTHORED"), &json!("2026-02-02T00:00:00Z"))
    );
    assert_eq!(
        (rows.rows.len(), rows.notes.as_slice()),
        (2, ["1 pull request was closed without a merge and is left out".to_owned()].as_slice())
    );

    // As `gh search prs` prints them: no sizes, no time of merging.
    let searched = json!([
        {"number": 1, "title": "A", "body": "", "url": "https://github.com/example-corp/web/pull/1", "createdAt": "2026-01-01T00:00:00Z",
         "closedAt": "2026-01-02T00:00:00Z", "state": "merged", "author": {"login": "ana"}, "repository": {"name": "web", "nameWithOwner": "example-corp/web"}},
        {"number": 2, "title": "B", "body": "", "url": "https://github.com/example-corp/web/pull/2", "createdAt": "2026-01-01T00:00:00Z", "state": "open", "author": {"login": "sam-sample"}},
        {"number": "x"},
    ]);
    let problem = error(Source::Github, &searched.to_string());
    assert!(problem.contains("2 authors") && problem.contains("--login"), "{problem}");
    let rows = read(
        Source::Github,
        searched.to_string().as_bytes(),
        &ImportOptions { login: Some("sam-sample".into()), offset: None },
    )
    .expect("readable");
    let kinds: Vec<_> = rows.rows.iter().map(|row| row.value["type"].as_str().expect("text")).collect();
    assert_eq!(kinds, ["PR_REVIEWED", "PR_AUTHORED"]);
    assert_eq!(rows.rows[0].value["occurredAt"], "2026-01-02T00:00:00Z");
    assert_eq!(rows.rejected.len(), 1);
}

#[test]
fn a_login_that_is_no_author_gets_a_note() {
    let pulls = |authors: &[Value]| -> String {
        let (url, created) = ("https://github.com/a/b/pull/1", "2026-01-01T00:00:00Z");
        let pull = |author| json!({"number": 1, "title": "A", "url": url, "createdAt": created, "author": author});
        authors.iter().map(pull).collect::<Value>().to_string()
    };
    let options = ImportOptions { login: Some("Sam".into()), offset: None };
    let read = |authors: &[Value]| read(Source::Github, pulls(authors).as_bytes(), &options);
    let logins: Vec<Value> = (10..22).map(|number| json!({"login": format!("user-{number}")})).collect();
    let rows = read(&logins).expect("readable");
    let listed = (10..20).map(|number| format!("user-{number}")).collect::<Vec<_>>().join(", ");
    let note = format!("no pull request is by Sam, so all count as reviewed. The authors are {listed} and 2 more");
    assert_eq!((rows.notes, rows.rows.len()), (vec![note], 12));
    for authors in [[json!(null), json!({"login": ""})], [json!({"login": "sam"}), json!({"login": "ana"})]] {
        let rows = read(&authors).expect("readable");
        assert_eq!((rows.notes, rows.rows.len()), (Vec::new(), 2));
    }
}

#[test]
fn an_empty_file_is_called_empty() {
    for source in [Source::Github, Source::Goals] {
        for text in ["", " \n", "\u{feff}", "null\n"] {
            assert_eq!(error(source, text), "is empty", "{text:?}");
        }
    }
}

#[test]
fn items_of_a_list_are_numbered() {
    let rows = rows_of(Source::Goals, "[{}, {},\n{}]");
    let places: Vec<_> = rows.rows.iter().map(|row| row.place.to_string()).collect();
    assert_eq!(places, ["line 1, item 1", "line 1, item 2", "line 2, item 3"]);
    assert_eq!(rows_of(Source::Goals, "{}\n{}\n").rows[1].place.to_string(), "line 2");
}

#[test]
fn a_long_description_is_cut_between_words() {
    let body = "é ünd ".repeat(1_000);
    let pull = json!([{"number": 1, "title": "A", "body": body, "url": "https://github.com/a/b/pull/1", "createdAt": "2026-01-01T00:00:00Z", "author": {"login": "a"}, "state": "OPEN"}]);
    let rows = rows_of(Source::Github, &pull.to_string());
    let summary = rows.rows[0].value["summary"].as_str().expect("text");
    assert!(
        summary.chars().count() <= 2_002 && (summary.ends_with(" ünd …") || summary.ends_with(" é …")),
        "{summary}"
    );
}

#[test]
fn rows_get_an_offset_and_a_stable_external_id() {
    let options = ImportOptions { offset: Some("+02:00".into()), login: None };
    let prepared = |at: &str| {
        let mut row = Row { place: Place::line(1), value: json!({"title": "A", "occurredAt": at}) };
        prepare(&mut row, &options);
        row.value
    };
    for (given, expected) in [
        ("2026-03-31", "2026-03-31T00:00:00+02:00"),
        ("2026-03-31 17:30", "2026-03-31T17:30:00+02:00"),
        ("2026-03-31T17:30:00Z", "2026-03-31T17:30:00Z"),
        ("yesterday", "yesterday"),
    ] {
        assert_eq!(prepared(given)["occurredAt"], expected);
    }
    let external_id = |at: &str| prepared(at)["externalId"].as_str().expect("text").to_owned();
    assert!(external_id("2026-03-31").starts_with("import:"));
    assert_eq!(external_id("2026-03-31"), external_id("2026-03-31"), "the same row gets the same id");
    assert_ne!(external_id("2026-03-31"), external_id("2026-04-01"));
}
