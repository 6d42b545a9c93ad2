//! Requests of any size that the API accepts, in characters that grow most when they are escaped. No response exceeds what a
//! Lambda response may have, none is a 5xx, and what was stored can be read.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::world::World;

/// Lambda takes 6 MB. Escaped once more for Lambda, a response has at most this many bytes.
const MOST_BYTES: usize = 5 * 1_024 * 1_024;
const ROUNDS: usize = 60;

/// A text of up to `most` characters that takes up to seven bytes per character in a response.
fn text(rng: &mut StdRng, most: usize) -> String {
    let kind = ["\"", "\u{1}", "\\", "ü", "😀", "a"][rng.random_range(0..6)];
    // Lengths near the limit are as likely as all others together.
    let length = if rng.random() { most - rng.random_range(0..most / 10) } else { rng.random_range(1..=most) };
    kind.repeat(length)
}

/// Sends a request and returns its status and body, if the body is as JSON allows.
async fn send(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    let bytes = serde_json::to_string(&body).unwrap().len();
    assert!(bytes <= MOST_BYTES, "{status}: {bytes} bytes");
    assert!(status < 500, "{status}: {}", body.chars().take(500).collect::<String>());
    (status, serde_json::from_str(&body).unwrap_or_default())
}

/// Reads a list to its end and returns the number of its items.
async fn all(world: &World, path: &str, items: &str) -> usize {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let url = format!("{}{path}?limit=100&cursor={cursor}", world.runner.url());
        let (_, page) = send(reqwest_as_ada(world, Method::GET, &url)).await;
        count += page[items].as_array().unwrap().len();
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return count,
        }
    }
}

fn reqwest_as_ada(world: &World, method: Method, url: &str) -> RequestBuilder {
    let path = url.strip_prefix(&world.runner.url()).unwrap();
    match path.strip_prefix("/api/report-builder") {
        Some(path) => world.request(method, path),
        None => world.library_as("ada", method, path.strip_prefix("/api/").unwrap()),
    }
}

#[tokio::test]
async fn requests_of_any_size_are_answered_and_what_is_stored_can_be_read() {
    let world = World::new().await;
    let seed = 20_261_126;
    let mut rng = StdRng::seed_from_u64(seed);
    let document = world.seeded.document.id;
    let (_, before) = send(world.request(Method::GET, &format!("/{document}"))).await;
    let (mut blocks, mut reviews, mut jobs, mut rejected) = (before["blocks"].as_array().unwrap().len(), 0, 0, 0);
    let reviews_before = all(&world, "/api/reviews", "items").await;
    for _ in 0..ROUNDS {
        let (kind, request) = match rng.random_range(0..5) {
            0 | 1 => {
                let metadata = json!({"note": text(&mut rng, 20_000)});
                let new = json!({"type": "PROMPT_RESPONSE", "prompt": text(&mut rng, 10_000), "content": text(&mut rng, 80_000)});
                let (status, block) =
                    send(world.request(Method::POST, &format!("/{document}/blocks")).json(&new)).await;
                if status == 201 {
                    blocks += 1;
                    let path = format!("/{document}/blocks/{}", block["id"].as_str().unwrap());
                    send(world.request(Method::PATCH, &path).json(&json!({"metadata": metadata}))).await;
                    send(world.request(Method::PATCH, &path).json(&json!({"content": text(&mut rng, 80_000)}))).await;
                    send(world.request(Method::GET, &path)).await;
                    send(world.request(Method::GET, &format!("{path}/history?limit=100"))).await;
                }
                continue;
            }
            2 => {
                let items: Vec<Value> = (0..rng.random_range(1..20))
                    .map(|_| json!({"year": 2026, "type": "SELF", "content": text(&mut rng, 100_000)}))
                    .collect();
                ("review", world.library_as("ada", Method::POST, "reviews").json(&json!({"items": items})))
            }
            3 => {
                let new = json!({"type": "ANALYZE", "documentId": document, "prompt": text(&mut rng, 10_000)});
                ("job", world.request(Method::POST, "/jobs").json(&new))
            }
            _ => {
                let wrong: Vec<Value> =
                    (0..rng.random_range(1..500)).map(|_| json!({"year": text(&mut rng, 50)})).collect();
                ("wrong", world.library_as("ada", Method::POST, "reviews").json(&json!({"items": wrong})))
            }
        };
        match (kind, send(request).await) {
            ("review", (200, stored)) => reviews += stored["created"].as_u64().unwrap(),
            ("job", (202, _)) => jobs += 1,
            _ => rejected += 1,
        }
    }
    println!("seed {seed}: {blocks} blocks, {reviews} reviews, {jobs} jobs, {rejected} requests rejected");
    let (_, shown) = send(world.request(Method::GET, &format!("/{document}"))).await;
    assert_eq!(shown["blocks"].as_array().unwrap().len(), blocks);
    assert_eq!(all(&world, "/api/reviews", "items").await, reviews_before + usize::try_from(reviews).unwrap());
    assert_eq!(all(&world, "/api/report-builder/jobs", "jobs").await, jobs);
    assert!(blocks > 5 && reviews > 5 && jobs > 3 && rejected > 3, "every kind of request was tried");
    // Texts that no compression makes shorter.
    let prompt: String = (0..10_000).map(|_| char::from_u32(rng.random_range(0x1F300..0x1F5FF)).unwrap()).collect();
    let many = json!({"type": "GENERATE", "only": "ALL", "prompt": prompt});
    let path = format!("/{document}/jobs");
    for _ in 0..2 {
        let request = world.request(Method::POST, &path).header("idempotency-key", "many").json(&many);
        assert_eq!(send(request).await.0, 202);
    }
    assert_eq!(send(world.request(Method::DELETE, &path)).await.0, 200);
}
