//! `POST …/import`: files in the forms in which people have them, dry runs, second imports and edits between them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    processes::root,
    world::{World, answer, pointers},
};

impl World {
    async fn send_file(&self, user: &str, kind_and_query: &str, media_type: &str, text: String) -> (StatusCode, Value) {
        let (kind, query) = kind_and_query.split_once('?').unwrap_or((kind_and_query, ""));
        let url = format!("{}/api/{kind}/import?{query}", self.runner.url());
        let request = crate::world::http().request(Method::POST, url).bearer_auth(user);
        answer(request.header("content-type", media_type).body(text)).await
    }

    async fn import(&self, query: &str, text: &str) -> Value {
        let media_type = if text.trim_start().starts_with(['[', '{']) { "application/json" } else { "text/csv" };
        let (status, report) = self.send_file("sam", &format!("evidence?{query}"), media_type, text.to_owned()).await;
        assert_eq!(status, StatusCode::OK, "{report}");
        report
    }

    async fn evidence_of_sam(&self) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let url = format!("{}/api/evidence?limit=100{cursor}", self.runner.url());
            let (_, page) = answer(crate::world::http().request(Method::GET, url).bearer_auth("sam")).await;
            found.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

fn counts(report: &Value) -> [u64; 4] {
    ["created", "updated", "kept", "rejected"].map(|name| report[name].as_u64().unwrap())
}

fn pull(number: u64, state: &str, title: &str) -> Value {
    json!({
        "number": number, "title": title, "body": "Lost payments fell.", "state": state, "isDraft": false,
        "url": format!("https://github.com/example-corp/checkout/pull/{number}"), "createdAt": "2026-02-01T00:00:00Z",
        "updatedAt": "2026-02-02T00:00:00Z", "mergedAt": if state == "MERGED" { json!("2026-02-03T04:05:06Z") } else { Value::Null },
        "additions": 9, "deletions": 1, "changedFiles": 2, "author": {"login": "sam-sample"},
    })
}

/// Each file as the API takes it: entries, rejected rows with their lines.
#[tokio::test]
async fn files_as_people_have_them_become_evidence() {
    let cases: [(&str, &str, u64, &[u64]); 16] = [
        ("sep-line.csv", "", 1, &[]),
        ("blank-first-line.csv", "", 1, &[]),
        ("commas-first-line.csv", "", 1, &[]),
        ("short-row.csv", "", 2, &[]),
        ("long-row.csv", "", 1, &[]),
        ("blank-rows.csv", "", 1, &[]),
        ("spaces.csv", "", 1, &[]),
        ("repeated-columns.csv", "", 1, &[]),
        ("lines-crlf.csv", "", 2, &[3, 5]),
        ("lines-cr.csv", "", 2, &[3, 5]),
        ("pulls-bot-and-ghost.json", "login=sam-sample", 3, &[]),
        ("pulls-open-and-draft.json", "", 3, &[]),
        ("pulls-lone-surrogate.json", "", 1, &[1]),
        ("pulls-comment-in-code.json", "", 1, &[]),
        ("pulls-lock-file.json", "", 2, &[]),
        ("jira-export.csv", "", 0, &[]),
    ];
    for (name, query, entries, rejected) in cases {
        let world = World::new().await;
        let path = root().join("shared/importer/tests/cases").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        let report = world.import(query, &text).await;
        let lines: Vec<u64> = report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["status"] == "rejected")
            .map(|row| row["line"].as_u64().unwrap())
            .collect();
        assert_eq!(lines, rejected, "{name}: {report}");
        let evidence = world.evidence_of_sam().await;
        if entries > 0 {
            assert_eq!(
                (report["created"].as_u64(), evidence.len() as u64),
                (Some(entries), entries),
                "{name}: {report}"
            );
        }
        assert!(
            evidence.iter().all(|entry| entry.get("scope").is_none() || name.ends_with(".csv")),
            "{name}: {evidence:?}"
        );
        let of = |field: &str| evidence.iter().map(|entry| entry[field].clone()).collect::<Vec<_>>();
        match name {
            "repeated-columns.csv" => assert_eq!(of("criteria"), [json!(["frontend", "backend"])]),
            "spaces.csv" => assert_eq!(of("title"), ["A talk"]),
            "pulls-open-and-draft.json" => {
                let mut states: Vec<String> =
                    of("state").iter().map(|state| state.as_str().unwrap().to_owned()).collect();
                states.sort();
                assert_eq!(states, ["DRAFT", "MERGED", "OPEN"]);
                assert_eq!(report["notes"], json!([]));
            }
            "pulls-bot-and-ghost.json" => {
                assert!(report["notes"].to_string().contains("1 pull request by a bot is left out"), "{report}");
            }
            "pulls-comment-in-code.json" => {
                let summary = of("summary")[0].to_string();
                assert!(["prettier-ignore", "keep", "12 %"].iter().all(|kept| summary.contains(kept)), "{summary}");
            }
            "jira-export.csv" => {
                assert!(!evidence.is_empty() && report["source"] == "jira" && report["rejected"] == 0, "{report}");
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_second_import_brings_the_news_and_keeps_what_a_person_has_edited() {
    let world = World::new().await;
    let file = |pulls: Vec<Value>| json!(pulls).to_string();
    let first = file(vec![pull(1, "OPEN", "feat: Retry"), pull(2, "MERGED", "fix: Race")]);
    let dry = world.import("dryRun=true", &first).await;
    assert_eq!((counts(&dry), &dry["dryRun"], &dry["source"]), ([2, 0, 0, 0], &json!(true), &json!("github")));
    assert_eq!((&dry["rows"][0]["id"], world.evidence_of_sam().await.len()), (&Value::Null, 0), "nothing is stored");
    let created = world.import("", &first).await;
    assert_eq!(counts(&created), [2, 0, 0, 0]);
    assert_eq!(counts(&world.import("", &first).await), [0, 0, 2, 0]);

    let id = created["rows"][0]["id"].as_str().unwrap().to_owned();
    let edit = json!({"title": "My own title", "category": "devex"});
    let url = format!("{}/api/evidence/{id}", world.runner.url());
    let patch = crate::world::http().request(Method::PATCH, &url).bearer_auth("sam").json(&edit);
    assert_eq!(answer(patch).await.0, StatusCode::OK);

    let mut merged = pull(1, "MERGED", "feat: Retry twice");
    for name in ["additions", "deletions", "changedFiles"] {
        merged.as_object_mut().unwrap().remove(name);
    }
    let second = file(vec![merged, pull(2, "MERGED", "fix: Race")]);
    let dry = world.import("dryRun=true", &second).await;
    assert_eq!((counts(&dry), &dry["rows"][0]["changed"]), ([0, 1, 1, 0], &json!(["occurredAt", "state"])), "{dry}");
    assert_eq!(counts(&world.import("", &second).await), [0, 1, 1, 0]);
    let evidence = world.evidence_of_sam().await;
    let entry = evidence.iter().find(|entry| entry["id"] == json!(id)).unwrap();
    let shown = ["title", "category", "state", "occurredAt", "externalId"].map(|name| entry[name].as_str().unwrap());
    let external = "github:github.com/example-corp/checkout#1";
    assert_eq!(shown, ["My own title", "devex", "MERGED", "2026-02-03T04:05:06Z", external]);
    assert_eq!(entry["metrics"]["additions"], 9, "this export has no sizes");
}

/// Imports and edits at the same moment: no edit is lost, and nothing exists twice.
#[tokio::test]
async fn edits_between_the_reads_and_the_writes_of_imports_are_kept() {
    let world = World::new().await;
    let file =
        |round: u64| json!((0..40).map(|n| pull(n, "OPEN", &format!("Round {round}"))).collect::<Vec<_>>()).to_string();
    let rows = world.import("", &file(0)).await["rows"].clone();
    let ids: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    let imports = async {
        for round in 1..6 {
            let (one, other) = (file(round), file(round + 100));
            let (one, other) = tokio::join!(world.import("", &one), world.import("", &other));
            assert_eq!((one["rejected"].as_u64(), other["rejected"].as_u64()), (Some(0), Some(0)), "{one} {other}");
        }
    };
    let edits = async {
        for id in &ids {
            let url = format!("{}/api/evidence/{id}", world.runner.url());
            let edit = crate::world::http().request(Method::PATCH, url).bearer_auth("sam");
            assert_eq!(answer(edit.json(&json!({"title": "Mine", "summary": id}))).await.0, StatusCode::OK);
        }
    };
    tokio::join!(imports, edits);
    let evidence = world.evidence_of_sam().await;
    assert_eq!(evidence.len(), 40);
    for entry in &evidence {
        assert_eq!((&entry["title"], &entry["summary"]), (&json!("Mine"), &entry["id"]), "{entry}");
    }
}

#[tokio::test]
async fn a_day_is_never_moved_and_a_local_time_is_that_of_the_zone() {
    let world = World::new().await;
    let file = "type,title,summary,occurredAt\nMANUAL,Day,,2026-03-31\nMANUAL,Local,,2026-03-31 23:30\nMANUAL,Instant,,2026-03-31T23:30:00-05:00\n";
    world.import("timeZone=America/New_York", file).await;
    let evidence = world.evidence_of_sam().await;
    let at = |title: &str| evidence.iter().find(|entry| entry["title"] == title).unwrap()["occurredAt"].clone();
    assert_eq!([at("Day"), at("Local"), at("Instant")], ["2026-03-31", "2026-04-01T03:30:00Z", "2026-04-01T04:30:00Z"]);
}

#[tokio::test]
async fn columns_are_mapped_and_others_are_listed() {
    let world = World::new().await;
    let file = "Story,Notes,Finished,Team\nRetries,Fewer lost payments,2026-03-31,Payments\n";
    let map = "map=Story%3Dtitle&map=Notes%3Dsummary&map=Finished%3DoccurredAt";
    let report = world.import(map, &format!("type,{file}").replace("\nRetries", "\nMANUAL,Retries")).await;
    assert_eq!((counts(&report), &report["ignoredColumns"]), ([1, 0, 0, 0], &json!(["Team"])), "{report}");
    for (kind, text) in [("goals", "title,status\nGrow,ACTIVE\n"), ("reviews", "year,type,content\n2025,SELF,Good.\n")]
    {
        let (status, report) = world.send_file("sam", kind, "text/csv", text.to_owned()).await;
        assert_eq!((status, counts(&report)), (StatusCode::OK, [1, 0, 0, 0]), "{report}");
        assert_eq!(world.send_file("bob", kind, "text/csv", text.to_owned()).await.1["created"], 1, "users are apart");
    }
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_as_a_whole_and_says_why() {
    let world = World::new().await;
    let table = |rows: usize| format!("type,title,summary,occurredAt\n{}", "MANUAL,A,,2026-03-31\n".repeat(rows));
    let cases = [
        ("evidence", "text/csv", String::new(), 400, "The file is empty"),
        ("evidence", "text/csv", "a,b\n1,2\n".to_owned(), 400, "has no column that can be imported"),
        ("evidence", "application/json", "[{]".to_owned(), 400, "is not JSON that can be imported"),
        (
            "evidence",
            "text/csv",
            table(2_001),
            413,
            "The file has 2001 rows. A request may have 2000: divide the file.",
        ),
        (
            "evidence",
            "text/csv",
            "x".repeat(4 * 1024 * 1024 + 1),
            413,
            "The body has 4194305 bytes; 4194304 are allowed.",
        ),
        ("evidence", "text/plain", table(1), 415, "text/csv, application/json"),
        ("goals?source=jira", "text/csv", table(1), 400, "evidence only"),
        ("evidence?map=Day%3Dtitel", "text/csv", table(1), 400, "Did you mean title?"),
    ];
    for (target, media_type, text, status, detail) in cases {
        let (found, problem) = world.send_file("sam", target, media_type, text).await;
        assert_eq!(found.as_u16(), status, "{target}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
    }
    let wrong = "evidence?source=trello&timeZone=Berlin&dryRun=yes&map=x&login=a&login=b";
    let (status, problem) = world.send_file("sam", wrong, "text/csv", table(1)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let mut wrong = pointers(&problem);
    wrong.sort_unstable();
    assert_eq!(wrong, ["?dryRun", "?login", "?map", "?source", "?timeZone"]);
    assert!(world.evidence_of_sam().await.is_empty());
}

#[tokio::test]
async fn rows_in_one_line_and_with_one_id_are_told_apart() {
    let world = World::new().await;
    let entry = |title: &str, id: &str| json!({"type": "MANUAL", "title": title, "summary": "", "occurredAt": "2026-03-31", "externalId": id});
    let report = world.import("", &format!("{} {} {}", entry("A", "a"), entry("B", "b"), entry("C", "a"))).await;
    assert_eq!(counts(&report), [2, 1, 0, 0], "{report}");
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows[0]["id"], rows[2]["id"]);
    assert_ne!(rows[0]["id"], rows[1]["id"]);
    let evidence = world.evidence_of_sam().await;
    let mut titles: Vec<&str> = evidence.iter().map(|entry| entry["title"].as_str().unwrap()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["B", "C"]);
    assert!(evidence.iter().all(|entry| rows.iter().any(|row| row["id"] == entry["id"])));
}

/// A function may answer with 6 MB.
#[tokio::test]
async fn an_answer_does_not_grow_with_what_it_quotes() {
    let world = World::new().await;
    let long = "\u{1}a".repeat(500_000);
    let objects: Vec<Value> =
        (0..1_900).map(|n| json!({"title": "A", (format!("{n}{}", "x".repeat(300))): 1})).collect();
    let pull = json!([{"number": 1, "title": "x", "url": "https://github.com/e/c/pull/1", "createdAt": "2026-02-01T00:00:00Z",
        "state": "MERGED", "author": "A".repeat(3_000_000)}]);
    for (text, status) in [
        (format!("{long},b\n1,2\n"), 400),
        (format!("type,title,summary,occurredAt,{long}\nMANUAL,T,S,2026-01-01,1\n"), 200),
        (json!(objects).to_string(), 200),
        (pull.to_string(), 200),
    ] {
        let media_type = if text.starts_with('[') { "application/json" } else { "text/csv" };
        let (found, answer) = world.send_file("sam", "evidence", media_type, text).await;
        assert_eq!(found.as_u16(), status, "{answer}");
        assert!(answer.to_string().len() < 1_500_000, "{}", answer.to_string().len());
    }
}

/// The largest import writes all rows within the time of a request.
#[tokio::test]
async fn two_thousand_rows_are_imported_at_once() {
    let world = World::new().await;
    let rows: String = (0..2_000).map(|row| format!("MANUAL,Row {row},,2026-03-31,row-{row}\n")).collect();
    let table = format!("type,title,summary,occurredAt,externalId\n{rows}");
    assert_eq!(counts(&world.import("", &table).await), [2_000, 0, 0, 0]);
    assert_eq!(counts(&world.import("", &table).await), [0, 0, 2_000, 0]);
}
