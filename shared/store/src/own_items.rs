//! Everything that is stored for one user, item by item.

use domain::{
    ids::{JobId, UserId},
    job::{Job, JobState, inline_input::InlineInput},
    library::{evidence::Evidence, goal::Goal, review::Review},
    report::{block::Block, document::Document, revision::Revision},
};

use crate::{
    Store, StoreError,
    documents::revisions::read_revision,
    error::sdk,
    jobs::item::read_job,
    spending::{DaySpending, read_day},
    table::{
        deflated_item::read_deflated,
        item::{Item, read, sort_key},
        keys,
    },
};

/// Something that the user has, with its texts.
#[derive(Debug)]
pub enum OwnItem {
    Document(Box<Document>),
    Block(Box<Block>),
    Revision(Box<Revision>),
    Evidence(Box<Evidence>),
    Goal(Box<Goal>),
    Review(Box<Review>),
    /// With its answer, also if that was not taken.
    Job(Box<Job>),
    Input(JobId, Box<InlineInput>),
    Spending(DaySpending),
}

/// A part of what the user has, in the order of the sort keys.
#[derive(Debug, Default)]
pub struct OwnItems {
    /// Each with its sort key.
    pub items: Vec<(String, OwnItem)>,
    /// The last sort key that was looked at. `None`: this was the last part.
    pub next: Option<String>,
}

impl Store {
    /// Looks at `limit` items behind the sort key `after`. Texts are not looked at, because they come with what refers to
    /// them. They sort last. Other items that hold nothing of their own are left out, such as records of requests.
    pub async fn own_items(&self, user: &UserId, after: Option<&str>, limit: i32) -> Result<OwnItems, StoreError> {
        let from = format!("{} ", after.unwrap_or_default());
        let page = self.range(user, from..=keys::TEXTS.to_owned()).limit(limit).send().await.map_err(sdk)?;
        self.meter.add(page.consumed_capacity());
        let has_more = page.last_evaluated_key.is_some();
        let mut found = OwnItems::default();
        for item in page.items.unwrap_or_default() {
            let Some(sort) = sort_key(&item).map(str::to_owned) else { continue };
            match self.own_item(user, &sort, item).await {
                Ok(Some(own)) => found.items.push((sort.clone(), own)),
                // Deleted after the page was read.
                Ok(None) | Err(StoreError::DeletedMeanwhile) => {}
                Err(error) => return Err(error),
            }
            found.next = Some(sort).filter(|_| has_more);
        }
        Ok(found)
    }

    async fn own_item(&self, user: &UserId, sort: &str, item: Item) -> Result<Option<OwnItem>, StoreError> {
        let kind = sort.split_once('#').map_or(sort, |(kind, _)| kind);
        Ok(match kind {
            "DOCUMENT" if sort.contains("#BLOCK#") => {
                let mut block: Block = read(item)?;
                self.add_texts(user, std::slice::from_mut(&mut block)).await?;
                Some(OwnItem::Block(Box::new(block)))
            }
            "DOCUMENT" => Some(OwnItem::Document(Box::new(read(item)?))),
            "REVISION" => {
                let mut revision = read_revision(item)?;
                self.add_texts_of_revisions(user, std::slice::from_mut(&mut revision)).await?;
                Some(OwnItem::Revision(Box::new(revision)))
            }
            "EVIDENCE" => Some(OwnItem::Evidence(Box::new(read(item)?))),
            "GOAL" => Some(OwnItem::Goal(Box::new(read(item)?))),
            "REVIEW" => Some(OwnItem::Review(Box::new(read(item)?))),
            "JOB" if keys::job_id(sort).is_some() => {
                let mut job = read_job(item)?;
                let answer = if job.attempt > 0 { self.saved_answer(&job).await? } else { None };
                match (&mut job.state, answer) {
                    (JobState::Completed { result, .. }, Some(answer)) => result.output = answer.result.output,
                    (_, answer) => job.saved_answer = answer.map(Box::new),
                }
                Some(OwnItem::Job(Box::new(job)))
            }
            "INPUT" => {
                let id = sort.strip_prefix("INPUT#").and_then(|id| id.parse().ok());
                let input = read_deflated(&item)?;
                id.map(|id| OwnItem::Input(id, Box::new(input)))
            }
            "SPENDING" => read_day(&item)?.map(OwnItem::Spending),
            _ => None,
        })
    }
}
