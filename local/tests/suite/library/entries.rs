//! Evidence, goals and reviews: stored, listed, changed, and found by jobs.

use std::collections::BTreeSet;

use domain::ids::SourceId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer, assert_fits, items, pointers};

const KINDS: [&str; 3] = ["evidence", "goals", "reviews"];

impl World {
    pub fn library(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.library_as("carol", method, path)
    }

    pub fn library_as(&self, user: &str, method: Method, path: &str) -> reqwest::RequestBuilder {
        crate::world::http().request(method, format!("{}/api/{path}", self.runner.url())).bearer_auth(user)
    }

    pub async fn post_to(&self, kind: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.library(Method::POST, kind).json(body)).await
    }

    /// All entries of a list, page by page.
    pub async fn listed(&self, kind: &str, query: &str) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let (status, page) = answer(self.library(Method::GET, &format!("{kind}?{query}{cursor}"))).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            assert_fits(&page);
            found.extend(page["items"].as_array().unwrap().iter().cloned());
            assert!(found.len() < 10_000, "pages repeat themselves");
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
            "type": "PR_AUTHORED", "title": "Retry <b>payments</b> 🚀", "summary": "مرحبا\r\n", "category": "feature", "scope": "large", "state": "MERGED",
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
        let location = response.headers()["location"].to_str().unwrap().trim_start_matches("/api/").to_owned();
        let created: Value = response.json().await.unwrap();
        let mut expected = example(kind);
        if kind == "evidence" {
            expected["occurredAt"] = json!("2026-09-14T08:12:00Z");
        }
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&created[name], value, "{name}");
        }
        assert_eq!(answer(world.library(Method::GET, &location)).await, (StatusCode::OK, created.clone()));
        assert_eq!(world.listed(kind, "").await, std::slice::from_ref(&created));

        let (status, changed) = answer(world.library(Method::PATCH, &location).json(&json!({field: value}))).await;
        let mut expected = created.clone();
        expected[field] = json!(value);
        assert_eq!((status, &changed), (StatusCode::OK, &expected), "a field outside the patch keeps its value");
        assert_eq!(answer(world.library(Method::DELETE, &location)).await, (StatusCode::OK, expected));
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(answer(world.library(method, &location)).await.0, StatusCode::NOT_FOUND);
        }
        let patched = world.library(Method::PATCH, &location).json(&json!({field: value}));
        assert_eq!(answer(patched).await.0, StatusCode::NOT_FOUND, "a deleted entry is not restored");
        assert!(world.listed(kind, "").await.is_empty());
    }
}

/// A day has no time, so no zone moves it.
#[tokio::test]
async fn evidence_of_a_day_stays_on_that_day() {
    let world = World::new().await;
    let day =
        json!({"type": "MANUAL", "title": "A talk", "summary": "", "occurredAt": "2019-02-28", "state": "IN_PROGRESS"});
    let (status, stored) = world.post_to("evidence", &day).await;
    assert_eq!(
        (status, &stored["occurredAt"], &stored["state"]),
        (StatusCode::CREATED, &day["occurredAt"], &day["state"])
    );
    for (range, expected) in [("start=2019-02-28&end=2019-02-28", 1), ("start=2019-03-01&end=2019-03-02", 0)] {
        assert_eq!(world.listed("evidence", range).await.len(), expected, "{range}");
    }
}

#[tokio::test]
async fn all_errors_in_an_entry_are_reported_at_once() {
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
            json!({"type": "SLACK", "title": "A", "summary": "", "occurredAt": "2026-09-14T10:12"}),
            vec!["/occurredAt"],
        ),
        (
            "evidence",
            json!({"type": "SLACK", "title": "A", "summary": "", "occurredAt": "0001-01-01T00:00:00Z"}),
            vec!["/occurredAt"],
        ),
        ("reviews", json!({"year": 2025, "type": "SELF", "content": "A", "weight": 1e-300}), vec!["/weight"]),
        ("goals", json!({}), vec!["/title"]),
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
        let (status, problem) = world.post_to(kind, &body).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, expected), "{kind}");
    }
    for (kind, patch, pointer) in [
        ("evidence", json!({"title": null}), "/title"),
        ("evidence", json!({"occurredAt": "yesterday"}), "/occurredAt"),
        ("evidence", json!({"externalId": "new"}), "/externalId"),
        ("goals", json!({"status": "DONE"}), "/status"),
        ("reviews", json!({"year": "2025"}), "/year"),
    ] {
        let (_, created) = world.post_to(kind, &example(kind)).await;
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
    let mut after = items(&world).await;
    // The task of the entry that was deleted.
    after.remove("DELETION");
    assert_eq!(after, before);
}

/// As a new goal of another report builder, which sends no status.
#[tokio::test]
async fn a_goal_without_a_status_is_active() {
    let world = World::new().await;
    let (status, goal) = world.post_to("goals", &json!({"title": "Lead a project"})).await;
    assert_eq!((status, &goal["status"]), (StatusCode::CREATED, &json!("ACTIVE")));
    // A file without the column leaves the status of a goal that is stored already.
    let csv = async |text: &str| {
        let import = world.library(Method::POST, "goals/import").header("content-type", "text/csv");
        let (status, report) = answer(import.body(text.to_owned())).await;
        assert_eq!(status, StatusCode::OK, "{report}");
        report["rows"][0]["id"].as_str().unwrap().to_owned()
    };
    let id = csv("title,status,externalId\nLearn,COMPLETED,g1\n").await;
    assert_eq!(csv("title,externalId\nLearn Rust,g1\n").await, id);
    let (_, stored) = answer(world.library(Method::GET, &format!("goals/{id}"))).await;
    assert_eq!((&stored["title"], &stored["status"]), (&json!("Learn Rust"), &json!("COMPLETED")));
}

/// `jiff` reads more than RFC 3339 has.
#[tokio::test]
async fn times_are_those_of_rfc_3339_and_a_leap_second_sorts_after_its_minute() {
    let world = World::new().await;
    let evidence = |at: &str| json!({"type": "MANUAL", "title": at, "summary": "", "occurredAt": at});
    for at in [
        "2025-01-01T00:00:00+25:00",
        "2025-01-01T00:00:00+0100",
        "20250101T000000Z",
        "2025-01-01 00:00:00Z",
        "20250101",
    ] {
        let (status, problem) = world.post_to("evidence", &evidence(at)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["/occurredAt"]), "{at}");
        let query = format!("evidence?start={}", at.replace('+', "%2B").replace(' ', "%20"));
        let (status, problem) = answer(world.library(Method::GET, &query)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["?start"]), "{at}");
    }
    for (query, pointer) in [("from=20260101", "?from"), ("to=2026-01-01T00:00:00", "?to")] {
        let (status, problem) = answer(world.request(Method::GET, &format!("/usage?{query}"))).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec![pointer]), "{query}");
    }
    let leap = ["2016-12-31T23:59:59.2Z", "2016-12-31T23:59:60.1Z"];
    for at in leap {
        assert_eq!(world.post_to("evidence", &evidence(at)).await.0, StatusCode::CREATED, "{at}");
    }
    let (_, page) = answer(world.library(Method::GET, "evidence?start=2016-12-31&end=2016-12-31")).await;
    let titles: Vec<&str> =
        page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
    assert_eq!(titles, [leap[1], leap[0]], "newest first");
}

#[tokio::test]
async fn filters_combine_and_apply_to_every_page() {
    let world = World::new().await;
    let (types, categories) = (["PR_AUTHORED", "PR_REVIEWED", "SLACK", "MANUAL"], [Some("bug"), Some("docs"), None]);
    let all: Vec<Value> = (0..240_i64)
        .map(|number| {
            let at = jiff::Timestamp::from_second(1_767_225_600 + (number * 7_919 % 240) * 86_400 / 2).unwrap();
            let pick = usize::try_from(number).unwrap();
            json!({"type": types[pick % 4], "title": format!("{number}"), "summary": "", "category": categories[pick / 4 % 3], "occurredAt": at})
        })
        .collect();
    assert_eq!(world.post_to("evidence", &json!({"items": all})).await.1["created"], 240);
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
        world.post_to("goals", &json!({"title": title, "status": "ACTIVE", "externalId": title})).await;
        world.advance(1);
    }
    let titles: Vec<_> = world.listed("goals", "limit=1").await.iter().map(|goal| goal["title"].clone()).collect();
    assert_eq!(titles, ["third", "second", "first"]);
    for year in [2023, 2025, 2024] {
        world.post_to("reviews", &json!({"year": year, "type": "SELF", "content": "A"})).await;
    }
    let years: Vec<_> = world.listed("reviews", "limit=2").await.iter().map(|review| review["year"].clone()).collect();
    assert_eq!(years, [2025, 2024, 2023]);
}

/// A quotation mark takes four bytes in the response of a function, and a control character seven.
#[tokio::test]
async fn entries_that_grow_in_the_response_come_in_pages_that_fit() {
    let world = World::new().await;
    let (quotes, controls) = (|count| "\"".repeat(count), |count| "\u{1}".repeat(count));
    let review = |content: String| json!({"year": 2025, "type": "PEER", "content": content});
    let milestone = json!({"title": quotes(500), "status": controls(500)});
    let goal = json!({
        "title": "Hostile", "description": controls(10_000), "status": "ACTIVE", "milestones": vec![milestone; 100],
    });
    let evidence = json!({
        "type": "MANUAL", "title": "Hostile", "summary": controls(10_000), "occurredAt": "2026-01-01T00:00:00Z",
        "criteria": vec![controls(500); 50],
    });
    let requests = [
        ("reviews", vec![review(quotes(100_000)); 20]),
        ("reviews", vec![review(format!("Hostile {}", controls(99_000))); 6]),
        ("goals", vec![goal; 10]),
        ("evidence", vec![evidence; 24]),
    ];
    for (kind, items) in requests {
        let (_, report) = world.post_to(kind, &json!({"items": items})).await;
        assert_eq!(report["created"], items.len(), "{kind}");
    }
    for (kind, count) in [("reviews", 26), ("goals", 10), ("evidence", 24)] {
        let listed = world.listed(kind, "limit=100").await;
        let unique: BTreeSet<_> = listed.iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!((listed.len(), unique.len()), (count, count), "each once: {kind}");
    }
}

/// An ACTIVE goal is found even if many other goals are newer.
#[tokio::test]
async fn a_job_reads_the_active_goals_behind_many_newer_goals() {
    let world = World::new().await;
    let api = |body: Value| answer(world.library_as("ada", Method::POST, "goals").json(&body));
    let done: Vec<Value> =
        (0..150).map(|number| json!({"title": format!("Done {number}"), "status": "COMPLETED"})).collect();
    world.advance(10);
    api(json!({"items": done})).await;
    let job = world.run(&world.generate_body()).await;
    assert_eq!(job["result"]["goalsCount"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_changes_of_different_fields_are_all_stored() {
    let world = World::new().await;
    let (_, created) = world.post_to("goals", &example("goals")).await;
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
async fn the_library_of_another_user_is_answered_like_a_missing_one() {
    let world = World::new().await;
    let comparable = |(status, mut body): (StatusCode, Value)| {
        for name in ["requestId", "instance"] {
            body.as_object_mut().unwrap().remove(name);
        }
        (status, body)
    };
    for kind in KINDS {
        let mut item = example(kind);
        item["externalId"] = json!("the same name");
        let (_, created) = world.post_to(kind, &item).await;
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
                let foreign = comparable(send(id).await);
                assert_eq!(
                    (foreign.0, &foreign),
                    (StatusCode::NOT_FOUND, &comparable(send(&SourceId::new().to_string()).await))
                );
            }
        }
        // The same externalId of another user belongs to another entry.
        let (status, theirs) = answer(world.library_as("bob", Method::POST, kind).json(&item)).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_ne!(theirs["id"], created["id"]);
        assert_eq!(answer(world.library(Method::GET, &format!("{kind}/{id}"))).await.1, created);
    }
}
