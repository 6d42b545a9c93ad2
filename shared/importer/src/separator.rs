//! Finds where a table begins and what separates its cells.

use crate::{
    lines::{lines, split_first},
    records::Records,
};

/// The separators that are tried. On a tie the first wins, for example in a file with one column.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// The beginning of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start<'a> {
    /// The text from the header on.
    pub(crate) text: &'a str,
    /// Line of the header.
    pub(crate) line: usize,
    pub(crate) separator: char,
}

/// Skips what stands before the header: the line `sep=;` of Excel, the line `#TYPE …` of PowerShell, blank lines, and lines of only separators. Then
/// chooses the separator that yields the most columns for which `is_known` is true, and of those the most columns.
pub(crate) fn start<'a>(text: &'a str, is_known: &dyn Fn(&str) -> bool) -> Start<'a> {
    let (mut text, mut line) = (text, 1);
    let mut named = None;
    while let Some((first, rest)) = split_first(text) {
        if line == 1
            && let Some(separator) = excel_separator(first)
        {
            named = Some(separator);
        } else if line == 1 && first.trim_start_matches('"').starts_with("#TYPE ") {
            // PowerShell names the class of the rows.
        } else if !first.chars().all(|c| c.is_whitespace() || c == '"' || SEPARATORS.contains(&c)) {
            break;
        }
        (text, line) = (rest, line + 1);
    }
    let score = |separator: char| {
        match Records::new(text, line, separator).next() {
            Some(Ok(header)) => (header.cells.iter().filter(|cell| is_known(cell)).count(), header.cells.len()),
            // The header has an open quote, and its error must not depend on a separator that hides the quote.
            Some(Err(_)) => (0, lines(text).next().map_or(0, |header| header.matches(separator).count() + 1)),
            None => (0, 0),
        }
    };
    // `max_by_key` returns the last maximum.
    let best = || SEPARATORS.into_iter().rev().max_by_key(|separator| score(*separator)).unwrap_or(',');
    Start { text, line, separator: named.unwrap_or_else(best) }
}

/// Reads the line with which Excel names the separator, such as `sep=;`.
fn excel_separator(line: &str) -> Option<char> {
    let line = lines(line).next()?.trim_matches('"');
    let (name, separator) = line.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("sep") {
        return None;
    }
    if separator.trim() == "\\t" {
        return Some('\t');
    }
    let mut chars = separator.chars();
    let separator = chars.next().filter(|c| !c.is_alphanumeric() && *c != '"')?;
    chars.all(|c| c.is_whitespace() || c == separator).then_some(separator)
}

#[cfg(test)]
mod tests {
    use super::start;

    fn separator(text: &str) -> (char, usize) {
        let start = start(text, &|cell| ["title", "type"].contains(&cell));
        (start.separator, start.line)
    }

    #[test]
    fn the_separator_that_yields_known_columns_wins() {
        assert_eq!(separator("type;title (a, b, c, d)\n"), (';', 1));
        assert_eq!(separator("type\ttitle\n"), ('\t', 1));
        assert_eq!(separator("type|title"), ('|', 1));
        assert_eq!(separator("\"a;b;c\",type,title\n"), (',', 1));
        assert_eq!(separator("title\n"), (',', 1));
        assert_eq!(separator("a;b\n"), (';', 1));
    }

    #[test]
    fn lines_before_the_table_are_skipped_and_counted() {
        assert_eq!(separator("\r\n\r,;\t\n\"\",\"\"\ntitle,type\n"), (',', 5));
        assert_eq!(separator("\n\n"), (',', 3));
    }

    #[test]
    fn excel_names_the_separator() {
        assert_eq!(separator("sep=;\r\ntitle;type\r\n"), (';', 2));
        assert_eq!(separator("\"sep=|\"\n\ntitle\n"), ('|', 3));
        assert_eq!(separator("SEP=\t\ntitle\n"), ('\t', 2));
        assert_eq!(separator("sep=\\t\ntitle\n"), ('\t', 2));
        assert_eq!(separator("sep=abc,title\n"), (',', 1));
        assert_eq!(separator("sep=,,,\ntitle\n"), (',', 2));
    }
}
