//! Many entries in one request.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    world::pointers,
    world::{World, answer},
};

#[tokio::test]
async fn one_bad_item_does_not_stop_the_others_and_results_come_in_order() {
    let world = World::new().await;
    let item = |title: &str, external: Option<&str>| json!({"type": "MANUAL", "title": title, "summary": "", "occurredAt": "2026-01-01T00:00:00Z", "externalId": external});
    let body = json!({"items": [
        item("one", Some("x#1")), item("", None), item("two", None), 7, item("one again", Some("x#1")),
        {"type": "MANUAL", "title": "large", "summary": "é".repeat(10_001), "occurredAt": "2026-01-01T00:00:00Z"},
    ]});
    let (status, report) = world.post_to("evidence", &body).await;
    assert_eq!(status, StatusCode::OK);
    let results = report["results"].as_array().unwrap();
    let statuses: Vec<&str> = results.iter().map(|result| result["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["created", "rejected", "created", "rejected", "updated", "rejected"]);
    assert_eq!((&report["created"], &report["updated"], &report["rejected"]), (&json!(2), &json!(1), &json!(3)));
    assert_eq!(results[0]["id"], results[4]["id"], "one externalId, one entry");
    assert_eq!(results[1]["errors"][0]["pointer"], "/items/1/title");
    assert_eq!(results[3]["errors"][0]["pointer"], "/items/3");
    assert_eq!(results[5]["error"], "/items/5/summary has 10001 characters; 10000 are allowed");
    let mut titles: Vec<_> =
        world.listed("evidence", "").await.iter().map(|entry| entry["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    assert_eq!(titles, ["one again", "two"], "the last item with an externalId is stored");

    for items in [json!({}), json!("all"), json!(vec![0; 501])] {
        let (status, problem) = world.post_to("evidence", &json!({"items": items})).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["/items"]));
    }
    let (status, report) = world.post_to("goals", &json!({"items": []})).await;
    assert_eq!((status, &report["results"]), (StatusCode::OK, &json!([])));
}

#[tokio::test]
async fn one_entry_may_have_256_kilobytes_and_a_bulk_request_five_megabytes() {
    let world = World::new().await;
    let review = |content: &str| json!({"year": 2025, "type": "PEER", "content": content});
    let (status, problem) = world.post_to("reviews", &review(&"x".repeat(300_000))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("PAYLOAD_TOO_LARGE")));
    let long = review(&"x".repeat(100_000));
    let (status, report) = world.post_to("reviews", &json!({"items": vec![&long; 40]})).await;
    assert_eq!((status, &report["created"]), (StatusCode::OK, &json!(40)));
    let pages = answer(world.library(Method::GET, "reviews?limit=100")).await.1;
    assert!(pages.to_string().len() < 3 * 1024 * 1024 && pages["nextCursor"].is_string(), "a page ends early");
    assert_eq!(world.listed("reviews", "limit=100").await.len(), 40);

    let huge = review(&"🚀".repeat(90_000));
    let (status, report) = world.post_to("reviews", &json!({"items": [huge, review("fine")]})).await;
    assert_eq!((status, &report["results"][1]["status"]), (StatusCode::OK, &json!("created")));
    assert_eq!(
        (&report["results"][0]["code"], &report["results"][0]["retryable"]),
        (&json!("PAYLOAD_TOO_LARGE"), &json!(false))
    );
    let (status, _) = world.post_to("reviews", &json!({"items": vec![&long; 60]})).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// 400 pull requests, two hours apart and with different UTC offsets, newest first.
fn pull_requests() -> Vec<Value> {
    let offsets = ["+02:00", "-08:00", "Z", "+05:30"];
    (0..400_i64)
        .map(|number| {
            let at = jiff::Timestamp::from_second(1_700_000_000 + number * 7_200).unwrap();
            let offset = offsets[usize::try_from(number % 4).unwrap()];
            let seconds = match offset { "+02:00" => 7_200, "-08:00" => -28_800, "+05:30" => 19_800, _ => 0 };
            let local = at + jiff::SignedDuration::from_secs(seconds);
            let text = format!("{}{offset}", local.to_string().trim_end_matches('Z'));
            json!({"type": "PR_AUTHORED", "title": format!("Change {number}"), "summary": "", "occurredAt": text, "externalId": format!("x#{number}")})
        })
        .rev()
        .collect()
}

#[tokio::test]
async fn importing_twice_leaves_the_same_entries_sorted_by_instant() {
    let world = World::new().await;
    let body = json!({"items": pull_requests()});
    let mut ids = Vec::new();
    for (created, updated) in [(400, 0), (0, 400)] {
        let (status, report) = world.post_to("evidence", &body).await;
        assert_eq!(
            (status, &report["created"], &report["updated"]),
            (StatusCode::OK, &json!(created), &json!(updated))
        );
        ids.push(report["results"].as_array().unwrap().iter().map(|result| result["id"].clone()).collect::<Vec<_>>());
    }
    assert_eq!(ids[0], ids[1]);
    let listed = world.listed("evidence", "limit=37").await;
    let titles: Vec<_> = listed.iter().map(|entry| entry["title"].as_str().unwrap().to_owned()).collect();
    let expected: Vec<_> = (0..400).rev().map(|number| format!("Change {number}")).collect();
    assert_eq!(titles, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_concurrent_imports_leave_one_entry_per_external_id() {
    let world = World::new().await;
    let body = json!({"items": &pull_requests()[..60]});
    let sent = (0..10).map(|_| world.post_to("evidence", &body));
    assert!(futures_util::future::join_all(sent).await.iter().all(|(status, _)| *status == StatusCode::OK));
    assert_eq!(world.listed("evidence", "").await.len(), 60);
}

#[tokio::test]
async fn evidence_with_a_new_time_or_type_moves_and_leaves_no_copy() {
    let world = World::new().await;
    let mut item = json!({"type": "SLACK", "title": "A", "summary": "", "category": "help", "occurredAt": "2026-01-10T00:00:00Z", "externalId": "x"});
    let (_, created) = world.post_to("evidence", &item).await;
    item["occurredAt"] = json!("2025-06-01T00:00:00Z");
    let (status, updated) = world.post_to("evidence", &item).await;
    assert_eq!(
        (status, &updated["id"], &updated["createdAt"]),
        (StatusCode::OK, &created["id"], &created["createdAt"])
    );
    let count = async |query: &str| world.listed("evidence", query).await.len();
    assert_eq!((count("start=2026-01-01").await, count("end=2025-12-31").await, count("").await), (0, 1, 1));
    let path = format!("evidence/{}", created["id"].as_str().unwrap());
    let patch = json!({"occurredAt": "2026-03-01T00:00:00+01:00", "type": "MANUAL", "category": null});
    assert_eq!(answer(world.library(Method::PATCH, &path).json(&patch)).await.0, StatusCode::OK);
    assert_eq!(
        (count("start=2026-02-28&end=2026-02-28").await, count("type=SLACK").await, count("type=MANUAL").await),
        (1, 0, 1)
    );
    assert_eq!((count("category=help").await, count("").await), (0, 1));
}
