//! What the clients have seen. It must fit together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::time::Instant;

use crate::{platform::Response, story::Story};

/// A change of a block that a user has asked for.
#[derive(Clone, Debug)]
pub struct Change {
    pub block: String,
    /// `content`, `prompt` or `color`, which stands in the metadata.
    pub field: &'static str,
    pub value: String,
    pub sent: Instant,
    pub answered: Instant,
    /// The version of the block after the change. `None`: it is unknown whether the change was done.
    pub version: Option<u64>,
}

/// Clones are the same history.
#[derive(Clone)]
pub struct History {
    story: Story,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// Jobs that some response has named as accepted, and when the first such response came.
    accepted: BTreeMap<String, Instant>,
    /// Jobs by idempotency key.
    by_key: BTreeMap<String, BTreeSet<String>>,
    /// What each tab saw last of each job: its attempt, and its status if it has ended.
    seen: BTreeMap<(String, String), (u64, Option<String>)>,
    changes: Vec<Change>,
    /// Jobs that a user has asked to cancel. A request for the whole document names no job.
    cancelled: BTreeSet<Option<String>>,
    /// Jobs of which a user was told that they are erased.
    erased: BTreeSet<String>,
    /// Whether a user has asked for a job in place of another.
    has_replacement: bool,
    /// Versions of blocks that an accepted edit has named with `If-Match`.
    replaced: BTreeSet<(String, String)>,
    /// How often a user has asked for the text of a job.
    taken: BTreeMap<String, usize>,
    /// Whether a user has deleted anything.
    has_deletion: bool,
    /// Whether the user deletes everything, also the jobs.
    is_leaving: bool,
    /// Blocks by the tag of their prompt.
    blocks: BTreeMap<String, String>,
}

impl History {
    pub fn new(story: Story) -> Self {
        Self { story, inner: Arc::default() }
    }

    /// Jobs that were accepted.
    pub fn accepted(&self) -> BTreeMap<String, Instant> {
        self.inner.lock().unwrap().accepted.clone()
    }

    /// Changes that users have asked for. Some were not done.
    pub fn changes(&self) -> Vec<Change> {
        self.inner.lock().unwrap().changes.clone()
    }

    /// Whether a user may have cancelled this job.
    pub fn is_cancelled(&self, job: &str) -> bool {
        let inner = self.inner.lock().unwrap();
        inner.cancelled.contains(&None) || inner.cancelled.contains(&Some(job.to_owned()))
    }

    /// A user asks to cancel a job, or all jobs of a document.
    pub fn note_cancel(&self, job: Option<&str>) {
        self.inner.lock().unwrap().cancelled.insert(job.map(str::to_owned));
    }

    pub fn has_replacement(&self) -> bool {
        self.inner.lock().unwrap().has_replacement
    }

    /// A user asks for a job in place of another.
    pub fn note_replacement(&self) {
        self.inner.lock().unwrap().has_replacement = true;
    }

    pub fn has_deletion(&self) -> bool {
        self.inner.lock().unwrap().has_deletion
    }

    /// A block whose prompt has a tag.
    pub fn note_block(&self, tag: &str, block: &str) {
        self.inner.lock().unwrap().blocks.insert(tag.to_owned(), block.to_owned());
    }

    /// The block whose prompt has this tag.
    pub fn block_of(&self, tag: &str) -> Option<String> {
        self.inner.lock().unwrap().blocks.get(tag).cloned()
    }

    /// Any response. A client that did nothing wrong gets no status but these.
    pub fn answered(&self, tab: &str, response: &Response) {
        let Some((status, _, body)) = response else { return };
        match status {
            404 if !self.inner.lock().unwrap().has_deletion => {
                self.story.violated("what exists is found", format!("{tab} got {status} {body}"));
            }
            // What others have deleted, begun, or changed in the meantime, the limits, and a table or a queue that did not
            // answer in time.
            200..400 | 404 | 409 | 412 | 429 | 503 => {}
            500.. => self.story.violated("no error without a cause", format!("{tab} got {status} {body}")),
            _ => self.story.violated("a correct request is not called wrong", format!("{tab} got {status} {body}")),
        }
    }

    pub fn created(&self, tab: &str, key: Option<&str>, response: &Response) {
        self.answered(tab, response);
        let Some((200 | 202, _, body)) = response else { return };
        self.accepted_now(tab, key, &[body]);
    }

    /// The answer to a request of jobs for the whole document.
    pub fn created_for_document(&self, tab: &str, key: &str, response: &Response) {
        self.answered(tab, response);
        let Some((200 | 202, _, body)) = response else { return };
        self.accepted_now(tab, Some(key), &body["jobs"].as_array().unwrap().iter().collect::<Vec<_>>());
    }

    fn accepted_now(&self, tab: &str, key: Option<&str>, jobs: &[&Value]) {
        let jobs: BTreeSet<String> = jobs.iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect();
        let mut inner = self.inner.lock().unwrap();
        for job in &jobs {
            inner.accepted.entry(job.clone()).or_insert_with(Instant::now);
        }
        // A deletion of everything forgets what was done, with the keys.
        let Some(key) = key.filter(|_| !inner.is_leaving) else { return };
        let first = inner.by_key.entry(key.to_owned()).or_insert_with(|| jobs.clone()).clone();
        drop(inner);
        if first != jobs {
            self.story.violated("a request with a key is done once", format!("{tab} got {first:?} and {jobs:?}"));
        }
    }

    /// Returns whether the job has ended, as far as this response says.
    pub fn polled(&self, tab: &str, job: &str, response: &Response) -> bool {
        self.answered(tab, response);
        match response {
            Some((404, ..)) => {
                self.not_found(tab, job);
                true
            }
            Some((200, _, body)) => self.saw(tab, body),
            _ => false,
        }
    }

    pub fn cancelled(&self, tab: &str, job: &str, response: &Response) {
        self.answered(tab, response);
        match response {
            Some((200, _, body)) => {
                self.saw(tab, body);
            }
            Some((404, ..)) => self.not_found(tab, job),
            _ => {}
        }
    }

    fn not_found(&self, tab: &str, job: &str) {
        if !self.inner.lock().unwrap().is_leaving {
            self.story.violated("a poll finds an accepted job", format!("{tab} did not find {job}"));
        }
    }

    /// What was answered to be erased has no texts any more.
    pub fn erased(&self, tab: &str, job: &str, response: &Response) {
        self.cancelled(tab, job, response);
        let Some((200, _, body)) = response else { return };
        self.inner.lock().unwrap().erased.insert(job.to_owned());
        if body["erased"] != true || !body["prompt"].is_null() || !body["result"].is_null() {
            self.story.violated("an erased job shows no text", format!("{tab} got {body}"));
        }
    }

    /// Whether a user was told that this job is erased.
    pub fn is_erased(&self, job: &str) -> bool {
        self.inner.lock().unwrap().erased.contains(job)
    }

    pub fn listed(&self, tab: &str, response: &Response) {
        self.answered(tab, response);
        let Some((200, _, body)) = response else { return };
        for job in body["jobs"].as_array().unwrap() {
            self.saw(tab, job);
        }
    }

    /// A change of a block, as it was sent, with the version that it named with `If-Match`, and what came back.
    pub fn changed(&self, tab: &str, change: Change, seen: Option<&str>, response: &Response) {
        self.answered(tab, response);
        let version = match response {
            Some((200, _, body)) => body["version"].as_u64(),
            // It was not done.
            Some((400..500, ..)) => return,
            // It may have been done.
            Some(_) | None => None,
        };
        let (block, is_edit) = (change.block.clone(), change.field == "content");
        self.inner.lock().unwrap().changes.push(Change { version, answered: Instant::now(), ..change });
        // A prompt may be the same as before. Then it replaces no version.
        let (Some(_), Some(version), true) = (version, seen, is_edit) else { return };
        if !self.inner.lock().unwrap().replaced.insert((block.clone(), version.to_owned())) {
            self.story.violated("a version is replaced once", format!("{tab}: {version} of {block}"));
        }
    }

    /// A block as a user reads it. `sent` is when the request was sent.
    pub fn showed(&self, tab: &str, sent: Instant, response: &Response) {
        self.answered(tab, response);
        let Some((200, _, body)) = response else { return };
        let (block, version) = (body["id"].as_str().unwrap(), body["version"].as_u64().unwrap());
        let inner = self.inner.lock().unwrap();
        let known = inner.changes.iter().filter(|change| change.block == block && change.answered <= sent);
        let newest = known.filter_map(|change| change.version).max().unwrap_or_default();
        drop(inner);
        if version < newest {
            self.story.violated(
                "a reader sees what was changed before",
                format!("{tab}: {version} of {block}, not {newest}"),
            );
        }
    }

    /// A user asks for the text of a job.
    pub fn note_taken(&self, job: &str) {
        *self.inner.lock().unwrap().taken.entry(job.to_owned()).or_default() += 1;
    }

    /// How often users have asked for the text of a job.
    pub fn taken(&self, job: &str) -> usize {
        self.inner.lock().unwrap().taken.get(job).copied().unwrap_or_default()
    }

    /// A user deletes something.
    pub fn note_deletion(&self) {
        self.inner.lock().unwrap().has_deletion = true;
    }

    /// The user deletes everything.
    pub fn note_leaving(&self) {
        let mut inner = self.inner.lock().unwrap();
        (inner.has_deletion, inner.is_leaving) = (true, true);
    }

    /// What one tab sees of a job never goes back. Returns whether the job has ended.
    fn saw(&self, tab: &str, body: &Value) -> bool {
        let job = body["id"].as_str().unwrap().to_owned();
        let status = body["status"].as_str().unwrap().to_owned();
        let is_ended = matches!(status.as_str(), "COMPLETED" | "FAILED");
        let ended = is_ended.then(|| format!("{status} {}", body["statusReason"]));
        let attempt = body["attempt"].as_u64().unwrap();
        let before = self.inner.lock().unwrap().seen.insert((tab.to_owned(), job.clone()), (attempt, ended.clone()));
        if let Some((tried, had_ended)) = before {
            if had_ended.is_some() && had_ended != ended {
                self.story.violated(
                    "no client sees a status go back",
                    format!("{tab}: {job} was {had_ended:?}, is {status}"),
                );
            }
            if attempt < tried {
                self.story
                    .violated("no client sees an attempt go back", format!("{tab}: {job} had {tried}, has {attempt}"));
            }
        }
        is_ended
    }
}
