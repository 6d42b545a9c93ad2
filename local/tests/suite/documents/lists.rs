//! The list of documents: its order, its filters, its pages and what it costs.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::BlockId,
    report::{
        block::Block,
        document::{Document, DocumentStatus},
    },
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::documents::{
    Edit,
    list::{DocumentFilter, MOST_LOOKED_AT},
};

use crate::{
    documents::document::new_document,
    world::{World, answer, assert_fits, pointers},
};

async fn page(world: &World, query: &str) -> Value {
    let (status, page) = answer(world.request(Method::GET, &format!("?{query}"))).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert_fits(&page);
    assert_eq!(page["hasMore"], json!(page["nextCursor"].is_string()));
    assert!(page.get("total").is_none(), "nobody counts all documents for a page");
    page
}

fn ids(page: &Value) -> Vec<String> {
    let listed = page["documents"].as_array().unwrap().iter();
    let listed = listed.inspect(|document| assert!(document.get("blocks").is_none(), "a list has no blocks"));
    listed.map(|document| document["id"].as_str().unwrap().to_owned()).collect()
}

/// All pages of a list.
async fn all(world: &World, query: &str) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(world, &format!("{query}{cursor}")).await;
        seen.extend(ids(&page));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seen,
        }
    }
}

async fn change(world: &World, id: &str, patch: &Value) {
    world.advance(1);
    let (status, changed) = answer(world.request(Method::PATCH, &format!("/{id}")).json(patch)).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
}

#[tokio::test]
async fn every_document_is_listed_once_the_one_that_changed_last_first() {
    let world = World::new().await;
    let mut expected = vec![world.seeded.document.id.to_string()];
    for number in 0..9 {
        world.advance(1);
        expected.insert(0, new_document(&world, &format!("Document {number}")).await);
    }
    // Each of these control characters takes seven bytes in the response of a function.
    let hostile = json!({"name": "Hostile", "description": "\u{1}".repeat(10_000)});
    for _ in 0..80 {
        world.advance(1);
        let (_, created) = answer(world.request(Method::POST, "").json(&hostile)).await;
        expected.insert(0, created["id"].as_str().unwrap().to_owned());
    }
    let moved = expected.remove(85);
    change(&world, &moved, &json!({"status": "PUBLISHED"})).await;
    expected.insert(0, moved);
    for limit in [1, 4, 10, 100] {
        assert_eq!(all(&world, &format!("limit={limit}")).await, expected, "limit {limit}");
    }
    // A new block changes its document, too.
    let grown = expected.remove(40);
    world.advance(1);
    let new = world.request(Method::POST, &format!("/{grown}/blocks")).json(&json!({"type": "TEXT"}));
    assert_eq!(answer(new).await.0, StatusCode::CREATED);
    expected.insert(0, grown);
    assert_eq!(all(&world, "limit=50").await, expected);
}

/// A document that changes between two pages moves before the first. The others are listed once each.
#[tokio::test]
async fn changes_between_two_pages_hide_no_other_document() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for number in 0..8 {
        world.advance(1);
        expected.insert(0, new_document(&world, &format!("Document {number}")).await);
    }
    let first = page(&world, "limit=4").await;
    change(&world, &expected[1], &json!({"name": "Seen"})).await;
    change(&world, &expected[6], &json!({"name": "Not seen"})).await;
    new_document(&world, "New").await;
    let rest = page(&world, &format!("limit=50&cursor={}", first["nextCursor"].as_str().unwrap())).await;
    let mut seen = ids(&first);
    seen.extend(ids(&rest));
    let changed = expected.remove(6);
    expected.push(world.seeded.document.id.to_string());
    assert_eq!(seen, expected);
    assert!(ids(&page(&world, "limit=3").await).contains(&changed));
}

#[tokio::test]
async fn documents_are_filtered_by_status_and_skipped_by_offset() {
    let world = World::new().await;
    let mut by_status: HashMap<&str, Vec<String>> = HashMap::new();
    let statuses = ["DRAFT", "PUBLISHED", "ARCHIVED", "PUBLISHED"];
    let mut every = vec![world.seeded.document.id.to_string()];
    by_status.entry("DRAFT").or_default().insert(0, every[0].clone());
    for number in 0..24 {
        world.advance(1);
        let id = new_document(&world, &format!("Document {number}")).await;
        let status = statuses[number % 4];
        if status != "DRAFT" {
            change(&world, &id, &json!({"status": status})).await;
        }
        by_status.entry(status).or_default().insert(0, id.clone());
        every.insert(0, id);
    }
    for (status, expected) in &by_status {
        for limit in [1, 5, 100] {
            assert_eq!(all(&world, &format!("status={status}&limit={limit}")).await, *expected, "{status} {limit}");
        }
    }
    let drafts_and_archived = all(&world, "status=DRAFT,ARCHIVED&limit=2").await;
    let hidden = &by_status["PUBLISHED"];
    assert_eq!(drafts_and_archived, every.iter().filter(|id| !hidden.contains(id)).cloned().collect::<Vec<_>>());

    for (query, expected) in [
        ("offset=0&limit=3", &every[0..3]),
        ("offset=20&limit=3", &every[20..23]),
        ("offset=24", &every[24..]),
        ("offset=25", &every[25..]),
        ("offset=1000", &every[25..]),
        ("offset=4&limit=2&status=PUBLISHED", &hidden[4..6]),
    ] {
        let page = page(&world, query).await;
        assert_eq!(ids(&page), expected, "{query}");
    }
    // The cursor goes on after what was skipped.
    let first = page(&world, "offset=10&limit=5").await;
    let next = page(&world, &format!("limit=5&cursor={}", first["nextCursor"].as_str().unwrap())).await;
    assert_eq!(ids(&next), every[15..20]);

    let cursor = first["nextCursor"].as_str().unwrap();
    for (user, query, pointer) in [
        ("ada", "offset=1001".to_owned(), "?offset"),
        ("ada", "offset=-1".to_owned(), "?offset"),
        ("ada", format!("offset=1&cursor={cursor}"), "?offset"),
        ("ada", "status=draft".to_owned(), "?status"),
        ("ada", format!("status=DRAFT&cursor={cursor}"), "?cursor"),
        ("bob", format!("cursor={cursor}"), "?cursor"),
        ("ada", "cursor=abc".to_owned(), "?cursor"),
        ("ada", "limit=0".to_owned(), "?limit"),
    ] {
        let (status, problem) = answer(world.request_as(user, Method::GET, &format!("?{query}"))).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec![pointer]), "{query}");
    }
}

#[tokio::test]
async fn a_patch_that_changes_nothing_leaves_the_order_of_the_list() {
    let world = World::new().await;
    let older = world.seeded.document.id.to_string();
    world.advance(1);
    let newer = new_document(&world, "Newer").await;
    let (_, shown) = answer(world.request(Method::GET, &format!("/{older}"))).await;
    for same in [json!({}), json!({"name": shown["name"]}), json!({"contextConfig": shown["contextConfig"]})] {
        world.advance(1);
        let (status, answered) = answer(world.request(Method::PATCH, &format!("/{older}")).json(&same)).await;
        assert_eq!((status, &answered["updatedAt"]), (StatusCode::OK, &shown["updatedAt"]), "{same}");
        assert_eq!(all(&world, "limit=5").await, [newer.clone(), older.clone()]);
    }
    change(&world, &older, &json!({"name": "Changed"})).await;
    assert_eq!(all(&world, "limit=5").await, [older, newer]);
}

/// The badges of a list: how many blocks have a text to be written, and how many of them have one.
#[tokio::test]
async fn documents_say_how_many_of_their_prompts_have_a_response() {
    let world = World::new().await;
    let counts = |document: &Value| (document["promptCount"].clone(), document["responseCount"].clone());
    let empty = new_document(&world, "Empty").await;
    let id = world.seeded.document.id.to_string();
    let listed = async |id: &str| {
        let page = page(&world, "limit=10").await;
        let found =
            page["documents"].as_array().unwrap().iter().find(|document| document["id"] == *id).unwrap().clone();
        let (_, shown) = answer(world.request(Method::GET, &format!("/{id}"))).await;
        assert_eq!(counts(&found), counts(&shown), "the list and the document agree");
        counts(&found)
    };
    assert_eq!(listed(&empty).await, (json!(0), json!(0)));
    // A heading, a block that waits for its text, and one that has its text.
    assert_eq!(listed(&id).await, (json!(2), json!(1)));
    world.run(&world.generate_body()).await;
    assert_eq!(listed(&id).await, (json!(2), json!(2)));
    world.edit(world.seeded.written(), &json!({"content": ""})).await;
    assert_eq!(listed(&id).await, (json!(2), json!(1)));
    world.edit(world.seeded.written(), &json!({"content": null, "type": "TEXT"})).await;
    assert_eq!(listed(&id).await, (json!(1), json!(1)));
}

/// An earlier release has stored documents under their creation. They keep that place until they change.
#[tokio::test]
async fn documents_of_an_earlier_release_are_listed_once_each() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for number in 0..12 {
        world.advance(1);
        let id = new_document(&world, &format!("Document {number}")).await;
        if number % 2 == 0 {
            change(&world, &id, &json!({"description": "\u{1}".repeat(10_000)})).await;
            let key = format!("DOCUMENT#{id}");
            let (document, _) = world.runner.store.document(&world.user, id.parse().unwrap()).await.unwrap().unwrap();
            let update = world.runner.embedded.dynamodb.update_item().table_name(local::aws::TABLE);
            let update = update.key("pk", AttributeValue::S(store::table::keys::owner(&world.user)));
            let update = update.key("sk", AttributeValue::S(key)).update_expression("SET timeSk = :sort");
            let sort = format!("{}#{id}", domain::time::sortable(document.created_at));
            update.expression_attribute_values(":sort", AttributeValue::S(sort)).send().await.unwrap();
        }
        expected.insert(0, id);
    }
    expected.push(world.seeded.document.id.to_string());
    for limit in [1, 3, 50] {
        assert_eq!(all(&world, &format!("limit={limit}")).await, expected, "limit {limit}");
    }
}

/// Stores documents without blocks.
async fn store_documents(world: &World, count: usize) {
    for _ in 0..count {
        world.advance(1);
        let document = Document {
            id: domain::ids::DocumentId::new(),
            blocks: Vec::new(),
            status: DocumentStatus::Draft,
            updated_at: world.runner.clock.now(),
            ..world.seeded.document.clone()
        };
        let edit = Edit { document: Some((document, None)), ..Edit::default() };
        world.runner.store.save(&world.user, &edit).await.unwrap();
    }
}

/// What a page costs depends on the page, and on the blocks of its documents.
#[tokio::test]
async fn the_cost_of_a_page_is_bounded() {
    let world = World::new().await;
    change(&world, &world.seeded.document.id.to_string(), &json!({"status": "ARCHIVED"})).await;
    store_documents(&world, MOST_LOOKED_AT + 200).await;
    let archived = DocumentFilter { statuses: vec![DocumentStatus::Archived], skip: 0 };
    let (store, meter) = world.runner.store.metered();
    let page = store.documents(&world.user, &archived, 10, None).await.unwrap();
    println!("a filter that passes none of {MOST_LOOKED_AT} documents: {} read units", meter.read_units());
    assert!(page.items.is_empty() && page.next.is_some(), "a page looks at a thousand documents");
    let page = store.documents(&world.user, &archived, 10, page.next).await.unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));

    let (store, meter) = world.runner.store.metered();
    let page = store.documents(&world.user, &DocumentFilter::default(), 50, None).await.unwrap();
    println!("50 of 1,200 documents: {} read units", meter.read_units());
    assert!(page.items.len() == 50 && meter.read_units() <= 16.0);
    let (store, meter) = world.runner.store.metered();
    let skipped = DocumentFilter { statuses: Vec::new(), skip: 1_000 };
    let page = store.documents(&world.user, &skipped, 50, None).await.unwrap();
    println!("50 of them after 1,000: {} read units", meter.read_units());
    assert!(page.items.len() == 50 && page.next.is_some());

    // Ten blocks, as most documents have.
    let id = new_document(&world, "Usual").await;
    for _ in 0..10 {
        let new = json!({"type": "PROMPT_RESPONSE", "prompt": "What did I deliver, and for whom?", "content": "I did it. ".repeat(240)});
        assert_eq!(
            answer(world.request(Method::POST, &format!("/{id}/blocks")).json(&new)).await.0,
            StatusCode::CREATED
        );
    }
    let (store, meter) = world.runner.store.metered();
    let page = store.documents(&world.user, &DocumentFilter::default(), 1, None).await.unwrap();
    let before = meter.read_units();
    store.block_counts(&world.user, &page.items).await.unwrap();
    println!("counting ten blocks: {} read units", meter.read_units() - before);
    assert!(meter.read_units() - before <= 1.5);
}

/// The blocks of a hundred documents could take 100 MB.
#[tokio::test]
async fn a_page_counts_no_more_blocks_than_it_may_read() {
    let world = World::new().await;
    let (store, meter) = world.runner.store.metered();
    // Nine of them take less than 1 MB.
    for _ in 0..9 {
        let prompt = Some("p".repeat(100_000));
        let block = Block { id: BlockId::new(), prompt, text: None, ..world.seeded.written().clone() };
        store.save(&world.user, &Edit { block: Some((block, None)), ..Edit::default() }).await.unwrap();
    }
    let listed = store.documents(&world.user, &DocumentFilter::default(), 1, None).await.unwrap().items;
    let page: Vec<_> = listed.iter().cycle().take(100).cloned().collect();
    let before = meter.read_units();
    let counts = store.block_counts(&world.user, &page).await.unwrap();
    let read = meter.read_units() - before;
    println!("counting the blocks of {} documents of 0.9 MB: {read} read units", page.len());
    assert!((1_000.0..2_300.0).contains(&read), "{read}");
    assert_eq!(counts.len(), page.len());
    assert!(counts[..10].iter().all(|count| count.is_some_and(|count| count.prompts == 11)), "{counts:?}");
    assert!(counts[10..].iter().all(Option::is_none), "{counts:?}");
}
