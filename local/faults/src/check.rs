//! The invariants on the table, once everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    chance::{CallId, Fault},
    history::{Change, History},
    items::{Block, is_of_job, kind, number, text},
    model::{Billed, Called},
    platform::Platform,
    reasons,
    table::key_of,
    watch::{Watch, inflated, is_job},
};

/// Checks everything that must hold at the end of a schedule. `left` is the partition key of a user who has deleted
/// everything, of whom only what was spent is looked at.
pub fn check(platform: &Platform, history: &History, left: Option<&str>) {
    let all = platform.network().table().items();
    let mut items: Vec<Value> = all.iter().filter(|item| left != Some(key_of(item).0.as_str())).cloned().collect();
    // An erased job has lost what tells which calls were made for it.
    for item in items.iter_mut().filter(|item| item["erased"]["BOOL"] == true) {
        let prompt = platform.network().table().ask(|watch| watch.prompt(&key_of(item)).cloned());
        item.as_object_mut().unwrap().extend(prompt.map(|prompt| ("prompt".to_owned(), prompt)));
    }
    let violated = |invariant: &str, detail: String| platform.network().story().violated(invariant, detail);
    let jobs: BTreeMap<String, &Value> = items
        .iter()
        .filter(|item| is_job(&key_of(item).1))
        .map(|item| (key_of(item).1[4..].to_owned(), item))
        .collect();
    for job in history.accepted().into_keys() {
        if !jobs.contains_key(&job) {
            violated("an accepted job is stored", job);
        }
    }
    for (id, job) in &jobs {
        if !matches!(text(job, "status"), "COMPLETED" | "FAILED") {
            violated("every job ends", format!("{id} is {}", text(job, "status")));
        }
        if job.get("unfinishedShard").is_some() || job.get("unfinishedPk").is_some() {
            violated("an ended job leaves the indexes", id.clone());
        }
        if number(job, "attempt") > number(job, "maxAttempts") {
            violated("no job has more attempts than it may", id.clone());
        }
    }
    let documents: BTreeSet<String> = kind(&items, "DOCUMENT#")
        .filter(|item| !key_of(item).1.contains("#BLOCK#"))
        .map(|item| text(item, "id").to_owned())
        .collect();
    let mut blocks: BTreeMap<String, Block<'_>> = BTreeMap::new();
    for item in kind(&items, "DOCUMENT#").filter(|item| key_of(item).1.contains("#BLOCK#")) {
        blocks.entry(text(item, "id").to_owned()).or_default().item = Some(item);
        if !documents.contains(text(item, "documentId")) {
            violated("nothing of a deleted document is left", key_of(item).1);
        }
    }
    for item in kind(&items, "REVISION#") {
        blocks.entry(text(item, "blockId").to_owned()).or_default().revisions.push(item);
    }
    let inputs: BTreeSet<String> =
        kind(&items, "INPUT#").map(|item| key_of(item).1.trim_start_matches("INPUT#").to_owned()).collect();
    for id in &inputs {
        if !jobs.contains_key(id) {
            violated("no input is left without its job", id.clone());
        }
        if history.is_erased(id) {
            violated("an erased job has no input", id.clone());
        }
    }
    let mut texts: BTreeMap<String, Value> = BTreeMap::new();
    for item in kind(&items, "TEXT#") {
        let key = key_of(item).1;
        let id = key.rsplit('#').next().unwrap_or_default();
        texts.insert(id.to_owned(), serde_json::from_str(&inflated(item)).unwrap());
        let mut ids = key.split('#').skip(1);
        let (document, block) = (ids.next().unwrap_or_default(), ids.next().unwrap_or_default());
        // An analysis has no block.
        let has_owner = block == "-" || blocks.get(block).is_some_and(|block| block.item.is_some());
        // The text of a job with its own sources has neither.
        // The input goes with the answer, also if the erasure was interrupted afterwards.
        let has_input = inputs.contains(id) || texts[id].get("answer").is_none();
        let is_of_job = document == "-" && jobs.contains_key(id) && has_input;
        let in_history =
            || blocks.get(block).is_some_and(|block| block.revisions.iter().any(|of| text(of, "text") == id));
        if history.is_erased(id) && texts[id].get("answer").is_some() && !in_history() {
            violated("an erased job has no answer", id.to_owned());
        }
        if !is_of_job && (!documents.contains(document) || !has_owner) {
            violated("no text of a deleted block is left", key);
        }
    }
    for (id, block) in &blocks {
        check_block(id, block, (&jobs, &texts, history), &violated);
    }
    for item in kind(&items, "DELETION#") {
        violated("every deletion finishes", key_of(item).1);
    }
    for (id, block) in blocks.iter().filter(|(_, block)| block.item.is_some()) {
        check_changes(id, block, (&texts, history), &violated);
        check_replaced(id, block, (&jobs, &texts), (platform, history), &violated);
    }
    check_money(platform, history, (&all, &jobs, left), &violated);
    reasons::check(platform, history, (&jobs, &blocks), &violated);
}

/// What users have changed is there, or was changed again.
fn check_changes(
    id: &str,
    block: &Block<'_>,
    (texts, history): (&BTreeMap<String, Value>, &History),
    violated: &dyn Fn(&str, String),
) {
    let changes: Vec<Change> = history.changes().into_iter().filter(|change| change.block == id).collect();
    let edits = changes.iter().filter(|change| change.field == "content" && change.version.is_some());
    for edit in edits {
        if block.number_of(&edit.value, texts).is_none() {
            violated("no edit is lost", format!("{:?} of {id}", edit.value));
        }
    }
    let Some(item) = block.item else { return };
    for field in ["prompt", "color"] {
        let of_field: Vec<&Change> = changes.iter().filter(|change| change.field == field).collect();
        let Some(newest) = of_field.iter().max_by_key(|change| change.version) else { continue };
        let stored = if field == "color" { text(item, "metadata") } else { text(item, field) };
        if of_field.iter().all(|change| change.version.is_some()) && !stored.contains(&newest.value) {
            violated("the newest change is there", format!("{field} of {id} is {stored}, not {}", newest.value));
        }
    }
}

/// What jobs have replaced, by what clients and the model have seen, and not by what the service has noted.
fn check_replaced(
    id: &str,
    block: &Block<'_>,
    (jobs, texts): (&BTreeMap<String, &Value>, &BTreeMap<String, Value>),
    (platform, history): (&Platform, &History),
    violated: &dyn Fn(&str, String),
) {
    let (accepted, changes, calls) = (history.accepted(), history.changes(), platform.journal().all());
    for revision in &block.revisions {
        let Some(job) = revision["jobId"]["S"].as_str().filter(|job| history.taken(job) == 0) else { continue };
        let written = number(revision, "number");
        let edits = changes.iter().filter(|change| change.block == id && change.field == "content");
        for edit in edits.filter(|edit| accepted.get(job).is_some_and(|at| *at < edit.sent)) {
            let is_refinement = jobs.get(job).is_none_or(|job| text(job, "type") == "REFINE");
            if !is_refinement && block.number_of(&edit.value, texts).is_some_and(|number| number < written) {
                violated("an edit after the request is never overwritten", format!("{:?} by {job}", edit.value));
            }
        }
        let before = block.revisions.iter().find(|before| number(before, "number") + 1 == written);
        let Some(before) = before.and_then(|before| texts.get(text(before, "text"))?["markdown"].as_str()) else {
            continue;
        };
        let Some(item) = jobs.get(job).filter(|item| text(item, "type") == "REFINE") else { continue };
        let is_of_job = |call: &&Called| is_of_job(history, (job, item), (&call.message, &call.tag));
        if !calls.iter().filter(is_of_job).any(|call| call.request.contains(before)) {
            violated("a REFINE replaces the text that the model has read", format!("{before:?} by {job}"));
        }
    }
}

fn check_block(
    id: &str,
    block: &Block<'_>,
    (jobs, texts, history): (&BTreeMap<String, &Value>, &BTreeMap<String, Value>, &History),
    violated: &dyn Fn(&str, String),
) {
    let Some(item) = block.item else {
        if !block.revisions.is_empty() {
            violated("nothing of a deleted block is left", id.to_owned());
        }
        return;
    };
    let numbers: Vec<u64> = block.revisions.iter().map(|revision| number(revision, "number")).collect();
    let newest = number(item, "contentRevision");
    let first = numbers.first().copied().unwrap_or_default();
    if numbers.iter().copied().ne(first..first + numbers.len() as u64)
        || (first != 1 && newest > 0)
        || numbers.last().copied().unwrap_or_default() != newest
    {
        violated("the history of a block is one line", format!("{id} has {numbers:?} and is at {newest}"));
    }
    let mut writers = BTreeMap::new();
    for revision in &block.revisions {
        let Some(job) = revision["jobId"]["S"].as_str() else { continue };
        let count: &mut usize = writers.entry(job).or_default();
        *count += 1;
        // A user can take its text again.
        if *count > 1 + history.taken(job) {
            violated("a job writes its block once", format!("{job} on {id}"));
        }
        let Some(job_item) = jobs.get(job) else { continue };
        if text(job_item, "status") != "COMPLETED" {
            violated("only a completed job has written its block", format!("{job} on {id}"));
        }
        let before = number(revision, "number") - 1;
        let words = block.revisions.iter().find(|other| number(other, "number") == before);
        let is_persons = words.is_some_and(|words| words.get("text").is_some() && text(words, "changedBy") == "USER");
        let mode = text(job_item, "applyMode");
        if history.taken(job) == 0 && (mode == "propose" || (mode == "auto" && is_persons)) {
            violated("a proposal writes nothing", format!("{job} with {mode} wrote {} of {id}", before + 1));
        }
        // A GENERATE says it when it is accepted, a REFINE when it reads the text.
        let accepted = job_item["contentRevision"]["N"].as_str().and_then(|number| number.parse().ok());
        let may_replace = accepted.or_else(|| texts.get(job)?["answer"]["contentRevision"].as_u64());
        if may_replace != Some(before) && history.taken(job) == 0 {
            violated(
                "an edit is never overwritten",
                format!("{job} may replace {may_replace:?}, and replaced {before} of {id}"),
            );
        }
    }
    let completed = jobs.iter().filter(|(_, job)| {
        text(job, "status") == "COMPLETED" && text(job, "blockId") == id && text(job, "type") != "ANALYZE"
    });
    for (job, item) in completed {
        let is_applied =
            item.get("statusReason").is_none_or(|reason| reason["S"] == "TRUNCATED" || reason["S"] == "TOO_LONG");
        if is_applied && !writers.contains_key(job.as_str()) {
            violated("a completed job has written its block", format!("{job} on {id}"));
        }
    }
    let references = block.revisions.iter().map(|revision| text(revision, "text")).chain([text(item, "text")]);
    for reference in references.filter(|reference| !reference.is_empty() && !texts.contains_key(*reference)) {
        violated("no text is missing", format!("{reference} of {id}"));
    }
    // The newest text, by its reference.
    let newest = block.revisions.last().map(|revision| revision.get("text"));
    if newest.is_some_and(|newest| newest != item.get("text")) {
        violated("a block has the text of its newest revision", id.to_owned());
    }
}

fn check_money(
    platform: &Platform,
    history: &History,
    (items, jobs, left): (&[Value], &BTreeMap<String, &Value>, Option<&str>),
    violated: &dyn Fn(&str, String),
) {
    let calls = platform.journal().calls();
    let mut billed: BTreeMap<String, Vec<&Billed>> = BTreeMap::new();
    for call in calls.iter().filter(|call| left != Some(owner(&call.message).as_str())) {
        let job = jobs.iter().find(|(id, job)| is_of_job(history, (id, job), (&call.message, &call.tag)));
        match job {
            Some((id, _)) => billed.entry(id.clone()).or_default().push(call),
            None => violated("every call belongs to a job", format!("{} by {}", call.tag, call.process.name())),
        }
    }
    for (id, job) in jobs {
        let calls = billed.remove(id).unwrap_or_default();
        let least: u64 = calls.iter().map(|call| call.micro_usd).sum();
        let most: u64 = calls.iter().map(|call| call.most_micro_usd).sum();
        let known = cost(job);
        let is_calm = calls.iter().all(|call| !call.process.had_fault());
        if known > most || (is_calm && known < least) {
            let made: Vec<_> = calls.iter().map(|call| (call.process.name(), call.micro_usd)).collect();
            violated("the cost of a job is what the model has billed", format!("{id} says {known}, billed {made:?}"));
        }
        // A worker that dies, or is taken for dead, can be in a call that it has not reported.
        const MOST: usize = domain::job::policy::MAX_PAID_CALLS as usize + 3;
        if calls.len() > MOST {
            violated("a job pays for a few calls", format!("{id} paid for {}", calls.len()));
        }
    }
    // The reservation of a call that has not ended, or is not reported, stays.
    // An update that is slow is repeated, and reserves twice. The network does no update twice.
    let had_fault = |((who, _), fault): &(CallId, Fault)| who.starts_with("worker") && *fault != Fault::DoneTwice;
    let is_exact = !platform.network().happened().iter().any(had_fault) && platform.journal().is_closed();
    let mut counted: BTreeMap<String, i64> = BTreeMap::new();
    for item in kind(items, "SPENDING#") {
        let committed: i64 = item["committed"]["N"].as_str().and_then(|number| number.parse().ok()).unwrap_or_default();
        *counted.entry(key_of(item).0).or_default() += committed;
    }
    let mut spent: BTreeMap<String, i64> = BTreeMap::new();
    for call in &calls {
        let cost = i64::try_from(call.micro_usd).unwrap();
        for who in ["SERVICE".to_owned(), owner(&call.message)] {
            *spent.entry(who).or_default() += cost;
        }
    }
    for who in counted.keys().chain(spent.keys()).collect::<BTreeSet<_>>() {
        let (committed, spent) =
            (counted.get(who).copied().unwrap_or_default(), spent.get(who).copied().unwrap_or_default());
        if committed < spent || (is_exact && committed > spent) {
            violated("what is spent counts against the budget", format!("{who}: {committed} of {spent}"));
        }
    }
}

/// The partition key of the user whose jobs a message names.
fn owner(message: &str) -> String {
    let message: Value = serde_json::from_str(message).unwrap();
    format!("USER#{}", message["user"].as_str().unwrap())
}

/// What the attempts of a job have cost, in millionths of a US dollar. Each attempt is a row of numbers.
fn cost(job: &Value) -> u64 {
    const COST: usize = 5;
    let rows = job["usage"]["L"].as_array().into_iter().flatten();
    rows.filter_map(|row| row["L"][COST]["N"].as_str()?.parse::<u64>().ok()).sum()
}

/// Whether no job, no deletion, no process, no call and no message is left, and no fault can happen any more.
pub async fn is_at_rest(platform: &Platform) -> bool {
    let sqs = platform.network().sqs();
    platform.network().is_calm()
        && !platform.network().is_busy()
        && platform.network().table().ask(Watch::is_at_rest)
        && platform.running() == 0
        && sqs.len(sqs.jobs()).await + sqs.len(sqs.dead_jobs()).await == 0
}
