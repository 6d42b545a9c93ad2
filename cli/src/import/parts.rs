//! Divides a file that is too long for one request.
//!
//! Each part is a file of its own: it repeats the header of a table, and the bracket of a list. Empty lines stand for the
//! rows of the parts before it, so that the API reports the lines of the whole file.

use std::ops::Range;

/// Rows of one request, at most. The API takes 2,000.
const MAX_ROWS: usize = 2_000;
/// Bytes of one request, at most. The API takes 4 MiB.
const MAX_BYTES: usize = 4 * 1024 * 1024 - 64 * 1024;

/// A part of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Part {
    pub(super) text: String,
    /// Items of the list that stand in earlier parts.
    pub(super) items_before: usize,
}

impl Part {
    pub(super) fn media_type(&self) -> &'static str {
        if self.text.trim_start().starts_with(['{', '[']) { "application/json" } else { "text/csv" }
    }
}

/// The parts of a file. A file that is short enough is one part, word for word. So is a file of another form than that of a
/// list, of objects in lines or of a table, and the API says what is wrong with it.
pub(super) fn of(text: &str) -> Vec<Part> {
    let start = text.trim_start();
    let (head, rows, list) = if let Some(items) = items(text) {
        (0..0, items, true)
    } else if start.starts_with('{') {
        (0..0, records(text, false), false)
    } else {
        let records = records(text, true);
        // A table has a header, and perhaps lines without any content before it.
        let header = records.iter().position(|record| is_header(&text[record.clone()])).map_or(0, |at| at + 1);
        let head = 0..header.checked_sub(1).and_then(|last| records.get(last)).map_or(0, |record| record.end);
        (head, records.get(header..).unwrap_or_default().to_vec(), false)
    };
    let is_short = text.len() <= MAX_BYTES && rows.len() <= MAX_ROWS;
    // Empty lines stand for all lines before a part.
    let is_tall = head.len() + line_ends(text) > MAX_BYTES / 2;
    if rows.is_empty() || is_short || is_tall {
        return vec![Part { text: text.to_owned(), items_before: 0 }];
    }
    let lines_before = |at: usize| line_ends(&text[head.end..at]);
    let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
    let (mut in_part, mut repeated) = (0, 0);
    for (number, row) in rows.into_iter().enumerate() {
        match parts.last_mut() {
            Some((_, part)) if in_part < MAX_ROWS && row.end - part.start + repeated <= MAX_BYTES => {
                part.end = row.end;
                in_part += 1;
            }
            _ => {
                repeated = head.len() + lines_before(row.start);
                parts.push((number, row));
                in_part = 1;
            }
        }
    }
    let (open, close) = if list { ("[", "]") } else { ("", "") };
    // An LF behind a CR would be the same end of a line.
    let empty_line = if text[head.clone()].ends_with('\r') { "\r" } else { "\n" };
    let part = |(items_before, range): (usize, Range<usize>)| {
        let skipped = empty_line.repeat(lines_before(range.start));
        Part { text: format!("{}{open}{skipped}{}{close}", &text[head.clone()], &text[range]), items_before }
    };
    parts.into_iter().map(part).collect()
}

/// Whether a line names the columns: it has content, and is not the `sep=` of Excel.
fn is_header(line: &str) -> bool {
    line.chars().any(char::is_alphanumeric) && !line.trim_start().to_ascii_lowercase().starts_with("sep=")
}

/// The ends of lines in a text. A CR before an LF does not count.
fn line_ends(text: &str) -> usize {
    text.matches('\n').count() + text.matches('\r').count() - text.matches("\r\n").count()
}

/// The lines of a text, with their ends. In a table, a quoted cell may have line breaks.
fn records(text: &str, is_table: bool) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut records, mut start, mut is_quoted) = (Vec::new(), 0, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' if is_table => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted && (*byte != b'\r' || bytes.get(at + 1) != Some(&b'\n')) => {
                records.push(start..at + 1);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < bytes.len() {
        records.push(start..bytes.len());
    }
    records
}

/// The items of a list, or of an object that has nothing but `items`. `None` for any other text.
fn items(text: &str) -> Option<Vec<Range<usize>>> {
    let begin = text.find('[')?;
    let before: String = text[..begin].chars().filter(|c| !c.is_whitespace()).collect();
    let after = match before.as_str() {
        "" => "",
        r#"{"items":"# => "}",
        _ => return None,
    };
    let (mut items, mut depth, mut start) = (Vec::new(), 0_usize, None);
    let (mut is_text, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate().skip(begin) {
        if is_text {
            (is_text, is_escaped) = (is_escaped || byte != b'"', byte == b'\\' && !is_escaped);
            continue;
        }
        match byte {
            b',' | b']' if depth == 1 => items.extend(start.take().map(|start| start..at)),
            _ if depth == 1 && start.is_none() && !byte.is_ascii_whitespace() => start = Some(at),
            _ => {}
        }
        match byte {
            b'"' => is_text = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return (text[at + 1..].trim() == after).then_some(items);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use importer::{File, Kind, Options};

    use super::*;

    fn read(text: &str) -> File {
        importer::read(Kind::Evidence, text, &Options::default()).expect("readable")
    }

    /// The lines and titles of the whole file, and of its parts.
    fn compare(text: &str, expected_parts: usize) {
        let parts = of(text);
        assert_eq!(parts.len(), expected_parts);
        assert!(parts.iter().all(|part| part.text.len() <= 4 * 1024 * 1024));
        let rows = |file: File, before: usize| -> Vec<_> {
            let rows = file.rows.into_iter();
            rows.map(|row| (row.place.line, row.place.item.map(|item| item + before), row.value)).collect()
        };
        let divided: Vec<_> = parts.iter().flat_map(|part| rows(read(&part.text), part.items_before)).collect();
        assert_eq!(rows(read(text), 0), divided);
        assert!(!divided.is_empty());
    }

    #[test]
    fn the_parts_of_a_long_file_have_the_rows_and_lines_of_the_whole() {
        let cell = "MANUAL,\"A \"\"talk\"\",\r\nwith, two lines\",é,2026-03-31";
        for end in ["\n", "\r\n", "\r"] {
            let table = format!("sep=,{end},,,{end}type,title,summary,occurredAt{end}");
            compare(&(table.clone() + &format!("{cell}{end}").repeat(2_000)), 1);
            compare(&(table + &format!("{cell}{end}").repeat(4_001)), 3);
        }
        let item = r#"{"type": "MANUAL", "title": "A [\"talk\"], \\", "summary": "{", "occurredAt": "2026-03-31", "criteria": ["a", "b"]}"#;
        let list = vec![item; 4_001].join(",\n ");
        compare(&format!("\n[{list}\n]\n"), 3);
        compare(&format!("{{\"items\":\n[{list}]}}"), 3);
        compare(&format!("{item}\n\n").repeat(2_001), 3);
        let long = format!(
            "type,title,summary,occurredAt\n{}",
            format!("MANUAL,A,{},2026-03-31\n", "x".repeat(9_000)).repeat(1_000)
        );
        compare(&long, 3);
    }

    /// Nothing may be lost in silence: the API says what is wrong with such a file.
    #[test]
    fn a_long_file_of_another_form_stays_whole() {
        let list = vec!["{}"; 2_001].join(",");
        for text in [
            format!("{{\"labels\": [1], \"items\": [{list}]}}"),
            format!("[{list}]\n[{{}}]"),
            format!("[{list}"),
            format!("[{list}}}"),
            format!("{{\"items\": [{list}], \"more\": 1}}"),
            "x".repeat(5_000_000),
        ] {
            assert_eq!(of(&text), [Part { text, items_before: 0 }]);
        }
        let lines = "{\"title\": \"an \\\" inch\"}\n".repeat(2_001);
        assert_eq!(of(&lines).len(), 2);
        let high = vec![format!("{{{}}}", "\n".repeat(60)); 8_000].join(",");
        assert!(of(&format!("[{high}]")).iter().all(|part| part.text.len() <= 4 * 1024 * 1024));
        let higher = format!("[{}]", vec![format!("{{{}}}", "\n".repeat(600)); 8_000].join(","));
        assert_eq!(of(&higher).len(), 1);
    }

    #[test]
    fn a_short_file_stays_as_it_is_whatever_it_is() {
        for text in ["", "[", "{}", "[{}]", "\u{feff}a,b\n\"", "]]]", "{\"items\": 7}"] {
            assert_eq!(of(text), [Part { text: text.to_owned(), items_before: 0 }]);
        }
    }
}
