//! Removes HTML comments from Markdown. Templates of pull requests hold instructions in such comments.
//!
//! A comment in code is text, so it stays: inside code spans, and inside blocks that are fenced by backticks or tildes.
//! A comment that is never closed hides the rest of the text, as GitHub shows it.

use crate::summary::SUMMARY_CHARS;

/// Bytes after which no more text is read, because a summary has room for no more. A character has at most four bytes.
const ENOUGH_BYTES: usize = 4 * (SUMMARY_CHARS + 1);
/// Longest code span in bytes. The limit keeps the search for the ends of many code spans cheap.
const SPAN_BYTES: usize = 16 * 1024;

/// Returns the beginning of the text without HTML comments and without outer white space. It is long enough for a
/// summary.
pub(crate) fn without_comments(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    let mut at_line_start = true;
    while !rest.is_empty() && text.len() < ENOUGH_BYTES {
        let kept = if at_line_start { fenced_block(rest) } else { 0 };
        let kept = if kept == 0 { code_span(rest) } else { kept };
        if kept == 0
            && let Some(comment) = rest.strip_prefix("<!")
            && comment.starts_with("--")
        {
            // `<!-->` is a whole comment.
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            at_line_start = false;
            continue;
        }
        let kept = if kept == 0 { plain(rest) } else { kept };
        let (part, after) = rest.split_at_checked(kept).unwrap_or((rest, ""));
        // White space at the beginning has no meaning.
        text.push_str(if text.is_empty() { part.trim_start() } else { part });
        at_line_start = part.ends_with('\n');
        rest = after;
    }
    text.truncate(text.trim_end().len());
    text
}

/// Length of the text up to the next character that may have a meaning, at least one character.
fn plain(text: &str) -> usize {
    let mut chars = text.chars();
    match chars.next() {
        // An escaped character has no meaning.
        Some('\\') => 1 + chars.next().filter(char::is_ascii_punctuation).map_or(0, char::len_utf8),
        Some('\n') => 1,
        Some(first) => {
            let (_, after) = text.split_at(first.len_utf8());
            let next = after.find(['\\', '\n', '`', '<']).unwrap_or(after.len());
            // A fence begins a line, so the line end is a part of its own text.
            let line_end = usize::from(after.get(next..).is_some_and(|rest| rest.starts_with('\n')));
            first.len_utf8() + next + line_end
        }
        None => 0,
    }
}

/// Length of the fenced block with which the text begins, with its closing line. 0 if there is none. A block that is
/// never closed goes to the end of the text.
fn fenced_block(text: &str) -> usize {
    let mut lines = text.split_inclusive('\n');
    let Some((mark, width, info)) = lines.next().and_then(fence) else { return 0 };
    if mark == '`' && info.contains('`') {
        return 0;
    }
    let first = text.split_inclusive('\n').next().map_or(0, str::len);
    let mut length = first;
    for line in lines {
        length += line.len();
        if fence(line).is_some_and(|(end, end_width, info)| end == mark && end_width >= width && info.is_empty()) {
            break;
        }
    }
    length
}

/// The fence of a line: its character, its width, and the text behind it. A fence may stand in a quotation or in a list.
fn fence(line: &str) -> Option<(char, usize, &str)> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || c == '>').trim_end();
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = line.trim_start_matches(mark);
    let width = line.len() - info.len();
    (width >= 3).then_some((mark, width, info))
}

/// Length of the code span with which the text begins. A row of backticks that opens no span has its own length. 0 if
/// the text does not begin with a backtick.
fn code_span(text: &str) -> usize {
    let width = backticks(text);
    if width == 0 {
        return 0;
    }
    let (near, _) = text.split_at(text.floor_char_boundary(SPAN_BYTES));
    // A span ends in its own paragraph.
    let paragraph = near.split("\n\n").next().unwrap_or(near);
    let mut at = width;
    while let Some(rest) = paragraph.get(at..) {
        let Some(next) = rest.find('`') else { break };
        let found = rest.get(next..).map_or(0, backticks);
        at += next + found;
        if found == width {
            return at;
        }
    }
    width
}

fn backticks(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

#[cfg(test)]
mod tests {
    use super::without_comments;

    #[test]
    fn comments_are_removed() {
        for (markdown, text) in [
            ("a <!-- b --> c", "a  c"),
            ("<!-- template -->\nIt works.\n<!-- more", "It works."),
            ("<!-- a\n```\n--> b", "b"),
            ("a<!-->b<!--->c", "abc"),
            ("<!-- `a` --> `b`", "`b`"),
            ("", ""),
        ] {
            assert_eq!(without_comments(markdown), text, "{markdown:?}");
        }
    }

    #[test]
    fn code_stays() {
        for markdown in [
            "the `<!-- prettier-ignore -->` marker",
            "a ``<!-- ` -->`` b",
            "```html\n<!-- keep -->\n```\nNow 12 % faster.",
            "- item\n  ```\n  <!-- keep -->\n  ```\n",
            "> ```\n> <!-- keep -->\n> ```\n",
            "~~~~ html ` x\n<!-- keep -->\n~~~\n~~~~\n",
            "```\n<!-- never closed",
            "an escaped \\<!-- is text",
            "1 < 2 and <b>bold</b>",
            "é\\é\\",
        ] {
            assert_eq!(without_comments(markdown), markdown.trim());
        }
    }

    #[test]
    fn text_that_only_looks_like_code_is_no_code() {
        for (markdown, text) in [
            ("a ` <!-- b --> c", "a `  c"),
            ("`a\n\n<!-- b -->`", "`a\n\n`"),
            ("\\`<!-- b -->`", "\\``"),
            ("```a```\n<!-- b -->", "```a```"),
            ("```\na\n```\n<!-- b -->c", "```\na\n```\nc"),
            ("x ``` y\n<!-- b -->c", "x ``` y\nc"),
        ] {
            assert_eq!(without_comments(markdown), text, "{markdown:?}");
        }
    }

    #[test]
    fn many_backticks_are_fast() {
        let markdown: String = (1..2_000).map(|width| format!("{} ", "`".repeat(width))).collect();
        assert!(without_comments(&markdown).len() >= 8_000);
    }
}
