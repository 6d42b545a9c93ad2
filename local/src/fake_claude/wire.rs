//! Builds the events of an answer, as the Messages API sends them.

use serde_json::{Value, json};

use super::{
    prose::{MODEL, Piece},
    request::Asked,
    script::{Behaviour, Journal, Script},
};

/// One step of sending an answer.
#[derive(Debug)]
pub(super) enum Step {
    Event(Value),
    /// Wait for the pace of the writer.
    Pause,
    /// Wait until the gate of the behaviour is open.
    Gate,
    /// Close the connection without ending the stream.
    Close,
}

/// What the writer thinks before it writes. It must never show in a text.
const THOUGHT: &str = "Let me see which of these documents say something about the task.";

/// Most characters of one text delta. Like Claude, the writer may cut text inside a word.
const DELTA_CHARS: usize = 24;

pub(super) fn steps(asked: &Asked, pieces: &[Piece], behaviour: &Behaviour, journal: &Journal) -> Vec<Step> {
    let event = |value: Value| Step::Event(value);
    let cached = asked.prefix.is_some_and(|prefix| journal.is_cached(prefix));
    let (read, created) = if cached { (asked.prefix_tokens, 0) } else { (0, asked.prefix_tokens) };
    let usage = |output: u64| {
        json!({
            "input_tokens": asked.rest_tokens,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": created,
            "cache_creation": {"ephemeral_5m_input_tokens": created, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output,
        })
    };
    let model = match behaviour {
        Behaviour::Pieces(Script { model: Some(model), .. }) => model,
        _ => MODEL,
    };
    let mut steps = vec![
        event(json!({"type": "message_start", "message": {
            "id": "msg_offline", "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": usage(1),
        }})),
        event(json!({"type": "ping"})),
        event(
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}),
        ),
        Step::Pause,
        event(
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": THOUGHT}}),
        ),
        event(
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "offline"}}),
        ),
        event(json!({"type": "content_block_stop", "index": 0})),
    ];
    let mut written = 0_u64;
    let half = match behaviour {
        Behaviour::Empty => 0,
        Behaviour::Write | Behaviour::Hold(_) | Behaviour::Pieces(_) => pieces.len(),
        _ => pieces.len().div_ceil(2),
    };
    for (index, piece) in pieces.iter().take(half).enumerate() {
        let index = index + 1;
        let mut block = json!({"type": "text", "text": ""});
        if !piece.cites.is_empty() {
            block["citations"] = json!([]);
        }
        steps.push(event(json!({"type": "content_block_start", "index": index, "content_block": block})));
        for cite in &piece.cites {
            // The API returns the whole of the cited blocks, word for word.
            let items = asked.documents.get(cite.document).and_then(|document| document.items.get(cite.items.clone()));
            let citation = json!({
                "type": "content_block_location", "cited_text": items.unwrap_or_default().concat(), "document_index": cite.document,
                "document_title": asked.documents.get(cite.document).map(|document| document.title.as_str()),
                "start_block_index": cite.items.start, "end_block_index": cite.items.end, "file_id": null,
            });
            let delta = json!({"type": "citations_delta", "citation": citation});
            steps.push(event(json!({"type": "content_block_delta", "index": index, "delta": delta})));
        }
        if let Behaviour::Pieces(script) = behaviour
            && index == pieces.len()
        {
            for citation in &script.odd_citations {
                let delta = json!({"type": "citations_delta", "citation": citation});
                steps.push(event(json!({"type": "content_block_delta", "index": index, "delta": delta})));
            }
        }
        let chars: Vec<char> = piece.text.chars().collect();
        for text in chars.chunks(DELTA_CHARS) {
            let text: String = text.iter().collect();
            written += text.len() as u64;
            let delta = json!({"type": "text_delta", "text": text});
            steps.push(event(json!({"type": "content_block_delta", "index": index, "delta": delta})));
            steps.push(Step::Pause);
        }
        steps.push(event(json!({"type": "content_block_stop", "index": index})));
    }
    let stop = |reason: &str| {
        let details = (reason == "refusal").then(|| json!({"type": "refusal", "category": null, "explanation": null}));
        event(json!({
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": null, "stop_details": details},
            "usage": usage(20 + written / 4),
        }))
    };
    match behaviour {
        Behaviour::ErrorEvent(kind) => {
            let error = json!({"type": kind, "message": "scripted", "details": null});
            steps.push(event(json!({"type": "error", "error": error, "request_id": "req_offline"})));
            return steps;
        }
        Behaviour::CloseEarly => {
            steps.push(Step::Close);
            return steps;
        }
        Behaviour::Stall(_) => {
            steps.push(Step::Gate);
            steps.push(Step::Close);
            return steps;
        }
        Behaviour::Refuse => steps.push(stop("refusal")),
        Behaviour::Truncate => steps.push(stop("max_tokens")),
        Behaviour::Pieces(script) => steps.push(stop(script.stop_reason.unwrap_or("end_turn"))),
        _ => steps.push(stop("end_turn")),
    }
    steps.push(event(json!({"type": "message_stop"})));
    steps
}
