//! Splits the text of a table into records.
//!
//! The `csv` crate is not used, because files as people have them need four things that it lacks:
//!
//! - A lone CR counts as a line, and so does each line inside a quoted cell. A rejected row then has the line that an
//!   editor shows.
//! - A quote after a space opens a cell, as in `title, "a, b"`. People write tables by hand in this way.
//! - A quote that is never closed costs one record. Without a check it would swallow the rest of the file.
//! - A record may begin at any line, so the table can be read again after such a quote.
//!
//! A quote counts as never closed in two cases. Either the file ends inside the quoted cell, or the quote that ends the
//! cell stands in a later line and text follows it. In the second case, that quote most likely opens a cell of a later
//! record. Reading goes on in the line after the open quote. Each line is read at most twice, because a line that leaves
//! a quote open also ends the search for an earlier open quote.

use crate::lines::split_first;

/// A record with its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Line in which the record begins.
    pub(crate) line: usize,
    /// The cells without outer white space. A line end inside a cell is an LF.
    pub(crate) cells: Vec<String>,
}

impl Record {
    /// True if no cell has any content.
    pub(crate) fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }

    /// True if the cell of this column has content.
    pub(crate) fn has(&self, column: usize) -> bool {
        self.cells.get(column).is_some_and(|cell| !cell.is_empty())
    }
}

/// A record with a quote that is never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenQuote {
    /// Line in which the record begins.
    pub(crate) line: usize,
    /// Line in which the quote opens. A record may have several lines before it.
    pub(crate) quote_line: usize,
}

/// Iterator over the records of a text.
pub(crate) struct Records<'a> {
    rest: &'a str,
    line: usize,
    separator: char,
}

impl<'a> Records<'a> {
    /// `line` is the line in which `text` begins.
    pub(crate) const fn new(text: &'a str, line: usize, separator: char) -> Self {
        Self { rest: text, line, separator }
    }

    fn skip_blanks(&mut self) {
        let separator = self.separator;
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() && c != separator && !is_line_end(c));
    }

    /// Takes the text up to the next separator or line end.
    fn take_bare(&mut self) -> &'a str {
        let end = self.rest.find(|c| c == self.separator || is_line_end(c)).unwrap_or(self.rest.len());
        let (bare, rest) = self.rest.split_at(end);
        self.rest = rest;
        bare
    }

    /// Reads one cell and leaves the separator or line end behind it. `Err` if its quote is never closed. The rest is
    /// then the line after the quote.
    fn cell(&mut self) -> Result<String, usize> {
        self.skip_blanks();
        let Some(quoted) = self.rest.strip_prefix('"') else { return Ok(self.take_bare().trim().to_owned()) };
        let quote_line = self.line;
        let Some((mut cell, after)) = unquote(quoted) else { return Err(self.resume_after(quoted, quote_line)) };
        let inside = quoted.len() - after.len();
        self.line += crate::lines::count_ends(quoted.split_at(inside).0);
        self.rest = after;
        let stray = self.take_bare();
        if !stray.trim().is_empty() {
            if self.line > quote_line {
                return Err(self.resume_after(quoted, quote_line));
            }
            cell.push_str(stray);
        }
        Ok(cell.trim().to_owned())
    }

    fn resume_after(&mut self, quoted: &'a str, quote_line: usize) -> usize {
        self.rest = split_first(quoted).map_or("", |(_, rest)| rest);
        self.line = quote_line + 1;
        quote_line
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, OpenQuote>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            match self.cell() {
                Ok(cell) => cells.push(cell),
                Err(quote_line) => return Some(Err(OpenQuote { line, quote_line })),
            }
            let Some(rest) = self.rest.strip_prefix(self.separator) else { break };
            self.rest = rest;
        }
        if let Some((_, rest)) = split_first(self.rest) {
            self.rest = rest;
            self.line += 1;
        }
        Some(Ok(Record { line, cells }))
    }
}

const fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

/// Reads up to the closing quote. A doubled quote is a quote. `None` if the text ends before.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        cell.push_str(part);
        let Some(doubled) = after.strip_prefix('"') else { break Some((with_line_feeds(&cell), after)) };
        cell.push('"');
        rest = doubled;
    }
}

fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::{OpenQuote, Record, Records};

    fn records(text: &str) -> Vec<Result<Record, OpenQuote>> {
        Records::new(text, 1, ',').collect()
    }

    fn record(line: usize, cells: &[&str]) -> Result<Record, OpenQuote> {
        Ok(Record { line, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() })
    }

    #[test]
    fn cells_are_trimmed_and_quotes_may_follow_a_space() {
        assert_eq!(records("a , \"b, \"\"c\"\"\" ,\n"), [record(1, &["a", "b, \"c\"", ""])]);
        assert_eq!(records("5\" disk,\"5\" disk\",x"), [record(1, &["5\" disk", "5 disk\"", "x"])]);
        assert_eq!(records("a\u{a0},\u{3000}b"), [record(1, &["a", "b"])]);
    }

    #[test]
    fn every_line_end_counts_also_inside_cells() {
        let text = "a\r\"b\r\nc\rd\"\r\n\ne\r";
        assert_eq!(records(text), [record(1, &["a"]), record(2, &["b\nc\nd"]), record(5, &[""]), record(6, &["e"])]);
    }

    #[test]
    fn an_open_quote_costs_one_record() {
        let open = |line, quote_line| Err(OpenQuote { line, quote_line });
        assert_eq!(records("a,\"b\nc,d\n"), [open(1, 1), record(2, &["c", "d"])]);
        assert_eq!(records("a,\"b\nc,\"d\"\ne\n"), [open(1, 1), record(2, &["c", "d"]), record(3, &["e"])]);
        assert_eq!(records("\"a\nb\",\"c\nd"), [open(1, 2), record(3, &["d"])]);
        assert_eq!(records("a,\"b"), [open(1, 1)]);
    }

    #[test]
    fn open_quotes_in_every_line_take_linear_time() {
        let text = "x,\"a\"\"\",\"b\n".repeat(100_000);
        assert!(records(&text).len() >= 50_000);
    }
}
