//! What the user says about the columns of a file.

use crate::{
    Kind, Unreadable,
    field::{self, Field, plain},
    records::Record,
    table::Table,
};
use serde_json::{Map, Value};

/// A column that the user has named.
#[derive(Debug)]
struct Pair {
    column: String,
    plain: String,
    /// `None` if the column is to be left out.
    field: Option<&'static Field>,
}

/// The pairs of column and field that the user has named.
#[derive(Debug)]
pub(crate) struct ColumnMap(Vec<Pair>);

impl ColumnMap {
    pub(crate) fn new(kind: Kind, pairs: &[(String, String)]) -> Result<Self, Unreadable> {
        let pairs = pairs.iter().map(|(column, name)| {
            let (column, name) = (column.trim(), name.trim());
            if column.is_empty() {
                return Err(Unreadable::NoColumnInMap { field: name.to_owned() });
            }
            let field = if name.is_empty() { None } else { Some(field::find_or_suggest(kind, name)?) };
            Ok(Pair { column: column.to_owned(), plain: plain(column), field })
        });
        Ok(Self(pairs.collect::<Result<_, _>>()?))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the user says about a column. The outer `None` is a column that the user has not named. The inner `None` is
    /// a column that is to be left out.
    pub(crate) fn get(&self, column: &str) -> Option<Option<&'static Field>> {
        let column = plain(column);
        self.0.iter().find(|pair| pair.plain == column).map(|pair| pair.field)
    }

    /// True if the user has named a column for the field. A column with the field's own name then does not count.
    pub(crate) fn claims(&self, field: &Field) -> bool {
        self.0.iter().any(|pair| pair.field == Some(field))
    }

    /// True if the user has named a column for the field with this name.
    pub(crate) fn names(&self, field: &str) -> bool {
        self.fields().any(|named| named.name == field)
    }

    /// Fails for a column that the file lacks. `found` lists the columns of the file.
    pub(crate) fn must_exist(&self, has: impl Fn(&str) -> bool, found: impl Fn() -> String) -> Result<(), Unreadable> {
        match self.0.iter().find(|pair| !has(&pair.plain)) {
            Some(pair) => Err(Unreadable::UnknownColumn { column: pair.column.clone(), found: found() }),
            None => Ok(()),
        }
    }

    /// Sets the fields for which the user has named a column, and leaves the others as they are. An empty cell changes
    /// nothing.
    pub(crate) fn apply(&self, table: &Table, record: &Record, entry: &mut Map<String, Value>) {
        for field in self.fields() {
            let columns = self.0.iter().filter(|pair| pair.field == Some(field));
            let cells: Vec<&str> = columns.flat_map(|pair| table.cells(record, &pair.plain)).collect();
            field.set_cells(entry, &cells);
        }
    }

    fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.0.iter().filter_map(|pair| pair.field)
    }
}

#[cfg(test)]
mod tests {
    use super::ColumnMap;
    use crate::{Kind, Unreadable};

    fn map(pairs: &[(&str, &str)]) -> Result<ColumnMap, Unreadable> {
        let pairs: Vec<_> = pairs.iter().map(|(column, field)| ((*column).to_owned(), (*field).to_owned())).collect();
        ColumnMap::new(Kind::Evidence, &pairs)
    }

    #[test]
    fn columns_are_found_in_any_spelling() {
        let map = map(&[("Done on", "occurred at"), ("Notes", "")]).expect("a map");
        assert_eq!(map.get("done_on").flatten().map(|field| field.name), Some("occurredAt"));
        assert_eq!((map.get("NOTES"), map.get("other")), (Some(None), None));
    }

    #[test]
    fn wrong_pairs_say_what_to_do() {
        let error = |pairs: &[(&str, &str)]| map(pairs).expect_err("wrong").to_string();
        assert!(error(&[("", "title")]).contains("Write column=field"));
        assert!(error(&[("Done", "ocurredAt")]).contains("Did you mean occurredAt?"));
        let missing = map(&[("Done", "title")]).expect("a map").must_exist(|_| false, || "A, B".to_owned());
        assert_eq!(
            missing.expect_err("missing").to_string(),
            "has no column \"Done\", which map names. Its columns are: A, B"
        );
    }
}
