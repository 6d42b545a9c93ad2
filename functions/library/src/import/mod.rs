//! `POST …/import`: a file in place of JSON entries.
//!
//! # Problem
//!
//! People import the same file again and again: the work goes on, and a pull request that was open is merged. Meanwhile
//! they have corrected a title or a category here. A second import must bring what has changed at the source, and must
//! not undo what the person has written.
//!
//! # Design
//!
//! The crate `importer` turns the file into objects of the API. Each object is merged into the entry with its
//! `externalId` ([`Entry::imported`]): a field that the person has changed stays, and so does a field that the file does
//! not have. A row that changes nothing is not written. Every write is conditional, so an edit that comes between the read and
//! the write is read and merged again.

mod query;
mod write;

use std::collections::{BTreeMap, HashMap};

use api::{Call, Problem, Reply, StoreState};
use domain::{
    ids::SourceId,
    library::{Entry, import::Imported, new_id},
    problem::ProblemCode,
};
use importer::{File, Place, Unreadable};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::library::StoredEntry;

use query::ImportQuery;

/// The most rows of one request.
pub const MAX_ROWS: usize = 2_000;
/// Largest file of one request, in bytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// What became of a row, or would become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowStatus {
    /// The entry did not exist before.
    Created,
    /// The file has news about the entry.
    Updated,
    /// Nothing changes: the file says the same, or the person has changed what it says.
    Kept,
    /// The row cannot be stored. `error` says why.
    Rejected,
}

/// What became of one row of the file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportedRow {
    /// Line of the file at which the row begins, counted from 1.
    line: usize,
    /// Position of the row in the list of a JSON file, counted from 1.
    item: Option<usize>,
    status: RowStatus,
    /// Beginning of its title or content.
    title: String,
    /// `null` for a rejected row, and for a row that a dry run would create.
    id: Option<SourceId>,
    /// Fields that the file changes.
    changed: Vec<String>,
    /// Why it was rejected, in a sentence.
    error: Option<String>,
    /// Whether the same row may be taken later.
    retryable: bool,
}

/// What became of a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// The program that wrote the file: `github`, `jira`, `linear`, or `fields`.
    #[schemars(with = "String")]
    source: importer::Source,
    /// Whether nothing was written.
    dry_run: bool,
    created: usize,
    updated: usize,
    kept: usize,
    rejected: usize,
    /// The rows in the order of the file.
    rows: Vec<ImportedRow>,
    /// Columns that no field takes.
    ignored_columns: Vec<String>,
    /// What the user should know about the file.
    notes: Vec<String>,
}

/// A row that can be stored.
struct Readable<F> {
    place: Place,
    title: String,
    fields: F,
    id: SourceId,
}

pub(crate) async fn import<F: StoredEntry>(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let kind = importer_kind(call.route());
    let ImportQuery { options, dry_run } = ImportQuery::read(call)?;
    let text = call.text_of(MAX_FILE_BYTES, &["text/csv", "application/json"])?;
    let file = importer::read(kind, text, &options).map_err(|error| unreadable(&error))?;
    let File { source, rows, rejected, ignored_columns, notes } = file;
    if rows.len() + rejected.len() > MAX_ROWS {
        let detail = format!(
            "The file has {} rows. A request may have {MAX_ROWS}: divide the file.",
            rows.len() + rejected.len()
        );
        return Err(Problem::new(ProblemCode::PayloadTooLarge, detail));
    }

    let mut answered: Vec<ImportedRow> =
        rejected.into_iter().map(|row| refused(row.place, row.title, row.reason, false)).collect();
    let mut readable = Vec::new();
    for row in rows {
        let title = importer::title(&row.value);
        match F::parse(&row.value, "") {
            Ok(fields) => readable.push(Readable { place: row.place, title, id: new_id(&call.user, &fields), fields }),
            Err(errors) => {
                let reasons: Vec<String> = errors
                    .iter()
                    .map(|error| {
                        format!("{} {}", error.pointer.trim_start_matches('/'), error.detail).trim().to_owned()
                    })
                    .collect();
                answered.push(refused(row.place, title, reasons.join("; "), false));
            }
        }
    }
    let mut ids: Vec<SourceId> = readable.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = state.store.entries::<F>(&call.user, &ids).await?;
    let mut known: HashMap<SourceId, Entry<F>> = found.into_iter().map(|entry| (entry.id, entry)).collect();

    // Rows with one id are merged in their order, so the last one counts.
    let mut writes: HashMap<SourceId, write::Write<F>> = HashMap::new();
    for row in &readable {
        let before = known.get(&row.id);
        let imported = Entry::imported(before, row.id, &row.fields, state.clock.now())?;
        answered.push(ImportedRow {
            line: row.place.line,
            item: row.place.item,
            status: match (&imported, before) {
                (Imported::Same, _) => RowStatus::Kept,
                (Imported::Changed { .. }, None) => RowStatus::Created,
                (Imported::Changed { .. }, Some(_)) => RowStatus::Updated,
            },
            title: row.title.clone(),
            id: before.map(|entry| entry.id),
            changed: match &imported {
                Imported::Changed { fields, .. } => fields.clone(),
                Imported::Same => Vec::new(),
            },
            error: None,
            retryable: false,
        });
        if let Imported::Changed { entry, .. } = imported {
            let stored = writes.get(&row.id).map_or_else(|| before.cloned(), |write| write.before.clone());
            writes.insert(row.id, write::Write { before: stored, entry: (*entry).clone(), fields: row.fields.clone() });
            known.insert(row.id, *entry);
        }
    }
    if !dry_run {
        let failed = write::all(state, call, writes.into_values().collect()).await;
        let ids = readable.iter().map(|row| (row.place, row.id)).collect::<BTreeMap<_, _>>();
        for row in &mut answered {
            let place = Place { line: row.line, item: row.item };
            let Some(id) = ids.get(&place).filter(|_| row.status != RowStatus::Rejected) else { continue };
            row.id = Some(*id);
            if let Some(problem) = failed.get(id) {
                let title = std::mem::take(&mut row.title);
                *row = refused(place, title, problem.detail.clone(), problem.code.is_retryable());
            }
        }
    }
    answered.sort_by_key(|row| (row.line, row.item));
    let count = |status| answered.iter().filter(|row| row.status == status).count();
    let report = ImportReport {
        source,
        dry_run,
        created: count(RowStatus::Created),
        updated: count(RowStatus::Updated),
        kept: count(RowStatus::Kept),
        rejected: count(RowStatus::Rejected),
        rows: answered,
        ignored_columns,
        notes,
    };
    let ImportReport { created, updated, kept, rejected, .. } = report;
    tracing::info!(kind = F::KIND, %source, dry_run, created, updated, kept, rejected, "file imported");
    Ok(Reply::json(StatusCode::OK, &report))
}

fn importer_kind(route: &str) -> importer::Kind {
    match route {
        "POST /api/goals/import" => importer::Kind::Goals,
        "POST /api/reviews/import" => importer::Kind::Reviews,
        _ => importer::Kind::Evidence,
    }
}

fn refused(place: Place, title: String, error: String, retryable: bool) -> ImportedRow {
    let Place { line, item } = place;
    let (status, id, changed) = (RowStatus::Rejected, None, Vec::new());
    ImportedRow { line, item, status, title, id, changed, error: Some(error), retryable }
}

fn unreadable(error: &Unreadable) -> Problem {
    Problem::new(ProblemCode::InvalidRequest, format!("The file {error}."))
}
