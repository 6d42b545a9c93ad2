//! Texts that are longer than `maxCharacters` of their block.

use domain::job::status::JobStatus;
use local::fake_claude::{Behaviour, Gate};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer};

const MAX: usize = 200;

fn say(characters: usize) -> Behaviour {
    Behaviour::say(format!("{}.", "ä".repeat(characters - 1)))
}

/// A world whose unwritten block allows [`MAX`] characters.
async fn world() -> World {
    let world = World::new().await;
    let path = format!("/{}/blocks/{}", world.seeded.document.id, world.seeded.unwritten().id);
    let (status, block) = answer(world.request(Method::PATCH, &path).json(&json!({"maxCharacters": MAX}))).await;
    assert_eq!((status.as_u16(), &block["maxCharacters"]), (200, &json!(MAX)), "{block}");
    world
}

/// The ended job, the length of its text, and the requests.
async fn run(behaviours: Vec<Behaviour>) -> (Value, usize, Vec<Value>) {
    let world = world().await;
    world.script(behaviours);
    let job = world.run(&world.generate_body()).await;
    let content = world.unwritten().await.0.expect("the block is written");
    assert_eq!(job["result"]["content"], json!(content));
    (job, content.chars().count(), world.journal().requests())
}

#[tokio::test]
async fn a_long_text_is_shortened_by_one_more_call_that_reads_the_cache() {
    let (job, length, requests) = run(vec![say(300), say(MAX)]).await;
    assert_eq!((&job["status"], &job["statusReason"], length), (&json!("COMPLETED"), &Value::Null, MAX), "{job}");
    let [first, second] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert_eq!(second["messages"][0], first["messages"][0], "the cached prefix and the task");
    assert_eq!(second["messages"][1]["content"].as_str().map(|draft| draft.chars().count()), Some(300));
    let task = second["messages"][2]["content"].as_str().unwrap();
    assert!(task.starts_with("The text has 300 characters. It may have at most 200."), "{task}");
    assert!(job["usage"]["cacheReadInputTokens"].as_u64() > Some(500), "{job}");
    let facts = first["messages"][0]["content"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap();
    assert!(facts.contains("\nLength: at most 200 characters."), "{facts}");
}

#[tokio::test]
async fn a_text_that_stays_too_long_is_written_and_says_so() {
    for (second, length) in [
        (say(250), 250),
        (say(400), 300),
        (Behaviour::status(529, "overloaded_error"), 300),
        (Behaviour::CloseEarly, 300),
        (Behaviour::Empty, 300),
        (Behaviour::Refuse, 300),
    ] {
        let name = format!("{second:?}");
        let (job, written, requests) = run(vec![say(300), second]).await;
        assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &json!("TOO_LONG")), "{name}: {job}");
        assert_eq!((&job["result"]["notices"], written), (&json!(["TOO_LONG"]), length), "{name}");
        assert_eq!((&job["attempt"], requests.len()), (&json!(1), 2), "{name}: the draft is paid for, and kept");
    }
}

/// The draft is paid for, so the deadline takes the shortening away, and not the draft.
#[tokio::test]
async fn a_shortening_that_hangs_until_the_deadline_leaves_the_draft() {
    let world = world().await;
    world.script([say(300), Behaviour::Hold(Gate::default())]);
    let id = world.create(&world.generate_body()).await;
    world.advance(590);
    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!(job.status(), JobStatus::Completed);
    assert_eq!(world.unwritten().await.0.map(|content| content.chars().count()), Some(300));
}

#[tokio::test]
async fn a_cancel_during_the_shortening_is_final() {
    let world = world().await;
    let gate = Gate::default();
    world.script([say(300), Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        answer(world.request(Method::DELETE, &format!("/jobs/{id}"))).await;
    });
    drained.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Failed);
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn max_characters_are_checked_kept_and_cleared() {
    let world = world().await;
    let path = format!("/{}/blocks", world.seeded.document.id);
    for wrong in [json!(99), json!(20_001), json!(1.5), json!("200")] {
        let new = json!({"type": "PROMPT_RESPONSE", "prompt": "Impact", "maxCharacters": wrong});
        let (status, problem) = answer(world.request(Method::POST, &path).json(&new)).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (400, &json!("/maxCharacters")), "{wrong}");
    }
    let new = json!({"type": "PROMPT_RESPONSE", "prompt": "Impact", "maxCharacters": 100});
    let (_, block) = answer(world.request(Method::POST, &path).json(&new)).await;
    assert_eq!(block["maxCharacters"], json!(100));
    let path = format!("{path}/{}", block["id"].as_str().unwrap());
    let kept = answer(world.request(Method::PATCH, &path).json(&json!({"prompt": "More"}))).await.1;
    assert_eq!((&kept["maxCharacters"], &kept["prompt"]), (&json!(100), &json!("More")));
    let cleared = answer(world.request(Method::PATCH, &path).json(&json!({"maxCharacters": null}))).await.1;
    assert_eq!(cleared["maxCharacters"], Value::Null);
}
