//! The history of a block: its revisions and restoring one of them.

use domain::{
    annotation::Annotations,
    report::{
        block::Block,
        revision::{Change, ChangeType},
    },
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{documents::Edit, table::transaction::Saved};

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    world::{World, answer, assert_fits, pointers},
};

fn path(block: &Block) -> String {
    format!("/{}/blocks/{}/history", block.document_id, block.id)
}

async fn history(world: &World, block: &Block, limit: usize) -> Vec<Value> {
    let (mut revisions, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, page) =
            answer(world.request(Method::GET, &format!("{}?limit={limit}{cursor}", path(block)))).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert_fits(&page);
        revisions.extend(page["revisions"].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return revisions,
        }
    }
}

async fn restore(world: &World, block: &Block, revision: &Value) -> (StatusCode, Value) {
    answer(world.request(Method::POST, &path(block)).json(&json!({"revisionId": revision["id"], "to": "after"}))).await
}

#[tokio::test]
async fn three_hundred_edits_are_paged_newest_first_and_the_first_content_can_be_restored() {
    let world = World::new().await;
    let block = world.seeded.written();
    for number in 1..=300 {
        world.edit(block, &json!({"content": format!("Edit {number}")})).await;
    }
    for limit in [7, 50, 100] {
        let revisions = history(&world, block, limit).await;
        let texts: Vec<String> =
            revisions.iter().map(|revision| revision["newContent"].as_str().unwrap().to_owned()).collect();
        let mut expected: Vec<String> = (1..=300).rev().map(|number| format!("Edit {number}")).collect();
        expected.extend(block.content.clone());
        assert_eq!(texts, expected, "limit {limit}: the last is what the block was created with");
        assert!(revisions.windows(2).all(|pair| pair[0]["previousContent"] == pair[1]["newContent"]));
        assert_eq!(revisions[300]["previousContent"], json!(null));
    }
    let revisions = history(&world, block, 100).await;
    let newest = &revisions[0];
    assert_eq!(
        (&newest["changeType"], &newest["changedBy"], &newest["jobId"]),
        (&json!("MANUAL_EDIT"), &json!("USER"), &json!(null))
    );

    let (status, restored) = restore(&world, block, &revisions[300]).await;
    assert_eq!((status, &restored["content"]), (StatusCode::OK, &json!(block.content)));
    assert_eq!(
        (&restored["revision"]["changeType"], &restored["revision"]["previousContent"]),
        (&json!("RESTORE"), &json!("Edit 300"))
    );
    let revisions = history(&world, block, 100).await;
    assert_eq!((revisions.len(), &revisions[0]["newContent"]), (302, &json!(block.content)));
    assert_eq!(revisions[0], restored["revision"]);
    let (_, page) = answer(world.request(Method::GET, &path(block))).await;
    assert_eq!(page["currentContent"], json!(block.content));
}

#[tokio::test]
async fn restoring_the_text_that_a_block_has_leaves_no_revision() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    world.run(&world.generate_body()).await;
    let revisions = history(&world, block, 10).await;
    let (_, page) = answer(world.request(Method::GET, &path(block))).await;
    let text = json!({"restoreToContent": page["currentContent"]});
    for body in [text, json!({"revisionId": revisions[0]["id"], "to": "after"})] {
        let (status, restored) = answer(world.request(Method::POST, &path(block)).json(&body)).await;
        assert_eq!((status, &restored["revision"]), (StatusCode::OK, &revisions[0]), "{body}");
        assert_eq!(history(&world, block, 10).await, revisions, "{body}");
    }
}

#[tokio::test]
async fn a_block_created_without_content_has_no_history_until_it_is_written() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    assert!(history(&world, block, 10).await.is_empty());
    world.run(&world.generate_body()).await;
    let revisions = history(&world, block, 10).await;
    assert_eq!(revisions.len(), 1);
    assert_eq!(
        (&revisions[0]["previousContent"], &revisions[0]["changeType"], &revisions[0]["changedBy"]),
        (&json!(null), &json!("AGENT_GENERATION"), &json!("AGENT"))
    );
    assert_eq!(revisions[0]["agentModel"], "offline-writer");
}

/// Claims that an edit leaves unchanged keep their citations. A restored text gets its citations back.
#[tokio::test]
async fn citations_follow_the_text_through_edits_and_restores() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    world.run(&world.generate_body()).await;
    let block_path = format!("/{}/blocks/{}", block.document_id, block.id);
    let (_, written) = answer(world.request(Method::GET, &block_path)).await;
    let content = written["content"].as_str().unwrap();
    let count = |block: &Value| block["citations"].as_array().unwrap().len();
    assert!(count(&written) > 4);

    let (first_sentence, rest) = content.split_once(". ").unwrap();
    let edited = world.edit(block, &json!({"content": format!("I did a lot. {rest}")})).await;
    assert_eq!(count(&edited), count(&written), "the removed sentence {first_sentence:?} cites nothing");
    let chars: Vec<char> = edited["content"].as_str().unwrap().chars().collect();
    let before: Vec<char> = content.chars().collect();
    for (old, new) in written["citations"].as_array().unwrap().iter().zip(edited["citations"].as_array().unwrap()) {
        let span = |chars: &[char], citation: &Value| {
            let offset = |name: &str| usize::try_from(citation[name].as_u64().unwrap()).unwrap();
            chars[offset("start")..offset("end")].iter().collect::<String>()
        };
        assert_eq!(span(&before, old), span(&chars, new));
        assert_eq!(old["sourceId"], new["sourceId"]);
    }
    let cleared = world.edit(block, &json!({"content": "Nothing of it is left."})).await;
    assert_eq!(count(&cleared), 0);
    let revisions = history(&world, block, 10).await;
    let (_, restored) = restore(&world, block, &revisions[2]).await;
    assert_eq!((&restored["content"], &restored["citations"]), (&written["content"], &written["citations"]));
}

#[tokio::test]
async fn long_texts_cost_little_to_read_and_their_pages_fit_into_a_lambda_response() {
    let world = World::new().await;
    let block = world.seeded.written();
    let long = |number: usize| format!("Version {number}. {}", "I mended the payments of example-corp. ".repeat(5_000));
    for number in 0..12 {
        world.edit(block, &json!({"content": long(number)})).await;
    }
    let (store, meter) = world.runner.store.metered();
    let page = store.revisions(&world.user, block, None, 12).await.unwrap();
    println!("12 revisions of {} KB each: {} read units", long(0).len() / 1024, meter.read_units());
    assert!(meter.read_units() <= 16.0, "one unit for each text, and without compression 48");
    assert!(page.items.len() < 12, "a page ends early");

    let (_, first) = answer(world.request(Method::GET, &format!("{}?limit=100", path(block)))).await;
    assert!(first.to_string().len() < 2 * 1024 * 1024 && first["nextCursor"].is_string());
    let mut revisions = history(&world, block, 100).await;
    assert_eq!(revisions.pop().unwrap()["newContent"], json!(block.content), "what the block was created with");
    assert_eq!(revisions.len(), 12);
    assert!(revisions.iter().rev().enumerate().all(|(number, revision)| revision["newContent"] == json!(long(number))));
    assert!(revisions.windows(2).all(|pair| pair[0]["previousContent"] == pair[1]["newContent"]));
}

/// A quotation mark takes four bytes in the response of a function.
#[tokio::test]
async fn texts_that_grow_in_the_response_come_in_pages_that_fit() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    let hostile = |number: usize| format!("{number} {}", "\"".repeat(120_000));
    for number in 0..12 {
        world.edit(block, &json!({"content": hostile(number)})).await;
    }
    let revisions = history(&world, block, 100).await;
    let expected: Vec<String> = (0..12).rev().map(hostile).collect();
    assert!(revisions.iter().map(|revision| &revision["newContent"]).eq(&expected), "each once, newest first");
}

/// No user can send such a text. The answer of a job can be that long.
#[tokio::test]
async fn a_text_that_is_too_long_for_a_response_is_left_out_of_the_history() {
    let world = World::new().await;
    let (store, block) = (&world.runner.store, world.seeded.unwritten());
    for (text, current) in [("\"".repeat(700_000), json!(null)), ("Short.".to_owned(), json!("Short."))] {
        let before = store.block(&world.user, block.document_id, block.id).await.unwrap().unwrap();
        let mut after = before.changed(world.runner.clock.now());
        let revision = after.rewrite(Some(text), Annotations::default(), None, Change::by_user(ChangeType::ManualEdit));
        let edit = Edit { block: Some((after, Some(before.version))), revision: Some(revision), ..Edit::default() };
        assert_eq!(store.save(&world.user, &edit).await.unwrap(), Saved::Written);
        let (_, page) = answer(world.request(Method::GET, &path(block))).await;
        assert_eq!(page["currentContent"], current);
    }
    let revisions = history(&world, block, 100).await;
    assert_eq!(revisions.len(), 2);
    for revision in revisions {
        assert_eq!((&revision["contentOmitted"], &revision["newContent"]), (&json!(true), &json!(null)));
    }
}

/// Clients show the text that a revision replaced, and restore it.
#[tokio::test]
async fn a_revision_restores_the_text_before_it_unless_the_request_asks_for_the_text_after_it() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    for content in [json!("First"), json!("Second"), json!(null), json!("Third")] {
        world.edit(block, &json!({"content": content})).await;
    }
    let mut revisions = history(&world, block, 10).await;
    revisions.reverse();
    let restore = async |body: Value| answer(world.request(Method::POST, &path(block)).json(&body)).await;
    // Before a revision is the text of the one before it.
    for (index, before, after) in [
        (1, Some("First"), Some("Second")),
        (2, Some("Second"), None),
        (0, None, Some("First")),
        (3, None, Some("Third")),
    ] {
        let id = &revisions[index]["id"];
        for body in [json!({"revisionId": id}), json!({"revisionId": id, "to": "before"})] {
            let (status, answered) = restore(body).await;
            match before {
                Some(text) => {
                    assert_eq!((status, &answered["content"]), (StatusCode::OK, &json!(text)), "{index}");
                    assert_eq!(answered["revision"]["changeType"], "RESTORE");
                    assert_eq!(answered["revision"]["newContent"], text);
                }
                None => assert_eq!(
                    (status, &answered["code"]),
                    (StatusCode::CONFLICT, &json!("NOTHING_TO_RESTORE")),
                    "{index}: {answered}"
                ),
            }
        }
        let (status, answered) = restore(json!({"revisionId": id, "to": "after"})).await;
        assert_eq!((status, &answered["content"]), (StatusCode::OK, &json!(after)), "{index}");
    }
    assert_eq!(
        history(&world, block, 100).await.len(),
        4 + 5,
        "neither a refused request nor a text that the block has leaves one"
    );
}

/// The text before a revision comes back with what it cites.
#[tokio::test]
async fn the_text_before_a_revision_comes_with_its_citations() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    world.run(&world.generate_body()).await;
    let block_path = format!("/{}/blocks/{}", block.document_id, block.id);
    let (_, written) = answer(world.request(Method::GET, &block_path)).await;
    world.edit(block, &json!({"content": "Mine."})).await;
    let newest = history(&world, block, 1).await.remove(0);
    let body = json!({"revisionId": newest["id"]});
    let (_, restored) = answer(world.request(Method::POST, &path(block)).json(&body)).await;
    assert!(!written["citations"].as_array().unwrap().is_empty());
    for field in ["content", "citations", "grounding"] {
        assert_eq!(restored[field], written[field], "{field}");
    }
}

#[tokio::test]
async fn a_text_can_be_restored_as_it_is() {
    let world = World::new().await;
    let block = world.seeded.written();
    let restore = async |body: Value| answer(world.request(Method::POST, &path(block)).json(&body)).await;
    let (status, restored) = restore(json!({"restoreToContent": "As it was."})).await;
    assert_eq!(
        (status, &restored["content"], &restored["contentBy"]),
        (StatusCode::OK, &json!("As it was."), &json!("USER"))
    );
    let revision = &restored["revision"];
    assert_eq!((&revision["changeType"], &revision["newContent"]), (&json!("RESTORE"), &json!("As it was.")));
    assert_eq!(revision["previousContent"], json!(block.content));

    let id = &revision["id"];
    for (body, expected) in [
        (json!({}), "/revisionId"),
        (json!({"revisionId": null, "restoreToContent": null}), "/revisionId"),
        (json!({"revisionId": id, "restoreToContent": "Both"}), "/restoreToContent"),
        (json!({"restoreToContent": "A", "to": "after"}), "/to"),
        (json!({"restoreToContent": " "}), "/restoreToContent"),
        (json!({"restoreToContent": 7}), "/restoreToContent"),
        (json!({"revisionId": id, "to": "AFTER"}), "/to"),
        (json!({"revisionId": id, "until": "after"}), "/until"),
    ] {
        let (status, problem) = restore(body.clone()).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec![expected]), "{body}");
    }
    assert_eq!(world.content_of(block.id).await, (Some("As it was.".to_owned()), 2));
}

#[tokio::test]
async fn only_revisions_of_the_block_itself_can_be_restored() {
    let world = World::new().await;
    let (one, other) = (world.seeded.written(), world.seeded.unwritten());
    world.edit(one, &json!({"content": "Mine."})).await;
    world.edit(other, &json!({"content": "Another."})).await;
    let foreign = history(&world, other, 1).await.remove(0);
    let missing = json!({"id": "019a0000-0000-7000-8000-000000000001"});
    for revision in [&foreign, &missing] {
        let (status, problem) = restore(&world, one, revision).await;
        assert_eq!((status, &problem["error"]), (StatusCode::NOT_FOUND, &json!("Revision not found")));
    }
    for id in [json!("1"), json!(null), json!(7)] {
        assert_eq!(restore(&world, one, &json!({"id": id})).await.0, StatusCode::BAD_REQUEST);
    }
    let revision = history(&world, one, 1).await.remove(0);
    let stale = world.request(Method::POST, &path(one)).header("if-match", "\"1\"");
    let (status, _) = answer(stale.json(&json!({"revisionId": revision["id"]}))).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(world.content_of(one.id).await, (Some("Mine.".to_owned()), 2));
    let (_, page) = answer(world.request(Method::GET, &format!("{}?limit=2", path(one)))).await;
    assert!(page["nextCursor"].is_null());
}

/// The response holds the text three times. It is stored under the key, deflated.
#[tokio::test]
async fn a_long_text_is_restored_under_an_idempotency_key() {
    let world = World::new().await;
    let block = world.seeded.written();
    let text = "A sentence of a long review. ".repeat(4_500);
    for text in [&text, &text.to_uppercase()] {
        world.edit(block, &json!({"content": text})).await;
    }
    let revision = history(&world, block, 1).await[1].clone();
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let request = world.request(Method::POST, &path(block)).header("idempotency-key", "restore");
        let (status, body) = answer(request.json(&json!({"revisionId": revision["id"], "to": "after"}))).await;
        assert_eq!(status, StatusCode::OK, "{}", body["detail"]);
        assert_eq!(body["content"], json!(text));
        bodies.push(body);
    }
    assert_eq!(bodies[0], bodies[1]);
}

/// A text is deleted after its block and its revision have been read, and before it is read itself.
#[tokio::test]
async fn what_is_deleted_while_it_is_read_is_not_found() {
    let world = World::new().await;
    let block = world.seeded.written();
    world.edit(block, &json!({"content": "Edited"})).await;
    // Call 0 reads the item, call 1 its text. Without an answer, the SDK sends call 1 again.
    let hold_text = Fault::HoldCall { number: 1, is_done: false };
    let ((of_block, first), (of_document, second), (of_history, third)) = tokio::join!(
        proxied_store(&world, hold_text),
        proxied_store(&world, hold_text),
        proxied_store(&world, hold_text)
    );
    let delete = async {
        tokio::join!(first.held(), second.held(), third.held());
        let path = format!("/{}/blocks/{}", block.document_id, block.id);
        let (status, body) = answer(world.request(Method::DELETE, &path)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    };
    let (read, document, revisions, ()) = tokio::join!(
        of_block.block(&world.user, block.document_id, block.id),
        of_document.document(&world.user, block.document_id),
        of_history.revisions(&world.user, block, None, 50),
        delete,
    );
    assert!(read.unwrap().is_none());
    let (_, blocks) = document.unwrap().expect("the document is left");
    assert!(blocks.iter().all(|other| other.id != block.id));
    assert!(revisions.unwrap().items.is_empty());
}
