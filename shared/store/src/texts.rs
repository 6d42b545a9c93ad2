//! Texts: immutable items that hold what a block contains or a job has answered.
//!
//! A text is written once, deflated, before anything refers to it. Only an erasure changes it (`erasure`). Block, revision
//! and job refer to it by its id, so a commit writes small items only, whatever the text holds. An answer that is paid for
//! survives a crash between the two writes, and can be applied later. A text without a reference is removed together with
//! its block or document.

use std::collections::{BTreeSet, HashMap};

use domain::{
    annotation::Annotations,
    ids::{BlockId, DocumentId, TextId, UserId},
    job::{Job, SavedAnswer, result::Output},
    report::{block::Block, revision::Revision},
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    annotation_columns::{CitationColumns, GroundingColumns},
    erasure::Quote,
    jobs::JOB_RETENTION_SECONDS,
    table::{
        conditional_put::PutOutcome,
        conflict_retry::ConflictRetry,
        deflated_item::{read_deflated, write_deflated},
        item::{Item, key, sort_key},
        keys,
        transaction::Condition,
    },
};

/// Keys that one `BatchGetItem` takes.
const BATCH: usize = 100;

/// What a text item holds.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextContent {
    /// Markdown. `None` for insights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
    #[serde(default)]
    citations: CitationColumns,
    #[serde(default)]
    grounding: GroundingColumns,
    /// The answer of a job, without the text and what is known about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<SavedAnswer>,
}

impl TextContent {
    fn new(markdown: Option<String>, annotations: &Annotations, answer: Option<SavedAnswer>) -> Self {
        let Annotations { citations, grounding } = annotations;
        let (citations, grounding) = (CitationColumns::from_rows(citations), GroundingColumns::from_rows(grounding));
        Self { markdown, citations, grounding, answer }
    }

    fn into_parts(self) -> (Option<String>, Annotations, Option<SavedAnswer>) {
        let Self { markdown, citations, grounding, answer } = self;
        let grounding = grounding.into_rows(markdown.as_deref().unwrap_or_default());
        (markdown, Annotations { citations: citations.into_rows(), grounding }, answer)
    }
}

/// A text as it is stored.
pub(crate) struct StoredText {
    sort: String,
    content: TextContent,
    expires_at: Option<i64>,
}

impl StoredText {
    pub(crate) fn read(item: &Item) -> Result<Self, StoreError> {
        let expires_at = item.get(keys::EXPIRES_AT).and_then(|at| at.as_n().ok()?.parse().ok());
        let sort = sort_key(item).unwrap_or_default().to_owned();
        Ok(Self { sort, content: read_deflated(item)?, expires_at })
    }

    pub(crate) fn quotes(&self) -> impl Iterator<Item = Quote> {
        self.content.citations.quotes()
    }

    /// Takes these words out of the citations. Returns whether there were any.
    pub(crate) fn erase_quotes(&mut self, lost: &BTreeSet<Quote>) -> bool {
        self.content.citations.erase_quotes(lost)
    }

    pub(crate) fn write(&self, user: &UserId) -> Result<Item, StoreError> {
        write_deflated(user, self.sort.clone(), &self.content, self.expires_at)
    }
}

/// Reads items and the items that they refer to, again if some of them were deleted between two reads. A deletion removes
/// what refers to others first.
pub(crate) async fn reread_if_deleted<T, Reading: Future<Output = Result<T, StoreError>>>(
    read: impl Fn() -> Reading,
) -> Result<T, StoreError> {
    /// One more read is enough, unless a batch is torn again.
    const MOST_READS: usize = 8;
    let mut retry = ConflictRetry::default();
    for _ in 1..MOST_READS {
        match read().await {
            Err(StoreError::DeletedMeanwhile) => retry.backoff().await?,
            done => return done,
        }
    }
    read().await
}

impl Store {
    /// Stores the text of a revision, unless the revision refers to a text that is stored already.
    pub(crate) async fn put_text(&self, user: &UserId, revision: &Revision) -> Result<(), StoreError> {
        let Some(id) = revision.text.filter(|id| *id == TextId::of_revision(revision.id)) else { return Ok(()) };
        let content = TextContent::new(revision.new_content.clone(), &revision.annotations, None);
        let key = keys::text(revision.document_id, Some(revision.block_id), id);
        self.put_item_if(write_deflated(user, key, &content, None)?, Condition::New).await.map(|_| ())
    }

    /// Deletes the text that [`Self::put_text`] has stored for a revision that was not written.
    pub(crate) async fn delete_text(&self, user: &UserId, revision: &Revision) -> Result<(), StoreError> {
        let Some(id) = revision.text.filter(|id| *id == TextId::of_revision(revision.id)) else { return Ok(()) };
        let sort = keys::text(revision.document_id, Some(revision.block_id), id);
        self.delete_all(vec![key(user, sort)]).await
    }

    /// Stores the answer of a job, once. If an answer is stored already, for example by a worker whose response was
    /// lost, returns that answer.
    pub async fn save_answer(&self, job: &Job, answer: &SavedAnswer) -> Result<SavedAnswer, StoreError> {
        let mut rest = answer.clone();
        let content = match &answer.result.output {
            Some(Output::Text { content, annotations, .. }) => {
                rest.result.output = None;
                TextContent::new(Some(content.clone()), annotations, Some(rest))
            }
            _ => TextContent::new(None, &Annotations::default(), Some(rest)),
        };
        // The text of a block stays as long as its history. Any other answer goes with its job.
        let is_kept = job.written_block().is_some();
        let expires_at = (!is_kept).then(|| job.deadline_at.as_second() + JOB_RETENTION_SECONDS);
        let item = write_deflated(&job.user, keys::text_of_job(job), &content, expires_at)?;
        match self.put_item_if(item, Condition::New).await? {
            PutOutcome::Written => Ok(answer.clone()),
            PutOutcome::ConditionFailed => Ok(self.saved_answer(job).await?.unwrap_or_else(|| answer.clone())),
        }
    }

    /// Puts an empty text in the place of a job's answer. A worker that still holds an answer finds the place taken.
    pub(crate) async fn put_empty_answer(&self, job: &Job) -> Result<(), StoreError> {
        let content = TextContent::new(None, &Annotations::default(), None);
        let expires_at = Some(job.deadline_at.as_second() + JOB_RETENTION_SECONDS);
        let item = write_deflated(&job.user, keys::text_of_job(job), &content, expires_at)?;
        self.put_item(item).await
    }

    /// The answer that a worker has stored for a job, whatever became of the job. `None` for an erased job, whose text may
    /// still stand in the history of its block.
    pub async fn saved_answer(&self, job: &Job) -> Result<Option<SavedAnswer>, StoreError> {
        if job.erased {
            return Ok(None);
        }
        let Some(item) = self.get_item(&job.user, keys::text_of_job(job)).await? else { return Ok(None) };
        let (markdown, annotations, answer) = read_deflated::<TextContent>(&item)?.into_parts();
        Ok(answer.map(|mut answer| {
            if let Some(content) = markdown {
                answer.result.output = Some(Output::text(content, annotations));
            }
            answer
        }))
    }

    /// Reads the texts of blocks that were read without them.
    pub(crate) async fn add_texts(&self, user: &UserId, blocks: &mut [Block]) -> Result<(), StoreError> {
        let wanted: Vec<(DocumentId, BlockId, TextId)> =
            blocks.iter().filter_map(|block| Some((block.document_id, block.id, block.text?))).collect();
        let mut texts = self.texts(user, &wanted).await?;
        for block in blocks {
            let Some(id) = block.text else { continue };
            (block.content, block.annotations) = texts.remove(&id).ok_or(StoreError::DeletedMeanwhile)?;
        }
        Ok(())
    }

    /// Reads the texts of revisions that were read without them.
    pub(crate) async fn add_texts_of_revisions(
        &self,
        user: &UserId,
        revisions: &mut [Revision],
    ) -> Result<(), StoreError> {
        let wanted: Vec<(DocumentId, BlockId, TextId)> = revisions
            .iter()
            .filter_map(|revision| Some((revision.document_id, revision.block_id, revision.text?)))
            .collect();
        let texts = self.texts(user, &wanted).await?;
        for revision in revisions {
            let Some(id) = revision.text else { continue };
            (revision.new_content, revision.annotations) =
                texts.get(&id).cloned().ok_or(StoreError::DeletedMeanwhile)?;
        }
        Ok(())
    }

    /// Markdown and annotations by id.
    async fn texts(
        &self,
        user: &UserId,
        wanted: &[(DocumentId, BlockId, TextId)],
    ) -> Result<HashMap<TextId, (Option<String>, Annotations)>, StoreError> {
        let mut sort_keys: Vec<String> =
            wanted.iter().map(|(document, block, id)| keys::text(*document, Some(*block), *id)).collect();
        sort_keys.sort_unstable();
        sort_keys.dedup();
        let mut texts = HashMap::new();
        for batch in sort_keys.chunks(BATCH) {
            for item in self.get_all(batch.iter().map(|sort| key(user, sort.clone())).collect()).await? {
                let id = sort_key(&item).and_then(keys::text_id);
                let (markdown, annotations, _) = read_deflated::<TextContent>(&item)?.into_parts();
                texts.extend(id.map(|id| (id, (markdown, annotations))));
            }
        }
        Ok(texts)
    }
}
