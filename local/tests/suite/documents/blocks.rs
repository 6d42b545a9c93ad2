//! Blocks: their order, their versions and their texts.

use std::collections::BTreeSet;

use domain::{
    ids::BlockId,
    report::document::{Document, MAX_BLOCKS},
};
use local::fake_claude::{Behaviour, Gate};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    world::pointers,
    world::{World, answer},
};

fn blocks(world: &World) -> String {
    format!("/{}/blocks", world.seeded.document.id)
}

fn block(world: &World, id: BlockId) -> String {
    format!("{}/{id}", blocks(world))
}

async fn add(world: &World, body: Value) -> Value {
    let (status, block) = answer(world.request(Method::POST, &blocks(world)).json(&body)).await;
    assert_eq!(status, StatusCode::CREATED, "{block}");
    block
}

/// Returns the first eight characters of the content of each block, in the order of the document.
async fn order(world: &World) -> Vec<String> {
    let (_, document) = answer(world.request(Method::GET, &format!("/{}", world.seeded.document.id))).await;
    let listed = document["blocks"].as_array().unwrap();
    for (index, block) in listed.iter().enumerate() {
        assert_eq!(block["position"], index, "positions are dense");
    }
    listed.iter().map(|block| block["content"].as_str().unwrap_or("-").chars().take(8).collect()).collect()
}

#[tokio::test]
async fn blocks_are_inserted_moved_and_deleted_at_any_position() {
    let world = World::new().await;
    let (heading, answer_text) = ("Half-yea", "I review");
    let first = add(&world, json!({"type": "TEXT", "content": "first", "position": 0})).await;
    add(&world, json!({"type": "DIVIDER"})).await;
    add(&world, json!({"type": "TEXT", "content": "far", "position": 999})).await;
    add(&world, json!({"type": "TEXT", "content": "third", "position": 2})).await;
    assert_eq!(order(&world).await, ["first", heading, "third", "-", answer_text, "-", "far"]);

    let path = block(&world, first["id"].as_str().unwrap().parse().unwrap());
    for (position, expected) in [
        (2, [heading, "third", "first", "-", answer_text, "-", "far"]),
        (6, [heading, "third", "-", answer_text, "-", "far", "first"]),
        (6, [heading, "third", "-", answer_text, "-", "far", "first"]),
        (0, ["first", heading, "third", "-", answer_text, "-", "far"]),
    ] {
        let (status, moved) = answer(world.request(Method::PATCH, &path).json(&json!({"position": position}))).await;
        assert_eq!((status, &moved["position"], &moved["version"]), (StatusCode::OK, &json!(position), &json!(1)));
        assert_eq!(order(&world).await, expected);
    }
    let (status, gone) = answer(world.request(Method::DELETE, &path)).await;
    assert_eq!((status, &gone["content"]), (StatusCode::OK, &json!("first")));
    assert_eq!(order(&world).await, [heading, "third", "-", answer_text, "-", "far"]);
    let (status, problem) = answer(world.request(Method::DELETE, &path)).await;
    assert_eq!((status, &problem["error"]), (StatusCode::NOT_FOUND, &json!("Block not found")));
}

#[tokio::test]
async fn a_list_can_leave_out_all_texts_but_headings() {
    let world = World::new().await;
    let list = async |query: &str| answer(world.request(Method::GET, &format!("{}{query}", blocks(&world)))).await;
    let (_, whole) = list("").await;
    let (status, listed) = list("?content=headings").await;
    assert_eq!(status, StatusCode::OK);
    let pairs = || whole["blocks"].as_array().unwrap().iter().zip(listed["blocks"].as_array().unwrap());
    assert_eq!(pairs().count(), 3);
    for (block, listed) in pairs() {
        for name in ["id", "type", "prompt", "position", "metadata", "version", "contentBy"] {
            assert_eq!(block[name], listed[name], "{name}");
        }
        let is_left_out = block["type"] != "HEADING" && !block["content"].is_null();
        assert_eq!(listed["content"], if is_left_out { Value::Null } else { block["content"].clone() });
        assert_eq!(listed["contentOmitted"] == true, is_left_out, "{listed}");
    }
    assert_eq!(pairs().filter(|(_, listed)| listed["contentOmitted"] == true).count(), 1);
    let (status, problem) = list("?content=all").await;
    assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["?content"]));
}

/// Every insert writes the item of the document, so concurrent inserts conflict and are retried.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_inserts_never_share_a_position_and_none_is_lost() {
    let world = World::new().await;
    let sent =
        (0..24).map(|number| add(&world, json!({"type": "TEXT", "content": format!("n{number}"), "position": 1})));
    let added = futures_util::future::join_all(sent).await;
    let order = order(&world).await;
    assert_eq!(order.len(), 27);
    let new: BTreeSet<_> = order.iter().filter(|content| content.starts_with('n')).collect();
    assert_eq!((new.len(), added.len()), (24, 24));
    assert_eq!((order[0].as_str(), order[25].as_str()), ("Half-yea", "-"), "the other blocks keep their order");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_concurrent_edits_of_a_version_one_wins_and_leaves_one_revision() {
    let world = World::new().await;
    let path = block(&world, world.seeded.written().id);
    for round in 0..10 {
        let (_, before) = answer(world.request(Method::GET, &path)).await;
        let version = before["version"].as_u64().unwrap();
        let edit = |who: &str| {
            let body = json!({"content": format!("{who} in round {round}")});
            answer(world.request(Method::PATCH, &path).header("if-match", format!("\"{version}\"")).json(&body))
        };
        let (one, other) = tokio::join!(edit("Ada"), edit("Bob"));
        let mut statuses = [one.0.as_u16(), other.0.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{} {}", one.1, other.1);
        let (won, lost) = if one.0 == StatusCode::OK { (one.1, other.1) } else { (other.1, one.1) };
        assert_eq!((&won["version"], &lost["code"]), (&json!(version + 1), &json!("PRECONDITION_FAILED")));
        let (content, revisions) = world.content_of(world.seeded.written().id).await;
        assert_eq!((won["content"].as_str(), revisions), (content.as_deref(), round + 2));
    }
}

/// These changes leave no revision, so only the version of the block detects a conflict.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_changes_of_different_metadata_are_all_stored() {
    let world = World::new().await;
    let block = world.seeded.written();
    let patches: Vec<Value> = (0..16).map(|number| json!({"metadata": {format!("k{number}"): number}})).collect();
    futures_util::future::join_all(patches.iter().map(|patch| world.edit(block, patch))).await;
    let changed = world.edit(block, &json!({})).await;
    assert_eq!((changed["metadata"].as_object().unwrap().len(), &changed["version"]), (16, &json!(17)));
}

#[tokio::test]
async fn versions_are_sent_and_checked_as_entity_tags() {
    let world = World::new().await;
    let path = block(&world, world.seeded.written().id);
    let response = world.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.headers()["etag"], "\"1-2\"", "version and position");
    let patch = |tag: &str, body: Value| world.request(Method::PATCH, &path).header("if-match", tag).json(&body).send();
    for (tag, status) in [
        ("\"2\"", 412),
        ("W/\"1\"", 412),
        ("abc", 412),
        ("", 412),
        ("\"1\"", 200),
        ("*", 200),
        ("\"3-2\"", 200),
        ("\"4-0\"", 200),
    ] {
        let response = patch(tag, json!({"prompt": tag})).await.unwrap();
        assert_eq!(response.status(), status, "{tag}");
    }
    let response = patch("\"1\", \"5\"", json!({"prompt": "\"4-0\""})).await.unwrap();
    assert_eq!(response.headers()["etag"], "\"5-2\"", "a patch that changes nothing keeps the version");
    let deleted = world.request(Method::DELETE, &path).header("if-match", "\"3\"");
    assert_eq!(answer(deleted).await.0, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_patch_changes_only_its_fields_and_null_clears_a_field() {
    let world = World::new().await;
    let block = world.seeded.written();
    let changed = world
        .edit(block, &json!({"type": "TEXT", "prompt": null, "metadata": {"pinned": true, "colour": "blue"}}))
        .await;
    assert_eq!((&changed["type"], &changed["prompt"], &changed["version"]), (&json!("TEXT"), &json!(null), &json!(2)));
    assert_eq!(changed["content"], json!(block.content), "a field outside the patch keeps its value");
    let changed = world.edit(block, &json!({"metadata": {"colour": null, "size": 3}})).await;
    assert_eq!(changed["metadata"], json!({"pinned": true, "size": 3}));
    assert_eq!(world.content_of(block.id).await.1, 1, "only the content and its changes leave revisions");
    let changed = world.edit(block, &json!({"content": null})).await;
    assert_eq!((&changed["content"], world.content_of(block.id).await.1), (&json!(null), 2));
}

#[tokio::test]
async fn an_empty_text_for_no_text_is_no_edit() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    let same = world.edit(block, &json!({"content": "", "prompt": block.prompt})).await;
    assert_eq!((&same["content"], &same["version"]), (&json!(null), &json!(1)));
    assert_eq!(world.content_of(block.id).await.1, 0);
}

#[tokio::test]
async fn what_can_be_seen_of_a_text_is_stored_byte_by_byte_and_never_interpreted() {
    let world = World::new().await;
    let as_they_are = [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "Ana 👩‍💻 wrote 日本語, مرحبا بالعالم, e\u{301} and é.",
        "[a link](https://example.com) and [^1]\n\n[^1]: a note",
        "tabs\t and\r\nlines\u{2028}",
        "  white space at both ends \n",
    ];
    let invisible = ("\u{0}\u{1}\u{7}\u{1b}[31m\u{202e}a\u{200b}b\u{e0041}", "[31mab");
    for (sent, text) in as_they_are.map(|text| (text, text)).into_iter().chain([invisible]) {
        let changed = world
            .edit(world.seeded.written(), &json!({"content": sent, "prompt": sent, "metadata": {"note": sent}}))
            .await;
        assert_eq!(
            (&changed["content"], &changed["prompt"], &changed["metadata"]["note"]),
            (&json!(text), &json!(text), &json!(sent)),
            "metadata belongs to the client"
        );
        let (_, read) = answer(world.request(Method::GET, &block(&world, world.seeded.written().id))).await;
        assert_eq!(read, changed);
    }
}

/// Metadata belongs to the client. It may have numbers, names and depths that DynamoDB cannot store directly.
#[tokio::test]
async fn metadata_of_any_shape_is_returned_unchanged() {
    let world = World::new().await;
    let mut deep = json!("bottom");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let metadata = json!({"deep": deep, "huge": 1e300, "tiny": 1e-300, "": {"": [null, {}, []]}, "long": u64::MAX, "text": "\u{0}"});
    let changed = world.edit(world.seeded.written(), &json!({"metadata": metadata})).await;
    assert_eq!(changed["metadata"], metadata);
    let config = json!({"maxEvidence": 3, "later": metadata});
    let path = format!("/{}", world.seeded.document.id);
    let (status, document) = answer(world.request(Method::PATCH, &path).json(&json!({"contextConfig": config}))).await;
    assert_eq!((status, &document["contextConfig"]["later"]), (StatusCode::OK, &metadata));
    let (_, read) = answer(world.request(Method::GET, &path)).await;
    assert_eq!(read, document);
}

#[tokio::test]
async fn all_errors_in_a_block_are_reported_at_once() {
    let world = World::new().await;
    let cases = [
        (json!({}), vec!["/type"]),
        (
            json!({"type": "TABLE", "prompt": 1, "content": [], "position": -1}),
            vec!["/type", "/prompt", "/content", "/position"],
        ),
        (json!({"type": "TEXT", "prompt": "x".repeat(10_001)}), vec!["/prompt"]),
        (json!({"type": "TEXT", "position": 1.5}), vec!["/position"]),
    ];
    for (body, expected) in cases {
        let (status, problem) = answer(world.request(Method::POST, &blocks(&world)).json(&body)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, expected), "{body}");
    }
    let path = block(&world, world.seeded.written().id);
    for (body, expected) in [
        (json!({"type": null}), vec!["/type"]),
        (json!({"type": "X", "position": "1", "metadata": []}), vec!["/type", "/position", "/metadata"]),
    ] {
        let (status, problem) = answer(world.request(Method::PATCH, &path).json(&body)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, expected), "{body}");
    }
    assert_eq!(order(&world).await.len(), 3);
}

#[tokio::test]
async fn a_block_of_another_document_is_not_found_there() {
    let world = World::new().await;
    let other = crate::world::seed(&world.runner, "ada").await;
    let mixed = format!("{}/{}", blocks(&world), other.written().id);
    let requests = [
        (Method::GET, mixed.clone(), None),
        (Method::PATCH, mixed.clone(), Some(json!({"content": "x"}))),
        (Method::DELETE, mixed.clone(), None),
        (Method::GET, format!("{mixed}/history"), None),
        (Method::POST, format!("{mixed}/history"), Some(json!({"revisionId": "019a0000-0000-7000-8000-000000000001"}))),
    ];
    for (method, path, body) in requests {
        let mut request = world.request(method.clone(), &path);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let (status, problem) = answer(request).await;
        assert_eq!((status, &problem["error"]), (StatusCode::NOT_FOUND, &json!("Block not found")), "{method} {path}");
    }
    let found = world.runner.store.block(&world.user, other.document.id, other.written().id).await.unwrap();
    assert_eq!(found.as_ref(), Some(other.written()));
}

#[tokio::test]
async fn a_document_with_a_thousand_blocks_is_full() {
    let world = World::new().await;
    let ids = (0..MAX_BLOCKS).map(|_| BlockId::new()).collect();
    let full = Document { blocks: ids, ..world.seeded.document.clone() };
    world.overwrite(&full).await;
    let (status, problem) = answer(world.request(Method::POST, &blocks(&world)).json(&json!({"type": "TEXT"}))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("DOCUMENT_FULL")));
}

/// The document stores the order of its blocks, so a move does not change the version of the block.
#[tokio::test]
async fn moving_a_block_does_not_conflict_with_the_job_that_writes_it() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        world.edit(world.seeded.unwritten(), &json!({"position": 0})).await;
        gate.open();
    });
    drained.unwrap();
    assert!(world.shown(id).await["statusReason"].is_null());
    let (_, moved) = answer(world.request(Method::GET, &block(&world, world.seeded.unwritten().id))).await;
    assert_eq!((&moved["position"], moved["content"].is_string()), (&json!(0), true));
}

/// A draft that a user's edit has prevented can be applied later, with its citations.
#[tokio::test]
async fn a_draft_that_was_not_applied_can_be_applied_later_with_its_citations() {
    let world = World::new().await;
    let written = world.seeded.unwritten();
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let (drained, edited) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        let edited = world.edit(written, &json!({"content": "My own words."})).await;
        gate.open();
        edited
    });
    drained.unwrap();
    let job = world.shown(id).await;
    assert_eq!(job["statusReason"], "NOT_APPLIED");

    let path = block(&world, written.id);
    let apply = json!({"fromJob": id});
    let stale = answer(world.request(Method::PATCH, &path).header("if-match", "\"1\"").json(&apply)).await;
    assert_eq!(stale.0, StatusCode::PRECONDITION_FAILED, "an edit that the client has not seen is not overwritten");
    let seen = format!("\"{}\"", edited["version"]);
    let (status, applied) = answer(world.request(Method::PATCH, &path).header("if-match", seen).json(&apply)).await;
    assert_eq!(status, StatusCode::OK, "{applied}");
    assert_eq!((&applied["content"], &applied["citations"]), (&job["result"]["content"], &job["result"]["citations"]));
    assert!(!applied["citations"].as_array().unwrap().is_empty());
    assert_eq!(applied["metadata"]["jobId"], json!(id));
    let (_, history) = answer(world.request(Method::GET, &format!("{path}/history"))).await;
    let newest = &history["revisions"][0];
    assert_eq!(
        (&newest["changeType"], &newest["changedBy"], &newest["jobId"], &newest["previousContent"]),
        (&json!("AGENT_GENERATION"), &json!("AGENT"), &json!(id), &json!("My own words."))
    );
}

#[tokio::test]
async fn only_a_draft_of_the_same_block_and_user_can_be_applied() {
    let world = World::new().await;
    let path = block(&world, world.seeded.unwritten().id);
    let refined = world.run(&world.refine_body()).await["jobId"].clone();
    let analysis = world.run(&world.analyze_body()).await["jobId"].clone();
    world.script([Behaviour::Refuse]);
    let failed = world.run(&world.generate_body()).await["jobId"].clone();
    let missing = json!(domain::ids::JobId::new());
    let mut details = BTreeSet::new();
    for job in [refined, analysis, failed, missing] {
        let (status, body) = answer(world.request(Method::PATCH, &path).json(&json!({"fromJob": job}))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
        details.insert(body["detail"].as_str().unwrap().to_owned());
    }
    assert_eq!(details.len(), 1, "the reason is not revealed");
    let own = world.run(&world.generate_body()).await["jobId"].clone();
    let foreign = answer(world.request_as("bob", Method::PATCH, &path).json(&json!({"fromJob": own}))).await;
    assert_eq!(foreign.0, StatusCode::NOT_FOUND);
    let both = json!({"fromJob": own, "content": "And this."});
    let (status, body) = answer(world.request(Method::PATCH, &path).json(&both)).await;
    assert_eq!((status, &body["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("/content")));
}

/// Sends the positions of several blocks.
async fn arrange(world: &World, positions: &[(BlockId, usize)]) -> (StatusCode, Value) {
    let positions: Vec<Value> =
        positions.iter().map(|(block, position)| json!({"blockId": block, "position": position})).collect();
    answer(world.request(Method::PATCH, &blocks(world)).json(&json!({"blockPositions": positions}))).await
}

#[tokio::test]
async fn several_blocks_move_together_or_not_at_all() {
    let world = World::new().await;
    let ids = world.seeded.document.blocks.clone();
    let listed = async || -> Vec<BlockId> {
        let (_, list) = answer(world.request(Method::GET, &blocks(&world))).await;
        let listed = list["blocks"].as_array().unwrap().iter();
        listed.map(|block| block["id"].as_str().unwrap().parse().unwrap()).collect()
    };
    let (status, moved) = arrange(&world, &[(ids[2], 0), (ids[0], 2)]).await;
    let expected = [ids[2], ids[1], ids[0]];
    let positions: Vec<Value> =
        expected.iter().enumerate().map(|(position, id)| json!({"blockId": id, "position": position})).collect();
    assert_eq!((status, &moved["blockPositions"]), (StatusCode::OK, &json!(positions)));
    assert_eq!(listed().await, expected);
    let (before, _) = world.runner.store.document(&world.user, world.seeded.document.id).await.unwrap().unwrap();
    assert_eq!(arrange(&world, &[(ids[2], 0)]).await.0, StatusCode::OK);
    assert_eq!(arrange(&world, &[]).await.0, StatusCode::OK);

    let missing = BlockId::new();
    let (status, problem) = arrange(&world, &[(ids[0], 0), (missing, 1)]).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("BLOCK_NOT_FOUND")));
    let body = |entry: Value| json!({"blockPositions": [entry]});
    for (body, pointers_of) in [
        (json!({}), vec!["/blockPositions"]),
        (json!({"positions": []}), vec!["/blockPositions", "/positions"]),
        (body(json!({"blockId": ids[0]})), vec!["/blockPositions/0/position"]),
        (body(json!({"id": ids[0], "position": 1})), vec!["/blockPositions/0/blockId", "/blockPositions/0/id"]),
        (body(json!({"blockId": ids[0], "position": -1})), vec!["/blockPositions/0/position"]),
        (body(json!(7)), vec!["/blockPositions/0"]),
        (
            json!({"blockPositions": [{"blockId": ids[0], "position": 0}, {"blockId": ids[0], "position": 1}]}),
            vec!["/blockPositions"],
        ),
        (
            json!({"blockPositions": [{"blockId": ids[0], "position": 0}, {"blockId": ids[1], "position": 0}]}),
            vec!["/blockPositions"],
        ),
        (
            json!({"blockPositions": vec![json!({"blockId": ids[0], "position": 0}); MAX_BLOCKS + 1]}),
            vec!["/blockPositions"],
        ),
    ] {
        let (status, problem) = answer(world.request(Method::PATCH, &blocks(&world)).json(&body)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, pointers_of), "{problem}");
    }
    let (after, _) = world.runner.store.document(&world.user, world.seeded.document.id).await.unwrap().unwrap();
    assert_eq!(after, before, "what moves nothing writes nothing");
}

/// Each request of several moves is one write, so none shows half of another.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_moves_of_several_blocks_are_made_one_after_the_other() {
    let world = World::new().await;
    let ids = world.seeded.document.blocks.clone();
    let reversed = [(ids[2], 0), (ids[1], 1), (ids[0], 2)];
    let forward = [(ids[0], 0), (ids[1], 1), (ids[2], 2)];
    let inserts = (0..8).map(|number| add(&world, json!({"type": "TEXT", "content": format!("n{number}")})));
    let moves = (0..8).map(|number| arrange(&world, if number % 2 == 0 { &reversed } else { &forward }));
    let (added, moved) = tokio::join!(futures_util::future::join_all(inserts), futures_util::future::join_all(moves));
    assert!(moved.iter().all(|(status, _)| *status == StatusCode::OK) && added.len() == 8);
    let (document, _) = world.runner.store.document(&world.user, world.seeded.document.id).await.unwrap().unwrap();
    assert_eq!(document.blocks.len(), 11);
    let first = &document.blocks[..3];
    assert!(first == ids || first.iter().rev().eq(&ids), "the order of one of the requests: {first:?}");
}

#[tokio::test]
async fn a_block_is_created_with_metadata() {
    let world = World::new().await;
    let block = add(&world, json!({"type": "TEXT", "metadata": {"colour": "blue", "note": null}})).await;
    assert_eq!(block["metadata"], json!({"colour": "blue"}));
    let path = block_path(&world, &block);
    assert_eq!(answer(world.request(Method::GET, &path)).await.1["metadata"], json!({"colour": "blue"}));
    for metadata in [json!({"a": "x".repeat(16 * 1024)}), json!([1])] {
        let new = json!({"type": "TEXT", "metadata": metadata});
        let (status, problem) = answer(world.request(Method::POST, &blocks(&world)).json(&new)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["/metadata"]));
    }
}

fn block_path(world: &World, block: &Value) -> String {
    format!("{}/{}", blocks(world), block["id"].as_str().unwrap())
}

#[tokio::test]
async fn metadata_has_at_most_16_kb() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    let path = format!("/{}/blocks/{}", block.document_id, block.id);
    // `{"a":"…"}` takes eight bytes more than the text.
    world.edit(block, &json!({"metadata": {"a": "x".repeat(16 * 1024 - 8)}})).await;
    for (metadata, status) in [(json!({"b": 1}), 400), (json!({"a": null, "b": 1}), 200)] {
        let (answered, body) = answer(world.request(Method::PATCH, &path).json(&json!({"metadata": metadata}))).await;
        assert_eq!(answered.as_u16(), status, "{body}");
        if status == 400 {
            assert_eq!(pointers(&body), ["/metadata"]);
        }
    }
}
