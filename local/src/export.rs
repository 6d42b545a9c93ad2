//! A document as Markdown, with its citations as footnotes.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::client::{Api, word};

/// Words of a source that a footnote quotes, in characters.
const QUOTE_CHARS: usize = 200;

/// Reads a document through the API and writes it down.
pub async fn markdown(api: &Api, document: &str) -> Result<String> {
    if document.parse::<domain::ids::DocumentId>().is_err() {
        bail!("{document} is no document's id; ids are UUIDs");
    }
    let path = format!("/api/report-builder/{document}");
    let whole = api.get(&path).await?;
    let mut text = format!("# {}\n", one_line(word(&whole["name"])));
    if let Some(description) = whole["description"].as_str().filter(|description| !description.trim().is_empty()) {
        write!(text, "\n{}\n", description.trim())?;
    }
    let mut notes = Footnotes::default();
    for block in whole["blocks"].as_array().into_iter().flatten() {
        let read;
        let block = if block["contentOmitted"] == true {
            read = api.get(&format!("{path}/blocks/{}", word(&block["id"]))).await?;
            &read
        } else {
            block
        };
        write!(text, "\n{}\n", self::block(block, &mut notes))?;
    }
    if !notes.sources.is_empty() {
        text.push('\n');
    }
    for (index, source) in notes.sources.iter().enumerate() {
        writeln!(text, "[^{}]: {}", index + 1, footnote(api, source).await?)?;
    }
    Ok(text)
}

fn block(block: &Value, notes: &mut Footnotes) -> String {
    let content = block["content"].as_str().map(str::trim).filter(|content| !content.is_empty());
    match (word(&block["type"]), content) {
        ("DIVIDER", _) => "---".to_owned(),
        ("HEADING", content) => format!("## {}", one_line(content.unwrap_or_default())),
        ("PROMPT_RESPONSE", content) => {
            let prompt = block["prompt"].as_str().map(str::trim).filter(|prompt| !prompt.is_empty());
            let asked = prompt.map_or_else(String::new, |prompt| format!("### {}\n\n", one_line(prompt)));
            let written = content.map_or_else(|| "*Not written yet.*".to_owned(), |_| notes.marked(block));
            format!("{asked}{written}")
        }
        _ => content.map_or_else(String::new, |_| notes.marked(block)),
    }
}

/// A source that is cited somewhere.
#[derive(PartialEq)]
struct Source {
    kind: String,
    id: String,
    cited_text: String,
}

/// The sources in order of their first mention.
#[derive(Default)]
struct Footnotes {
    sources: Vec<Source>,
}

impl Footnotes {
    fn number(&mut self, citation: &Value) -> usize {
        let (kind, id) = (word(&citation["sourceType"]), word(&citation["sourceId"]));
        let known = self.sources.iter().position(|source| source.kind == kind && source.id == id);
        let index = known.unwrap_or_else(|| {
            let cited_text = word(&citation["citedText"]).to_owned();
            self.sources.push(Source { kind: kind.to_owned(), id: id.to_owned(), cited_text });
            self.sources.len() - 1
        });
        index + 1
    }

    /// The content of a block with a mark behind every cited claim; behind its full stop, too.
    fn marked(&mut self, block: &Value) -> String {
        let content: Vec<char> = word(&block["content"]).chars().collect();
        let mut marks: Vec<(usize, usize)> = Vec::new();
        for citation in block["citations"].as_array().into_iter().flatten() {
            let end = citation["end"].as_u64().and_then(|end| usize::try_from(end).ok()).unwrap_or_default();
            let start = citation["start"].as_u64().and_then(|start| usize::try_from(start).ok()).unwrap_or_default();
            let mut at = end.min(content.len());
            // White space at the end of a claim stays behind its mark.
            while at > start && content[at - 1].is_whitespace() {
                at -= 1;
            }
            while content.get(at).is_some_and(|c| matches!(c, '.' | ',' | ';' | ':' | '!' | '?')) {
                at += 1;
            }
            let mark = (at, self.number(citation));
            if !marks.contains(&mark) {
                marks.push(mark);
            }
        }
        let mut text = String::new();
        for at in 0..=content.len() {
            for (_, number) in marks.iter().filter(|(place, _)| *place == at) {
                text.push_str(&format!("[^{number}]"));
            }
            text.extend(content.get(at));
        }
        text.trim().to_owned()
    }
}

async fn footnote(api: &Api, source: &Source) -> Result<String> {
    let path = match source.kind.as_str() {
        "EVIDENCE" => "evidence",
        "GOAL" => "goals",
        _ => "reviews",
    };
    let found = api.find(&format!("/api/{path}/{}", source.id)).await?;
    Ok(match (found, path) {
        (None, _) => format!("{} that was deleted: “{}”", source.kind.to_lowercase(), quote(&source.cited_text)),
        (Some(evidence), "evidence") => {
            let title = escaped(word(&evidence["title"]));
            let linked = evidence["url"].as_str().map_or_else(|| title.clone(), |url| format!("[{title}](<{url}>)"));
            let mut facts = vec![word(&evidence["occurredAt"]).chars().take(10).collect::<String>()];
            if let Some(repo) = evidence["repo"].as_str() {
                let number = evidence["number"].as_u64().map_or_else(String::new, |number| format!("#{number}"));
                facts.insert(0, format!("{}{number}", escaped(repo)));
            }
            format!("{linked} ({})", facts.join(", "))
        }
        (Some(goal), "goals") => format!("Goal: {}", escaped(word(&goal["title"]))),
        (Some(review), _) => {
            let kind = word(&review["type"]).to_lowercase();
            format!("Review {} ({kind}): “{}”", review["year"], quote(&source.cited_text))
        }
    })
}

fn quote(text: &str) -> String {
    let line = one_line(text);
    let mut short: String = line.chars().take(QUOTE_CHARS).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    escaped(&short)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text in which no character means anything to Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marks_stand_behind_the_claim_and_its_full_stop_and_name_a_source_once() {
        let cite = |start: usize, end: usize, id: &str| json!({"start": start, "end": end, "sourceType": "EVIDENCE", "sourceId": id, "citedText": ""});
        let content = "🚀 I mended payments. I wrote docs, and helped.";
        let block = json!({
            "type": "TEXT", "content": content,
            "citations": [cite(2, 21, "a"), cite(2, 21, "b"), cite(2, 21, "a"), cite(22, 34, "b"), cite(36, 999, "a")],
        });
        let mut notes = Footnotes::default();
        assert_eq!(super::block(&block, &mut notes), "🚀 I mended payments.[^1][^2] I wrote docs,[^2] and helped.[^1]");
        assert_eq!(notes.sources.len(), 2);
    }

    #[test]
    fn blocks_are_headings_answers_texts_and_lines() {
        let mut notes = Footnotes::default();
        let cases = [
            (json!({"type": "HEADING", "content": "Half-year\nreview"}), "## Half-year review"),
            (json!({"type": "DIVIDER"}), "---"),
            (json!({"type": "PROMPT_RESPONSE", "prompt": "What?", "content": null}), "### What?\n\n*Not written yet.*"),
            (json!({"type": "PROMPT_RESPONSE", "prompt": null, "content": "This."}), "This."),
            (json!({"type": "TEXT", "content": "Text."}), "Text."),
        ];
        for (block, expected) in cases {
            assert_eq!(super::block(&block, &mut notes), expected);
        }
        assert_eq!(escaped("a [b](c) *d* <e>"), "a \\[b\\](c) \\*d\\* \\<e\\>");
    }
}
