//! Builds the JSON body of a request.

use domain::prompt::{AnswerFormat, Prompt, Shortening, insights};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How much the model thinks before it writes: `output_config.effort`. Thinking is billed as output.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumString, strum::VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the API's")]
pub enum Effort {
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

/// Settings that all requests of a process share. They come from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSettings {
    /// Model id as the provider spells it, for example `claude-sonnet-5-5`.
    pub model: String,
    /// `None` leaves the effort to the model's default.
    pub effort: Option<Effort>,
    /// Limit on output tokens, thinking included. An answer that reaches the limit is cut.
    pub max_tokens: u32,
    /// Whether the provider accepts a JSON Schema for the answer. If not, the schema is appended to the task.
    pub structured_output: bool,
}

/// Builds the body for `prompt`. The documents come first and the task last. The system prompt and the last document
/// carry cache marks. The API rejects citations together with structured output, so a request for insights has no
/// citations.
pub fn body(settings: &ModelSettings, prompt: &Prompt) -> Value {
    let cited = prompt.format == AnswerFormat::CitedText;
    let last = prompt.documents.len().saturating_sub(1);
    let mut content: Vec<Value> = prompt
        .documents
        .iter()
        .enumerate()
        .map(|(index, document)| {
            let items: Vec<Value> =
                document.items.iter().map(|item| json!({"type": "text", "text": item.text})).collect();
            let mut block = json!({
                "type": "document",
                "source": {"type": "content", "content": items},
                "title": document.title,
                "context": document.about,
            });
            if cited {
                block["citations"] = json!({"enabled": true});
            }
            if index == last {
                block["cache_control"] = json!({"type": "ephemeral"});
            }
            block
        })
        .collect();
    let schema = (!cited).then(insights::schema);
    let mut task = prompt.task.clone();
    if let Some(schema) = schema.as_ref().filter(|_| !settings.structured_output) {
        task.push_str(&format!("\n\nAnswer with one JSON object and nothing else, after this schema:\n{schema}"));
    }
    content.push(json!({"type": "text", "text": task}));
    let mut messages = vec![json!({"role": "user", "content": content})];
    if let Some(Shortening { draft, task }) = &prompt.shortening {
        messages.push(json!({"role": "assistant", "content": draft}));
        messages.push(json!({"role": "user", "content": task}));
    }

    let mut output_config = json!({});
    if let Some(effort) = settings.effort {
        output_config["effort"] = json!(effort);
    }
    if let Some(schema) = schema.filter(|_| settings.structured_output) {
        output_config["format"] = json!({"type": "json_schema", "schema": schema});
    }
    let mut body = json!({
        "model": settings.model,
        "max_tokens": settings.max_tokens,
        "stream": true,
        "system": [{"type": "text", "text": prompt.system, "cache_control": {"type": "ephemeral"}}],
        "messages": messages,
    });
    if output_config.as_object().is_some_and(|config| !config.is_empty()) {
        body["output_config"] = output_config;
    }
    body
}
