//! A fictional user's document, evidence, goals and reviews (`sample.json`), stored through
//! the HTTP API.

use anyhow::{Context as _, Result};
use domain::ids::{BlockId, DocumentId};
use serde_json::{Value, json};

use crate::client::{Api, word};

const SAMPLE: &str = include_str!("../sample.json");

/// A document that was stored.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// The document.
    pub document: DocumentId,
    /// Its title.
    pub name: String,
    /// Its blocks, in order: a heading, one without content, one with content.
    pub blocks: Vec<BlockId>,
    /// What the block without content is asked.
    pub prompt: String,
}

impl Seeded {
    /// The block to GENERATE.
    pub fn unwritten(&self) -> BlockId {
        self.blocks[1]
    }

    /// The block to REFINE.
    pub fn written(&self) -> BlockId {
        self.blocks[2]
    }
}

/// How many entries of the library a user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Library {
    /// Pieces of evidence.
    pub evidence: usize,
    /// Goals.
    pub goals: usize,
    /// Reviews.
    pub reviews: usize,
}

/// Stores the sample's evidence, goals and reviews. A second time changes nothing.
pub async fn seed_library(api: &Api) -> Result<()> {
    let sample = sample()?;
    for kind in ["evidence", "goals", "reviews"] {
        let report = api.post(&format!("/api/{kind}"), &json!({"items": sample[kind]})).await?;
        anyhow::ensure!(report["rejected"] == 0, "the sample's {kind}: {report}");
    }
    Ok(())
}

/// Stores the sample's document: about its own half-year, or with evidence of any date.
pub async fn seed_document(api: &Api, own_evidence: bool) -> Result<Seeded> {
    let sample = sample()?;
    let mut document = sample["document"].clone();
    if own_evidence {
        document = json!({"name": "Performance review, draft", "description": "Drafted from the imported evidence."});
    }
    let document = api.post("/api/report-builder", &document).await?;
    let id: DocumentId = word(&document["id"]).parse()?;
    let mut blocks = Vec::new();
    let mut prompt = String::new();
    for (place, block) in sample["blocks"].as_array().into_iter().flatten().enumerate() {
        let mut block = block.clone();
        if own_evidence {
            // No sentence of the sample's user may stand in the document of another.
            block["content"] = if block["type"] == "HEADING" { json!("Performance review") } else { Value::Null };
        }
        if place == 1 {
            word(&block["prompt"]).clone_into(&mut prompt);
        }
        let stored = api.post(&format!("/api/report-builder/{id}/blocks"), &block).await?;
        blocks.push(word(&stored["id"]).parse()?);
    }
    Ok(Seeded { document: id, name: word(&document["name"]).to_owned(), blocks, prompt })
}

/// What is in the user's library.
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
