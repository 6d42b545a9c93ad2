//! Search, counts, and where evidence is used.

use domain::library::search::Search;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::library::EvidenceFilter;

use crate::world::{World, answer, pointers};

async fn get(world: &World, path: &str) -> Value {
    let (status, body) = answer(world.library_as("ada", Method::GET, path)).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

async fn store(world: &World, user: &str, items: Vec<Value>) {
    for items in items.chunks(500) {
        let (status, body) =
            answer(world.library_as(user, Method::POST, "evidence").json(&json!({"items": items}))).await;
        assert_eq!((status, &body["rejected"]), (StatusCode::OK, &json!(0)), "{body}");
    }
}

fn piece(number: usize, title: &str, at: &str) -> Value {
    let kind = if number.is_multiple_of(3) { "PR_REVIEWED" } else { "PR_AUTHORED" };
    json!({"type": kind, "title": title, "summary": format!("Change {number}."), "occurredAt": at})
}

/// Every page but the last is full, and the pages together have each match once, newest first.
#[tokio::test]
async fn a_search_finds_each_match_once_however_rare() {
    let world = World::new().await;
    let day = |number: usize| format!("2025-{:02}-{:02}", 1 + number / 28 % 12, 1 + number % 28);
    let title = |number: usize| if number.is_multiple_of(50) { "Rare Belege" } else { "Usual work" };
    store(&world, "ada", (0..900).map(|number| piece(number, title(number), &day(number))).collect()).await;
    for limit in [1, 7, 100] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&world, &format!("evidence?q=belege%20RARE&limit={limit}{cursor}")).await;
            let items = page["items"].as_array().unwrap();
            found.extend(items.iter().map(|item| item["occurredAt"].as_str().unwrap().to_owned()));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
            assert_eq!(items.len(), limit, "only the last page may be short");
        }
        assert_eq!(found.len(), 18, "limit {limit}");
        assert!(found.windows(2).all(|pair| pair[0] >= pair[1]), "{found:?}");
    }
    let none = get(&world, "evidence?q=nowhere").await;
    assert_eq!((none["items"].as_array().unwrap().len(), &none["nextCursor"]), (0, &json!(null)));
    let filtered = get(&world, "evidence?q=rare&type=PR_REVIEWED&limit=100").await;
    assert_eq!(filtered["items"].as_array().unwrap().len(), 6);
    let long = "a".repeat(201);
    let (status, problem) =
        answer(world.library_as("ada", Method::GET, &format!("evidence?q={long}&include=all"))).await;
    assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["?q", "?include"]));
}

/// A page of a search in long entries ends early, and the next one goes on.
#[tokio::test]
async fn a_search_in_long_entries_is_read_in_parts() {
    let world = World::new().await;
    let long = "語".repeat(10_000);
    let entry = |number: usize| json!({"type": "MANUAL", "title": format!("Piece {number}"), "summary": long, "occurredAt": "2026-03-02"});
    for part in 0..18 {
        store(&world, "ada", (0..50).map(|number| entry(50 * part + number)).collect()).await;
    }
    let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let (store, meter) = world.runner.store.metered();
        let search: Search = "piece 7".parse().unwrap();
        let page = store.search_evidence(&world.user, &EvidenceFilter::default(), &search, (50, after)).await.unwrap();
        assert!(meter.read_units() <= 3_000.0, "{}", meter.read_units());
        found.extend(page.items.into_iter().map(|evidence| evidence.fields.title));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    found.sort();
    let expected: Vec<String> =
        (0..900).map(|number| format!("Piece {number}")).filter(|title| title.contains('7')).collect();
    assert_eq!((found.len(), pages > 1), (expected.len(), true), "{pages} pages: {found:?}");
}

#[tokio::test]
async fn evidence_is_counted_by_month_and_type_in_a_time_zone() {
    let world = World::new().await;
    let times = ["2024-01-05", "2024-01-31T23:30:00Z", "2024-02-01", "2024-02-28", "2024-03-01T00:30:00+02:00"];
    let items = times.iter().enumerate().map(|(number, at)| piece(number, "Work", at)).collect();
    store(&world, "ada", items).await;
    let range = "start=2024-01-01&end=2024-12-31";
    let counts = get(&world, &format!("evidence/counts?{range}")).await;
    assert_eq!((&counts["total"], &counts["totalIsLowerBound"]), (&json!(5), &json!(false)));
    let months = |counts: &Value| -> Vec<(String, u64)> {
        let months = counts["months"].as_array().unwrap().iter();
        months.map(|month| (month["month"].as_str().unwrap().to_owned(), month["total"].as_u64().unwrap())).collect()
    };
    assert_eq!(months(&counts), [("2024-01".to_owned(), 2), ("2024-02".to_owned(), 3)]);
    let berlin = get(&world, &format!("evidence/counts?{range}&timeZone=Europe/Berlin")).await;
    assert_eq!(
        months(&berlin),
        [("2024-01".to_owned(), 1), ("2024-02".to_owned(), 4)],
        "instants belong to days there"
    );
    assert_eq!(
        counts["months"][0]["types"],
        json!([{"type": "PR_AUTHORED", "count": 1}, {"type": "PR_REVIEWED", "count": 1}])
    );
    let searched = get(&world, &format!("evidence/counts?{range}&q=change%203.")).await;
    assert_eq!(searched["total"], 1);
    let (status, _) = answer(world.library_as("ada", Method::DELETE, "evidence/counts")).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_list_says_which_blocks_cite_a_piece_of_evidence() {
    let world = World::new().await;
    let before = get(&world, "evidence?include=usedIn").await;
    assert!(before["items"].as_array().unwrap().iter().all(|item| item["usedIn"] == json!([])), "{before}");
    let job = world.run(&world.generate_body()).await;
    let cited = job["result"]["evidenceIds"].as_array().unwrap();
    let listed = get(&world, "evidence?include=usedIn&limit=100").await;
    let block = world.seeded.unwritten();
    let place = json!([{"documentId": block.document_id, "blockId": block.id}]);
    for item in listed["items"].as_array().unwrap() {
        let expected = if cited.contains(&item["id"]) { place.clone() } else { json!([]) };
        assert_eq!(item["usedIn"], expected, "{item}");
    }
    assert!(!cited.is_empty());
    assert!(get(&world, "evidence").await["items"][0].get("usedIn").is_none(), "only on request");

    // The words of a person cite nothing.
    world.edit(block, &json!({"content": "All new words."})).await;
    let edited = get(&world, "evidence?include=usedIn&limit=100").await;
    assert!(edited["items"].as_array().unwrap().iter().all(|item| item["usedIn"] == json!([])));
}
