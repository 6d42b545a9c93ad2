//! Evidence, goals and reviews: stored, listed, changed, found by jobs.

use std::collections::BTreeSet;

use domain::{
    context_config::ContextConfig,
    evidence::{Evidence, EvidenceFacts},
    ids::{SourceId, UserId},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    bad_input::pointers,
    documents::items,
    world::{World, answer},
};

const KINDS: [&str; 3] = ["evidence", "goals", "reviews"];

impl World {
    fn library(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.library_as("carol", method, path)
    }

    fn library_as(&self, user: &str, method: Method, path: &str) -> reqwest::RequestBuilder {
        crate::world::http().request(method, format!("{}/api/{path}", self.runner.url())).bearer_auth(user)
    }

    async fn post(&self, kind: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.library(Method::POST, kind).json(body)).await
    }

    /// All entries of a list, page by page.
    async fn listed(&self, kind: &str, query: &str) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let (status, page) = answer(self.library(Method::GET, &format!("{kind}?{query}{cursor}"))).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            found.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

fn example(kind: &str) -> Value {
    match kind {
        "evidence" => json!({
            "type": "PR_AUTHORED", "title": "Retry <b>payments</b> 🚀", "summary": "مرحبا\u{0}\r\n", "category": "feature", "scope": "large",
            "occurredAt": "2026-09-14T10:12:00+02:00", "url": "https://git.example.com/pull/1", "repo": "example-corp/checkout",
            "number": 412, "metrics": {"additions": 1, "deletions": 2, "changedFiles": 3}, "criteria": ["Delivery"],
        }),
        "goals" => json!({
            "title": "Make checkout reliable", "description": "Fewer lost payments.", "category": "delivery", "status": "ACTIVE",
            "priority": "HIGH", "targetDate": "2026-12-31", "progressPercent": 60,
            "milestones": [{"title": "Retries", "status": "done", "targetDate": "2026-09-30"}],
        }),
        _ => json!({"year": 2025, "type": "MANAGER", "content": "Dependable.", "weight": 0.5}),
    }
}

#[tokio::test]
async fn entries_are_stored_read_changed_and_deleted() {
    let world = World::new().await;
    for (kind, field, value) in
        [("evidence", "scope", "small"), ("goals", "status", "PAUSED"), ("reviews", "type", "SELF")]
    {
        let response = world.library(Method::POST, kind).json(&example(kind)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        let place = response.headers()["location"].to_str().unwrap().trim_start_matches("/api/").to_owned();
        let created: Value = response.json().await.unwrap();
        let mut expected = example(kind);
        if kind == "evidence" {
            expected["occurredAt"] = json!("2026-09-14T08:12:00Z");
        }
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&created[name], value, "{name}");
        }
        assert_eq!(answer(world.library(Method::GET, &place)).await, (StatusCode::OK, created.clone()));
        assert_eq!(world.listed(kind, "").await, std::slice::from_ref(&created));

        let (status, changed) = answer(world.library(Method::PATCH, &place).json(&json!({field: value}))).await;
        let mut expected = created.clone();
        expected[field] = json!(value);
        assert_eq!((status, &changed), (StatusCode::OK, &expected), "what is not named stays");
        assert_eq!(answer(world.library(Method::DELETE, &place)).await, (StatusCode::OK, expected));
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(answer(world.library(method, &place)).await.0, StatusCode::NOT_FOUND);
        }
        let patched = world.library(Method::PATCH, &place).json(&json!({field: value}));
        assert_eq!(answer(patched).await.0, StatusCode::NOT_FOUND, "a deleted entry is not brought back");
        assert!(world.listed(kind, "").await.is_empty());
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_entry_is_told_at_once() {
    let world = World::new().await;
    let before = items(&world).await;
    let long = "x".repeat(100_001);
    let cases = [
        ("evidence", json!({}), vec!["/type", "/title", "/summary", "/occurredAt"]),
        ("evidence", json!([]), vec![""]),
        (
            "evidence",
            json!({"type": "PR", "title": " ", "summary": 1, "category": "bugs", "scope": "huge", "occurredAt": "2026-09-14T10:12:00",
                "url": "javascript:alert(1)", "repo": [], "number": -1, "metrics": {"additions": "1"}, "criteria": ["a", 2], "externalId": ""}),
            vec![
                "/type",
                "/title",
                "/summary",
                "/category",
                "/scope",
                "/occurredAt",
                "/url",
                "/repo",
                "/number",
                "/metrics/additions",
                "/criteria/1",
                "/externalId",
            ],
        ),
        (
            "evidence",
            json!({"type": "SLACK", "title": "A", "summary": "", "occurredAt": "2026-09-14"}),
            vec!["/occurredAt"],
        ),
        ("goals", json!({}), vec!["/title", "/status"]),
        (
            "goals",
            json!({"title": "A", "status": "DONE", "progressPercent": 101, "targetDate": "31.12.2026", "milestones": [{"title": "ok"}, {}, 3]}),
            vec!["/status", "/targetDate", "/progressPercent", "/milestones/1/title", "/milestones/2"],
        ),
        ("reviews", json!({}), vec!["/year", "/type", "/content"]),
        (
            "reviews",
            json!({"year": 25, "type": "BOSS", "content": long, "weight": -1}),
            vec!["/year", "/type", "/content", "/weight"],
        ),
    ];
    for (kind, body, expected) in cases {
        let (status, problem) = world.post(kind, &body).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, expected), "{kind}");
    }
    for (kind, patch, pointer) in [
        ("evidence", json!({"title": null}), "/title"),
        ("evidence", json!({"occurredAt": "yesterday"}), "/occurredAt"),
        ("evidence", json!({"externalId": "new"}), "/externalId"),
        ("goals", json!({"status": null}), "/status"),
        ("reviews", json!({"year": "2025"}), "/year"),
    ] {
        let (_, created) = world.post(kind, &example(kind)).await;
        let path = format!("{kind}/{}", created["id"].as_str().unwrap());
        let (status, problem) = answer(world.library(Method::PATCH, &path).json(&patch)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec![pointer]), "{patch}");
        assert_eq!(
            answer(world.library(Method::DELETE, &path)).await,
            (StatusCode::OK, created),
            "nothing was changed"
        );
    }
    for (query, pointer) in [
        ("limit=0", "?limit"),
        ("type=PR", "?type"),
        ("category=bug,x", "?category"),
        ("start=2026-02-01T10:00:00", "?start"),
        ("start=2026-02-01&end=2026-01-01", "?end"),
        ("cursor=x", "?cursor"),
    ] {
        let (status, problem) = answer(world.library(Method::GET, &format!("evidence?{query}"))).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec![pointer]), "{query}");
    }
    assert_eq!(items(&world).await, before);
}

#[tokio::test]
async fn one_bad_item_does_not_stop_the_others_and_results_come_in_order() {
    let world = World::new().await;
    let item = |title: &str, external: Option<&str>| json!({"type": "MANUAL", "title": title, "summary": "", "occurredAt": "2026-01-01T00:00:00Z", "externalId": external});
    let body = json!({"items": [
        item("one", Some("x#1")), item("", None), item("two", None), 7, item("one again", Some("x#1")),
        {"type": "MANUAL", "title": "large", "summary": "é".repeat(10_001), "occurredAt": "2026-01-01T00:00:00Z"},
    ]});
    let (status, report) = world.post("evidence", &body).await;
    assert_eq!(status, StatusCode::OK);
    let results = report["results"].as_array().unwrap();
    let statuses: Vec<&str> = results.iter().map(|result| result["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["created", "rejected", "created", "rejected", "updated", "rejected"]);
    assert_eq!((&report["created"], &report["updated"], &report["rejected"]), (&json!(2), &json!(1), &json!(3)));
    assert_eq!(results[0]["id"], results[4]["id"], "one name, one row");
    assert_eq!(results[1]["errors"][0]["pointer"], "/items/1/title");
    assert_eq!(results[3]["errors"][0]["pointer"], "/items/3");
    assert_eq!(results[5]["error"], "/items/5/summary has 10001 characters; 10000 are allowed");
    let mut titles: Vec<_> =
        world.listed("evidence", "").await.iter().map(|entry| entry["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    assert_eq!(titles, ["one again", "two"], "the last of two is stored");

    for items in [json!({}), json!("all"), json!(vec![0; 501])] {
        let (status, problem) = world.post("evidence", &json!({"items": items})).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["/items"]));
    }
    let (status, report) = world.post("goals", &json!({"items": []})).await;
    assert_eq!((status, &report["results"]), (StatusCode::OK, &json!([])));
}

#[tokio::test]
async fn bodies_may_have_256_kilobytes_and_many_items_five_megabytes() {
    let world = World::new().await;
    let review = |content: &str| json!({"year": 2025, "type": "PEER", "content": content});
    let (status, problem) = world.post("reviews", &review(&"x".repeat(300_000))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("PAYLOAD_TOO_LARGE")));
    let long = review(&"x".repeat(100_000));
    let (status, report) = world.post("reviews", &json!({"items": vec![&long; 40]})).await;
    assert_eq!((status, &report["created"]), (StatusCode::OK, &json!(40)));
    let pages = answer(world.library(Method::GET, "reviews?limit=100")).await.1;
    assert!(pages.to_string().len() < 3 * 1024 * 1024 && pages["nextCursor"].is_string(), "a page ends early");
    assert_eq!(world.listed("reviews", "limit=100").await.len(), 40);

    let huge = review(&"🚀".repeat(90_000));
    let (status, report) = world.post("reviews", &json!({"items": [huge, review("fine")]})).await;
    assert_eq!((status, &report["results"][1]["status"]), (StatusCode::OK, &json!("created")));
    assert_eq!(
        (&report["results"][0]["code"], &report["results"][0]["retryable"]),
        (&json!("PAYLOAD_TOO_LARGE"), &json!(false))
    );
    let (status, _) = world.post("reviews", &json!({"items": vec![&long; 60]})).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// Real pull requests, with UTC offsets of their own.
fn river() -> Vec<Value> {
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
async fn the_same_import_twice_leaves_the_same_rows_newest_first_by_instant() {
    let world = World::new().await;
    let body = json!({"items": river()});
    let mut ids = Vec::new();
    for (created, updated) in [(400, 0), (0, 400)] {
        let (status, report) = world.post("evidence", &body).await;
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
async fn ten_imports_at_once_leave_one_row_for_each_name() {
    let world = World::new().await;
    let body = json!({"items": &river()[..60]});
    let sent = (0..10).map(|_| world.post("evidence", &body));
    assert!(futures_util::future::join_all(sent).await.iter().all(|(status, _)| *status == StatusCode::OK));
    assert_eq!(world.listed("evidence", "").await.len(), 60);
}

#[tokio::test]
async fn evidence_whose_time_or_type_changes_moves_and_leaves_no_copy() {
    let world = World::new().await;
    let mut item = json!({"type": "SLACK", "title": "A", "summary": "", "category": "help", "occurredAt": "2026-01-10T00:00:00Z", "externalId": "x"});
    let (_, created) = world.post("evidence", &item).await;
    item["occurredAt"] = json!("2025-06-01T00:00:00Z");
    let (status, updated) = world.post("evidence", &item).await;
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

#[tokio::test]
async fn filters_combine_and_pages_go_on_within_them() {
    let world = World::new().await;
    let (types, categories) = (["PR_AUTHORED", "PR_REVIEWED", "SLACK", "MANUAL"], [Some("bug"), Some("docs"), None]);
    let all: Vec<Value> = (0..240_i64)
        .map(|number| {
            let at = jiff::Timestamp::from_second(1_767_225_600 + (number * 7_919 % 240) * 86_400 / 2).unwrap();
            let pick = usize::try_from(number).unwrap();
            json!({"type": types[pick % 4], "title": format!("{number}"), "summary": "", "category": categories[pick / 4 % 3], "occurredAt": at})
        })
        .collect();
    assert_eq!(world.post("evidence", &json!({"items": all})).await.1["created"], 240);
    type Fits = fn(&Value) -> bool;
    let cases: [(&str, Fits); 6] = [
        ("", |_| true),
        ("type=SLACK", |item| item["type"] == "SLACK"),
        ("type=SLACK,MANUAL&category=bug", |item| {
            (item["type"] == "SLACK" || item["type"] == "MANUAL") && item["category"] == "bug"
        }),
        ("category=bug,docs", |item| item["category"].is_string()),
        ("start=2026-02-01&end=2026-02-28", |item| item["occurredAt"].as_str().unwrap().starts_with("2026-02")),
        ("category=docs&start=2026-03-01T00:00:00Z", |item| {
            item["category"] == "docs" && item["occurredAt"].as_str().unwrap() >= "2026-03"
        }),
    ];
    for (query, fits) in cases {
        let mut expected: Vec<&Value> = all.iter().filter(|item| fits(item)).collect();
        expected.sort_by(|one, other| other["occurredAt"].as_str().cmp(&one["occurredAt"].as_str()));
        for limit in [1, 9, 100] {
            let listed = world.listed("evidence", &format!("{query}&limit={limit}")).await;
            let times = |items: &[&Value]| items.iter().map(|item| item["occurredAt"].clone()).collect::<Vec<_>>();
            assert_eq!(times(&listed.iter().collect::<Vec<_>>()), times(&expected), "{query} limit {limit}");
            let unique: BTreeSet<_> = listed.iter().map(|item| item["id"].as_str().unwrap()).collect();
            assert_eq!(unique.len(), expected.len(), "each once");
        }
    }
}

#[tokio::test]
async fn goals_are_listed_by_creation_and_reviews_by_year() {
    let world = World::new().await;
    for title in ["first", "second", "third"] {
        world.post("goals", &json!({"title": title, "status": "ACTIVE", "externalId": title})).await;
        world.wait(1);
    }
    let titles: Vec<_> = world.listed("goals", "limit=1").await.iter().map(|goal| goal["title"].clone()).collect();
    assert_eq!(titles, ["third", "second", "first"]);
    for year in [2023, 2025, 2024] {
        world.post("reviews", &json!({"year": year, "type": "SELF", "content": "A"})).await;
    }
    let years: Vec<_> = world.listed("reviews", "limit=2").await.iter().map(|review| review["year"].clone()).collect();
    assert_eq!(years, [2025, 2024, 2023]);
}

/// An ACTIVE goal is found behind any number of others.
#[tokio::test]
async fn a_job_reads_the_active_goals_however_many_others_are_newer() {
    let world = World::new().await;
    let api = |body: Value| answer(world.library_as("ada", Method::POST, "goals").json(&body));
    let done: Vec<Value> =
        (0..150).map(|number| json!({"title": format!("Done {number}"), "status": "COMPLETED"})).collect();
    world.wait(10);
    api(json!({"items": done})).await;
    let job = world.run(&world.generate_body()).await;
    assert_eq!(job["result"]["goalsCount"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_different_fields_at_once_are_all_kept() {
    let world = World::new().await;
    let (_, created) = world.post("goals", &example("goals")).await;
    let path = format!("goals/{}", created["id"].as_str().unwrap());
    let patches = [
        json!({"title": "T"}),
        json!({"description": "D"}),
        json!({"category": "C"}),
        json!({"priority": "P"}),
        json!({"progressPercent": 1}),
    ];
    let sent = patches.iter().map(|patch| answer(world.library(Method::PATCH, &path).json(patch)));
    assert!(futures_util::future::join_all(sent).await.iter().all(|(status, _)| *status == StatusCode::OK));
    let (_, goal) = answer(world.library(Method::GET, &path)).await;
    assert_eq!(
        (&goal["title"], &goal["description"], &goal["category"], &goal["priority"], &goal["progressPercent"]),
        (&json!("T"), &json!("D"), &json!("C"), &json!("P"), &json!(1))
    );
}

#[tokio::test]
async fn the_library_of_another_user_is_not_there() {
    let world = World::new().await;
    let words = |(status, mut body): (StatusCode, Value)| {
        for name in ["requestId", "instance"] {
            body.as_object_mut().unwrap().remove(name);
        }
        (status, body)
    };
    for kind in KINDS {
        let mut item = example(kind);
        item["externalId"] = json!("the same name");
        let (_, created) = world.post(kind, &item).await;
        let id = created["id"].as_str().unwrap();
        for stranger in ["bob", "caro", "carol#EVIDENCE", "USER#carol"] {
            assert_eq!(answer(world.library_as(stranger, Method::GET, kind)).await.1["items"], json!([]));
            for method in [Method::GET, Method::PATCH, Method::DELETE] {
                let send = |id: &str| {
                    let request = world.library_as(stranger, method.clone(), &format!("{kind}/{id}"));
                    answer(if method == Method::PATCH {
                        request.json(&json!({"externalId": "the same name"}))
                    } else {
                        request
                    })
                };
                let foreign = words(send(id).await);
                assert_eq!(
                    (foreign.0, &foreign),
                    (StatusCode::NOT_FOUND, &words(send(&SourceId::new().to_string()).await))
                );
            }
        }
        // The same name of another user is another row.
        let (status, theirs) = answer(world.library_as("bob", Method::POST, kind).json(&item)).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_ne!(theirs["id"], created["id"]);
        assert_eq!(answer(world.library(Method::GET, &format!("{kind}/{id}"))).await.1, created);
    }
}

fn old_evidence(count: usize, from: i64) -> Vec<Evidence> {
    let types = ["PR_AUTHORED", "PR_REVIEWED", "SLACK", "MANUAL", "PR_AUTHORED"];
    let categories = [Some("bug"), Some("feature"), None, Some("docs")];
    (0..count)
        .map(|number| {
            let at = jiff::Timestamp::from_second(from + i64::try_from(number).unwrap() * 1_800).unwrap();
            let facts = json!({
                "type": types[number % 5], "category": categories[number / 5 % 4], "title": format!("Change {number}"),
                "summary": "It was like this for a long time, and now it is like that. ".repeat(3), "occurredAt": at,
            });
            let facts: EvidenceFacts = serde_json::from_value(facts).unwrap();
            Evidence { id: SourceId::new(), facts, created_at: at, version: 1 }
        })
        .collect()
}

/// What a job reads is bounded by `maxEvidence`, however much evidence there is.
#[tokio::test]
async fn a_job_reads_as_little_of_forty_thousand_pieces_as_of_twenty_thousand() {
    const START: i64 = 1_719_792_000; // 2024-07-01, half an hour apart: 20,000 pieces reach 2025-08-21.
    let world = World::new().await;
    let user = UserId::new("ada").unwrap();
    let quarter = json!({
        "evidenceDateRange": {"start": "2025-01-01", "end": "2025-03-31"}, "evidenceTypes": ["PR_AUTHORED"], "maxEvidence": 20,
        "includeGoals": false, "includeReviews": false,
    });
    let configs = [
        json!({"maxEvidence": 50}),
        json!({"maxEvidence": 50, "evidenceTypes": ["SLACK"]}),
        json!({"maxEvidence": 50, "evidenceCategories": ["bug"]}),
        json!({"maxEvidence": 50, "evidenceTypes": ["PR_AUTHORED", "MANUAL"], "evidenceCategories": ["docs", "feature"]}),
        json!({"maxEvidence": 50, "evidenceDateRange": {"end": "2024-12-31"}}),
        quarter.clone(),
    ];
    let mut measured: Vec<Vec<f64>> = Vec::new();
    // The sample's.
    let mut all = world.runner.store.evidence(&user, &ContextConfig::default()).await.unwrap();
    for round in 0..2 {
        // The second time as many again, in between the first.
        let more = old_evidence(20_000, START + round * 900);
        let outcomes = world.runner.store.put_entries(&user, &more).await;
        assert!(outcomes.iter().all(Result::is_ok));
        all.extend(more);
        let mut units = Vec::new();
        for config in &configs {
            let config: ContextConfig = serde_json::from_value(config.clone()).unwrap();
            let (store, meter) = world.runner.store.metered();
            let read = store.evidence(&user, &config).await.unwrap();
            let expected = domain::selection::select(&config, all.clone(), Vec::new(), Vec::new()).evidence;
            let titles = |list: &[Evidence]| list.iter().map(|evidence| evidence.id).collect::<Vec<_>>();
            assert_eq!(titles(&read), titles(&expected), "the newest, newest first");
            units.push(meter.read_units());
        }
        measured.push(units);
    }
    println!("read units of a job's evidence:\n  {:>8} {:>8}  contextConfig", "20,000", "40,000");
    for (index, config) in configs.iter().enumerate() {
        println!("  {:>8} {:>8}  {config}", measured[0][index], measured[1][index]);
        assert!(measured[1][index] <= measured[0][index] + 2.0, "it does not grow with what there is");
        assert!(measured[1][index] <= 60.0);
    }

    // The job itself sends exactly the newest of the range.
    let patch = json!({"contextConfig": quarter});
    answer(world.request(Method::PATCH, &format!("/{}", world.seeded.document.id)).json(&patch)).await;
    let job = world.run(&world.generate_body()).await;
    assert_eq!(job["result"]["evidenceCount"], 20, "{job}");
    let config: ContextConfig = serde_json::from_value(quarter).unwrap();
    let expected = domain::selection::select(&config, all, Vec::new(), Vec::new()).evidence;
    let request = world.journal().requests().remove(0);
    let sent = request["messages"][0]["content"][0]["source"]["content"].as_array().unwrap().clone();
    assert_eq!(sent.len(), 20);
    for (sent, expected) in sent.iter().zip(expected) {
        let text = sent["text"].as_str().unwrap();
        assert!(
            text.contains(&format!("\"{}\"", expected.facts.title))
                && text.contains(&expected.facts.occurred_at.to_string()[..10]),
            "{text}"
        );
    }
}
