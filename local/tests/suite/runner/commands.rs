//! The program `report-builder` as a person calls it.

use local::runner::RunnerOptions;
use serde_json::json;

use crate::{
    programs::report_builder,
    world::{World, options},
};

async fn run(world: &World, arguments: &[&str]) -> (bool, String) {
    let mut program = report_builder();
    program.args(arguments).args(["--api", &world.runner.url(), "--token", "ada"]);
    let output = tokio::task::spawn_blocking(move || program.output()).await.unwrap().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_found_drafted_and_its_jobs_and_costs_are_listed() {
    let world = World::with(RunnerOptions { background: true, ..options() }).await;
    let (document, block) = (world.seeded.document.id.to_string(), world.seeded.unwritten().id.to_string());
    let (done, text) = run(&world, &["documents"]).await;
    assert!(done && text.contains(&document) && text.contains(&world.seeded.document.name), "{text}");

    let (done, text) = run(&world, &["generate", &document, "--all", "--watch"]).await;
    assert!(done, "{text}");
    assert!(text.contains("1 job(s): 12 match, 12 read, about -"), "{text}");
    assert!(
        text.contains(&format!("block {block}  COMPLETED")) && text.contains(&format!("/documents/{document}")),
        "{text}"
    );

    let (done, text) = run(&world, &["generate", &document, &block, "--watch"]).await;
    assert!(done && text.contains("This draft was written by the offline writer") && text.contains("[1]"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "lines are broken between words: {text}");

    world.edit(world.seeded.unwritten(), &json!({"content": "My own words."})).await;
    let (done, text) = run(&world, &["generate", &document, &block, "--watch"]).await;
    assert!(done && text.contains("note: Your own text stays") && text.contains("PROPOSED"), "{text}");
    assert_eq!(world.unwritten().await.0.as_deref(), Some("My own words."));

    let (done, text) = run(&world, &["jobs", "--document", &document]).await;
    assert!(done && text.matches("COMPLETED").count() == 3 && text.contains("PROPOSED"), "{text}");
    let prompt = world.seeded.unwritten().prompt.clone().unwrap();
    let first_words = prompt.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let tells_apart = |line: &str| line.contains("Half-year") && line.contains(&first_words);
    assert!(text.lines().all(tells_apart), "{text}");
    let (done, text) = run(&world, &["usage"]).await;
    assert!(done && text.contains("GENERATE") && text.contains("Total $0"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_say_what_to_do() {
    let world = World::new().await;
    let document = world.seeded.document.id.to_string();
    for (arguments, expected) in [
        (vec!["generate", "7", "--all"], "`report-builder documents` lists them"),
        (vec!["generate", &document], "--all"),
        (vec!["jobs", "--document", "x"], "no document's id"),
        (vec!["generate", &document, "019a0000-0000-7000-8000-000000000001"], "Block not found"),
    ] {
        let (done, text) = run(&world, &arguments).await;
        assert!(!done && text.contains(expected) && !text.contains("panicked"), "{arguments:?}: {text}");
    }
    let mut program = report_builder();
    program.args(["documents", "--api", "http://127.0.0.1:9"]);
    let output = tokio::task::spawn_blocking(move || program.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(text, "error: cannot reach http://127.0.0.1:9: nothing answers there. Start it with: make serve\n");
}

/// What is printed can be pasted: on this machine a token is the name of a user.
#[tokio::test(flavor = "multi_thread")]
async fn the_request_that_seed_prints_works() {
    let world = World::new().await;
    let mut program = report_builder();
    program.args(["seed", "--api", &world.runner.url(), "--token", "zoe"]);
    let output = tokio::task::spawn_blocking(move || program.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("  page        http://127.0.0.1:"), "{text}");
    let command = text.lines().find(|line| line.trim_start().starts_with("curl")).unwrap().trim().to_owned();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &command]);
    let output = tokio::task::spawn_blocking(move || shell.output()).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(answer.contains("\"status\":\"PENDING\""), "{command}\n{answer}");
}
