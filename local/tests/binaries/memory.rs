//! Peak memory of the functions under their largest load, compared with `MemorySize` in the template.

use std::{collections::BTreeMap, fs};

use domain::{
    ids::{BlockId, DocumentId, UserId},
    report::block::Block,
};
use local::template::{Template, text};
use serde_json::{Value, json};
use store::documents::Edit;

use super::{Cloud, FUNCTIONS, body, processes::root};

/// Number of jobs in a full message.
const BATCH: usize = 10;
/// Blocks whose texts together are more than one response holds.
const BLOCKS: usize = 16;

/// Runs the functions on the largest input that a request may have and prints the peak memory of each. Fails if less
/// than 30 % of `MemorySize` is left.
pub async fn peak_memory_fits_the_template(cloud: &Cloud, user: &UserId, ports: &BTreeMap<&str, u16>) {
    fill_library(ports).await;

    let (document, blocks) = document(cloud, user).await;
    let shown = send(ports, "documents", |event| {
        event["pathParameters"] = json!({"id": document.to_string()});
        event["rawPath"] = json!(format!("/api/report-builder/{document}"));
    })
    .await;
    assert!(shown["body"].as_str().unwrap().len() > 3_500_000, "{}", shown["statusCode"]);

    let mut ids = Vec::new();
    for block in blocks.iter().take(BATCH) {
        let wanted = json!({"type": "GENERATE", "documentId": document, "blockId": block, "prompt": "What did I do?"});
        let created = send(ports, "create-job", |event| event["body"] = json!(wanted.to_string())).await;
        assert_eq!(created["statusCode"], 202, "{created}");
        ids.push(body(&created)["jobId"].clone());
    }
    let message = json!({"version": 1, "user": user, "jobIds": ids});
    let done = send(ports, "worker", |event| event["Records"][0]["body"] = json!(message.to_string())).await;
    assert_eq!(done, json!({"batchItemFailures": []}));
    let listed = send(ports, "list-jobs", |event| {
        event["rawQueryString"] = json!("limit=100&status=COMPLETED");
        event["queryStringParameters"] = json!({"limit": "100", "status": "COMPLETED"});
    })
    .await;
    assert!(body(&listed)["jobs"].as_array().unwrap().len() > BATCH, "{listed}");

    println!("peak memory under the largest load, of MemorySize in the template:");
    let template = Template::checked_in().unwrap();
    for (id, package) in FUNCTIONS {
        let given: u64 = text(template.property(id, "MemorySize").ok()).map_or(128, |size| size.parse().unwrap());
        let peak = peak(package);
        println!("  {package:<12} {peak:>4} of {given} MB");
        assert!(peak * 10 <= given * 7, "{package} needs {peak} MB, so less than 30 % of MemorySize is left");
    }
}

/// The longest evidence and the longest reviews that a job reads, in a script of three bytes per character.
async fn fill_library(ports: &BTreeMap<&str, u16>) {
    let summary = "決済の再試行を実装し、失敗した支払いを減らした。".repeat(416);
    let review = "一年を通して、信頼できる仕事をした。効果を数字で示すとなお良い。".repeat(2_900);
    let evidence: Vec<Value> = (0..500)
        .map(|number| json!({"type": "PR_AUTHORED", "title": format!("Part {number}"), "summary": summary, "occurredAt": "2026-10-01T10:00:00Z"}))
        .collect();
    let reviews: Vec<Value> =
        (0..50).map(|number| json!({"year": 1976 + number, "type": "MANAGER", "content": review})).collect();
    for (kind, items, at_once) in [("evidence", evidence, 125), ("reviews", reviews, 15)] {
        for items in items.chunks(at_once) {
            let stored = send(ports, "library", |event| {
                event["routeKey"] = json!(format!("POST /api/{kind}"));
                event["requestContext"]["routeKey"] = event["routeKey"].clone();
                event["rawPath"] = json!(format!("/api/{kind}"));
                event["body"] = json!(json!({"items": items}).to_string());
            })
            .await;
            assert_eq!(body(&stored)["created"], items.len(), "{stored}");
        }
    }
}

/// Stores a document with more text than one response holds. Its jobs read 500 pieces of evidence.
async fn document(cloud: &Cloud, user: &UserId) -> (DocumentId, Vec<BlockId>) {
    let (id, at) = (DocumentId::new(), "2026-11-23T10:00:00Z");
    let blocks: Vec<BlockId> = (0..BLOCKS).map(|_| BlockId::new()).collect();
    let stored = json!({
        "id": id, "name": "Full", "description": null, "status": "DRAFT", "contextConfig": r#"{"maxEvidence": 500}"#,
        "blocks": blocks, "version": 1, "createdAt": at, "updatedAt": at,
    });
    let edit = Edit { document: Some((serde_json::from_value(stored).unwrap(), None)), ..Edit::default() };
    cloud.store.save(user, &edit).await.unwrap();
    for block in &blocks {
        let stored = json!({
            "id": block, "documentId": id, "type": "PROMPT_RESPONSE", "prompt": "What did I do?",
            "metadata": "{}", "version": 1, "contentRevision": 0, "createdAt": at, "updatedAt": at,
        });
        let mut block: Block = serde_json::from_value(stored).unwrap();
        let revision = block.edit(Some("A sentence of a review. ".repeat(11_500)));
        let edit = Edit { block: Some((block, None)), revision: Some(revision), ..Edit::default() };
        cloud.store.save(user, &edit).await.unwrap();
    }
    (id, blocks)
}

/// Sends the function's sample event, changed by `change`, through the runtime emulator.
async fn send(ports: &BTreeMap<&str, u16>, package: &str, change: impl FnOnce(&mut Value)) -> Value {
    let event = fs::read_to_string(root().join("events").join(format!("{package}.json"))).unwrap();
    let mut event = serde_json::from_str(&event).unwrap();
    change(&mut event);
    let url = format!("http://127.0.0.1:{}/2015-03-31/functions/function/invocations", ports[package]);
    let tls = claude::client::tls().unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build().unwrap();
    http.post(url).json(&event).send().await.unwrap().json().await.unwrap()
}

/// Peak resident memory of the function's process so far, in MB.
fn peak(package: &str) -> u64 {
    let bootstrap = fs::canonicalize(root().join("target/lambda").join(package).join("bootstrap")).unwrap();
    let of_it = |entry: &fs::DirEntry| fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == bootstrap);
    let process = fs::read_dir("/proc").unwrap().filter_map(Result::ok).find(of_it);
    let status = fs::read_to_string(process.unwrap().path().join("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes.div_ceil(1_024)
}
