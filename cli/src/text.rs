//! Text for a terminal.

use console::Term;
use serde_json::Value;

/// Lines are never longer, also on a wide terminal.
const MAX_WIDTH: usize = 100;
/// Width where there is no terminal.
const DEFAULT_WIDTH: usize = 80;

/// Columns that a line may take.
pub(crate) fn width() -> usize {
    let term = Term::stdout();
    if term.is_term() { usize::from(term.size().1).clamp(20, MAX_WIDTH) } else { DEFAULT_WIDTH }
}

/// Breaks the lines of a text between words.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    text.lines().map(|line| textwrap::fill(line, width)).collect::<Vec<_>>().join("\n")
}

/// The beginning of a text of at most `max` characters, on one line and without control characters.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= max {
        return line;
    }
    line.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// Inserts `[n]` after every cited passage, before the white space at its end. Citations count characters, not bytes.
pub(crate) fn marked(content: &str, citations: &Value) -> String {
    let chars: Vec<char> = content.chars().collect();
    let end = |citation: &Value| {
        let mut end = usize::try_from(citation["end"].as_u64()?).ok()?.min(chars.len());
        while end > 0 && chars[end - 1].is_whitespace() {
            end -= 1;
        }
        Some(end)
    };
    let ends: Vec<usize> = citations.as_array().into_iter().flatten().filter_map(end).collect();
    let mut text = String::new();
    for at in 0..=chars.len() {
        for (index, _) in ends.iter().enumerate().filter(|(_, end)| **end == at) {
            text.push_str(&format!("[{}]", index + 1));
        }
        text.extend(chars.get(at));
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marks_stand_before_white_space() {
        let citations = json!([{"end": 7}, {"end": 14}, {"end": 99}]);
        assert_eq!(marked("Done ✓ And more.  ", &citations), "Done ✓[1] And mor[2]e.[3]");
    }

    #[test]
    fn lines_break_between_words_and_paragraphs_stay() {
        assert_eq!(wrapped("one two three\n\nfour", 9), "one two\nthree\n\nfour");
        assert_eq!(one_line("a\u{1b}[31m\n b c", 5), "a[31…");
    }
}
