use serde_json::{Value, json};

use super::*;
use crate::input::FieldError;

fn read(input: &Value, job_type: JobType) -> Result<InlineInput, Vec<FieldError>> {
    let body = json!({ "input": input });
    let mut fields = Fields::new(&body, "")?;
    let read = fields.nested("input", |fields| InlineInput::read(fields, Some(job_type)));
    fields.finish(read)
}

fn piece(id: &str, day: &str) -> Value {
    json!({"id": id, "type": "MANUAL", "title": "Ran the on-call week", "summary": "", "occurredAt": day})
}

fn wrong(input: &Value, job_type: JobType) -> Vec<(String, String)> {
    let errors = read(input, job_type).expect_err("wrong");
    errors.into_iter().map(|error| (error.pointer, error.detail)).collect()
}

#[test]
fn the_configuration_selects_from_the_sources_of_the_caller() {
    let config = json!({
        "evidenceDateRange": {"start": "2025-01-01"}, "pinnedEvidenceIds": ["old", "nothing"],
        "excludedEvidenceIds": ["dull"], "includeReviews": false, "mood": "calm",
    });
    let input = json!({
        "document": {"name": "2025", "contextConfig": config},
        "evidence": [piece("PAY-1", "2025-03-01"), piece("dull", "2025-04-01"), piece("old", "2019-01-01"), piece("gone", "2020-01-01")],
        "goals": [{"id": "1", "title": "Fewer alarms", "status": "ACTIVE"}],
        "reviews": [{"id": "1", "year": 2024, "type": "PEER", "content": "Kind and exact."}],
    });
    let input = read(&input, JobType::Generate).expect("valid");
    let stored: InlineInput = serde_json::from_str(&serde_json::to_string(&input).expect("JSON")).expect("the same");
    assert_eq!(stored, input);
    let (document, block, context) = input.into_parts(Timestamp::UNIX_EPOCH);
    let ids: Vec<String> = context.evidence.iter().map(|piece| piece.id.to_string()).collect();
    assert_eq!(ids, ["old", "PAY-1"]);
    assert_eq!(context.unknown_evidence_ids.iter().map(ToString::to_string).collect::<Vec<_>>(), ["nothing"]);
    assert_eq!((context.goals.len(), context.reviews.len()), (1, 0));
    assert_eq!(document.context_config.unknown["mood"], "calm");
    assert!(block.is_none());
}

#[test]
fn every_error_is_reported_where_it_stands() {
    let input = json!({
        "document": {"contextConfig": {"maxEvidence": 0}},
        "block": {"maxCharacters": 1},
        "evidence": [piece("a b", "2025-03-01"), {"id": "x"}, "text"],
        "goals": [{"title": "No id"}],
    });
    let pointers: Vec<String> = wrong(&input, JobType::Refine).into_iter().map(|(pointer, _)| pointer).collect();
    for expected in [
        "/input/document/name",
        "/input/document/contextConfig/maxEvidence",
        "/input/block/maxCharacters",
        "/input/block/content",
        "/input/evidence/0/id",
        "/input/evidence/1/title",
        "/input/evidence/2",
        "/input/goals/0/id",
    ] {
        assert!(pointers.iter().any(|pointer| pointer == expected), "{expected} in {pointers:?}");
    }
    assert_eq!(wrong(&json!({}), JobType::Generate)[0].0, "/input/document");
}

#[test]
fn an_id_names_one_source_of_its_kind() {
    let twice = json!({"document": {"name": "2025"}, "evidence": [piece("a", "2025-01-01"), piece("a", "2025-01-02")]});
    assert_eq!(wrong(&twice, JobType::Analyze)[0].0, "/input/evidence");
    let evidence_and_goal = json!({
        "document": {"name": "2025"}, "evidence": [piece("a", "2025-01-01")],
        "goals": [{"id": "a", "title": "Fewer alarms", "status": "ACTIVE"}],
    });
    assert!(read(&evidence_and_goal, JobType::Analyze).is_ok());
}
