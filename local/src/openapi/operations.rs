//! Parameters, bodies and responses of each route.

use api::{JobBody, ProblemBody};
use create_job::document_jobs::DocumentJobs;
use domain::library::{evidence::EvidenceFields, goal::GoalFields, review::ReviewFields};
use library::{BulkReport, EntryBody, EntryPage, EvidenceCounts, ImportReport};
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{
    parameters::{self, named},
    requests,
    responses::{headers, of, problem},
};

/// Builder for one operation of the document.
struct Operation {
    id: &'static str,
    summary: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
}

impl Operation {
    fn new(id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, parameters: Vec::new(), body: None, answers: Map::new() }
    }

    fn takes(mut self, schema: Value, required: bool) -> Self {
        self.body = Some(json!({"required": required, "content": {"application/json": {"schema": schema}}}));
        self.problems([400, 413, 415])
    }

    /// The body is a file.
    fn takes_file(mut self) -> Self {
        let about = json!({"description": "The rows. `docs/import.md` describes the forms."});
        let csv = json!({"type": "string", "description": "A table. The first line with content names the columns."});
        self.body = Some(json!({
            "required": true,
            "content": {"text/csv": {"schema": csv}, "application/json": {"schema": about}},
        }));
        self.problems([400, 413, 415])
    }

    fn with(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    fn answers(mut self, status: u16, answer: Value) -> Self {
        self.answers.insert(status.to_string(), answer);
        self
    }

    fn problems(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        for status in statuses {
            self.answers.insert(status.to_string(), problem(status));
        }
        self
    }

    fn once(self) -> Self {
        self.with([named("idempotencyKey")]).problems([422])
    }

    /// The client may have the answer already.
    fn unless_seen(mut self) -> Self {
        let headers = headers(&["ETag", "X-Request-Id"]);
        self.answers.insert("304".to_owned(), json!({"description": "Nothing has changed.", "headers": headers}));
        self.with([named("ifNoneMatch")])
    }

    fn pages(self, path: &str) -> Self {
        self.with([named("limit"), named("cursor")]).with(parameters::filters(path)).problems([400])
    }

    fn into_value(self, tag: &str) -> Value {
        // Every operation may report a missing token, a wrong method, an internal error or a busy service.
        let described = self.problems([401, 405, 500, 503]);
        let mut value = json!({
            "operationId": described.id, "summary": described.summary, "tags": [tag], "responses": described.answers,
        });
        if !described.parameters.is_empty() {
            value["parameters"] = json!(described.parameters);
        }
        if let Some(body) = described.body {
            value["requestBody"] = body;
        }
        value
    }
}

fn body(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Describes one method of one path.
pub(super) fn describe(method: &str, path: &str, generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<ProblemBody<'static>>();
    let (operation, tag) = match path {
        path if path.starts_with("/api/report-builder/jobs") => (jobs(method, path, generator), "Jobs"),
        "/api/report-builder/{id}/jobs" => (document_jobs(method, generator), "Jobs"),
        "/api/report-builder/{id}/jobs/dry-run" => (dry_run_of_document(generator), "Jobs"),
        "/api/report-builder/{id}/export" => (export(), "Documents"),
        "/api/me/export" => (export_me(), "Me"),
        "/api/me" => (delete_me(generator), "Me"),
        "/api/report-builder/usage" => (usage(generator), "Usage"),
        path if path.starts_with("/api/report-builder") => (documents(method, path, generator), "Documents"),
        path if path.starts_with("/api/evidence") => {
            (entries::<EvidenceFields>(method, path, generator, "Evidence", EVIDENCE_IDS), "Evidence")
        }
        path if path.starts_with("/api/goals") => {
            (entries::<GoalFields>(method, path, generator, "Goal", GOAL_IDS), "Goals")
        }
        path => (entries::<ReviewFields>(method, path, generator, "Review", REVIEW_IDS), "Reviews"),
    };
    operation.into_value(tag)
}

fn jobs(method: &str, path: &str, generator: &mut SchemaGenerator) -> Operation {
    let created = &["Location", "Retry-After"];
    match (method, path) {
        ("POST", "/api/report-builder/jobs") => Operation::new("createJob", "Creates a job that writes or analyzes")
            .takes(body("NewJob"), true)
            .once()
            .answers(202, of::<JobBody>(generator, "The new job. Poll it until it has ended.", created))
            .answers(200, of::<create_job::Joined>(generator, "The job that is in progress on the block.", created))
            .problems([404, 409, 429]),
        ("POST", "/api/report-builder/jobs/dry-run") => {
            Operation::new("dryRunJob", "Says what a job would read and cost. Creates nothing")
                .takes(body("NewJob"), true)
                .answers(200, of::<dry_run::DryRun>(generator, "What the job would read and cost.", &[]))
                .problems([404])
        }
        ("GET", "/api/report-builder/jobs") => Operation::new("listJobs", "Lists jobs, newest first, without texts")
            .pages(path)
            .answers(200, of::<list_jobs::JobPage>(generator, "One page of the list.", &[])),
        ("GET", _) => Operation::new("getJob", "Returns a job")
            .unless_seen()
            .answers(200, of::<JobBody>(generator, "The job. `Retry-After` is sent until it has ended.", &["ETag"]))
            .problems([404]),
        ("DELETE", _) => Operation::new("cancelJob", "Cancels a job, immediately and permanently, or erases its texts")
            .with([parameters::erase()])
            .answers(200, of::<cancel_job::Cancelled>(generator, "The cancelled or erased job.", &[]))
            .problems([400, 404, 409]),
        _ => Operation::new("retryJob", "Retries a failed job as a new job")
            .takes(body("JobRetry"), false)
            .once()
            .answers(202, of::<JobBody>(generator, "The new job.", created))
            .answers(200, of::<create_job::Joined>(generator, "The job that is in progress on the block.", created))
            .problems([404, 409, 429]),
    }
}

fn document_jobs(method: &str, generator: &mut SchemaGenerator) -> Operation {
    match method {
        "POST" => Operation::new("createDocumentJobs", "Creates GENERATE jobs for the blocks of a document")
            .takes(body("NewDocumentJobs"), true)
            .once()
            .answers(202, of::<DocumentJobs>(generator, "The jobs, and the blocks that got none.", &[]))
            .problems([404, 429]),
        _ => Operation::new("cancelDocumentJobs", "Cancels the jobs of a document that are in progress")
            .answers(
                200,
                of::<cancel_job::CancelledJobs>(generator, "The jobs that were cancelled, without their prompts.", &[]),
            )
            .problems([404]),
    }
}

fn dry_run_of_document(generator: &mut SchemaGenerator) -> Operation {
    Operation::new("dryRunDocumentJobs", "Says what the jobs of a document would read and cost. Creates nothing")
        .takes(body("NewDocumentJobs"), true)
        .answers(200, of::<dry_run::DryRun>(generator, "What the jobs would read and cost.", &[]))
        .problems([404])
}

fn usage(generator: &mut SchemaGenerator) -> Operation {
    Operation::new("getUsage", "Returns what you have spent by day, type of job and model")
        .with(parameters::filters("/api/report-builder/usage"))
        .answers(
            200,
            of::<list_jobs::UsageReport>(generator, "What was spent, and what is left of today's budget.", &[]),
        )
        .problems([400])
}

fn documents(method: &str, path: &str, generator: &mut SchemaGenerator) -> Operation {
    use ::documents::{BlockBody, BlockList, BlockOrder, DocumentBody, DocumentPage, Restored, RevisionPage};
    let depth = path.trim_start_matches("/api/report-builder").split('/').skip(1).count();
    match (method, depth) {
        ("GET", 0) => {
            Operation::new("listDocuments", "Lists documents without blocks, the one that changed last first")
                .pages(path)
                .answers(200, of::<DocumentPage>(generator, "One page of the list.", &[]))
        }
        ("POST", 0) => Operation::new("createDocument", "Creates a document")
            .takes(body("NewDocument"), true)
            .once()
            .answers(201, of::<DocumentBody>(generator, "The document.", &["Location"]))
            .problems([409]),
        ("GET", 1) => Operation::new("getDocument", "Returns a document with its blocks in order")
            .unless_seen()
            .answers(200, of::<DocumentBody>(generator, "The document.", &["ETag"]))
            .problems([404]),
        ("PATCH", 1) => Operation::new("changeDocument", "Changes a document. Omitted fields keep their values")
            .takes(body("DocumentPatch"), true)
            .answers(200, of::<DocumentBody>(generator, "The changed document.", &[]))
            .problems([404]),
        ("DELETE", 1) => Operation::new("deleteDocument", "Deletes a document with its blocks and their history")
            .answers(200, of::<DocumentBody>(generator, "The deleted document.", &[]))
            .problems([404]),
        ("GET", 2) => Operation::new("listBlocks", "Returns the blocks of a document in order")
            .with([parameters::content_of_blocks()])
            .unless_seen()
            .answers(200, of::<BlockList>(generator, "The blocks.", &["ETag"]))
            .problems([400, 404]),
        ("PATCH", 2) => Operation::new("moveBlocks", "Moves several blocks of a document, all of them or none")
            .takes(body("BlockPositions"), true)
            .answers(200, of::<BlockOrder>(generator, "Where all blocks stand now.", &[]))
            .problems([404]),
        ("POST", 2) => Operation::new("createBlock", "Creates a block")
            .takes(body("NewBlock"), true)
            .once()
            .answers(201, of::<BlockBody>(generator, "The block.", &["ETag", "Location"]))
            .problems([404, 409]),
        ("GET", 3) => Operation::new("getBlock", "Returns a block")
            .unless_seen()
            .answers(200, of::<BlockBody>(generator, "The block.", &["ETag"]))
            .problems([404]),
        ("PATCH", 3) => Operation::new("changeBlock", "Changes a block. Omitted fields keep their values")
            .with([named("ifMatch")])
            .takes(body("BlockPatch"), true)
            .answers(200, of::<BlockBody>(generator, "The changed block.", &["ETag"]))
            .problems([404, 412]),
        ("DELETE", 3) => Operation::new("deleteBlock", "Deletes a block with its history")
            .with([named("ifMatch")])
            .answers(200, of::<BlockBody>(generator, "The deleted block.", &["ETag"]))
            .problems([404, 412]),
        ("GET", _) => Operation::new("listRevisions", "Lists the revisions of a block's content, newest first")
            .pages(path)
            .answers(200, of::<RevisionPage>(generator, "One page of the list.", &[]))
            .problems([404]),
        _ => Operation::new("restoreRevision", "Restores a content of a block as a new revision")
            .with([named("ifMatch")])
            .takes(body("TextToRestore"), true)
            .once()
            .answers(200, of::<Restored>(generator, "The block and the new revision.", &["ETag"]))
            .problems([404, 409, 412]),
    }
}

fn export() -> Operation {
    let text = json!({"schema": {"type": "string"}});
    let answer = json!({
        "description": "The document, with its sources as footnotes.",
        "headers": headers(&["X-Request-Id"]),
        "content": {"text/markdown": text, "text/html": text},
    });
    Operation::new("exportDocument", "Returns the whole document as Markdown or HTML")
        .with(parameters::of_export())
        .answers(200, answer)
        .problems([400, 404, 413])
}

fn export_me() -> Operation {
    let lines = json!({"schema": {"type": "string"}});
    let answer = json!({
        "description": "Lines of JSON, each with `kind` and `value`, at most 4 MB. The last line of a page has the kind \
                        `next` and the `cursor` of the next page, if there is one.",
        "headers": headers(&["X-Request-Id"]),
        "content": {"application/x-ndjson": lines},
    });
    Operation::new("exportMe", "Returns everything that is stored for you")
        .with([named("cursor")])
        .answers(200, answer)
        .problems([400])
}

fn delete_me(generator: &mut SchemaGenerator) -> Operation {
    let began = of::<documents::DeletionBody>(generator, "The deletion has begun. Most of it is done.", &[]);
    Operation::new("deleteMe", "Deletes everything that is stored for you").answers(202, began)
}

/// Operation ids, in this order: list, store, get, change, delete, import.
type Ids = [&'static str; 6];
const EVIDENCE_IDS: Ids =
    ["listEvidence", "storeEvidence", "getEvidence", "changeEvidence", "deleteEvidence", "importEvidence"];
const GOAL_IDS: Ids = ["listGoals", "storeGoals", "getGoal", "changeGoal", "deleteGoal", "importGoals"];
const REVIEW_IDS: Ids = ["listReviews", "storeReviews", "getReview", "changeReview", "deleteReview", "importReviews"];

/// The response to a store request: one entry, or the report on many.
struct Stored<F>(std::marker::PhantomData<F>);

impl<F: JsonSchema> JsonSchema for Stored<F> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Stored".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        let (one, many) = (generator.subschema_for::<EntryBody<F>>(), generator.subschema_for::<BulkReport>());
        json_schema!({"anyOf": [one, many]})
    }
}

fn entries<F: JsonSchema>(
    method: &str,
    path: &str,
    generator: &mut SchemaGenerator,
    name: &str,
    [list, store, get, change, delete, import]: Ids,
) -> Operation {
    match (method, path.ends_with("{id}")) {
        ("POST", _) if path.ends_with("/import") => {
            Operation::new(import, "Imports a file. Importing it again is safe")
                .with(parameters::of_import())
                .takes_file()
                .answers(200, of::<ImportReport>(generator, "What became of the rows, or would become of them.", &[]))
                .problems([409])
        }
        ("GET", false) if path.ends_with("/counts") => {
            Operation::new("countEvidence", "Counts evidence by month and type")
                .with(parameters::filters(path))
                .with([parameters::time_zone()])
                .answers(200, of::<EvidenceCounts>(generator, "The counts.", &[]))
                .problems([400])
        }
        ("GET", false) => Operation::new(list, "Lists entries, newest first")
            .pages(path)
            .with((path == "/api/evidence").then(parameters::include_of_evidence))
            .answers(200, of::<EntryPage<F>>(generator, "One page of the list.", &[])),
        ("POST", _) => Operation::new(store, "Stores one entry, or up to 500")
            .takes(requests::one_or_many(&format!("New{name}")), true)
            .once()
            .answers(201, of::<EntryBody<F>>(generator, "The new entry.", &["Location"]))
            .answers(
                200,
                of::<Stored<F>>(
                    generator,
                    "The entry, which replaced the entry with its `externalId`. For many entries, the result of each.",
                    &[],
                ),
            ),
        ("GET", true) => Operation::new(get, "Returns an entry")
            .answers(200, of::<EntryBody<F>>(generator, "The entry.", &[]))
            .problems([404]),
        ("PATCH", _) => Operation::new(change, "Changes an entry. Omitted fields keep their values, `null` clears")
            .takes(body(&format!("{name}Patch")), true)
            .answers(200, of::<EntryBody<F>>(generator, "The changed entry.", &[]))
            .problems([404]),
        _ => Operation::new(delete, "Deletes an entry")
            .answers(200, of::<EntryBody<F>>(generator, "The deleted entry.", &[]))
            .problems([404]),
    }
}
