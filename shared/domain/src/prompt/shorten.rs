//! The second call for a text that is longer than its block may be.

use crate::{
    job::{
        result::{JobResult, Output},
        status::StatusReason,
    },
    prompt::{Prompt, draft::Draft, shortening::Shortening},
};

const SHORTEN: &str = include_str!("../../prompts/shorten.md");

/// The prompt that has a draft shortened to `max` characters. `None` if it is short enough, if it is no text, or if the
/// token limit cut it: a part of a cut text is no summary of it.
pub fn prompt(prompt: &Prompt, draft: &Draft, max: usize) -> Option<Prompt> {
    let text = text(&draft.result).filter(|_| !draft.result.is_truncated())?;
    let length = text.chars().count();
    if length <= max {
        return None;
    }
    let values = [("length", &*length.to_string()), ("max", &*max.to_string())];
    let task = super::fill(SHORTEN, &values);
    Some(Prompt { shortening: Some(Shortening { draft: text.to_owned(), task }), ..prompt.clone() })
}

/// The shorter one of two drafts. If it is longer than `max` characters, its result has the notice `TOO_LONG`.
pub fn shorter(first: Draft, second: Option<Draft>, max: usize) -> Draft {
    let length = |draft: &Draft| text(&draft.result).map_or(usize::MAX, |text| text.chars().count());
    let mut draft = match second {
        Some(second) if !second.result.is_truncated() && length(&second) < length(&first) => second,
        _ => first,
    };
    if text(&draft.result).is_some_and(|text| text.chars().count() > max) {
        draft.result.add_notice(StatusReason::TooLong);
    }
    draft
}

fn text(result: &JobResult) -> Option<&str> {
    match &result.output {
        Some(Output::Text { content, .. }) => Some(content),
        Some(Output::Analysis { .. }) | None => None,
    }
}
