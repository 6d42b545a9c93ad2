//! Stores the sample through the HTTP API: document, evidence, goals and reviews of a fictional user (`sample.json`).

use anyhow::{Context as _, Result};
use domain::ids::{BlockId, DocumentId};
use serde_json::{Value, json};

use crate::client::{Api, str_field};

const SAMPLE: &str = include_str!("../sample.json");

/// The document that [`seed_document`] has stored.
#[derive(Clone, Debug)]
pub struct Seeded {
    pub document: DocumentId,
    pub name: String,
    /// Ids of its blocks, in order: a heading, a block without content, a block with content.
    pub blocks: Vec<BlockId>,
    /// Prompt of the block without content.
    pub prompt: String,
}

impl Seeded {
    /// The block without content, for GENERATE jobs.
    pub fn unwritten(&self) -> BlockId {
        self.blocks[1]
    }

    /// The block with content, for REFINE jobs.
    pub fn written(&self) -> BlockId {
        self.blocks[2]
    }
}

/// Number of entries in a user's library, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Library {
    pub evidence: usize,
    pub goals: usize,
    pub reviews: usize,
}

/// Stores the sample's evidence, goals and reviews. Idempotent, because every entry has a fixed `externalId`.
pub async fn seed_library(api: &Api) -> Result<()> {
    let sample = sample()?;
    for kind in ["evidence", "goals", "reviews"] {
        let report = api.post(&format!("/api/{kind}"), &json!({"items": sample[kind]})).await?;
        anyhow::ensure!(report["rejected"] == 0, "the sample's {kind}: {report}");
    }
    Ok(())
}

/// Stores the sample's document. With `own_evidence`, the document has no date range and none of the sample's texts, so
/// that it fits the evidence of any user.
pub async fn seed_document(api: &Api, own_evidence: bool) -> Result<Seeded> {
    let sample = sample()?;
    let mut document = sample["document"].clone();
    if own_evidence {
        document = json!({"name": "Performance review, draft", "description": "Drafted from the imported evidence."});
    }
    let document = api.post("/api/report-builder", &document).await?;
    let id: DocumentId = str_field(&document["id"]).parse()?;
    let mut blocks = Vec::new();
    let mut prompt = String::new();
    for (index, block) in sample["blocks"].as_array().into_iter().flatten().enumerate() {
        let mut block = block.clone();
        if own_evidence {
            // The sample's texts are about a fictional user, so they must not appear in a real user's document.
            block["content"] = if block["type"] == "HEADING" { json!("Performance review") } else { Value::Null };
        }
        if index == 1 {
            str_field(&block["prompt"]).clone_into(&mut prompt);
        }
        let stored = api.post(&format!("/api/report-builder/{id}/blocks"), &block).await?;
        blocks.push(str_field(&stored["id"]).parse()?);
    }
    Ok(Seeded { document: id, name: str_field(&document["name"]).to_owned(), blocks, prompt })
}

/// Counts the entries of the user's library, page by page.
pub async fn library(api: &Api) -> Result<Library> {
    let count = async |kind: &str| -> Result<usize> {
        let mut path = format!("/api/{kind}?limit=100");
        let mut count = 0;
        loop {
            let page = api.get(&path).await?;
            count += page["items"].as_array().context("a page has no items")?.len();
            match page["nextCursor"].as_str() {
                Some(cursor) => path = format!("/api/{kind}?limit=100&cursor={cursor}"),
                None => return Ok(count),
            }
        }
    };
    Ok(Library { evidence: count("evidence").await?, goals: count("goals").await?, reviews: count("reviews").await? })
}

fn sample() -> Result<Value> {
    serde_json::from_str(SAMPLE).context("sample.json")
}
