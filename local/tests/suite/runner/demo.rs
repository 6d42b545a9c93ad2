//! The `local` program: the demonstration, its error messages, and a runner that is killed.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::programs::{local as program, report_builder, scratch};
use crate::world::{answer, http};

fn output(arguments: &[&str]) -> (Output, String) {
    let mut program = if arguments[0] == "seed" { report_builder() } else { program() };
    let output = program.args(arguments).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, text)
}

#[test]
fn the_demonstration_shows_the_life_of_a_job_and_the_finished_block() {
    let (output, text) = output(&["demo"]);
    assert!(output.status.success(), "{text}");
    let order = [
        "202 Accepted",
        "PENDING",
        "PROCESSING",
        "COMPLETED",
        "offline writer, not by Claude",
        "[1] evidence:",
        "12 match, 12 read",
        "tokens",
        "1 revision",
        "page      http://127.0.0.1:",
    ];
    let mut rest = text.as_str();
    for part in order {
        let (_, after) =
            rest.split_once(part).unwrap_or_else(|| panic!("{part:?} is missing or out of order in\n{text}"));
        rest = after;
    }
}

/// The part from the draft to the numbers of the job. What comes before depends on how fast the job runs.
fn draft_and_numbers(text: &str) -> &str {
    let begin = text.find('─').unwrap_or_else(|| panic!("no draft in\n{text}"));
    let end = text.find("  page ").unwrap_or_else(|| panic!("no page in\n{text}"));
    &text[begin..end]
}

#[test]
fn the_recording_of_the_demonstration_is_up_to_date() {
    const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/images/demo.txt");
    let recorded = std::fs::read_to_string(RECORDING).unwrap();
    let (_, text) = output(&["demo"]);
    assert_eq!(draft_and_numbers(&recorded), draft_and_numbers(&text), "run make screenshots");
}

/// In a terminal, the demonstration serves the page until Ctrl-C.
#[tokio::test]
async fn in_a_terminal_the_demonstration_keeps_serving_its_page() {
    let mut terminal = Command::new("script");
    // Without exec, some shells stay as the parent, and report that Ctrl-C ended them.
    terminal.args(["-qec", &format!("exec {} demo", env!("CARGO_BIN_EXE_local")), "/dev/null"]);
    terminal.env_remove("ANTHROPIC_API_KEY").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = terminal.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let page = lines.by_ref().find(|line| line.trim_start().starts_with("page ")).unwrap();
    assert!(lines.next().unwrap().contains("Ctrl-C ends it"));
    let document = page.split_whitespace().last().unwrap().replace("/documents/", "/api/report-builder/");
    let (status, shown) = answer(http().get(document)).await;
    assert_eq!(status, 200, "{shown}");
    assert!(shown["blocks"].as_array().unwrap().iter().any(|block| block["content"].is_string()));
    child.stdin.take().unwrap().write_all(b"\x03").unwrap();
    lines.for_each(drop);
    assert!(child.wait().unwrap().success(), "Ctrl-C ends it");
}

#[test]
fn the_demonstration_drafts_from_a_file_and_reports_an_invalid_file() {
    let dir = scratch("evidence");
    let items: Vec<Value> = (1..=80)
        .map(|day| json!({"type": "PR_AUTHORED", "title": format!("Change {day}"), "summary": "", "occurredAt": format!("2025-03-01T00:{:02}:{:02}+01:00", day / 60, day % 60)}))
        .collect();
    let good = dir.join("good.json");
    std::fs::write(&good, json!({"items": items}).to_string()).unwrap();
    let (shown, text) = output(&["demo", "--evidence", good.to_str().unwrap()]);
    assert!(shown.status.success(), "{text}");
    assert!(text.contains("80 match, 80 read"), "{text}");
    assert!(text.contains("[1] evidence: Change 80"), "the newest comes first: {text}");

    let bad = dir.join("bad.json");
    let cases = [
        ("{", "is cut off"),
        ("[]", "has nothing to import"),
        ("{}", "1 of 1 rows"),
        (r#"{"items":[{"type":"PR_AUTHORED","title":"A","summary":"","occurredAt":"yesterday"}]}"#, "1 of 1 rows"),
    ];
    for (content, expected) in cases {
        std::fs::write(&bad, content).unwrap();
        let (shown, text) = output(&["demo", "--evidence", bad.to_str().unwrap()]);
        assert!(!shown.status.success() && text.contains(expected), "{text}");
        assert!(!text.contains("panicked"), "{text}");
    }
    let (shown, text) = output(&["demo", "--evidence", "no-such-file"]);
    assert!(!shown.status.success() && text.contains("cannot read no-such-file"), "{text}");
}

/// Variables that redirect the SDK or a client must not affect the embedded parts.
#[test]
fn aws_and_proxy_variables_of_the_user_have_no_effect() {
    let strange = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_MAX_ATTEMPTS", "abc"),
        ("AWS_PROFILE", "nobody"),
        ("http_proxy", "http://127.0.0.1:9"),
        ("https_proxy", "http://127.0.0.1:9"),
    ];
    let output = program().arg("demo").envs(strange).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_busy_port_and_a_broken_data_directory_are_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let dir = scratch("busy");
    let (shown, text) = output(&["serve", "--port", &port, "--data-dir", dir.to_str().unwrap()]);
    assert!(!shown.status.success() && text.contains(&format!("cannot listen on port {port}")), "{text}");

    let file = dir.join("file");
    std::fs::write(&file, "").unwrap();
    let (shown, text) = output(&["serve", "--port", "0", "--data-dir", file.to_str().unwrap()]);
    assert!(!shown.status.success() && text.contains("cannot make the data directory"), "{text}");

    std::fs::write(dir.join(local::aws::DATABASE_FILE), "this is no database, but it is long enough to be looked at")
        .unwrap();
    let (shown, text) = output(&["serve", "--port", "0", "--data-dir", dir.to_str().unwrap()]);
    assert!(!shown.status.success() && text.contains("cannot open the database"), "{text}");
}

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(dir: &std::path::Path) -> Self {
        let mut child = program()
            .args(["serve", "--port", "0", "--data-dir", dir.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let api = lines.by_ref().map(Result::unwrap).find(|line| line.trim_start().starts_with("API"));
        let url = api.unwrap().split_whitespace().last().unwrap().to_owned();
        // The output must be read, because a full pipe would block the server.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }
}

impl Server {
    /// Base URL without a path.
    fn base(&self) -> String {
        self.url.split("/api/").next().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ids(text: &str) -> (String, Vec<String>) {
    let of = |name: &str| {
        let lines = text.lines().filter(|line| line.trim_start().starts_with(name));
        lines.map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    (of("documentId")[0].clone(), of("blockId"))
}

/// Waits in real time until the lease of the killed process ends.
#[tokio::test]
async fn jobs_of_a_killed_runner_complete_after_its_restart() {
    const MOST: Duration = Duration::from_secs(60);
    let dir = scratch("killed");
    let mut server = Server::start(&dir);
    let (seeded, text) = output(&["seed", "--api", &server.base()]);
    assert!(seeded.status.success(), "{text}");
    let (document, blocks) = ids(&text);
    let post = async |server: &Server, body: Value| {
        let (status, job) = answer(http().post(&server.url).json(&body)).await;
        assert_eq!(status, 202, "{job}");
        job["jobId"].as_str().unwrap().to_owned()
    };
    let get =
        async |server: &Server, id: &str| answer(http().request(Method::GET, format!("{}/{id}", server.url))).await.1;
    let first = post(&server, json!({"type": "GENERATE", "documentId": document, "blockId": blocks[0]})).await;
    while get(&server, &first).await["status"] != "PROCESSING" {
        tokio::task::yield_now().await;
    }
    let second = post(&server, json!({"type": "REFINE", "documentId": document, "blockId": blocks[1]})).await;
    server.child.kill().unwrap();
    server.child.wait().unwrap();

    let restarted = Instant::now();
    let server = Server::start(&dir);
    for id in [&first, &second] {
        let job = loop {
            let job = get(&server, id).await;
            if matches!(job["status"].as_str(), Some("COMPLETED" | "FAILED")) {
                break job;
            }
            assert!(restarted.elapsed() < MOST, "{job}");
            tokio::time::sleep(Duration::from_millis(250)).await;
        };
        assert_eq!(job["status"], "COMPLETED", "{job}");
        assert!(job["statusReason"].is_null(), "{job}");
    }
    let (shown, text) = output(&["serve", "--port", "0", "--data-dir", dir.to_str().unwrap()]);
    assert!(!shown.status.success() && text.contains("in use by another runner"), "{text}");
    drop(server);
    // Each block was written exactly once. The second was created with a text.
    let stop = tokio_util::sync::CancellationToken::new();
    let template = local::template::Template::checked_in().unwrap();
    let embedded = local::aws::Embedded::start(&template, Some(&dir), None, stop).await.unwrap();
    let store = store::Store::new(embedded.dynamodb, local::aws::TABLE);
    let user = crate::world::user("local-user");
    let revisions = async |block: &str| {
        let (document, block) = (document.parse().unwrap(), block.parse().unwrap());
        let block = store.block(&user, document, block).await.unwrap().unwrap();
        store.revisions(&user, &block, None, 10).await.unwrap().items.len()
    };
    assert_eq!((revisions(&blocks[0]).await, revisions(&blocks[1]).await), (1, 2));
}
