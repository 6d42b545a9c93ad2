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

mod plan;
mod query;
mod row;
mod write;

use api::{Call, Problem, Reply, StoreState};
use domain::{problem::ProblemCode, sanitize::invisible};
use importer::{File, Unreadable};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::library::StoredEntry;

use plan::{Parsed, Plan};
use query::ImportQuery;
use row::{ImportedRow, RowStatus};

/// The most rows of one request.
pub const MAX_ROWS: usize = 2_000;
/// Largest file of one request, in bytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

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
    /// Characters that cannot be seen and were left out.
    removed_characters: usize,
    /// Columns that no field takes.
    ignored_columns: Vec<String>,
    /// What the user should know about the file.
    notes: Vec<String>,
}

pub(crate) async fn import<F: StoredEntry>(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let kind = importer_kind(call.route());
    let ImportQuery { options, dry_run } = ImportQuery::read(call)?;
    let text = call.text_of(MAX_FILE_BYTES, &["text/csv", "application/json"])?;
    let file = importer::read(kind, text, &options).map_err(|error| unreadable(&error))?;
    let File { source, mut rows, rejected, ignored_columns, notes } = file;
    if rows.len() + rejected.len() > MAX_ROWS {
        let detail = format!(
            "The file has {} rows. A request may have {MAX_ROWS}: divide the file.",
            rows.len() + rejected.len()
        );
        return Err(Problem::new(ProblemCode::PayloadTooLarge, detail));
    }

    let removed_characters = rows.iter_mut().map(|row| invisible::remove_from(&mut row.value)).sum();
    state.check_deletion(call).await?;
    let mut answered: Vec<ImportedRow> = rejected.into_iter().map(ImportedRow::unreadable).collect();
    let parsed = Parsed::read(&call.user, rows);
    let found = state.store.entries::<F>(&call.user, &parsed.ids()).await?;
    answered.extend(parsed.rejected);
    let mut plan = Plan::new(parsed.rows, found, dry_run, state.clock.now());
    if !dry_run {
        let failed = write::all(state, call, plan.writes.into_values().collect()).await;
        for row in &mut plan.rows {
            row.fail(&failed);
        }
    }
    answered.append(&mut plan.rows);
    answered.sort_by_key(ImportedRow::place);
    let count = |status| answered.iter().filter(|row| row.status() == status).count();
    let report = ImportReport {
        source,
        dry_run,
        created: count(RowStatus::Created),
        updated: count(RowStatus::Updated),
        kept: count(RowStatus::Kept),
        rejected: count(RowStatus::Rejected),
        rows: answered,
        removed_characters,
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

fn unreadable(error: &Unreadable) -> Problem {
    Problem::new(ProblemCode::InvalidRequest, format!("The file {error}."))
}
