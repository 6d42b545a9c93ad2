//! A fictional user's document, evidence, goals and reviews (`sample.json`).

use anyhow::{Context as _, Result};
use domain::{
    context_config::{ContextConfig, DateRange},
    document::{Block, BlockType, Change, ChangeType, ChangedBy, Document, DocumentStatus},
    evidence::{Evidence, EvidenceFacts},
    goal::{Goal, GoalFacts},
    ids::{BlockId, DocumentId, SourceId, UserId},
    review::{Review, ReviewFacts},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Map;
use store::{
    Store,
    commit::{BlockChange, Saved},
};

const SAMPLE: &str = include_str!("../sample.json");

#[derive(Deserialize)]
struct Sample {
    document: SampleDocument,
    blocks: Vec<SampleBlock>,
    evidence: Vec<EvidenceFacts>,
    goals: Vec<GoalFacts>,
    reviews: Vec<ReviewFacts>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SampleDocument {
    name: String,
    description: String,
    context_config: ContextConfig,
}

#[derive(Deserialize)]
struct SampleBlock {
    #[serde(rename = "type")]
    block_type: BlockType,
    prompt: Option<String>,
    content: Option<String>,
}

/// What was stored.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// The document.
    pub document: Document,
    /// Its blocks, in order: a heading, one without content, one with content.
    pub blocks: Vec<Block>,
    /// Pieces of evidence.
    pub evidence: usize,
    /// Goals.
    pub goals: usize,
    /// Reviews.
    pub reviews: usize,
}

impl Seeded {
    /// The block to GENERATE.
    pub fn unwritten(&self) -> &Block {
        &self.blocks[1]
    }

    /// The block to REFINE.
    pub fn written(&self) -> &Block {
        &self.blocks[2]
    }
}

/// Stores the sample for `user`. With `evidence`, that takes the place of the sample's
/// evidence, and the document takes evidence of any date.
pub async fn seed(store: &Store, user: &UserId, evidence: Option<Vec<Evidence>>, now: Timestamp) -> Result<Seeded> {
    let sample: Sample = serde_json::from_str(SAMPLE).context("sample.json")?;
    let mut context_config = sample.document.context_config;
    if evidence.is_some() {
        context_config.evidence_date_range = DateRange::default();
    }
    let evidence = evidence.unwrap_or_else(|| {
        let with_id = |facts| Evidence { id: SourceId::new(), facts, created_at: now };
        sample.evidence.into_iter().map(with_id).collect()
    });
    let goals: Vec<_> =
        sample.goals.into_iter().map(|facts| Goal { id: SourceId::new(), facts, created_at: now }).collect();
    let reviews: Vec<_> =
        sample.reviews.into_iter().map(|facts| Review { id: SourceId::new(), facts, created_at: now }).collect();
    store.put_evidence(user, &evidence).await?;
    store.put_goals(user, &goals).await?;
    store.put_reviews(user, &reviews).await?;

    let document = Document {
        id: DocumentId::new(),
        name: sample.document.name,
        description: Some(sample.document.description),
        status: DocumentStatus::Draft,
        context_config,
        created_at: now,
        updated_at: now,
    };
    store.put_document(user, &document).await?;
    let mut blocks = Vec::new();
    for (index, sample) in sample.blocks.into_iter().enumerate() {
        let mut block = Block {
            id: BlockId::new(),
            document_id: document.id,
            block_type: sample.block_type,
            prompt: sample.prompt,
            content: None,
            position: f64::from(u32::try_from(index)?),
            metadata: Map::new(),
            version: 1,
            content_revision: 0,
            created_at: now,
            updated_at: now,
        };
        store.put_block(user, &block).await?;
        if sample.content.is_some() {
            block = edit(store, user, &block, sample.content, now).await?;
        }
        blocks.push(block);
    }
    Ok(Seeded { document, blocks, evidence: evidence.len(), goals: goals.len(), reviews: reviews.len() })
}

/// Changes a block's content as its user would.
pub async fn edit(
    store: &Store,
    user: &UserId,
    block: &Block,
    content: Option<String>,
    now: Timestamp,
) -> Result<Block> {
    let change =
        Change { change_type: ChangeType::ManualEdit, changed_by: ChangedBy::User, agent_model: None, job_id: None };
    let (changed, revision) = block.with_content(content, change, now);
    let change = BlockChange { read_version: block.version, block: changed.clone(), revision };
    match store.save_block(user, &change).await? {
        Saved::Yes => Ok(changed),
        Saved::Changed => anyhow::bail!("the block has changed meanwhile"),
    }
}
