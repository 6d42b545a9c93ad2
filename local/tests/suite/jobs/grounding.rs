//! What a text rests on, from the answer of the model to the block, through edits and restores.

use local::fake_claude::{Behaviour, Cite, Piece, Script};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer};

/// The passage of `content` at `at`.
fn passage(content: &Value, at: &Value) -> String {
    let offset = |name: &str| usize::try_from(at[name].as_u64().unwrap()).unwrap();
    content.as_str().unwrap().chars().skip(offset("start")).take(offset("end") - offset("start")).collect()
}

fn passages(shown: &Value, list: &str) -> Vec<String> {
    let grounding = &shown["grounding"];
    grounding[list].as_array().unwrap().iter().map(|at| passage(&shown["content"], at)).collect()
}

#[tokio::test]
async fn the_grounding_of_a_job_stays_with_its_block_through_edits_and_restores() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    // The second piece of evidence of the sample says “up to three times”.
    let cited = |text: &str| Piece { text: text.to_owned(), cites: vec![Cite { document: 0, items: 1..2 }] };
    let pieces = vec![
        Piece::plain("# Ä result\n\n"),
        cited("Payments are tried 3 times, and 73 % less are lost."),
        Piece::plain(" This helped 9,000 customers. [To add: how many hours it saved]\n"),
    ];
    world.script([Behaviour::Pieces(Script { pieces, ..Script::default() })]);
    let job = world.run(&world.generate_body()).await;
    assert_eq!(job["status"], "COMPLETED", "{job}");

    let path = format!("/{}/blocks/{}", block.document_id, block.id);
    let (_, written) = answer(world.request(Method::GET, &path)).await;
    assert_eq!(written["grounding"], job["result"]["grounding"]);
    assert_eq!(
        written["metadata"]["grounding"],
        json!({"sentences": 2, "cited": 1, "unsupportedNumbers": 2, "gaps": 1})
    );
    let check = |shown: &Value, uncited: &[&str], numbers: &[&str]| {
        assert_eq!(passages(shown, "uncited"), uncited, "{shown}");
        assert_eq!(passages(shown, "unsupportedNumbers"), numbers, "{shown}");
        let texts = shown["grounding"]["unsupportedNumbers"].as_array().unwrap().iter().map(|number| &number["text"]);
        assert!(texts.eq(numbers.iter()), "{shown}");
    };
    check(&written, &["This helped 9,000 customers."], &["73 %", "9,000"]);
    assert_eq!(passages(&written, "gaps"), ["[To add: how many hours it saved]"]);

    // A number that the person changes or adds is the person's own.
    let content = written["content"].as_str().unwrap();
    let content = content.replace("9,000", "9,500").replace("# Ä", "In 2019 I did 5 things. 👩‍💻\n\n# Ä");
    let edited = world.edit(block, &json!({"content": content})).await;
    check(&edited, &["In 2019 I did 5 things.", "This helped 9,500 customers."], &["73 %"]);
    let counts = json!({"sentences": 3, "cited": 1, "unsupportedNumbers": 1, "gaps": 1});
    assert_eq!(edited["metadata"]["grounding"], counts, "the counts follow the edit");
    let forged = world.edit(block, &json!({"metadata": {"grounding": {"sentences": 9}}})).await;
    assert_eq!(forged["metadata"]["grounding"], counts);

    let history = answer(world.request(Method::GET, &format!("{path}/history"))).await.1;
    let restore = json!({"revisionId": history["revisions"][1]["id"], "to": "after"});
    let (_, restored) = answer(world.request(Method::POST, &format!("{path}/history")).json(&restore)).await;
    assert_eq!(restored["grounding"], written["grounding"]);
    assert_eq!(restored["metadata"]["grounding"], written["metadata"]["grounding"]);

    // REFINE may state the numbers of the text, but not those that no source supports.
    world.script([Behaviour::say("Payments are tried 3 times, and 73 % less are lost.")]);
    let mut body = world.generate_body();
    body["type"] = json!("REFINE");
    let refined = world.run(&body).await;
    check(&refined["result"], &["Payments are tried 3 times, and 73 % less are lost."], &["73 %"]);
}

#[tokio::test]
async fn lists_of_jobs_have_no_grounding_and_an_empty_block_has_none() {
    let world = World::new().await;
    world.run(&world.generate_body()).await;
    let (_, jobs) = answer(world.request(Method::GET, "/jobs")).await;
    assert!(jobs["jobs"][0]["result"].get("grounding").is_none(), "{jobs}");
    let block = world.seeded.unwritten();
    let cleared = world.edit(block, &json!({"content": null})).await;
    assert_eq!(cleared["grounding"], Value::Null);
}

#[tokio::test]
async fn insights_rest_on_the_sources_that_they_name() {
    let world = World::new().await;
    let themes = json!([{"title": "Pace", "summary": "It took 3 tries and reached 9,000 people.", "evidence": ["E2"]}]);
    let insights = json!({"themes": themes, "strengths": [], "gaps": [], "recommendations": []});
    world.script([Behaviour::say(insights.to_string())]);
    let job = world.run(&world.analyze_body()).await;
    let result = &job["result"];
    let number = &result["grounding"]["unsupportedNumbers"][0];
    assert_eq!(number["text"], "9,000", "{result}");
    assert_eq!(passage(&result["analysis"], number), "9,000");
    assert_eq!((&result["grounding"]["sentences"], &result["grounding"]["cited"]), (&json!(1), &json!(1)));
}
