//! The result of ANALYZE: insights that name their evidence.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::SourceId;

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
}

/// An insight as the model writes it. It refers to evidence by the short names in the prompt.
#[derive(Deserialize)]
struct WrittenInsight {
    title: String,
    summary: String,
    #[serde(default)]
    evidence: Vec<String>,
}

#[derive(Deserialize)]
struct WrittenInsights {
    #[serde(alias = "Themes")]
    themes: Vec<WrittenInsight>,
    #[serde(alias = "Strengths")]
    strengths: Vec<WrittenInsight>,
    #[serde(alias = "Gaps")]
    gaps: Vec<WrittenInsight>,
    #[serde(alias = "Recommendations")]
    recommendations: Vec<WrittenInsight>,
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

impl Insights {
    /// Reads the model's answer. `names` maps the short names in the prompt, in lower case, to evidence. Also returns
    /// how many names were unknown and left out. Fails if the answer is not JSON of the expected form.
    pub fn read(answer: &str, names: &HashMap<String, SourceId>) -> Result<(Self, usize), serde_json::Error> {
        let written: WrittenInsights = serde_json::from_str(outermost_object(answer))?;
        let mut unknown = 0;
        let mut resolve = |list: Vec<WrittenInsight>| -> Vec<Insight> {
            list.into_iter()
                .map(|insight| {
                    let mut evidence_ids = Vec::new();
                    for name in &insight.evidence {
                        match names.get(&name.to_lowercase()) {
                            Some(id) if evidence_ids.contains(id) => {}
                            Some(id) => evidence_ids.push(*id),
                            None => unknown += 1,
                        }
                    }
                    Insight { title: insight.title, summary: insight.summary, evidence_ids }
                })
                .collect()
        };
        let insights = Self {
            themes: resolve(written.themes),
            strengths: resolve(written.strengths),
            gaps: resolve(written.gaps),
            recommendations: resolve(written.recommendations),
        };
        Ok((insights, unknown))
    }

    /// The insights as Markdown, with a section for each list that is not empty.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        let sections = [
            ("Themes", &self.themes),
            ("Strengths", &self.strengths),
            ("Gaps", &self.gaps),
            ("Recommendations", &self.recommendations),
        ];
        for (heading, list) in sections {
            if list.is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str("## ");
            text.push_str(heading);
            text.push_str("\n\n");
            for Insight { title, summary, evidence_ids } in list {
                text.push_str(&format!("- **{}** {}", one_line(title), one_line(summary)));
                text.push_str(&match evidence_ids.len() {
                    0 => "\n".to_owned(),
                    1 => " (1 piece of evidence)\n".to_owned(),
                    n => format!(" ({n} pieces of evidence)\n"),
                });
            }
        }
        if text.is_empty() {
            text.push_str("The evidence shows nothing to tell.\n");
        }
        text
    }
}

/// The text from the first brace to the last. Without structured output, models put JSON into code fences, or write a
/// sentence before it.
fn outermost_object(answer: &str) -> &str {
    match (answer.find('{'), answer.rfind('}')) {
        (Some(first), Some(last)) if first < last => &answer[first..=last],
        _ => answer,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_evidence_is_dropped_and_counted_and_names_ignore_case() {
        let id = SourceId::new();
        let names = [("e1".to_owned(), id)].into();
        let answer = r#"{"themes":[{"title":"Pace","summary":"Quick.","evidence":["E1","e1","E9"]}],
            "strengths":[],"gaps":[],"recommendations":[]}"#;
        let (insights, unknown) = Insights::read(answer, &names).expect("valid");
        assert_eq!(insights.themes[0].evidence_ids, [id]);
        assert_eq!(unknown, 1);
        assert_eq!(insights.markdown(), "## Themes\n\n- **Pace** Quick. (1 piece of evidence)\n");
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error() {
        assert!(Insights::read("{\"themes\":[]}", &HashMap::new()).is_err());
        assert!(Insights::read("Here you are:", &HashMap::new()).is_err());
    }
}
