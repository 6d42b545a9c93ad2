//! A user with a document and several tabs. Each tab does what its script says, and follows its jobs to their end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use rand::{RngExt as _, rngs::SmallRng};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    history::{Change, History},
    platform::{Platform, Request, Response},
};

/// A user, and what exists for this user.
#[derive(Clone)]
pub struct User {
    pub name: String,
    pub document: String,
    pub blocks: Vec<String>,
    pub platform: Platform,
    pub history: History,
    /// Steps that are left out, by tab and number.
    pub without: Arc<BTreeSet<(String, usize)>>,
    shared: Arc<Mutex<Shared>>,
}

/// What the tabs of a user know together.
#[derive(Default)]
struct Shared {
    /// Jobs that the user has seen, newest last.
    jobs: Vec<String>,
    /// Completed jobs that wrote a text, with their blocks.
    completed: Vec<(String, String)>,
    /// Revisions that the user has seen, by block.
    revisions: BTreeMap<String, Vec<String>>,
    versions: BTreeMap<String, String>,
    tags: u32,
}

impl User {
    /// Stores a document with blocks, and some evidence.
    pub async fn create(platform: &Platform, name: &str, history: &History) -> Self {
        let mut user = Self {
            name: name.to_owned(),
            document: String::new(),
            blocks: Vec::new(),
            platform: platform.clone(),
            history: history.clone(),
            without: Arc::default(),
            shared: Arc::default(),
        };
        let evidence =
            json!({"type": "SLACK", "title": "Thanks", "summary": "It works.", "occurredAt": "2026-11-20T10:00:00Z"});
        assert_created(user.call("POST", "/api/evidence", &[], &evidence).await);
        let document = json!({"name": "Review", "contextConfig": {"includeGoals": true}});
        user.document = assert_created(user.call("POST", "/api/report-builder", &[], &document).await);
        let story = platform.network().story();
        story.name(&user.document, format!("{name}'s document"));
        let blocks = platform.network().chance().of(name, 0).random_range(1..=3);
        for (number, content) in [None, Some("Written by hand."), None].into_iter().take(blocks).enumerate() {
            let block = json!({"type": "PROMPT_RESPONSE", "prompt": format!("[B-{name}-{number}] What did I do?"), "content": content});
            let path = format!("/api/report-builder/{}/blocks", user.document);
            let id = assert_created(user.call("POST", &path, &[], &block).await);
            story.name(&id, format!("{name}'s block {number}"));
            history.note_block(&format!("[B-{name}-{number}]"), &id);
            user.blocks.push(id);
        }
        user
    }

    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Response {
        self.platform.request(Request { user: &self.name, method, path, headers, body }).await
    }

    /// Runs a tab: its steps, and then polls until its jobs have ended.
    pub async fn tab(self, number: usize, steps: usize) {
        let tab = format!("{}/{number}", self.name);
        let mut own = Vec::new();
        for step in 0..steps {
            let mut draw = self.platform.network().chance().of(&tab, u32::try_from(step).unwrap());
            let pace = self.platform.network().chance().pace;
            sleep(Duration::from_secs_f64(pace * draw.random::<f64>().powi(2))).await;
            if !self.without.contains(&(tab.clone(), step)) {
                self.step(&tab, &mut draw, &mut own).await;
            }
        }
        self.follow(&tab, own).await;
    }

    /// Polls jobs until they have ended.
    async fn follow(&self, tab: &str, mut jobs: Vec<String>) {
        let mut round = 0;
        while !jobs.is_empty() {
            let mut left = Vec::new();
            for job in jobs {
                if !self.poll(tab, &job).await {
                    left.push(job);
                }
            }
            jobs = left;
            round += 1;
            sleep(Duration::from_secs(3 + 2 * round)).await;
        }
    }

    /// Reads a job. Returns whether it has ended.
    async fn poll(&self, tab: &str, job: &str) -> bool {
        let response = self.call("GET", &format!("/api/report-builder/jobs/{job}"), &[], &Value::Null).await;
        if let Some((200, _, body)) = &response
            && body["status"] == "COMPLETED"
            && let Some(block) = body["blockId"].as_str()
        {
            self.shared.lock().unwrap().completed.push((job.to_owned(), block.to_owned()));
        }
        self.tell(tab, &format!("polls {job}"), &response);
        self.history.polled(tab, job, &response)
    }

    async fn step(&self, tab: &str, draw: &mut SmallRng, own: &mut Vec<String>) {
        let block = self.blocks[draw.random_range(0..self.blocks.len())].clone();
        match draw.random_range(0..40) {
            0..14 => self.create_job(tab, draw, &block, own).await,
            14..18 => self.edit(tab, draw, &block, "content").await,
            18..20 => self.edit(tab, draw, &block, "prompt").await,
            20..24 if draw.random_bool(0.25) => self.erase(tab).await,
            20..24 => self.cancel(tab).await,
            24..27 => self.retry(tab, own).await,
            27..30 => self.create_for_document(tab, draw, own).await,
            30..31 => self.cancel_for_document(tab).await,
            31..33 => self.restore(tab, &block).await,
            33..34 => self.delete(tab, &format!("/api/report-builder/{}/blocks/{block}", self.document)).await,
            34..35 if draw.random_bool(0.3) => {
                self.delete(tab, &format!("/api/report-builder/{}", self.document)).await;
            }
            35..37 => self.list(tab).await,
            37..38 => self.take(tab).await,
            38..39 => self.move_block(tab, draw, &block).await,
            _ => self.show(tab, &block).await,
        }
    }

    /// Reads a block. It is as new as any change that was answered before.
    async fn show(&self, tab: &str, block: &str) {
        let sent = Instant::now();
        let path = format!("/api/report-builder/{}/blocks/{block}", self.document);
        let response = self.call("GET", &path, &[], &Value::Null).await;
        self.tell(tab, &format!("reads {block}"), &response);
        self.history.showed(tab, sent, &response);
        self.note_version(block, &response);
    }

    fn tag(&self) -> String {
        let mut shared = self.shared.lock().unwrap();
        shared.tags += 1;
        format!("[T-{}-{}]", self.name, shared.tags)
    }

    pub fn tell(&self, tab: &str, what: &str, response: &Response) {
        let status = response.as_ref().map_or("no answer".to_owned(), |(status, _, body)| {
            let code = body["code"].as_str().or(body["status"].as_str()).unwrap_or_default().to_owned();
            format!("{status} {code}")
        });
        self.platform.network().story().tell(tab, format!("{what} → {status}"));
    }

    async fn create_job(&self, tab: &str, draw: &mut SmallRng, block: &str, own: &mut Vec<String>) {
        let job_type = ["GENERATE", "GENERATE", "REFINE", "ANALYZE"][draw.random_range(0..4)];
        let mut body =
            json!({"type": job_type, "documentId": self.document, "prompt": format!("{} Write.", self.tag())});
        if job_type != "ANALYZE" {
            body["blockId"] = json!(block);
            let apply_mode = ["replace", "replace", "replace", "auto", "propose"][draw.random_range(0..5)];
            body["applyMode"] = json!(apply_mode);
            let on_conflict = ["", "", "join", "reject", "replace", "replace"][draw.random_range(0..6)];
            if !on_conflict.is_empty() {
                body["onConflict"] = json!(on_conflict);
            }
            if on_conflict == "replace" {
                self.history.note_replacement();
            }
        }
        // Every second analysis is a job with its own sources.
        if job_type == "ANALYZE" && self.shared.lock().unwrap().tags.is_multiple_of(2) {
            let source = json!({"id": "S-1", "type": "MANUAL", "title": "Ran a week", "summary": "", "occurredAt": "2026-01-05"});
            let input = json!({"document": {"name": "Of another app"}, "evidence": [source]});
            body = json!({"type": "GENERATE", "prompt": body["prompt"], "input": input});
        }
        let key = format!("key-{}", draw.random::<u64>());
        let has_key = draw.random_bool(0.5);
        let path = "/api/report-builder/jobs";
        let what = format!("creates {job_type} {block} {}", body["onConflict"]);
        let responses = match has_key {
            true => self.call_with_key(draw, (path, &key), &body).await,
            false => vec![self.call("POST", path, &[], &body).await],
        };
        for response in responses {
            self.tell(tab, &what, &response);
            self.history.created(tab, has_key.then_some(key.as_str()), &response);
            if let Some((200 | 202, _, body)) = &response {
                self.note_job(body["id"].as_str().unwrap(), own);
            }
        }
        self.find_last(tab, own).await;
    }

    /// A client finds its job at once.
    async fn find_last(&self, tab: &str, own: &[String]) {
        if let Some(job) = own.last() {
            self.poll(tab, job).await;
        }
    }

    /// Sends a request with an idempotency key: sometimes twice, as a double click does, and again if no answer comes.
    async fn call_with_key(&self, draw: &mut SmallRng, (path, key): (&str, &str), body: &Value) -> Vec<Response> {
        let headers = [("idempotency-key", key)];
        let call = || self.call("POST", path, &headers, body);
        let mut responses = match draw.random_bool(0.4) {
            true => <[Response; 2]>::from(tokio::join!(call(), call())).into(),
            false => vec![call().await],
        };
        if responses.iter().any(Option::is_none) {
            responses.push(call().await);
        }
        responses
    }

    fn note_job(&self, job: &str, own: &mut Vec<String>) {
        let mut shared = self.shared.lock().unwrap();
        if !shared.jobs.iter().any(|known| known == job) {
            let number = shared.jobs.len();
            self.platform.network().story().name(job, format!("{}'s job {number}", self.name));
            shared.jobs.push(job.to_owned());
        }
        if !own.iter().any(|known| known == job) {
            own.push(job.to_owned());
        }
    }

    async fn edit(&self, tab: &str, draw: &mut SmallRng, block: &str, field: &'static str) {
        let path = format!("/api/report-builder/{}/blocks/{block}", self.document);
        let tag = self.tag();
        let text = match field {
            "content" => format!("Edit {} by hand.", tag.trim_matches(['[', ']'])),
            _ => format!("{} Describe it. {}", self.shared_prompt(block), tag.trim_matches(['[', ']'])),
        };
        let version = self.shared.lock().unwrap().versions.get(block).cloned().filter(|_| draw.random_bool(0.5));
        let headers: Vec<(&str, &str)> = version.iter().map(|version| ("if-match", version.as_str())).collect();
        let body = json!({field: text});
        let sent = Instant::now();
        let change = |field: &'static str, value: &str| Change {
            block: block.to_owned(),
            field,
            value: value.to_owned(),
            sent,
            answered: sent,
            version: None,
        };
        let edit = self.call("PATCH", &path, &headers, &body);
        // Another tab may change the metadata at the same moment.
        let metadata = json!({"metadata": {"color": tag}});
        let response = match draw.random_bool(0.3) {
            true => {
                let (response, other) = tokio::join!(edit, self.call("PATCH", &path, &[], &metadata));
                self.tell(tab, &format!("changes the color of {block}"), &other);
                self.history.changed(tab, change("color", &tag), None, &other);
                response
            }
            false => edit.await,
        };
        self.tell(tab, &format!("edits the {field} of {block}"), &response);
        self.history.changed(tab, change(field, &text), version.as_deref(), &response);
        self.note_version(block, &response);
    }

    fn shared_prompt(&self, block: &str) -> String {
        let number = self.blocks.iter().position(|known| known == block).unwrap_or_default();
        format!("[B-{}-{number}]", self.name)
    }

    fn note_version(&self, block: &str, response: &Response) {
        if let Some((200, headers, _)) = response
            && let Some(etag) = headers.get("etag")
        {
            self.shared.lock().unwrap().versions.insert(block.to_owned(), etag.clone());
        }
    }

    async fn cancel(&self, tab: &str) {
        let Some(job) = self.shared.lock().unwrap().jobs.last().cloned() else { return };
        self.history.note_cancel(Some(&job));
        let response = self.call("DELETE", &format!("/api/report-builder/jobs/{job}"), &[], &Value::Null).await;
        self.tell(tab, &format!("cancels {job}"), &response);
        self.history.cancelled(tab, &job, &response);
    }

    async fn erase(&self, tab: &str) {
        let Some(job) = self.shared.lock().unwrap().jobs.last().cloned() else { return };
        self.history.note_cancel(Some(&job));
        // Its text is not found any more.
        self.history.note_deletion();
        let path = format!("/api/report-builder/jobs/{job}?erase=true");
        let response = self.call("DELETE", &path, &[], &Value::Null).await;
        self.tell(tab, &format!("erases {job}"), &response);
        self.history.erased(tab, &job, &response);
    }

    async fn retry(&self, tab: &str, own: &mut Vec<String>) {
        let Some(job) = self.shared.lock().unwrap().jobs.last().cloned() else { return };
        let body = json!({"prompt": format!("{} Again.", self.tag())});
        let response = self.call("POST", &format!("/api/report-builder/jobs/{job}/retry"), &[], &body).await;
        self.tell(tab, &format!("tries {job} again"), &response);
        self.history.created(tab, None, &response);
        if let Some((200 | 202, _, body)) = &response {
            self.note_job(body["id"].as_str().unwrap(), own);
        }
        self.find_last(tab, own).await;
    }

    async fn create_for_document(&self, tab: &str, draw: &mut SmallRng, own: &mut Vec<String>) {
        let only = ["EMPTY", "ALL"][draw.random_range(0..2)];
        let on_conflict = ["join", "reject", "replace"][draw.random_range(0..3)];
        if on_conflict == "replace" {
            self.history.note_replacement();
        }
        let body = json!({"type": "GENERATE", "only": only, "onConflict": on_conflict});
        let key = format!("key-{}", draw.random::<u64>());
        let path = format!("/api/report-builder/{}/jobs", self.document);
        for response in self.call_with_key(draw, (&path, &key), &body).await {
            self.tell(tab, "creates jobs for the document", &response);
            self.history.created_for_document(tab, &key, &response);
            if let Some((200 | 202, _, body)) = &response {
                for job in body["jobs"].as_array().unwrap() {
                    self.note_job(job["id"].as_str().unwrap(), own);
                }
            }
        }
        self.find_last(tab, own).await;
    }

    async fn cancel_for_document(&self, tab: &str) {
        let path = format!("/api/report-builder/{}/jobs", self.document);
        self.history.note_cancel(None);
        let response = self.call("DELETE", &path, &[], &Value::Null).await;
        self.tell(tab, "cancels the jobs of the document", &response);
        self.history.answered(tab, &response);
    }

    async fn restore(&self, tab: &str, block: &str) {
        let path = format!("/api/report-builder/{}/blocks/{block}/history", self.document);
        let response = self.call("GET", &path, &[], &Value::Null).await;
        self.tell(tab, &format!("reads the history of {block}"), &response);
        self.history.answered(tab, &response);
        if let Some((200, _, body)) = &response {
            let revisions = body["revisions"].as_array().unwrap().iter();
            let revisions = revisions.map(|revision| revision["id"].as_str().unwrap().to_owned()).collect();
            self.shared.lock().unwrap().revisions.insert(block.to_owned(), revisions);
        }
        let oldest = self.shared.lock().unwrap().revisions.get(block).and_then(|seen| seen.last().cloned());
        let Some(revision) = oldest else { return };
        let path = format!("/api/report-builder/{}/blocks/{block}/history", self.document);
        let response = self.call("POST", &path, &[], &json!({"revisionId": revision, "to": "after"})).await;
        self.tell(tab, &format!("restores a text of {block}"), &response);
        self.history.answered(tab, &response);
        self.note_version(block, &response);
    }

    /// Takes the text of a completed job again.
    async fn take(&self, tab: &str) {
        let Some((job, block)) = self.shared.lock().unwrap().completed.last().cloned() else { return };
        self.history.note_taken(&job);
        let path = format!("/api/report-builder/{}/blocks/{block}", self.document);
        let response = self.call("PATCH", &path, &[], &json!({"fromJob": job})).await;
        self.tell(tab, &format!("takes the text of {job}"), &response);
        self.history.answered(tab, &response);
        self.note_version(&block, &response);
    }

    async fn move_block(&self, tab: &str, draw: &mut SmallRng, block: &str) {
        let path = format!("/api/report-builder/{}/blocks/{block}", self.document);
        let response = self.call("PATCH", &path, &[], &json!({"position": draw.random_range(0..3)})).await;
        self.tell(tab, &format!("moves {block}"), &response);
        self.history.answered(tab, &response);
    }

    async fn delete(&self, tab: &str, path: &str) {
        self.history.note_deletion();
        let response = self.call("DELETE", path, &[], &Value::Null).await;
        self.tell(tab, &format!("deletes {path}"), &response);
        self.history.answered(tab, &response);
    }

    async fn list(&self, tab: &str) {
        let path = format!("/api/report-builder/jobs?documentId={}", self.document);
        let response = self.call("GET", &path, &[], &Value::Null).await;
        self.tell(tab, "lists the jobs", &response);
        self.history.listed(tab, &response);
    }
}

fn assert_created(response: Response) -> String {
    let (status, _, body) = response.unwrap();
    assert_eq!(status, 201, "{body}");
    body["id"].as_str().unwrap().to_owned()
}
