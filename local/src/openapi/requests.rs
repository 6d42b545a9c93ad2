//! Schemas of request bodies. Limits and lists of values are the constants that the functions check. A fuzzer compares
//! the rest with the running service.

use api::{MAX_JOBS_OF_DOCUMENT, Only};
use domain::{
    ids::MAX_SOURCE_ID_BYTES,
    job::{MAX_PROMPT_CHARS, apply_mode::ApplyMode, status::JobType},
    library::{
        self,
        evidence::{EvidenceCategory, EvidenceScope, EvidenceState, EvidenceType, MAX_CRITERIA},
        goal::{GoalStatus, MAX_MILESTONES},
        review::{MAX_REVIEW_CHARS, ReviewType},
        selection::{MAX_GOALS, MAX_REVIEWS},
    },
    report::{
        block::{BlockType, MAX_CHARACTERS, MAX_CONTENT_CHARS},
        context_config::{MAX_CHOSEN, MAX_MAX_EVIDENCE},
        document::{DocumentStatus, MAX_BLOCKS, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, Perspective},
    },
    sanitize::invisible::INVISIBLE,
};
use serde_json::{Map, Value, json};
use strum::VariantNames;

/// A field and its schema.
type Field = (&'static str, Value);

/// A text of at most `max` characters.
fn text(max: usize) -> Value {
    json!({"type": "string", "maxLength": max})
}

/// A text with at least one character that can be seen. The others are taken out, except where a script needs them.
fn words(max: usize) -> Value {
    let invisible: String = INVISIBLE.iter().map(|(first, last)| format!("{first}-{last}")).collect();
    json!({"type": "string", "minLength": 1, "maxLength": max, "pattern": format!("[^\\s{invisible}]")})
}

fn one_of<T: VariantNames>() -> Value {
    json!({"type": "string", "enum": T::VARIANTS})
}

fn count(max: i64) -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": max})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

/// A day, or an instant with its UTC offset.
pub(super) fn moment() -> Value {
    json!({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]})
}

/// A time zone by its name.
pub(super) fn time_zone() -> Value {
    json!({"type": "string", "format": "iana-time-zone", "description": "A name of the IANA database, such as `Europe/Berlin`. Default: `UTC`."})
}

fn list(items: Value, max: usize) -> Value {
    json!({"type": "array", "items": items, "maxItems": max})
}

fn nullable(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn object(required: &[&str], fields: impl IntoIterator<Item = Field>) -> Value {
    let fields: Map<String, Value> = fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let mut schema = json!({"type": "object", "properties": fields, "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// Makes fields nullable. `null` means the same as leaving the field out.
fn optional(fields: impl IntoIterator<Item = Field>) -> Vec<Field> {
    fields.into_iter().map(|(name, schema)| (name, nullable(schema))).collect()
}

/// Adds all schemas of request bodies, by name.
pub(super) fn add(schemas: &mut Map<String, Value>) {
    let all = [
        ("NewJob", new_job()),
        ("NewDocumentJobs", new_document_jobs()),
        ("JobRetry", object(&[], optional(job_options(apply_mode("Default: the mode of the failed job."))))),
        ("NewDocument", new_document()),
        ("DocumentPatch", document_patch()),
        ("NewBlock", new_block()),
        ("BlockPatch", block_patch()),
        ("InlineInput", inline_input(inline_block(false), false)),
        ("InlineInputToRefine", inline_input(inline_block(true), true)),
        ("InlineDocument", inline_document()),
        ("InlineEvidence", with_id(evidence())),
        ("InlineGoal", with_id(goal())),
        ("InlineReview", with_id(review())),
        ("BlockPositions", block_positions()),
        ("TextToRestore", text_to_restore()),
        ("NewContextConfig", context_config(&id())),
        ("NewEvidence", evidence()),
        ("NewGoal", goal()),
        ("NewReview", review()),
        ("EvidencePatch", patch(evidence())),
        ("GoalPatch", patch(goal())),
        ("ReviewPatch", patch(review())),
    ];
    schemas.extend(all.map(|(name, schema)| (name.to_owned(), schema)));
}

/// What every request for jobs may name.
fn job_options(apply_mode: Value) -> [Field; 3] {
    [("prompt", text(MAX_PROMPT_CHARS)), ("applyMode", apply_mode), ("onConflict", on_conflict())]
}

fn apply_mode(default: &str) -> Value {
    let mut schema = one_of::<ApplyMode>();
    let about =
        "`replace` writes the text to the block. `propose` writes nothing. `auto` proposes over the words of a person.";
    schema["description"] = json!(format!("{about} {default}"));
    schema
}

fn on_conflict() -> Value {
    json!({
        "type": "string", "enum": ["join", "reject", "replace"],
        "description": "What to do if a job is in progress on the block. Default: an identical request joins the job, and a different request is rejected.",
    })
}

fn new_job() -> Value {
    let variant = |types: &[JobType], writes: bool| {
        let mut required = vec!["type", "documentId"];
        let mut fields = optional(job_options(apply_mode("Default: `replace`.")));
        let types: Vec<String> = types.iter().map(ToString::to_string).collect();
        fields.extend([("type", json!({"type": "string", "enum": types})), ("documentId", id())]);
        fields.push(("blockId", if writes { id() } else { nullable(id()) }));
        if writes {
            required.push("blockId");
        }
        object(&required, fields)
    };
    let (writing, reading): (Vec<_>, Vec<_>) = JobType::ALL.iter().partition(|job_type| job_type.writes_block());
    json!({"oneOf": [
        variant(&writing, true),
        variant(&reading, false),
        inline_job(&[JobType::Refine], reference("InlineInputToRefine")),
        inline_job(&[JobType::Generate, JobType::Analyze], reference("InlineInput")),
    ]})
}

/// A job that brings its own sources.
fn inline_job(types: &[JobType], input: Value) -> Value {
    let types: Vec<String> = types.iter().map(ToString::to_string).collect();
    let mut fields = optional([("prompt", text(MAX_PROMPT_CHARS))]);
    fields.extend([("type", json!({"type": "string", "enum": types})), ("input", input)]);
    object(&["type", "input"], fields)
}

/// What a job is written from, in place of a stored document.
fn inline_input(block: Value, block_is_required: bool) -> Value {
    let mut fields = optional([
        ("evidence", list(reference("InlineEvidence"), MAX_MAX_EVIDENCE.into())),
        ("goals", list(reference("InlineGoal"), MAX_GOALS)),
        ("reviews", list(reference("InlineReview"), MAX_REVIEWS)),
    ]);
    fields.push(("document", reference("InlineDocument")));
    fields.push(("block", if block_is_required { block } else { nullable(block) }));
    let required: &[&str] = if block_is_required { &["document", "block"] } else { &["document"] };
    object(required, fields)
}

fn inline_document() -> Value {
    let mut document = new_document();
    document["properties"]["contextConfig"] = nullable(context_config(&callers_id()));
    document
}

fn inline_block(content_is_required: bool) -> Value {
    let mut fields = optional([("prompt", text(MAX_PROMPT_CHARS)), ("maxCharacters", max_characters())]);
    let content = words(MAX_CONTENT_CHARS);
    fields.push(("content", if content_is_required { content } else { nullable(text(MAX_CONTENT_CHARS)) }));
    object(if content_is_required { &["content"] } else { &[] }, fields)
}

/// A source with an id of the caller's.
fn with_id(mut source: Value) -> Value {
    source["properties"]["id"] = callers_id();
    if let Some(required) = source["required"].as_array_mut() {
        required.push(json!("id"));
    }
    source
}

fn callers_id() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_SOURCE_ID_BYTES, "pattern": "^[!-~]+$"})
}

fn new_document_jobs() -> Value {
    let mut fields = optional(job_options(apply_mode("Default: `replace`.")));
    fields.extend(optional([("blockIds", list(id(), MAX_JOBS_OF_DOCUMENT)), ("only", one_of::<Only>())]));
    fields.push(("type", json!({"type": "string", "enum": [JobType::Generate.to_string()]})));
    object(&["type"], fields)
}

fn context_config(evidence_id: &Value) -> Value {
    let range = object(&[], optional([("start", moment()), ("end", moment())]));
    let mut schema = object(
        &[],
        optional([
            ("evidenceDateRange", range),
            ("evidenceTypes", list(one_of::<EvidenceType>(), 20)),
            ("evidenceCategories", list(one_of::<EvidenceCategory>(), 20)),
            ("maxEvidence", json!({"type": "integer", "minimum": 1, "maximum": MAX_MAX_EVIDENCE})),
            ("pinnedEvidenceIds", list(evidence_id.clone(), MAX_CHOSEN)),
            ("excludedEvidenceIds", list(evidence_id.clone(), MAX_CHOSEN)),
            ("includeGoals", flag()),
            ("includeReviews", flag()),
        ]),
    );
    // Unknown fields of newer clients are stored and returned.
    schema["additionalProperties"] = json!(true);
    schema
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn new_document() -> Value {
    let mut fields = optional([
        ("description", text(MAX_DESCRIPTION_CHARS)),
        ("perspective", one_of::<Perspective>()),
        ("personName", text(MAX_NAME_CHARS)),
        ("timeZone", time_zone()),
        ("contextConfig", reference("NewContextConfig")),
    ]);
    fields.push(("name", words(MAX_NAME_CHARS)));
    object(&["name"], fields)
}

fn document_patch() -> Value {
    object(
        &[],
        [
            ("name", words(MAX_NAME_CHARS)),
            ("description", nullable(text(MAX_DESCRIPTION_CHARS))),
            ("perspective", one_of::<Perspective>()),
            ("personName", nullable(text(MAX_NAME_CHARS))),
            ("timeZone", time_zone()),
            ("status", one_of::<DocumentStatus>()),
            ("contextConfig", reference("NewContextConfig")),
        ],
    )
}

fn max_characters() -> Value {
    json!({"type": "integer", "minimum": MAX_CHARACTERS.start(), "maximum": MAX_CHARACTERS.end()})
}

fn new_block() -> Value {
    let mut fields = optional([
        ("prompt", text(MAX_PROMPT_CHARS)),
        ("content", text(MAX_CONTENT_CHARS)),
        ("maxCharacters", max_characters()),
        ("position", count(1_000_000)),
        metadata(),
    ]);
    fields.push(("type", one_of::<BlockType>()));
    object(&["type"], fields)
}

fn block_patch() -> Value {
    let mut fields = optional([
        ("prompt", text(MAX_PROMPT_CHARS)),
        ("content", text(MAX_CONTENT_CHARS)),
        ("maxCharacters", max_characters()),
        ("position", count(1_000_000)),
        metadata(),
    ]);
    let text_of = "An ended job of this block. If it has an answer, also one that was not applied, its text and citations become the content. Omit `content`.";
    let mut job = id();
    job["description"] = json!(text_of);
    fields.push(("fromJob", job));
    fields.push(("type", one_of::<BlockType>()));
    let mut patch = object(&[], fields);
    patch["not"] = json!({"required": ["fromJob", "content"]});
    patch
}

fn block_positions() -> Value {
    let position = object(&["blockId", "position"], [("blockId", id()), ("position", count(1_000_000))]);
    let mut positions = list(position, MAX_BLOCKS);
    positions["description"] =
        json!("Each block and each position at most once. A position after the last block means the end.");
    object(&["blockPositions"], [("blockPositions", positions)])
}

fn text_to_restore() -> Value {
    let mut side = one_of::<::documents::Side>();
    side["description"] =
        json!("`before` (default): the text that the revision replaced. `after`: the text that it wrote.");
    let of_revision = object(&["revisionId"], [("revisionId", id()), ("to", nullable(side))]);
    let text = object(&["restoreToContent"], [("restoreToContent", words(MAX_CONTENT_CHARS))]);
    json!({"oneOf": [of_revision, text]})
}

fn metadata() -> Field {
    ("metadata", json!({"type": "object", "additionalProperties": true, "description": "At most 16 KB of JSON."}))
}

fn external_id() -> Field {
    ("externalId", words(library::MAX_NAME_CHARS))
}

fn evidence() -> Value {
    let metrics =
        optional([("additions", count(i64::MAX)), ("deletions", count(i64::MAX)), ("changedFiles", count(i64::MAX))]);
    let url = json!({
        "type": "string", "format": "uri", "maxLength": library::MAX_URL_CHARS,
        "description": "With http or https, and without a name or password. Stored as browsers write it.",
    });
    let mut fields = optional([
        ("category", one_of::<EvidenceCategory>()),
        ("state", one_of::<EvidenceState>()),
        ("scope", one_of::<EvidenceScope>()),
        ("url", url),
        ("repo", text(library::MAX_NAME_CHARS)),
        ("number", count(i64::MAX)),
        ("metrics", object(&[], metrics)),
        ("criteria", list(text(library::MAX_NAME_CHARS), MAX_CRITERIA)),
        external_id(),
    ]);
    fields.extend([
        ("type", one_of::<EvidenceType>()),
        ("title", words(library::MAX_TITLE_CHARS)),
        ("summary", text(library::MAX_DESCRIPTION_CHARS)),
        ("occurredAt", occurred_at()),
    ]);
    object(&["type", "title", "summary", "occurredAt"], fields)
}

fn occurred_at() -> Value {
    let mut schema = moment();
    schema["description"] = json!(
        "An instant with any UTC offset, or a day, which is the same day in every time zone. Between 1900 and 2200."
    );
    schema
}

fn goal() -> Value {
    let mut milestone = optional([("status", text(library::MAX_NAME_CHARS)), ("targetDate", moment())]);
    milestone.push(("title", words(library::MAX_TITLE_CHARS)));
    let mut status = one_of::<GoalStatus>();
    status["description"] = json!("Default: `ACTIVE`.");
    let mut fields = optional([
        ("description", text(library::MAX_DESCRIPTION_CHARS)),
        ("category", text(library::MAX_NAME_CHARS)),
        ("priority", text(library::MAX_NAME_CHARS)),
        ("targetDate", moment()),
        ("progressPercent", count(100)),
        ("milestones", list(object(&["title"], milestone), MAX_MILESTONES)),
        ("status", status),
        external_id(),
    ]);
    fields.push(("title", words(library::MAX_TITLE_CHARS)));
    object(&["title"], fields)
}

fn review() -> Value {
    // The API rejects weights that are positive but too small to be stored.
    let weight = json!({"anyOf": [{"const": 0}, {"type": "number", "minimum": 1e-9, "maximum": 1_000}]});
    let mut fields = optional([("weight", weight), external_id()]);
    fields.extend([
        ("year", json!({"type": "integer", "minimum": 1900, "maximum": 2200})),
        ("type", one_of::<ReviewType>()),
        ("content", words(MAX_REVIEW_CHARS)),
    ]);
    object(&["year", "type", "content"], fields)
}

/// Schema for PATCH: no field is required, and `externalId` cannot change.
fn patch(mut entry: Value) -> Value {
    if let Some(schema) = entry.as_object_mut() {
        schema.remove("required");
        if let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            fields.remove("externalId");
        }
    }
    entry
}

/// The body of a POST to the library: one entry, or up to 500.
pub(super) fn one_or_many(name: &str) -> Value {
    let alone = json!({"allOf": [reference(name), {"not": {"required": ["items"]}}]});
    // Each item is checked on its own. An invalid item is reported at its index, and the others are stored.
    let many = object(&["items"], [("items", list(json!({"anyOf": [reference(name), {}]}), 500))]);
    json!({"anyOf": [alone, many]})
}
