//! Invariants that every single write must keep.

use std::{
    collections::{BTreeMap, HashMap},
    io::Read as _,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::budget::Budgets;
use flate2::read::DeflateDecoder;
use jiff::Timestamp;
use serde_json::Value;

/// Partition key and sort key.
pub type Key = (String, String);

/// The jobs, as they were last written.
#[derive(Debug, Default)]
pub struct Watch {
    jobs: BTreeMap<Key, Seen>,
    /// The prompts of jobs, as they were created.
    prompts: HashMap<Key, Value>,
    /// The contents of texts.
    texts: HashMap<Key, String>,
    /// Deletions that have begun and not finished, and when they are due, in milliseconds since 1970.
    deletions: HashMap<Key, i64>,
    pub budgets: Budgets,
}

/// A job as it was last written.
#[derive(Clone, Debug)]
struct Seen {
    status: String,
    revision: u64,
    /// The block that the job writes.
    block: Option<String>,
    item: Value,
}

impl Seen {
    fn is_finished(&self) -> bool {
        matches!(self.status.as_str(), "COMPLETED" | "FAILED")
    }

    fn is_erased(&self) -> bool {
        self.item["erased"]["BOOL"] == true
    }

    /// What never changes once the job has ended. What a lost attempt has cost is added later, and its texts may be erased.
    fn outcome(&self) -> Value {
        const CHANGING: [&str; 5] = ["usage", "revision", "updatedAt", "prompt", "erased"];
        let mut item = self.item.clone();
        item.as_object_mut().unwrap().retain(|name, _| !CHANGING.contains(&name.as_str()));
        item
    }
}

impl Watch {
    /// Whether every job has ended, and every deletion has finished.
    pub fn is_at_rest(&self) -> bool {
        self.deletions.is_empty() && self.jobs.values().all(Seen::is_finished)
    }

    /// The prompt with which a job was created.
    pub fn prompt(&self, job: &Key) -> Option<&Value> {
        self.prompts.get(job)
    }

    /// Whether the sweeper would find nothing.
    pub fn has_nothing_due(&self, now: Timestamp) -> bool {
        let is_later = |due: &i64| *due > now.as_millisecond();
        self.deletions.values().all(is_later) && self.jobs.values().all(Seen::is_finished)
    }

    /// The keys of the jobs that have not ended.
    pub fn unfinished(&self) -> Vec<Key> {
        self.jobs.iter().filter(|(_, seen)| !seen.is_finished()).map(|(key, _)| key.clone()).collect()
    }

    /// Takes note of the items that one write has written. Returns the invariants that it broke, with details.
    pub fn written(&mut self, images: &[(Key, Option<Value>)]) -> Vec<(&'static str, String)> {
        let mut broken = Vec::new();
        for (key, image) in images {
            if key.1.starts_with("DELETION#") {
                match image {
                    Some(image) => self.deletions.insert(key.clone(), due(image)),
                    None => self.deletions.remove(key),
                };
            }
            broken.extend(self.text_changed(key, image.as_ref()));
            broken.extend(image.as_ref().and_then(|image| self.over_budget(key, image)));
            if image.is_none() {
                self.jobs.remove(key);
            }
            let Some(image) = image.as_ref().filter(|_| is_job(&key.1)) else { continue };
            let now = seen(image);
            if let Some(prompt) = image.get("prompt") {
                self.prompts.insert(key.clone(), prompt.clone());
            }
            if let Some(before) = self.jobs.insert(key.clone(), now.clone()) {
                broken.extend(compared(key, &before, &now));
            }
        }
        broken.extend(images.iter().filter_map(|(key, _)| self.beside(key)));
        broken
    }

    /// A job that runs beside another job on the same block.
    fn beside(&self, key: &Key) -> Option<(&'static str, String)> {
        let now = self.jobs.get(key).filter(|job| !job.is_finished() && job.block.is_some())?;
        let (other, _) = self.jobs.iter().find(|(other, seen)| {
            *other != key && other.0 == key.0 && seen.block == now.block && !seen.is_finished()
        })?;
        Some(("one job at a time writes a block", format!("{} beside {}", key.1, other.1)))
    }
}
impl Watch {
    /// A text is written once. An answer may be emptied.
    fn text_changed(&mut self, key: &Key, image: Option<&Value>) -> Option<(&'static str, String)> {
        let Some(image) = image.filter(|_| key.1.starts_with("TEXT#")) else {
            self.texts.remove(key);
            return None;
        };
        let content = inflated(image);
        let is_empty = ["\"markdown\":", "\"answer\":"].iter().all(|name| !content.contains(name));
        let before = self.texts.insert(key.clone(), content.clone())?;
        (content != before && !is_empty)
            .then(|| ("a text is written once", format!("{} was {before}, is {content}", key.1)))
    }

    fn over_budget(&self, key: &Key, image: &Value) -> Option<(&'static str, String)> {
        let committed: i64 = image["committed"]["N"].as_str()?.parse().ok()?;
        let budget = if key.0.starts_with("USER#") { self.budgets.user? } else { self.budgets.service? };
        (committed > i64::try_from(budget).ok()?).then(|| ("a budget holds", format!("{committed} of {budget}")))
    }
}

/// The deflated content of a text.
pub fn inflated(item: &Value) -> String {
    let bytes = STANDARD.decode(item["content"]["B"].as_str().unwrap_or_default()).unwrap();
    let mut text = String::new();
    DeflateDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    text
}

fn compared(key: &Key, before: &Seen, now: &Seen) -> Option<(&'static str, String)> {
    let change = format!("{} from {} {} to {} {}", key.1, before.status, before.revision, now.status, now.revision);
    if before.is_erased() && !now.is_erased() {
        return Some(("an erased job stays erased", change));
    }
    if before.is_finished() && before.outcome() != now.outcome() {
        return Some(("an ended job stays as it is", change));
    }
    (now.revision <= before.revision && now.item != before.item)
        .then_some(("each change of a job has a higher revision", change))
}

/// A job as it was written, for the story.
pub fn described(key: &Key, image: &Value) -> String {
    let (job, text) = (seen(image), |name: &str| image[name]["S"].as_str().unwrap_or_default());
    let attempt = image["attempt"]["N"].as_str().unwrap_or_default();
    format!("{} is {} {}, attempt {attempt}", &key.1[4..], job.status, text("statusReason")).replace(" ,", ",")
}

/// Whether a sort key names a job, and not its progress.
pub fn is_job(sort: &str) -> bool {
    sort.starts_with("JOB#") && !sort.ends_with("#PROGRESS")
}

fn due(deletion: &Value) -> i64 {
    deletion["unfinishedSince"]["N"].as_str().and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn seen(item: &Value) -> Seen {
    let text = |name: &str| item[name]["S"].as_str().map(str::to_owned);
    Seen {
        status: text("status").unwrap_or_default(),
        revision: item["revision"]["N"].as_str().and_then(|number| number.parse().ok()).unwrap_or_default(),
        block: text("blockId").filter(|_| text("type").as_deref() != Some("ANALYZE")),
        item: item.clone(),
    }
}
