//! A model that obeys whatever stands in the evidence. Nothing that it writes makes a reader's program load, run or hide
//! something, or leads a reader anywhere but to a cited source.

use domain::{
    ids::JobId,
    sanitize::{invisible, markdown},
};
use local::fake_claude::{Behaviour, Cite, Piece, Script};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer};

/// The host of the evidence that every answer cites.
const CITED: &str = "git.example.com";

/// The hostile texts, which `web/tests/hostile-texts.spec.ts` shows in a browser. `HOST` in a shape stands for a host of
/// an attacker, and `around` has words before and after a shape.
fn hostile_texts() -> Vec<String> {
    let of: Value = serde_json::from_str(include_str!("../../hostile-texts.json")).unwrap();
    let list = |name: &str| of[name].as_array().unwrap().clone();
    let mut texts = Vec::new();
    for host in list("hosts") {
        for shape in list("shapes") {
            let text = shape.as_str().unwrap().replace("HOST", host.as_str().unwrap());
            let around = |words: Value| format!("{}{text}{}", words[0].as_str().unwrap(), words[1].as_str().unwrap());
            texts.extend(list("around").into_iter().map(around));
        }
    }
    texts
}

/// The answer of a model that obeys: the hostile text, with a citation of the first piece of evidence.
fn obeying(text: &str) -> Behaviour {
    let piece = Piece { text: text.to_owned(), cites: vec![Cite { document: 0, items: 0..1 }] };
    Behaviour::Pieces(Script { pieces: vec![piece], ..Script::default() })
}

fn check_markdown(text: &str, of: &[String]) {
    assert_eq!(invisible::without_invisible(text), text, "{of:?}");
    // An analysis ends with a line end.
    assert_eq!(markdown::sanitized(&[text], &[CITED.to_owned()]).concat(), text.trim_end(), "{of:?}");
}

/// Checks the tags of a page. Text has no `<` in HTML.
fn check_html(html: &str, of: &[String]) {
    let (_, body) = html.split_once("<body").unwrap();
    for tag in body.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        let is_known = ["html", "body", "main", "article", "section", "header", "footer", "aside"].contains(&name)
            || ["h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "a", "em", "strong", "del", "br", "hr"]
                .contains(&name)
            || [
                "blockquote",
                "pre",
                "code",
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
                "sup",
                "span",
                "input",
                "div",
            ]
            .contains(&name);
        assert!(is_known, "<{tag}> of {of:?}");
        for (name, value) in tag.split_whitespace().filter_map(|attribute| attribute.split_once('=')) {
            assert!(!name.starts_with("on") && name != "src" && name != "style", "<{tag}> of {of:?}");
            let target = value.trim_matches('"');
            let is_known = target.starts_with('#') || target.starts_with("https://git.example.com/");
            assert!(name != "href" || is_known, "<{tag}> of {of:?}");
        }
    }
    for c in invisible::INVISIBLE.iter().filter(|(first, _)| *first >= '\u{200b}').map(|(first, _)| *first) {
        assert!(!body.contains(c), "{c:?} of {of:?}");
    }
}

/// The only footnotes of an export are ours: each label is defined once, and every definition is below the rule.
fn check_footnotes(markdown: &str, of: &[String]) {
    let labels = markdown.lines().filter_map(|line| line.strip_prefix("[^")?.split_once("]:")).map(|(label, _)| label);
    let mut labels: Vec<&str> = labels.collect();
    let count = labels.len();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), count, "{markdown} of {of:?}");
    let notes = markdown.lines().filter(|line| line.starts_with("[^") && line.contains("]:"));
    assert!(notes.into_iter().all(|note| note.contains("https://git.example.com/")), "{markdown} of {of:?}");
}

#[tokio::test]
async fn whatever_an_obeying_model_writes_is_harmless_in_block_result_and_export() {
    let world = World::new().await;
    let texts = hostile_texts();
    assert_eq!(texts.len(), 320);
    // The evidence says the same, and its own address is the only one that an answer may link to.
    for texts in texts.chunks(100) {
        let item = |text: &String| {
            json!({"type": "MANUAL", "title": text, "summary": text, "occurredAt": "2026-11-20", "repo": text.lines().next(),
                "url": "https://git.example.com/pull/1"})
        };
        let items: Vec<Value> = texts.iter().map(item).collect();
        let stored = answer(world.library_as("ada", Method::POST, "evidence").json(&json!({"items": items}))).await;
        assert_eq!(stored.1["created"], texts.len(), "{stored:?}");
    }
    for entry in world.listed("evidence", "").await.iter().filter(|entry| entry["type"] == "MANUAL") {
        for field in ["title", "summary", "repo"] {
            let text = entry[field].as_str().unwrap_or_default();
            assert_eq!(invisible::without_invisible(text), text);
        }
    }
    let document =
        answer(world.request(Method::POST, "").json(&json!({"name": "Review", "contextConfig": {"maxEvidence": 10}})))
            .await
            .1["id"]
            .clone();
    let path = format!("/{}", document.as_str().unwrap());
    let mut blocks = Vec::new();
    for part in 0..AT_ONCE {
        let new = json!({"type": "PROMPT_RESPONSE", "prompt": format!("Part {part}")});
        blocks.push(answer(world.request(Method::POST, &format!("{path}/blocks")).json(&new)).await.1["id"].clone());
    }
    let mut written = 0;
    for (turn, texts) in texts.chunks(AT_ONCE).enumerate() {
        for job_type in ["GENERATE", "REFINE", "ANALYZE"] {
            let say = |text: &String| match job_type {
                "ANALYZE" => insights(text),
                _ => obeying(text),
            };
            world.script(texts.iter().map(say));
            // Every second text reaches its block as a proposal that is taken.
            let is_proposal = job_type != "ANALYZE" && turn % 2 == 1;
            let mode = if is_proposal { "propose" } else { "auto" };
            let mut jobs: Vec<JobId> = Vec::new();
            for block in &blocks {
                let body = json!({"type": job_type, "documentId": document, "blockId": block, "applyMode": mode});
                let (status, job) = answer(world.request(Method::POST, "/jobs").json(&body)).await;
                // Nothing may be left of the text that would be refined.
                if status == StatusCode::ACCEPTED {
                    jobs.push(job["jobId"].as_str().unwrap().parse().unwrap());
                }
            }
            world.runner.drain().await.unwrap();
            for job in jobs {
                let job = world.shown(job).await;
                let is_written = check_result(&job["result"], texts);
                written += usize::from(is_written);
                if is_proposal && is_written {
                    let block = format!("{path}/blocks/{}", job["blockId"].as_str().unwrap());
                    let (status, taken) =
                        answer(world.request(Method::PATCH, &block).json(&json!({"fromJob": job["jobId"]}))).await;
                    assert_eq!((status, &taken["content"]), (StatusCode::OK, &job["result"]["content"]));
                }
            }
            let shown = answer(world.request(Method::GET, &path)).await.1;
            for content in shown["blocks"].as_array().unwrap().iter().filter_map(|block| block["content"].as_str()) {
                check_markdown(content, texts);
            }
            for format in ["markdown", "html"] {
                let export =
                    world.request(Method::GET, &format!("{path}/export?format={format}")).send().await.unwrap();
                assert_eq!(export.status(), StatusCode::OK);
                let text = export.text().await.unwrap();
                if format == "html" { check_html(&text, texts) } else { check_footnotes(&text, texts) }
            }
        }
    }
    assert!(written > 850, "{written} of 960 answers have a text");

    // What a person exports as JSON has the same answers, and the hostile texts of the library as visible words.
    let (mut exported, mut jobs) = (0, 0);
    for line in world.export_of("ada").await {
        let of = [line.to_string()];
        check_visible(&line, &of);
        if line["kind"] == "job" {
            jobs += 1;
            exported += usize::from(check_result(&line["value"]["result"], &of));
        }
        let is_answer = line["kind"] == "block" && line["value"]["contentBy"] == "AGENT";
        if let Some(content) = line["value"]["content"].as_str().filter(|_| is_answer) {
            check_markdown(content, &of);
        }
    }
    assert!(jobs > 0 && exported == written, "{exported} of {jobs} exported jobs have a text, and not {written}");
}

/// Jobs that run side by side.
const AT_ONCE: usize = 10;

/// The answer of a model that obeys in every field of its insights.
fn insights(text: &str) -> Behaviour {
    let insight = json!({"title": text, "summary": text, "evidence": ["E1", text]});
    let [title, summary] = ["title", "summary"].map(|field| json!({field: text, "goals": text, "reviews": [text]}));
    let insights =
        json!({"themes": [insight], "strengths": [title, summary], "gaps": [text], "recommendations": [text, insight]});
    Behaviour::say(insights.to_string())
}

/// Checks every text of a result. Returns whether it has one.
fn check_result(result: &Value, of: &[String]) -> bool {
    let lists = result["insights"].as_object().into_iter().flat_map(|lists| lists.values());
    let insights = lists.flat_map(|list| list.as_array().unwrap());
    let fields = insights.flat_map(|insight| [&insight["title"], &insight["summary"]]);
    let texts = [&result["content"], &result["unappliedText"], &result["analysis"]].into_iter().chain(fields);
    let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
    texts.iter().for_each(|text| check_markdown(text, of));
    !texts.is_empty()
}

/// No text of a value has a character that cannot be seen.
fn check_visible(value: &Value, of: &[String]) {
    match value {
        Value::String(text) => assert_eq!(&invisible::without_invisible(text), text, "{of:?}"),
        Value::Array(list) => list.iter().for_each(|value| check_visible(value, of)),
        Value::Object(object) => object.values().for_each(|value| check_visible(value, of)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
