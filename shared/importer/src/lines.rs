//! Lines of a file, as an editor counts them: LF, CRLF and a lone CR each end a line.

/// Number of line ends in a text. The text must not end between the CR and the LF of one line end.
pub(crate) fn count_ends(text: &str) -> usize {
    let bytes = text.as_bytes();
    let next = bytes.iter().skip(1).map(Some).chain([None]);
    bytes.iter().zip(next).filter(|(byte, next)| **byte == b'\n' || (**byte == b'\r' && *next != Some(&b'\n'))).count()
}

/// Splits a text at its first line end. The rest begins with the next line. `None` if the text has no line end.
pub(crate) fn split_first(text: &str) -> Option<(&str, &str)> {
    let (line, rest) = text.split_at(text.find(['\n', '\r'])?);
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r']))?;
    Some((line, rest))
}

/// The lines of a text without their ends.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (line, next) = split_first(text).map_or((text, None), |(line, next)| (line, Some(next)));
        rest = next;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::{count_ends, lines, split_first};

    #[test]
    fn all_three_line_ends_count_once() {
        assert_eq!(count_ends("a\nb\r\nc\rd\n\r"), 5);
        assert_eq!(lines("a\nb\r\nc\rd\n\re").collect::<Vec<_>>(), ["a", "b", "c", "d", "", "e"]);
        assert_eq!(split_first("a\r\n\nb"), Some(("a", "\nb")));
        assert_eq!((split_first("a"), count_ends("")), (None, 0));
    }
}
