//! Exports a document as Markdown, with its citations as footnotes.

use std::{
    fmt::Write as _,
    fs::{self, File, Permissions},
    io::{self, Write as _},
    path::Path,
};

use anyhow::{Result, bail};
use serde_json::Value;

use crate::client::{Api, str_field};

/// Longest quotation of a source in a footnote, in characters.
const QUOTE_CHARS: usize = 200;

/// Reads a document through the API and returns it as Markdown. A block whose content the API left out of the document
/// is read on its own.
pub async fn markdown(api: &Api, document: &str) -> Result<String> {
    if document.parse::<domain::ids::DocumentId>().is_err() {
        bail!("{document} is no document's id. Ids are UUIDs");
    }
    let path = format!("/api/report-builder/{document}");
    let whole = api.get(&path).await?;
    let Some(blocks) = whole["blocks"].as_array().filter(|_| whole["id"].is_string()) else {
        bail!("{}{path} answered with something that is not a document. Is the address right?", api.base());
    };
    let mut text = format!("# {}\n", one_line(str_field(&whole["name"])));
    if let Some(description) = whole["description"].as_str().filter(|description| !description.trim().is_empty()) {
        write!(text, "\n{}\n", description.trim())?;
    }
    let mut notes = Footnotes::default();
    for block in blocks {
        let read;
        let block = if block["contentOmitted"] == true {
            read = api.get(&format!("{path}/blocks/{}", str_field(&block["id"]))).await?;
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

/// Writes the text to a file. An old file is replaced by the complete text or stays as it is.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    // A link stays, and the file to which it leads is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&target).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        // A device or a pipe must not be replaced by a file.
        return fs::write(path, text);
    }
    let new = target.with_file_name(format!(".report-builder-{}.tmp", std::process::id()));
    let file = File::create_new(&new)?;
    let written = fill(file, text, old.map(|old| old.permissions())).and_then(|()| fs::rename(&new, &target));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&new);
    }
    written
}

fn fill(mut file: File, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn block(block: &Value, notes: &mut Footnotes) -> String {
    let content = block["content"].as_str().map(str::trim).filter(|content| !content.is_empty());
    match (str_field(&block["type"]), content) {
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

/// A source, or a passage of it, that at least one block cites.
#[derive(PartialEq)]
struct Source {
    kind: String,
    id: String,
    /// Number of the passage of a long review.
    passage: Option<u64>,
    cited_text: String,
}

/// The sources in the order of their first citation. The position, counted from 1, is the number of the footnote.
#[derive(Default)]
struct Footnotes {
    sources: Vec<Source>,
}

impl Footnotes {
    fn number(&mut self, citation: &Value) -> usize {
        let (kind, id) = (str_field(&citation["sourceType"]), str_field(&citation["sourceId"]));
        let passage = citation["passage"].as_u64();
        let is_known = |source: &Source| source.kind == kind && source.id == id && source.passage == passage;
        let known = self.sources.iter().position(is_known);
        let index = known.unwrap_or_else(|| {
            let cited_text = str_field(&citation["citedText"]).to_owned();
            self.sources.push(Source { kind: kind.to_owned(), id: id.to_owned(), passage, cited_text });
            self.sources.len() - 1
        });
        index + 1
    }

    /// Returns the content of a block with a footnote mark after every cited claim. Punctuation after the claim stays
    /// before the mark.
    fn marked(&mut self, block: &Value) -> String {
        let content: Vec<char> = str_field(&block["content"]).chars().collect();
        let mut marks: Vec<(usize, usize)> = Vec::new();
        for citation in block["citations"].as_array().into_iter().flatten() {
            let end = citation["end"].as_u64().and_then(|end| usize::try_from(end).ok()).unwrap_or_default();
            let start = citation["start"].as_u64().and_then(|start| usize::try_from(start).ok()).unwrap_or_default();
            let mut at = end.min(content.len());
            // The mark goes before trailing white space of the claim.
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
            for (_, number) in marks.iter().filter(|(position, _)| *position == at) {
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
            let title = escaped(str_field(&evidence["title"]));
            let linked = evidence["url"].as_str().map_or_else(|| title.clone(), |url| format!("[{title}](<{url}>)"));
            let mut fields = vec![str_field(&evidence["occurredAt"]).chars().take(10).collect::<String>()];
            if let Some(repo) = evidence["repo"].as_str() {
                let number = evidence["number"].as_u64().map_or_else(String::new, |number| format!("#{number}"));
                fields.insert(0, format!("{}{number}", escaped(repo)));
            }
            format!("{linked} ({})", fields.join(", "))
        }
        (Some(goal), "goals") => format!("Goal: {}", escaped(str_field(&goal["title"]))),
        (Some(review), _) => {
            let kind = str_field(&review["type"]).to_lowercase();
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

/// Puts the text on one line and escapes every character that Markdown would interpret.
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
    fn marks_follow_the_claim_and_its_punctuation_and_number_each_source_once() {
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
    fn every_block_type_has_its_own_markdown() {
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
