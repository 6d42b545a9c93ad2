//! Parameters of paths, queries and headers.

use domain::{
    export::{Format, Sources},
    job::status::{JobStatus, JobType},
    library::{
        MAX_NAME_CHARS,
        evidence::{EvidenceCategory, EvidenceType},
        search::MAX_SEARCH_CHARS,
    },
    report::document::DocumentStatus,
};
use serde_json::{Value, json};
use strum::VariantNames as _;

/// Describes the placeholders of a path. All of them are UUIDs.
pub(super) fn of_path(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}});
    names.map(parameter).collect()
}

/// Refers to one of the parameters in [`shared`].
pub(super) fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

/// A query parameter with one or more names, separated by commas.
fn list(name: &str, values: &[&str], about: &str) -> Value {
    json!({
        "name": name, "in": "query", "style": "form", "explode": false, "description": about,
        "schema": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": values}},
    })
}

/// Describes the query parameters that filter a list.
pub(super) fn filters(path: &str) -> Vec<Value> {
    let id = |name: &str, about: &str| json!({"name": name, "in": "query", "description": about, "schema": {"type": "string", "format": "uuid"}});
    let moment = |name: &str, about: &str| json!({"name": name, "in": "query", "description": about, "schema": super::requests::moment()});
    let day = |name: &str, about: &str| json!({"name": name, "in": "query", "description": about, "schema": {"type": "string", "format": "date"}});
    match path {
        "/api/report-builder/jobs" => vec![
            id("documentId", "Jobs of this document."),
            id("blockId", "Jobs of this block."),
            list("status", JobStatus::VARIANTS, "Jobs in one of these statuses."),
            list("type", JobType::VARIANTS, "Jobs of one of these types."),
            list("include", list_jobs::Include::VARIANTS, "`progress`: the text so far of jobs in progress."),
        ],
        "/api/evidence" | "/api/evidence/counts" => vec![
            json!({"name": "q", "in": "query", "description": "Evidence whose title, summary, repository, number or address has all of these words.", "schema": {"type": "string", "maxLength": MAX_SEARCH_CHARS}}),
            list("type", EvidenceType::VARIANTS, "Evidence of one of these types."),
            list("category", EvidenceCategory::VARIANTS, "Evidence of one of these categories."),
            moment("start", "Evidence that occurred at or after this time."),
            moment("end", "Evidence that occurred at or before this time. A date means the end of that day."),
        ],
        "/api/report-builder" => vec![
            list("status", DocumentStatus::VARIANTS, "Documents in one of these statuses."),
            json!({
                "name": "offset", "in": "query", "description": "Documents to leave out before the first. Not together with `cursor`.",
                "schema": {"type": "integer", "minimum": 0, "maximum": ::documents::MAX_OFFSET},
            }),
        ],
        "/api/report-builder/usage" => vec![
            day("from", "The first day. Default: the first day of the month of `to`. At most 366 days before `to`."),
            day("to", "The last day. Default: today, or the last day that `from` allows."),
        ],
        _ => Vec::new(),
    }
}

/// Describes what a list of evidence may have beside its entries.
pub(super) fn include_of_evidence() -> Value {
    list(
        "include",
        library::Include::VARIANTS,
        "`usedIn`: the blocks that cite each piece, of the 20 documents that changed last.",
    )
}

/// Describes the time zone of counts.
pub(super) fn time_zone() -> Value {
    json!({"name": "timeZone", "in": "query", "description": "The zone of the months.", "schema": super::requests::time_zone()})
}

/// Describes whether a job is erased.
pub(super) fn erase() -> Value {
    json!({
        "name": "erase", "in": "query",
        "description": "Erases the prompt, the result and the input of the job, also after it has ended. Default: false.",
        "schema": {"type": "boolean"},
    })
}

/// Describes which blocks of a list have their contents.
pub(super) fn content_of_blocks() -> Value {
    json!({
        "name": "content", "in": "query",
        "description": "`headings`: only headings come with their contents. Default: all blocks.",
        "schema": {"type": "string", "enum": ::documents::ListedContent::VARIANTS},
    })
}

/// Describes the query parameters of an export.
pub(super) fn of_export() -> Vec<Value> {
    let parameter = |name: &str, names: &[&str], about: &str| json!({"name": name, "in": "query", "description": about, "schema": {"type": "string", "enum": names}});
    vec![
        parameter("format", Format::VARIANTS, "Default: what the header `Accept` wants, otherwise `markdown`."),
        parameter("sources", Sources::VARIANTS, "`footnotes` (default) marks each cited claim and lists its source."),
    ]
}

/// Describes the query parameters of an import.
pub(super) fn of_import() -> Vec<Value> {
    let parameter = |name: &str, schema: Value, about: &str| json!({"name": name, "in": "query", "description": about, "schema": schema});
    let pairs = json!({"type": "array", "items": {"type": "string", "pattern": "="}});
    vec![
        parameter(
            "source",
            json!({"type": "string", "enum": importer::Source::VARIANTS, "default": "auto"}),
            "The program that wrote the file. `fields`: the columns are fields of the API.",
        ),
        parameter(
            "login",
            json!({"type": "string", "maxLength": MAX_NAME_CHARS}),
            "The name of the person in that program. Work of others counts as reviewed.",
        ),
        parameter("timeZone", super::requests::time_zone(), "The zone of times without an offset."),
        parameter("map", pairs, "A column and its field, such as `Summary=title`. May be given several times."),
        parameter(
            "dryRun",
            json!({"type": "boolean", "default": false}),
            "Report what would be done, and write nothing.",
        ),
    ]
}

/// Describes the parameters that several routes share, by name.
pub(super) fn shared() -> Value {
    let header = |name: &str, schema: Value, about: &str| json!({"name": name, "in": "header", "description": about, "schema": schema});
    json!({
        "limit": {
            "name": "limit", "in": "query", "description": "Maximum number of entries in a page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": api::MAX_LIMIT, "default": api::DEFAULT_LIMIT},
        },
        "cursor": {
            "name": "cursor", "in": "query",
            "description": "The `nextCursor` of the previous page, in an export its `cursor`. The filters must be the same.",
            "schema": {"type": "string"},
        },
        "idempotencyKey": header(
            "Idempotency-Key",
            json!({"type": "string", "minLength": 1, "pattern": api::IDEMPOTENCY_KEY_PATTERN}),
            "1 to 255 printable ASCII characters, as a string in quotes, or bare and without a comma. A repeated request within 24 h \
             gets the first answer and creates nothing.",
        ),
        "ifMatch": header(
            "If-Match",
            json!({"type": "string"}),
            "The `ETag` of the block that the client has read, such as `\"3-0\"`, or its version, such as `\"3\"`. 412 if the block has changed since.",
        ),
        "ifNoneMatch": header(
            "If-None-Match",
            json!({"type": "string"}),
            "The `ETag` of the last answer. 304 while nothing has changed.",
        ),
    })
}
