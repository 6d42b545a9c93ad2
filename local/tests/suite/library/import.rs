//! The `report-builder` program imports files and exports documents over HTTP.

use std::{path::PathBuf, process::Output};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    programs::{report_builder, scratch},
    world::{World, answer},
};

impl World {
    /// Runs the program as `user` against this world's service. Returns the output and its text.
    async fn run_program(&self, user: &str, arguments: &[&str]) -> (Output, String) {
        let mut command = report_builder();
        command.args(arguments).args(["--api", &self.runner.url(), "--token", user]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output, text)
    }

    async fn listed_of(&self, user: &str, kind: &str) -> Vec<Value> {
        let url = format!("{}/api/{kind}?limit=100", self.runner.url());
        let (_, page) = answer(crate::world::http().request(Method::GET, url).bearer_auth(user)).await;
        page["items"].as_array().unwrap().clone()
    }
}

fn file(name: &str, content: &str) -> String {
    let path: PathBuf = scratch("import").join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Pull requests as `gh pr list --json …` prints them.
fn pull_requests() -> Value {
    let titles = [
        "feat: Retry failed card payments",
        "fix: Round VAT by line [EU]",
        "docs: Explain webhooks",
        "Speed up the nightly export",
    ];
    let pulls = (0..60_usize).map(|number| {
        json!({
            "number": number + 1, "title": format!("{} ({number})", titles[number % 4]), "body": "It was wrong.\n\nNow it is right, for *all* of them.",
            "url": format!("https://github.com/example-corp/checkout/pull/{}", number + 1), "state": "MERGED",
            "mergedAt": format!("2026-0{}-{:02}T12:00:00Z", 1 + number / 28, 1 + number % 28), "createdAt": "2026-01-01T00:00:00Z",
            "additions": number * 10, "deletions": number, "changedFiles": 2, "author": {"login": if number % 10 == 9 { "ana" } else { "sam-sample" }},
        })
    });
    pulls.collect()
}

#[tokio::test]
async fn pull_requests_are_imported_drafted_from_and_exported() {
    let world = World::with(local::runner::RunnerOptions { background: true, ..crate::world::options() }).await;
    let path = file("pulls.json", &pull_requests().to_string());
    let (output, text) = world.run_program("sam", &["import", "github", &path]).await;
    assert!(!output.status.success() && text.contains("--login"), "{text}");
    for (created, kept) in [(60, 0), (0, 60)] {
        let (output, text) = world.run_program("sam", &["import", "github", &path, "--login", "sam-sample"]).await;
        assert!(output.status.success(), "{text}");
        let expected = format!("  created   {created}\n  updated   0\n  kept      {kept}\n  rejected  0\n");
        assert!(text.contains(&expected), "{text}");
    }
    let evidence = world.listed_of("sam", "evidence").await;
    assert_eq!(evidence.len(), 60);
    assert_eq!(evidence.iter().filter(|item| item["type"] == "PR_REVIEWED").count(), 6);

    let (output, text) = world.run_program("sam", &["demo"]).await;
    assert!(output.status.success(), "{text}");
    assert!(text.contains("60 pieces of evidence, 0 goals, 0 reviews") && text.contains("60 match, 60 read"), "{text}");
    let line = text.lines().find(|line| line.contains("Document")).unwrap();
    let document = line.split_whitespace().nth(1).unwrap();

    let (output, text) = world.run_program("sam", &["export", document]).await;
    assert!(output.status.success(), "{text}");
    println!("{text}");
    assert!(text.starts_with("# Performance review, draft\n\n"), "{text}");
    assert!(
        text.contains("\n## Performance review\n") && text.contains("\n### What were my most important achievements"),
        "{text}"
    );
    assert!(text.contains("in March 2026.[^s1] ") || text.contains("in March 2026. [^s1]"), "{text}");
    let notes: Vec<&str> = text.lines().filter(|line| line.starts_with("[^")).collect();
    assert!(notes.len() >= 3, "{text}");
    let first = "[^s1]: [Speed up the nightly export (59)](<https://github.com/example-corp/checkout/pull/60>) (example-corp/checkout#60, 2026-03-04)";
    assert_eq!(notes[0], first);
    assert!(notes.iter().any(|note| note.contains("Round VAT by line \\[EU\\]")), "{notes:?}");

    // A deleted source keeps its footnote, without its words.
    let id = evidence[0]["id"].as_str().unwrap();
    let deletion = crate::world::http().request(Method::DELETE, format!("{}/api/evidence/{id}", world.runner.url()));
    assert_eq!(answer(deletion.bearer_auth("sam")).await.0, 200);
    let target = scratch("export").join("review.md");
    let (output, text) = world.run_program("sam", &["export", document, "--output", target.to_str().unwrap()]).await;
    assert!(output.status.success() && text.contains("Written to"), "{text}");
    let text = std::fs::read_to_string(target).unwrap();
    assert!(text.contains("[^s1]: evidence that was deleted\n"), "{text}");

    for (user, document, expected) in [("bob", document, "Document not found"), ("sam", "1", "is no document's id")] {
        let (output, text) = world.run_program(user, &["export", document]).await;
        assert!(!output.status.success() && text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn csv_and_json_of_every_kind_are_imported_and_bad_rows_are_listed_with_their_line() {
    let world = World::new().await;
    let csv = "type,title,summary,occurredAt,category\n\
        MANUAL,Mentored Ana,Weekly,2026-03-01T10:00:00+01:00,help\n\
        MANUAL,No zone,Weekly,2026-03-02T10:00:00,help\n\
        MANUAL,\"Too few\"\n\
        MEETING,Wrong type,,2026-03-03T10:00:00Z,\n\
        MANUAL,\u{1b}[31mGave a talk 🚀,\"Two\nlines\",2026-03-04T10:00:00Z,\n";
    let path = file("evidence.csv", csv);
    for (created, kept) in [(3, 0), (0, 3)] {
        let (output, text) = world.run_program("sam", &["import", "evidence", &path]).await;
        assert!(!output.status.success(), "{text}");
        assert!(
            text.contains(&format!("  created   {created}\n  updated   0\n  kept      {kept}\n  rejected  2\n")),
            "{text}"
        );
        for expected in ["line 4     occurredAt is required", "line 5     type must be one of PR_AUTHORED"] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
    }
    let evidence = world.listed_of("sam", "evidence").await;
    assert_eq!((evidence.len(), &evidence[0]["summary"]), (3, &json!("Two\nlines")));
    let local = evidence.iter().find(|entry| entry["title"] == "No zone").unwrap();
    assert_eq!(local["occurredAt"], "2026-03-02T10:00:00Z");
    let zone = ["import", "evidence", &path, "--time-zone", "Europe/Berlin"];
    let (_, text) = world.run_program("sam", &zone).await;
    assert!(text.contains("  created   0\n  updated   1\n  kept      2\n"), "{text}");

    let goals = file("goals.csv", "title;status;targetDate;progressPercent\nGrow as a mentor;ACTIVE;2026-12-31;40\n");
    let reviews =
        file("reviews.json", &json!([{"year": 2025, "type": "MANAGER", "content": "Dependable."}]).to_string());
    for (kind, path) in [("goals", goals), ("reviews", reviews)] {
        let (output, text) = world.run_program("sam", &["import", kind, &path]).await;
        assert!(output.status.success() && text.contains("  created   1\n"), "{text}");
        assert_eq!(world.listed_of("sam", kind).await.len(), 1);
    }
    assert!(world.listed_of("bob", "evidence").await.is_empty());
}

#[tokio::test]
async fn files_that_cannot_be_imported_are_reported() {
    let world = World::new().await;
    let cases = [
        (file("a.json", "[{]"), "is not JSON that can be imported"),
        (file("b.csv", "one,two\n1,2\n"), "has no column that can be imported"),
        (file("c.json", "[]"), "has nothing to import"),
        ("no-such-file".to_owned(), "cannot read no-such-file"),
    ];
    for (path, expected) in cases {
        let (output, text) = world.run_program("sam", &["import", "evidence", &path]).await;
        assert!(!output.status.success() && text.contains(expected) && !text.contains("panicked"), "{text}");
    }
    let good = file("d.json", &json!([{"year": 2025, "type": "SELF", "content": "A"}]).to_string());
    let nowhere = ["import", "reviews", &good, "--api", "http://127.0.0.1:9"];
    let output = report_builder().args(nowhere).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && text.contains("cannot reach http://127.0.0.1:9: nothing answers there"),
        "{text}"
    );
}
