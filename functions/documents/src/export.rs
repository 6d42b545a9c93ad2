//! `GET …/{id}/export`: the whole document as Markdown or HTML, with its sources as footnotes.

use std::collections::HashMap;

use api::{Call, Problem, Query, Reply, StoreState};
use domain::{
    export::{self, Format, Library, Sources},
    ids::SourceId,
    library::source::SourceType,
    problem::ProblemCode,
};
use store::library::StoredEntry;
use strum::VariantNames as _;

/// Largest export, in bytes. A function may answer with 6 MB, in which each quote and line break takes two bytes.
const MAX_BYTES: usize = 5 * 1024 * 1024;

pub(crate) async fn show(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let id = call.document_id()?;
    let mut query = Query::new(call);
    let one_of = |names: &[&str]| format!("one of {}", names.join(", "));
    let format: Option<Format> = query.parsed("format", one_of(Format::VARIANTS));
    let sources: Option<Sources> = query.parsed("sources", one_of(Sources::VARIANTS));
    let format = format.unwrap_or_else(|| accepted(call.header("accept")));
    let sources = query.finish(sources.unwrap_or_default())?;

    let found = state.store.document(&call.user, id).await?;
    let (document, blocks) = found.ok_or_else(Problem::document_not_found)?;
    let cited = export::cited(&blocks);
    let library = match sources {
        Sources::None => Library::default(),
        Sources::Footnotes => {
            let (evidence, goals, reviews) = tokio::try_join!(
                entries(state, call, &cited, SourceType::Evidence),
                entries(state, call, &cited, SourceType::Goal),
                entries(state, call, &cited, SourceType::Review)
            )?;
            Library { evidence, goals, reviews }
        }
    };
    let text = match format {
        Format::Markdown => export::markdown(&document, &blocks, &library, sources),
        Format::Html => export::html(&document, &blocks, &library, sources),
    };
    let escaped = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\n')).count();
    if text.len() + escaped > MAX_BYTES {
        let detail = "The document is too large for one export. Read its blocks by themselves.";
        return Err(Problem::new(ProblemCode::PayloadTooLarge, detail));
    }
    let reply = Reply::text(format.content_type(), text).header("vary", "accept");
    Ok(reply.header("x-content-type-options", "nosniff"))
}

async fn entries<F: StoredEntry>(
    state: &StoreState,
    call: &Call,
    cited: &[(SourceType, SourceId)],
    source_type: SourceType,
) -> Result<HashMap<SourceId, F>, Problem> {
    let ids: Vec<SourceId> = cited.iter().filter(|(of, _)| *of == source_type).map(|(_, id)| *id).collect();
    let found = state.store.entries::<F>(&call.user, &ids).await?;
    Ok(found.into_iter().map(|entry| (entry.id, entry.fields)).collect())
}

/// The format that the header `Accept` wants most. Markdown, if it wants both or neither.
fn accepted(accept: Option<&str>) -> Format {
    let quality = |wanted: &[&str]| {
        let ranges = accept.unwrap_or_default().split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next()?.to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            wanted.contains(&name.as_str()).then_some(quality)
        });
        ranges.fold(0.0, f32::max)
    };
    let is_html = quality(&["text/html", "application/xhtml+xml"]) > quality(&["text/markdown", "text/plain"]);
    if is_html { Format::Html } else { Format::Markdown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_html_and_a_program_gets_markdown() {
        for (accept, expected) in [
            (None, Format::Markdown),
            (Some("*/*"), Format::Markdown),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Format::Html),
            (Some("text/markdown, text/html;q=0.9"), Format::Markdown),
            (Some("text/html;q=0.9, text/plain;q=0.1"), Format::Html),
            (Some("TEXT/HTML; q=0"), Format::Markdown),
            (Some(";;,q=x"), Format::Markdown),
        ] {
            assert_eq!(accepted(accept), expected, "{accept:?}");
        }
    }
}
