//! Reads requests. The offline writer rejects what the Messages API rejects, so that tests find invalid requests.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::Value;

/// A document of the request, as a list of citable items.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) title: String,
    pub(super) items: Vec<String>,
}

/// The parts of a request that determine its answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) documents: Vec<Document>,
    pub(super) cited: bool,
    pub(super) insights: bool,
    /// The longest answer that the task allows, in characters.
    pub(super) max_characters: Option<usize>,
    /// Hash of everything up to the last `cache_control` mark. `None` without such a mark.
    pub(super) prefix: Option<u64>,
    /// Estimated tokens up to that mark, at four bytes each.
    pub(super) prefix_tokens: u64,
    pub(super) rest_tokens: u64,
}

/// Sampling parameters that the API no longer accepts.
const REJECTED: [&str; 3] = ["temperature", "top_p", "top_k"];

/// Reads a request. The error is a message as the API would send it.
pub(super) fn read(body: &Value) -> Result<Asked, String> {
    let text = |value: &Value, name: &str| value[name].as_str().map(str::to_owned);
    let model = text(body, "model").ok_or("model: Field required")?;
    if !body["max_tokens"].is_u64() {
        return Err("max_tokens: Field required".to_owned());
    }
    if let Some(name) = REJECTED.iter().find(|name| !body[**name].is_null()) {
        return Err(format!("{name}: is not supported by this model"));
    }
    if body["stream"] != true {
        return Err("this writer only streams".to_owned());
    }
    let messages = body["messages"].as_array().ok_or("messages: Field required")?;
    let (first, later) = messages.split_first().ok_or("messages: at least one message is required")?;
    if messages.iter().zip(["user", "assistant"].iter().cycle()).any(|(message, role)| message["role"] != **role) {
        return Err("messages: roles must alternate, beginning with the user".to_owned());
    }
    if messages.len().is_multiple_of(2) {
        return Err("messages: the last message must be by the user".to_owned());
    }
    let blocks = first["content"].as_array().ok_or("messages: content must be a list here")?;
    if later.iter().any(|message| message["content"].as_str().is_none_or(|text| text.trim().is_empty())) {
        return Err("messages: later messages must be texts here".to_owned());
    }

    let mut documents = Vec::new();
    let mut cited = Vec::new();
    for block in blocks {
        match block["type"].as_str() {
            Some("document") => {
                let items =
                    block["source"]["content"].as_array().ok_or("source: only content sources are understood here")?;
                let items = items.iter().filter_map(|item| text(item, "text")).collect::<Vec<_>>();
                if items.is_empty() {
                    return Err("source: content must not be empty".to_owned());
                }
                documents.push(Document { title: text(block, "title").unwrap_or_default(), items });
                cited.push(block["citations"]["enabled"] == true);
            }
            Some("text") if block["citations"].as_array().is_some_and(|citations| !citations.is_empty()) => {
                return Err("citations: not allowed in a user's text".to_owned());
            }
            Some("text") => {}
            other => return Err(format!("content: unknown block {other:?}")),
        }
    }
    if cited.iter().any(|on| *on != cited[0]) {
        return Err("citations: must be on for all documents or for none".to_owned());
    }
    let cited = cited.first().copied().unwrap_or_default();
    let insights = !body["output_config"]["format"].is_null();
    if cited && insights {
        return Err("output_config.format: cannot be used together with citations".to_owned());
    }

    let marked = blocks.iter().rposition(|block| !block["cache_control"].is_null());
    let (before, after) = blocks.split_at(marked.map_or(0, |marked| marked + 1));
    let tokens = |values: &[Value]| values.iter().map(|value| value.to_string().len() as u64 / 4).sum::<u64>();
    let system = body["system"].to_string();
    let prefix = marked.map(|_| {
        let mut hasher = DefaultHasher::new();
        (&model, &system, serde_json::json!(before).to_string(), body["output_config"].to_string()).hash(&mut hasher);
        hasher.finish()
    });
    Ok(Asked {
        documents,
        max_characters: blocks.last().and_then(|block| block["text"].as_str()).and_then(max_characters),
        cited,
        insights,
        prefix,
        prefix_tokens: if marked.is_some() { system.len() as u64 / 4 + tokens(before) } else { 0 },
        rest_tokens: tokens(after) + tokens(later) + if marked.is_some() { 0 } else { system.len() as u64 / 4 },
    })
}

/// The number of `Length: at most 600 characters.` in a task.
fn max_characters(task: &str) -> Option<usize> {
    let line = task.lines().find_map(|line| line.strip_prefix("Length: at most "))?;
    line.split_whitespace().next()?.parse().ok()
}
