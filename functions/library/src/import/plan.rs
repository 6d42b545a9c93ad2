//! What is to be written for the rows of a file. Nothing here reads or writes the table.

use std::collections::HashMap;

use domain::{
    ids::{SourceId, UserId},
    library::{
        Entry, EntryFields,
        import::{Imported, ImportedFields},
        new_id,
    },
};
use importer::{Place, Row};
use jiff::Timestamp;

use super::{row::ImportedRow, write::Write};

/// A row whose fields are valid.
pub(super) struct ParsedRow<F> {
    place: Place,
    title: String,
    row: ImportedFields<F>,
    id: SourceId,
}

/// The rows of a file after their fields were checked.
pub(super) struct Parsed<F> {
    pub(super) rows: Vec<ParsedRow<F>>,
    pub(super) rejected: Vec<ImportedRow>,
}

impl<F: EntryFields> Parsed<F> {
    pub(super) fn read(user: &UserId, rows: Vec<Row>) -> Self {
        let mut parsed = Self { rows: Vec::new(), rejected: Vec::new() };
        for Row { place, value } in rows {
            let title = importer::title(&value);
            match ImportedFields::parse(&value) {
                Ok(row) => parsed.rows.push(ParsedRow { place, title, id: new_id(user, &row.fields), row }),
                Err(errors) => parsed.rejected.push(ImportedRow::invalid((place, title), &errors)),
            }
        }
        parsed
    }

    /// The ids of all entries, each once.
    pub(super) fn ids(&self) -> Vec<SourceId> {
        let mut ids: Vec<SourceId> = self.rows.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// What becomes of the valid rows.
pub(super) struct Plan<F> {
    pub(super) rows: Vec<ImportedRow>,
    /// By the id of the entry.
    pub(super) writes: HashMap<SourceId, Write<F>>,
}

impl<F: EntryFields> Plan<F> {
    /// Merges the rows into the stored entries. Rows with one id are merged in their order, so the last one counts.
    pub(super) fn new(rows: Vec<ParsedRow<F>>, stored: Vec<Entry<F>>, dry_run: bool, now: Timestamp) -> Self {
        let mut known: HashMap<SourceId, Entry<F>> = stored.into_iter().map(|entry| (entry.id, entry)).collect();
        let mut plan = Self { rows: Vec::new(), writes: HashMap::new() };
        for ParsedRow { place, title, row, id } in rows {
            let before = known.get(&id);
            let imported = match Entry::imported(before, id, &row, now) {
                Ok(imported) => imported,
                Err(errors) => {
                    plan.rows.push(ImportedRow::invalid((place, title), &errors));
                    continue;
                }
            };
            plan.rows.push(ImportedRow::merged((place, title), id, before, &imported, dry_run));
            if let Imported::Changed { entry, .. } = imported {
                let stored = plan.writes.remove(&id).map_or_else(|| before.cloned(), |write| write.before);
                plan.writes.insert(id, Write { before: stored, entry: (*entry).clone(), row });
                known.insert(id, *entry);
            }
        }
        plan
    }
}
