//! What a task says about the review, so that the writer need not guess: what it is, who writes it, about whom, and for
//! which period.

use crate::{
    job::Job,
    library::selection::Context,
    prompt::json_string::json,
    report::{
        block::Block,
        document::{Document, Perspective},
    },
};

/// The facts, one in each line. `evidence` is the number of pieces in the prompt. Texts of the user stand in JSON strings.
pub(super) fn of_task(
    job: &Job,
    document: &Document,
    block: Option<&Block>,
    context: &Context,
    evidence: usize,
) -> String {
    let mut lines = vec![format!("The review (a JSON string): {}", json(&document.name))];
    if let Some(description) = document.description.as_ref().filter(|text| !text.trim().is_empty()) {
        lines.push(format!("What the person says about this review (a JSON string): {}", json(description)));
    }
    let name = document.person_name.as_ref().filter(|name| !name.trim().is_empty());
    let name = name.map(|name| format!(" The name of the person (a JSON string): {}", json(name))).unwrap_or_default();
    lines.push(format!("Perspective: {}{name}", perspective(document.perspective)));
    let range = &document.context_config.evidence_date_range;
    let period = match (range.start, range.end) {
        (Some(start), Some(end)) => format!("from {start} to {end}"),
        (Some(start), None) => format!("from {start} on"),
        (None, Some(end)) => format!("until {end}"),
        (None, None) => "not set, take that of the evidence".to_owned(),
    };
    let today = document.time_zone.day_of(job.created_at);
    lines.push(format!("Period: {period}. Today is {today}."));
    lines.push(format!("Evidence: {}", choice(document, context, evidence)));
    if let Some(max) = block.and_then(|block| block.max_characters) {
        lines.push(format!("Length: at most {max} characters."));
    }
    lines.join("\n")
}

const fn perspective(perspective: Perspective) -> &'static str {
    match perspective {
        Perspective::SelfReview => "the person writes about themselves, in the first person.",
        Perspective::Manager => "the person's manager writes about the person, in the third person and by name.",
        Perspective::Peer => "a colleague writes about the person, in the third person and by name.",
    }
}

fn choice(document: &Document, context: &Context, evidence: usize) -> String {
    let pinned = context.pinned.min(evidence);
    let chosen = match pinned {
        0 => String::new(),
        1 => " One of them was chosen by hand, from any time.".to_owned(),
        _ => format!(" {pinned} of them were chosen by hand, from any time."),
    };
    format!("{}{chosen}", drawn(document, context, evidence))
}

fn drawn(document: &Document, context: &Context, evidence: usize) -> String {
    let matched = context.evidence_matched.max(evidence);
    let or_more = if context.evidence_matched_is_lower_bound { " or more" } else { "" };
    match document.context_config.max_evidence {
        _ if matched == 0 => "nothing of the period is known.".to_owned(),
        _ if matched == 1 && evidence == 1 => "one piece, which is all of the period.".to_owned(),
        _ if evidence == matched && or_more.is_empty() && context.pinned == 0 => {
            format!("all {matched} pieces of the period.")
        }
        _ if evidence == matched && or_more.is_empty() => format!("all {matched} pieces that were found."),
        Some(_) => format!("the newest {evidence} of {matched}{or_more} pieces. Do not state totals."),
        None => format!("{evidence} of {matched}{or_more} pieces, drawn evenly over the period. Do not state totals."),
    }
}
