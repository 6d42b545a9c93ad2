//! Prompt caching: what the later blocks of a document cost, calculated from the requests that were sent.

use domain::zone::Zone;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer};

const BLOCKS: usize = 10;

/// Pull requests from the file in `EVIDENCE`, or else generated ones of usual size.
fn pull_requests(count: u32) -> Vec<Value> {
    if let Ok(path) = std::env::var("EVIDENCE") {
        let file: Value =
            serde_json::from_str(&std::fs::read_to_string(crate::processes::root().join(path)).unwrap()).unwrap();
        return file["items"].as_array().unwrap().iter().take(count as usize).cloned().collect();
    }
    let generated = (0..count).map(|number| {
        let repo = "example-corp/checkout";
        json!({
            "type": "PR_AUTHORED", "title": format!("Retry failed card payments with backoff, part {number}"),
            "summary": "Payments that fail with a passing error are tried again up to three times. Lost payments fell from 2.1 % to 0.4 % in the first month.",
            "category": "feature", "scope": "medium", "occurredAt": format!("2026-{:02}-{:02}T10:12:00+02:00", 1 + number / 28 % 12, 1 + number % 28),
            "url": format!("https://git.example.com/{repo}/pull/{number}"), "repo": repo, "number": number,
            "metrics": {"additions": 64 * number, "deletions": 8 * number, "changedFiles": 3}, "externalId": format!("{repo}#{number}"),
        })
    });
    generated.collect()
}

/// Estimates tokens as the offline writer does, at four bytes each.
fn tokens(text: &str) -> u64 {
    text.len() as u64 / 4
}

#[tokio::test]
async fn nearly_all_of_the_input_of_later_blocks_is_read_from_the_cache() {
    let of_half_a_year = cache_share(50).await;
    assert!(of_half_a_year > 0.94, "{of_half_a_year}");
    let of_a_year = cache_share(400).await;
    assert!(of_a_year > 0.99, "{of_a_year}");
}

/// The share of the input of the later blocks that is read from the cache, for a document over so many pull requests.
async fn cache_share(count: u32) -> f64 {
    // The offline writer costs nothing, so it takes the price of Claude.
    let tune = |config: &mut ::worker::Config| {
        let price = config.prices.0["claude-sonnet-5-5"].clone();
        config.prices.0.insert(local::fake_claude::MODEL.to_owned(), price);
    };
    let world = World::with(local::runner::RunnerOptions { tune, ..crate::world::options() }).await;
    let (_, document) = answer(world.request(Method::POST, "").json(&json!({"name": "Review"}))).await;
    let id = document["id"].as_str().unwrap();
    let config = &world.seeded.document.context_config;
    for entry in world.runner.store.evidence(&world.user, config, &Zone::default(), usize::MAX).await.unwrap().matching
    {
        let path = format!("evidence/{}", entry.id);
        answer(world.library_as("ada", Method::DELETE, &path)).await;
    }
    let pulls = pull_requests(count);
    let stored = answer(world.library_as("ada", Method::POST, "evidence").json(&json!({"items": pulls}))).await.1;
    assert_eq!(stored["created"], count, "{stored}");

    let mut rows = Vec::new();
    for number in 0..BLOCKS {
        let new = json!({"type": "PROMPT_RESPONSE", "prompt": format!("Part {number}: what did I do for payments? {}", "In detail. ".repeat(number))});
        let (_, block) = answer(world.request(Method::POST, &format!("/{id}/blocks")).json(&new)).await;
        let job = world.run(&json!({"type": "GENERATE", "documentId": id, "blockId": block["id"]})).await;
        assert_eq!((&job["status"], &job["result"]["evidenceCount"]), (&json!("COMPLETED"), &json!(count)), "{job}");
        let count = |name: &str| job["usage"][name].as_u64().unwrap();
        rows.push((
            count("inputTokens"),
            count("cacheCreationInputTokens"),
            count("cacheReadInputTokens"),
            count("costMicroUsd"),
        ));
    }

    // Compare the items of the sent request with the same items as plain JSON.
    let request = world.journal().requests().remove(0);
    let items = request["messages"][0]["content"][0]["source"]["content"].as_array().unwrap().clone();
    let ours: u64 = items.iter().map(|item| tokens(item["text"].as_str().unwrap())).sum();
    let plain: u64 = pulls.iter().map(|pull| tokens(&pull.to_string())).sum();

    let mut toon = std::process::Command::new("node");
    toon.arg(crate::processes::tool("node/toon.mjs"));
    let input = json!(pulls);
    let toon = tokio::task::spawn_blocking(move || super::sdk::run(toon, &input)).await.unwrap();
    let toon: u64 = toon.as_array().unwrap().iter().map(|item| tokens(item.as_str().unwrap())).sum();

    println!("input tokens of a document of {BLOCKS} blocks over {count} pull requests, estimated:");
    println!("  {:>5} {:>10} {:>10} {:>10} {:>10}", "block", "full price", "to cache", "from cache", "total");
    for (number, (full, to, from, _)) in rows.iter().enumerate() {
        println!("  {:>5} {full:>10} {to:>10} {from:>10} {:>10}", number + 1, full + to + from);
    }
    let total: u64 = rows.iter().map(|(full, to, from, _)| full + to + from).sum();
    let cost: u64 = rows.iter().map(|row| row.3).sum();
    println!("  without caching, all {total} at the full price; with plain JSON items {}", total + 10 * (plain - ours));
    println!(
        "  an item has {} tokens, in TOON {}, as plain JSON {}; all blocks cost ${:.4}",
        ours / u64::from(count),
        toon / u64::from(count),
        plain / u64::from(count),
        cost as f64 / 1e6
    );
    assert!(ours < toon && toon < plain);
    assert!(rows[1..].iter().all(|(_, to, _, _)| *to == 0), "only the first block writes the cache");
    let (read, all) =
        rows[1..].iter().fold((0, 0), |(read, all), (full, to, from, _)| (read + from, all + full + to + from));
    let share = read as f64 / all as f64;
    println!("  share of the cache in the input of the later blocks: {:.1} %\n", share * 100.0);
    share
}
