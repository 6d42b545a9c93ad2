//! What a text leaves open at its end, because the token limit cut it or because its author forgot.

/// Elements that Markdown reads as one piece of HTML up to their end tag, whatever stands in between.
const RAW_ELEMENTS: [&str; 4] = ["pre", "script", "style", "textarea"];

/// The run of backticks or tildes that opens a fenced code block.
pub(super) fn fence(code: &str) -> &str {
    let mark = code.chars().next().filter(|c| matches!(c, '`' | '~'));
    let length = mark.map_or(0, |mark| code.len() - code.trim_start_matches(mark).len());
    &code[..length]
}

/// Whether a fenced code block ends in a closing fence. `code` is the whole block, and `written` is how many bytes of it
/// lead up to the end of the code within.
pub(super) fn is_closed(code: &str, written: usize) -> bool {
    let fence = fence(code);
    let code = code.trim_end();
    let Some(line) = code.rfind(['\n', '\r']).map(|end| end + 1) else {
        return false;
    };
    // A block quote has its mark before the fence.
    let last = code[line..].trim_start_matches(|c: char| c == '>' || c.is_whitespace());
    line >= written && last.starts_with(fence) && last.chars().all(|c| fence.starts_with(c))
}

/// What must follow a block of HTML so that it is complete, or an empty text. Looks for comments, declarations, tags and
/// elements with raw text. Other elements may stay open, because browsers close them where their parent ends.
pub(super) fn html_end(html: &str) -> String {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let (length, end) = markup(rest);
        match length {
            Some(length) => rest = &rest[length..],
            None => return end,
        }
    }
    String::new()
}

/// The length of the markup that begins at `<`, or `None` and its missing end.
fn markup(html: &str) -> (Option<usize>, String) {
    for (start, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")] {
        if html.starts_with(start) {
            // The comments `<!-->` and `<!--->` are complete.
            let from = if end == "-->" { 2 } else { start.len() };
            return (html[from..].find(end).map(|at| from + at + end.len()), end.to_owned());
        }
    }
    let name: String = html[1..].chars().take_while(char::is_ascii_alphanumeric).collect();
    if let Some(element) = RAW_ELEMENTS.iter().find(|element| name.eq_ignore_ascii_case(element)) {
        return (raw_element(html), format!("</{element}>"));
    }
    if name.is_empty() && !html.starts_with("</") {
        return (Some(1), String::new());
    }
    tag(html)
}

/// The length of an element with raw text, to the end of its end tag. Markdown takes the end tag of any of them. Some of
/// its readers know it only in small letters.
fn raw_element(html: &str) -> Option<usize> {
    let ends = html.match_indices("</").map(|(at, end)| at + end.len());
    let mut ends = ends.filter_map(|at| {
        let element = RAW_ELEMENTS.iter().find(|element| html[at..].starts_with(**element))?;
        let end = at + element.len();
        html[end..].starts_with('>').then_some(end + 1)
    });
    ends.next()
}

/// The length of a tag, or what it lacks.
fn tag(html: &str) -> (Option<usize>, String) {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in html.char_indices() {
        if let Some(open) = quote {
            quote = Some(open).filter(|open| *open != c);
        } else if c == '>' {
            return (Some(at + 1), String::new());
        } else if matches!(c, '"' | '\'') && before == '=' {
            quote = Some(c);
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    (None, quote.map_or_else(|| ">".to_owned(), |quote| format!("{quote}>")))
}
