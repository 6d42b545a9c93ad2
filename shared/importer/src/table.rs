//! A table with a header: the text of a CSV file, split into records.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::Hash,
};

use crate::{
    Place, Rejected, Unreadable,
    field::plain,
    records::{Record, Records},
    row::{NAME_CHARS, short},
    separator,
};

/// A table with a header.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The names of the columns. A name may be empty or occur several times.
    pub(crate) columns: Vec<String>,
    /// Positions of the columns by their names, in the form in which names are compared.
    positions: HashMap<String, Vec<usize>>,
    pub(crate) records: Vec<Record>,
    pub(crate) rejected: Vec<Rejected>,
}

/// The most columns that a table may have.
const MAX_COLUMNS: usize = 2_000;

impl Table {
    /// Reads a table. `is_known` helps to find the separator. Blank records are left out. A record with content beyond
    /// the last column is rejected, because its cells are most likely in wrong columns.
    pub(crate) fn read(text: &str, is_known: &dyn Fn(&str) -> bool) -> Result<Self, Unreadable> {
        let start = separator::start(text, is_known);
        let mut records = Records::new(start.text, start.line, start.separator);
        let columns = match records.next() {
            Some(Ok(header)) => header.cells,
            Some(Err(open)) => return Err(Unreadable::OpenHeader { line: open.quote_line }),
            None => return Err(Unreadable::Empty),
        };
        if columns.len() > MAX_COLUMNS {
            return Err(Unreadable::TooManyColumns { count: columns.len() });
        }
        let mut positions: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, column) in columns.iter().enumerate() {
            positions.entry(plain(column)).or_default().push(index);
        }
        let mut table = Self { columns, positions, ..Self::default() };
        for record in records {
            match record {
                Ok(record) if record.is_blank() => {}
                Ok(record) => match table.surplus(&record) {
                    Some(reason) => table.reject(record.line, reason),
                    None => table.records.push(record),
                },
                Err(open) => table.reject(
                    open.line,
                    format!(
                        "has a quote in line {} that is never closed. Close the quote or remove it",
                        open.quote_line
                    ),
                ),
            }
        }
        if table.columns.iter().all(String::is_empty) {
            return Err(Unreadable::Empty);
        }
        Ok(table)
    }

    fn reject(&mut self, line: usize, reason: String) {
        self.rejected.push(Rejected { place: Place::line(line), title: String::new(), reason });
    }

    fn surplus(&self, record: &Record) -> Option<String> {
        let last = record.cells.iter().rposition(|cell| !cell.is_empty())?;
        let (cells, columns) = (last + 1, self.columns.len());
        (cells > columns)
            .then(|| format!("has {cells} cells where the header has {columns}. Is a quote or a separator missing?"))
    }

    /// The cells of a record in all columns with this name, in the form in which names are compared. A short record has
    /// fewer cells.
    pub(crate) fn cells<'a>(&'a self, record: &'a Record, plain: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let positions = self.positions.get(plain).map_or(&[][..], Vec::as_slice);
        positions.iter().map_while(|index| record.cells.get(*index)).map(String::as_str)
    }

    /// True if the table has a column with this name, in the form in which names are compared.
    pub(crate) fn has(&self, plain: &str) -> bool {
        self.positions.contains_key(plain)
    }

    /// Names of the columns that have content and for which `is_used` is false. An unnamed column gets its number.
    pub(crate) fn ignored(&self, is_used: impl Fn(usize) -> bool) -> Vec<String> {
        let cells = self.records.iter().flat_map(|record| record.cells.iter().enumerate());
        let filled: BTreeSet<usize> = cells.filter(|(_, cell)| !cell.is_empty()).map(|(index, _)| index).collect();
        let columns = self.columns.iter().enumerate();
        let ignored = columns.filter(|(index, _)| filled.contains(index) && !is_used(*index));
        unique(
            ignored.map(|(index, name)| if name.is_empty() { format!("column {}", index + 1) } else { name.clone() }),
        )
    }

    /// The named columns, for errors.
    pub(crate) fn listed(&self) -> String {
        listed(&unique(self.columns.iter().map(String::as_str).filter(|name| !name.is_empty())))
    }
}

/// The names in their order, without repetitions.
fn unique<T: Clone + Eq + Hash>(names: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}

/// Most names that an error lists.
const LISTED: usize = 40;

/// A list of names for an error. A long list is cut.
pub(crate) fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(LISTED).map(|name| short(name, NAME_CHARS)).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, listed};
    use crate::Unreadable;

    fn table(text: &str) -> Table {
        Table::read(text, &|_| false).expect("a table")
    }

    #[test]
    fn short_long_and_blank_records() {
        let table = table("a,b\n1\n\n,,,\n1,2,,\n1,2,3,\n");
        let lines: Vec<_> = table.records.iter().map(|record| record.line).collect();
        assert_eq!(lines, [2, 5]);
        assert_eq!((table.rejected.len(), table.rejected[0].place.line), (1, 6));
        assert_eq!(table.rejected[0].reason, "has 3 cells where the header has 2. Is a quote or a separator missing?");
    }

    #[test]
    fn an_open_quote_is_rejected_with_its_line() {
        let open = table("a,b\n1,\"2\n3,4\n");
        assert_eq!((open.records.len(), open.rejected[0].place.line), (1, 2));
        assert!(open.rejected[0].reason.contains("quote in line 2"), "{}", open.rejected[0].reason);
        assert_eq!(Table::read("a,\"b\n1,2", &|_| false).expect_err("open"), Unreadable::OpenHeader { line: 1 });
        assert_eq!(Table::read(",,\n;;\n", &|_| false).expect_err("blank"), Unreadable::Empty);
    }

    #[test]
    fn ignored_columns_have_content() {
        let table = table("a,,c,d,d,\n1,2,,4,5\n");
        assert_eq!(table.ignored(|index| index == 0), ["column 2", "d"]);
        assert_eq!(table.listed(), "a, c, d");
        assert!(listed(&["x"; 50]).ends_with("x and 10 more"));
    }
}
