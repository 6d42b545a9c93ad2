//! The result of ANALYZE: insights that name their evidence.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    annotation::{Citation, Grounding},
    grounding::{self, Facts},
    ids::SourceId,
    library::source::{SourceField, SourceType},
    prompt::source_names,
    sanitize::markdown,
};

/// What the evidence shows, as four lists. Each list may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Insights {
    /// What the work was about.
    pub themes: Vec<Insight>,
    /// Strengths that the evidence shows.
    pub strengths: Vec<Insight>,
    /// Where evidence is missing or thin.
    pub gaps: Vec<Insight>,
    /// What to do or to collect next.
    pub recommendations: Vec<Insight>,
}

/// One insight, and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Insight {
    /// A title of a few words.
    pub title: String,
    /// A summary of a few sentences.
    pub summary: String,
    /// Ids of the evidence for the insight. The job was given all of this evidence.
    pub evidence_ids: Vec<SourceId>,
    /// Ids of the goals for the insight.
    #[serde(default)]
    pub goal_ids: Vec<SourceId>,
    /// Ids of the reviews for the insight.
    #[serde(default)]
    pub review_ids: Vec<SourceId>,
}

/// The JSON Schema of the model's answer. It uses only keywords that structured output allows.
pub fn schema() -> Value {
    let list = json!({
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["title", "summary", "evidence"],
            "properties": {
                "title": {"type": "string"},
                "summary": {"type": "string"},
                "evidence": {"type": "array", "items": {"type": "string"}},
            },
        },
    });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["themes", "strengths", "gaps", "recommendations"],
        "properties": {"themes": list, "strengths": list, "gaps": list, "recommendations": list},
    })
}

/// The keys of the four lists.
const LISTS: [&str; 4] = ["themes", "strengths", "gaps", "recommendations"];

/// The sources that the short names of a prompt stand for, by name in lower case.
pub type SourceNames = HashMap<String, (SourceType, SourceId)>;

/// An answer that is not JSON, or that has none of the four lists.
#[derive(Debug, thiserror::Error)]
pub enum InvalidInsights {
    /// The answer is not a JSON object. Holds the category and the column, because the text is the model's.
    #[error("{0:?} error at column {1}")]
    Json(serde_json::error::Category, usize),
    /// The object has none of the four lists.
    #[error("no list of insights")]
    NoList,
}

impl Insights {
    /// Reads the model's answer as tolerantly as its meaning allows. Text around the JSON is ignored. A list that is
    /// missing or null is empty, keys ignore case, and names of sources are read as models write them. Also returns how
    /// many names were unknown and left out.
    pub fn read(answer: &str, names: &SourceNames) -> Result<(Self, usize), InvalidInsights> {
        let written = object_with_lists(answer)?;
        let mut unknown = 0;
        let lists = LISTS.map(|name| {
            let entries = get(&written, name).and_then(Value::as_array);
            entries.into_iter().flatten().filter_map(|entry| insight(entry, names, &mut unknown)).collect()
        });
        let [themes, strengths, gaps, recommendations] = lists;
        Ok((Self { themes, strengths, gaps, recommendations }, unknown))
    }

    /// The insights as Markdown, with a section for each list that is not empty, and what they rest on.
    pub fn markdown(&self, facts: &Facts) -> (String, Grounding) {
        let sections = [
            ("Themes", &self.themes),
            ("Strengths", &self.strengths),
            ("Gaps", &self.gaps),
            ("Recommendations", &self.recommendations),
        ];
        // The text in pieces. The words of an insight are a piece of their own.
        let mut pieces: Vec<(String, Option<&Insight>)> = Vec::new();
        for (heading, list) in sections.into_iter().filter(|(_, list)| !list.is_empty()) {
            pieces.push((format!("\n## {heading}\n\n"), None));
            for insight in list {
                let sources = insight.sources();
                pieces.push(("- ".to_owned(), None));
                pieces.push((insight.words(), Some(insight)));
                pieces.push((if sources.is_empty() { "\n".to_owned() } else { format!(" {sources}\n") }, None));
            }
        }
        if pieces.is_empty() {
            pieces.push(("The evidence shows nothing to report.".to_owned(), None));
        }
        // What is code in a text of several lines may be a link in one line, or behind the mark of another text.
        let texts: Vec<&str> = pieces.iter().map(|(text, _)| text.as_str()).collect();
        let (mut text, mut grounding) = (String::new(), Grounding::default());
        for (piece, (_, insight)) in markdown::sanitized(&texts, &[]).iter().zip(&pieces) {
            if let Some(insight) = insight {
                grounding.extend(insight.grounding(piece, facts), text.chars().count());
            }
            text.push_str(piece);
        }
        text.push('\n');
        (text, grounding)
    }
}

impl Insight {
    /// Title and summary in one line.
    fn words(&self) -> String {
        let title = match one_line(&self.title) {
            title if title.is_empty() => title,
            title => format!("**{title}**"),
        };
        let parts = [title, one_line(&self.summary)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// What the words rest on: each of them on every source of the insight.
    fn grounding(&self, words: &str, facts: &Facts) -> Grounding {
        let kinds = [
            (SourceType::Evidence, &self.evidence_ids),
            (SourceType::Goal, &self.goal_ids),
            (SourceType::Review, &self.review_ids),
        ];
        let sources = kinds.into_iter().flat_map(|(kind, ids)| ids.iter().map(move |id| (kind, *id)));
        let end = words.chars().count();
        let citations = sources.map(|(source_type, source_id)| Citation {
            start: 0,
            end,
            source_type,
            source_id,
            field: SourceField::Title,
            passage: None,
            cited_text: String::new(),
        });
        grounding::of_draft(words, citations.collect(), facts).grounding
    }

    /// How many sources of each kind the insight has, such as `(2 pieces of evidence, 1 review)`.
    fn sources(&self) -> String {
        let counted = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        };
        let kinds = [
            counted(self.evidence_ids.len(), "piece of evidence", "pieces of evidence"),
            counted(self.goal_ids.len(), "goal", "goals"),
            counted(self.review_ids.len(), "review", "reviews"),
        ];
        let kinds: Vec<String> = kinds.into_iter().flatten().collect();
        if kinds.is_empty() { String::new() } else { format!("({})", kinds.join(", ")) }
    }
}

/// The value of a key, whatever its case.
fn get<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// One entry of a list: an object, or a text alone. `None` if it says nothing.
fn insight(entry: &Value, names: &SourceNames, unknown: &mut usize) -> Option<Insight> {
    let sanitized = |text: &str| markdown::sanitized(&[text], &[]).concat();
    let text = |name: &str| sanitized(get(entry, name).and_then(Value::as_str).unwrap_or_default());
    let (title, summary) = match entry.as_str() {
        Some(text) => (String::new(), sanitized(text)),
        None => (text("title"), text("summary")),
    };
    if title.is_empty() && summary.is_empty() {
        return None;
    }
    let (mut evidence_ids, mut goal_ids, mut review_ids) = (Vec::new(), Vec::new(), Vec::new());
    for (key, kind) in [("evidence", Some('e')), ("goals", Some('g')), ("reviews", Some('r')), ("sources", None)] {
        let references = match get(entry, key) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        for reference in references {
            let texts = texts(reference);
            let found: Vec<String> = texts.iter().flat_map(|text| source_names::read(text, kind)).collect();
            if found.is_empty() && texts.iter().any(|text| !text.trim().is_empty()) {
                *unknown += 1;
            }
            for name in found {
                let Some((source_type, id)) = names.get(&name) else {
                    *unknown += 1;
                    continue;
                };
                let ids = match source_type {
                    SourceType::Evidence => &mut evidence_ids,
                    SourceType::Goal => &mut goal_ids,
                    SourceType::Review => &mut review_ids,
                };
                if !ids.contains(id) {
                    ids.push(*id);
                }
            }
        }
    }
    Some(Insight { title, summary, evidence_ids, goal_ids, review_ids })
}

/// The texts and numbers of a value, at any depth.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(object) => object.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// The first JSON object in the answer that has one of the four lists. Without structured output, models put JSON into
/// code fences or into another object, and write sentences around it.
fn object_with_lists(answer: &str) -> Result<Value, InvalidInsights> {
    /// Braces that are tried, so that a long answer without JSON costs little.
    const TRIES: usize = 50;
    let mut failed = None;
    for (start, _) in answer.match_indices('{').take(TRIES) {
        match serde_json::Deserializer::from_str(&answer[start..]).into_iter::<Value>().next() {
            Some(Ok(object)) if LISTS.iter().any(|name| get(&object, name).is_some_and(Value::is_array)) => {
                return Ok(object);
            }
            Some(Err(error)) if failed.is_none() => failed = Some(error),
            _ => {}
        }
    }
    Err(failed.map_or(InvalidInsights::NoList, |error| InvalidInsights::Json(error.classify(), error.column())))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        annotation::{Passage, UnsupportedNumber},
        library::date_range::DateRange,
    };

    #[test]
    fn names_are_read_as_models_write_them() {
        let [one, two, goal, review] = [(); 4].map(|()| SourceId::new());
        let names: SourceNames = [
            ("e1".to_owned(), (SourceType::Evidence, one)),
            ("e2".to_owned(), (SourceType::Evidence, two)),
            ("g1".to_owned(), (SourceType::Goal, goal)),
            ("r1".to_owned(), (SourceType::Review, review)),
        ]
        .into();
        let cases = [
            (r#"["E1", "e1", "E9"]"#, vec![one], vec![], vec![], 1),
            (r#"["E1, E2"]"#, vec![one, two], vec![], vec![], 0),
            (r#"["[E1]", "(e2)"]"#, vec![one, two], vec![], vec![], 0),
            (r#""E2; G1 and R1""#, vec![two], vec![goal], vec![review], 0),
            (r#"["evidence E2", "the review R1"]"#, vec![two], vec![], vec![review], 0),
            (r#"[{"id":"E1","title":"Pace"}, 2]"#, vec![one, two], vec![], vec![], 0),
            (r#"["E1-E2", "Goal 1"]"#, vec![one, two], vec![goal], vec![], 0),
            (r#"["Fast payments"]"#, vec![], vec![], vec![], 1),
            (r"null", vec![], vec![], vec![], 0),
            (r"[null, 7, {}]", vec![], vec![], vec![], 1),
        ];
        for (written, evidence, goals, reviews, dropped) in cases {
            let answer = format!(r#"{{"themes":[{{"title":"Pace","summary":"Quick.","evidence":{written}}}]}}"#);
            let (insights, unknown) = Insights::read(&answer, &names).expect("valid");
            let theme = &insights.themes[0];
            assert_eq!(
                (&theme.evidence_ids, &theme.goal_ids, &theme.review_ids),
                (&evidence, &goals, &reviews),
                "{written}"
            );
            assert_eq!(unknown, dropped, "{written}");
        }
    }

    #[test]
    fn a_list_that_is_missing_or_null_is_empty_and_keys_ignore_case() {
        let answer = r#"Here: {"Themes":[{"Title":"Pace"}, "Plain text.", {"title":" "}], "gaps":null}"#;
        let (insights, _) = Insights::read(answer, &SourceNames::new()).expect("valid");
        assert_eq!(insights.themes.len(), 2);
        assert!(insights.strengths.is_empty() && insights.gaps.is_empty() && insights.recommendations.is_empty());
        let (markdown, grounding) = insights.markdown(&Facts::new([], &DateRange::default(), []));
        assert_eq!(markdown, "## Themes\n\n- **Pace**\n- Plain text.\n");
        assert_eq!((grounding.sentences, grounding.cited), (1, 0), "a title alone is no sentence");
        let [Passage { start, end }] = grounding.uncited[..] else { panic!("{grounding:?}") };
        assert_eq!(markdown.chars().skip(start).take(end - start).collect::<String>(), "Plain text.");
    }

    #[test]
    fn an_insight_rests_on_the_sources_that_it_names() {
        let source = SourceId::new();
        let names: SourceNames = [("e1".to_owned(), (SourceType::Evidence, source))].into();
        let answer = r#"{"themes":[{"title":"Pace","summary":"Lost payments fell by 73 %. It took 5 days.","evidence":["E1"]}],
            "gaps":[{"title":"Praise","summary":"Nobody of 9000 customers is named."}]}"#;
        let (insights, _) = Insights::read(answer, &names).expect("valid");
        let facts = Facts::new([], &DateRange::default(), [(source, "It took 5 days.".to_owned())]);
        let (markdown, grounding) = insights.markdown(&facts);
        let numbers: Vec<&str> = grounding.unsupported_numbers.iter().map(|number| number.text.as_str()).collect();
        assert_eq!(numbers, ["73 %", "9000"]);
        for UnsupportedNumber { start, end, text } in &grounding.unsupported_numbers {
            assert_eq!(markdown.chars().skip(*start).take(end - start).collect::<String>(), *text);
        }
        assert!(grounding.cited < grounding.sentences, "{grounding:?}");
    }

    #[test]
    fn the_lists_are_found_wherever_they_stand() {
        let lists = r#"{"themes":[{"title":"Pace"}],"strengths":[]}"#;
        for answer in [
            format!("```json\n{lists}\n```"),
            format!(r#"{{"insights":{lists}}}"#),
            format!("The set {{E1, E2}} shows: {lists} and so on {{}}."),
        ] {
            let (insights, _) = Insights::read(&answer, &SourceNames::new()).expect(&answer);
            assert_eq!(insights.themes.len(), 1, "{answer}");
        }
    }

    #[test]
    fn an_answer_without_any_list_is_an_error() {
        for answer in ["{}", r#"{"themes":null}"#, r#"{"themes":"none"}"#, "Here you are:", "[]"] {
            assert!(Insights::read(answer, &SourceNames::new()).is_err(), "{answer}");
        }
    }
}
