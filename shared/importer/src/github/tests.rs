use serde_json::{Value, json};

use crate::{File, Kind, Options, Source, Unreadable, read};

fn import(pulls: &Value, login: Option<&str>) -> Result<File, Unreadable> {
    let login = login.map(str::to_owned);
    read(Kind::Evidence, &pulls.to_string(), &Options { source: Source::Github, login, ..Options::default() })
}

fn file(pulls: &Value, login: Option<&str>) -> File {
    import(pulls, login).expect("readable")
}

/// A pull request by sam-sample, with some of its fields replaced.
fn pull(changes: &Value) -> Value {
    let mut pull = json!({"number": 7, "title": "A", "body": "", "url": "https://github.com/example-corp/checkout/pull/7",
        "createdAt": "2026-02-01T00:00:00Z", "author": {"login": "sam-sample", "is_bot": false}, "state": "OPEN"});
    for (name, value) in changes.as_object().expect("an object") {
        pull[name] = value.clone();
    }
    pull
}

fn field(file: &File, name: &str) -> Vec<Value> {
    file.rows.iter().map(|row| row.value[name].clone()).collect()
}

#[test]
fn a_pull_request_becomes_evidence() {
    let pulls = json!([pull(
        &json!({"title": "feat(api): Retry payments", "body": "<!-- template -->\r\nIt **works**.\r\n<!-- more",
        "url": "https://GitHub.com/Example-Corp/checkout/pull/7", "mergedAt": "2026-02-03T04:05:06Z", "additions": 90,
        "deletions": 20, "changedFiles": 3, "state": "MERGED", "headRefName": "retry"})
    )]);
    let file = file(&pulls, Some("@Sam-Sample"));
    assert_eq!(
        file.rows[0].value,
        json!({
            "type": "PR_AUTHORED", "title": "feat(api): Retry payments", "summary": "It **works**.",
            "occurredAt": "2026-02-03T04:05:06Z", "state": "MERGED", "url": "https://GitHub.com/Example-Corp/checkout/pull/7",
            "repo": "Example-Corp/checkout", "number": 7, "category": "feature",
            "metrics": {"additions": 90, "deletions": 20, "changedFiles": 3},
            "externalId": "github:github.com/example-corp/checkout#7",
        })
    );
    assert_eq!((file.source, file.ignored_columns, file.notes), (Source::Github, vec!["headRefName".into()], vec![]));
}

#[test]
fn the_host_is_a_part_of_the_id() {
    let pulls =
        json!([pull(&json!({"url": "https://git.example-corp.test/team/web/pull/7"})), pull(&json!({"url": "x"}))]);
    assert_eq!(field(&file(&pulls, None), "externalId"), ["github:git.example-corp.test/team/web#7", "x"]);
}

#[test]
fn every_state_is_imported_with_its_time() {
    let closed = json!({"state": "CLOSED", "closedAt": "2026-02-05T00:00:00Z", "updatedAt": "2026-02-09T00:00:00Z"});
    let with = |changes: Value| {
        let mut pull = pull(&closed);
        for (name, value) in changes.as_object().expect("an object") {
            pull[name] = value.clone();
        }
        pull
    };
    let pulls = json!([
        pull(&json!({})),
        pull(&json!({"state": "open", "updatedAt": "2026-02-04T00:00:00Z"})),
        pull(&json!({"isDraft": true})),
        with(json!({})),
        with(json!({"isDraft": true})),
        with(json!({"state": "merged"})),
        with(json!({"title": "[Merged by Bors] - fix: B"})),
        with(json!({"labels": [{"name": "Merged"}]})),
        pull(&json!({"state": "OPEN", "labels": [{"name": "merged"}]})),
        pull(&json!({"state": null})),
    ]);
    let file = file(&pulls, None);
    let states = ["OPEN", "OPEN", "DRAFT", "CLOSED", "CLOSED", "MERGED", "MERGED", "MERGED", "OPEN"];
    assert_eq!(field(&file, "state")[..9], states);
    assert_eq!(field(&file, "state")[9], Value::Null);
    let days: Vec<String> =
        field(&file, "occurredAt").iter().map(|at| at.as_str().expect("text")[8..10].to_owned()).collect();
    assert_eq!(days, ["01", "04", "01", "05", "05", "05", "05", "05", "01", "01"]);
    assert_eq!((&file.rows[6].value["title"], &file.rows[6].value["category"]), (&json!("fix: B"), &json!("bug")));
}

#[test]
fn bots_are_left_out_and_counted() {
    let by = |author: Value| pull(&json!({"author": author}));
    let bots = [
        json!({"login": "renovate", "is_bot": true}),
        json!({"login": "dependabot[bot]"}),
        json!({"login": "app/x"}),
        json!({"login": "x", "type": "Bot"}),
    ];
    let mut pulls: Vec<Value> = bots.into_iter().map(by).collect();
    pulls.push(pull(&json!({})));
    let all = file(&json!(pulls), None);
    assert_eq!((all.rows.len(), all.notes), (1, vec!["4 pull requests by bots are left out".to_owned()]));
    let bot = json!([pull(&json!({"author": {"login": "app/x"}}))]);
    assert_eq!(file(&bot, None).notes, ["1 pull request by a bot is left out"]);
    assert_eq!(field(&file(&bot, Some("app/x")), "type"), ["PR_AUTHORED"], "unless the bot is the user");
}

#[test]
fn a_deleted_author_stops_nothing() {
    let pulls = json!([
        pull(&json!({"author": null})),
        pull(&json!({"author": {"login": ""}})),
        pull(&json!({"author": {"login": "ghost"}})),
        pull(&json!({})),
        pull(&json!({"author": {"login": "Sam-Sample"}})),
    ]);
    for login in [None, Some("sam-sample")] {
        let file = file(&pulls, login);
        assert_eq!(field(&file, "type"), ["PR_REVIEWED", "PR_REVIEWED", "PR_REVIEWED", "PR_AUTHORED", "PR_AUTHORED"]);
        assert_eq!(file.notes, Vec::<String>::new());
    }
}

#[test]
fn several_authors_need_a_login() {
    // As `gh search prs` prints them: no sizes, no time of merging.
    let searched = json!([
        pull(&json!({"state": "merged", "closedAt": "2026-01-02T00:00:00Z", "author": {"login": "ana"}})),
        pull(&json!({"state": "open", "repository": {"nameWithOwner": "example-corp/web"}})),
        {"number": "x", "title": "Odd"},
    ]);
    let error = import(&searched, None).expect_err("several authors").to_string();
    assert!(error.contains("2 authors") && error.contains("with login (on the command line --login NAME)"), "{error}");
    let file = file(&searched, Some("sam-sample"));
    assert_eq!(field(&file, "type"), ["PR_REVIEWED", "PR_AUTHORED"]);
    assert_eq!((file.rejected.len(), file.rejected[0].title.as_str()), (1, "Odd"));
    assert!(file.rejected[0].reason.starts_with("is not a pull request as gh prints it: "));
}

#[test]
fn a_login_that_is_no_author_gets_a_note() {
    let logins: Vec<Value> =
        (10..22).map(|number| pull(&json!({"author": {"login": format!("user-{number}")}}))).collect();
    let listed = (10..20).map(|number| format!("user-{number}")).collect::<Vec<_>>().join(", ");
    let note = format!("no pull request is by Sam, so all count as reviewed. The authors are {listed} and 2 more");
    let rows = file(&json!(logins), Some("Sam"));
    assert_eq!((rows.notes, rows.rows.len()), (vec![note], 12));
    assert_eq!(file(&json!([pull(&json!({"author": null}))]), Some("Sam")).notes, Vec::<String>::new());
}

#[test]
fn authors_that_were_not_exported_are_the_user_only_without_a_login() {
    let mut own = pull(&json!({}));
    own.as_object_mut().expect("an object").remove("author");
    assert_eq!(field(&file(&json!([own]), None), "type"), ["PR_AUTHORED"]);
    assert_eq!(import(&json!([own]), Some("sam-sample")).expect_err("no authors"), Unreadable::NoAuthors);
}

#[test]
fn a_pull_request_without_a_time_is_rejected() {
    let file = file(&json!([pull(&json!({"createdAt": null}))]), None);
    assert_eq!((file.rows.len(), file.rejected.len()), (0, 1));
    assert!(file.rejected[0].reason.starts_with("has no time. Export it with mergedAt"));
}

#[test]
fn map_overrides_what_gh_prints() {
    let map = vec![("headRefName".to_owned(), "title".to_owned()), ("body".to_owned(), String::new())];
    let pulls = json!([pull(&json!({"headRefName": "retry", "body": "secret"})), pull(&json!({}))]).to_string();
    let file = read(Kind::Evidence, &pulls, &Options { map, ..Options::default() }).expect("readable");
    assert_eq!(
        (field(&file, "title"), field(&file, "summary")),
        (vec![json!("retry"), json!("A")], vec![json!(""), json!("")])
    );
    assert_eq!((file.source, file.ignored_columns), (Source::Github, vec![]));
    let map = vec![("Done".to_owned(), "occurredAt".to_owned())];
    assert!(read(Kind::Evidence, &pulls, &Options { map, ..Options::default() }).is_err());
}
