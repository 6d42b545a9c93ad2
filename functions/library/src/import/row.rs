//! What an import answers about one row.

use std::collections::HashMap;

use api::Problem;
use domain::{
    ids::SourceId,
    input::FieldError,
    library::{Entry, import::Imported},
};
use importer::{Place, Rejected};
use schemars::JsonSchema;
use serde::Serialize;

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

impl ImportedRow {
    /// What becomes of a row that is merged into the stored entry `before`. A dry run gives no id to a new entry.
    pub(super) fn merged<F>(
        (place, title): (Place, String),
        id: SourceId,
        before: Option<&Entry<F>>,
        imported: &Imported<F>,
        dry_run: bool,
    ) -> Self {
        let (status, changed) = match (imported, before) {
            (Imported::Same, _) => (RowStatus::Kept, Vec::new()),
            (Imported::Changed { .. }, None) => (RowStatus::Created, Vec::new()),
            (Imported::Changed { fields, .. }, Some(_)) => (RowStatus::Updated, fields.clone()),
        };
        let id = (!dry_run || before.is_some()).then_some(id);
        Self { line: place.line, item: place.item, status, title, id, changed, error: None, retryable: false }
    }

    /// A row that the importer cannot read.
    pub(super) fn unreadable(row: Rejected) -> Self {
        Self::rejected((row.place, row.title), row.reason)
    }

    /// A row whose fields the API does not take.
    pub(super) fn invalid(row: (Place, String), errors: &[FieldError]) -> Self {
        let reasons = errors
            .iter()
            .map(|error| format!("{} {}", error.pointer.trim_start_matches('/'), error.detail).trim().to_owned());
        Self::rejected(row, reasons.collect::<Vec<_>>().join("; "))
    }

    fn rejected((place, title): (Place, String), error: String) -> Self {
        let (status, id, changed) = (RowStatus::Rejected, None, Vec::new());
        Self { line: place.line, item: place.item, status, title, id, changed, error: Some(error), retryable: false }
    }

    /// Rejects the row if its entry was not written. `failed` has the problems by the ids of the entries.
    pub(super) fn fail(&mut self, failed: &HashMap<SourceId, Problem>) {
        let Some(problem) = self.id.and_then(|id| failed.get(&id)) else { return };
        let row = (self.place(), std::mem::take(&mut self.title));
        *self = Self { retryable: problem.code.is_retryable(), ..Self::rejected(row, problem.detail.clone()) };
    }

    pub(super) const fn place(&self) -> Place {
        Place { line: self.line, item: self.item }
    }

    pub(super) const fn status(&self) -> RowStatus {
        self.status
    }
}
