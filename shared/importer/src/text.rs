//! The text of a file, before it is split into rows.

use std::borrow::Cow;

use crate::Unreadable;

/// One character in this many that is damaged makes a file unreadable.
const DAMAGED_SHARE: usize = 100;

/// Turns the bytes of a file into text. Reads UTF-8, and UTF-16 as Windows PowerShell writes it.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        // Without a byte order mark, the empty half of the first two ASCII characters shows the byte order.
        [_, 0, _, 0, ..] => utf16(bytes, u16::from_le_bytes).map(Cow::Owned),
        [0, _, 0, _, ..] => utf16(bytes, u16::from_be_bytes).map(Cow::Owned),
        _ => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Unreadable::NotUtf8),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Unreadable> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Unreadable::NotUtf8);
    }
    let units = pairs.iter().map(|pair| unit(*pair));
    Ok(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// Removes the byte order mark, and the colours that `gh` prints when colour is forced. Fails if nothing remains, or if
/// the text was damaged because it is not UTF-8.
pub(crate) fn clean(text: &str) -> Result<Cow<'_, str>, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (chars, nuls) = (text.chars().count(), text.matches('\0').count());
    let damaged = replacements(text);
    if nuls * 4 > chars || text.starts_with(char::REPLACEMENT_CHARACTER) || damaged * DAMAGED_SHARE > chars {
        return Err(Unreadable::NotUtf8);
    }
    let text = without_colours(text);
    if matches!(text.trim(), "" | "null") { Err(Unreadable::Empty) } else { Ok(text) }
}

/// A note on a few damaged characters. They may be damaged in the original too.
pub(crate) fn damage(text: &str) -> Option<String> {
    match replacements(text) {
        0 => None,
        count => Some(format!(
            "unreadable characters (\u{fffd}) in the file: {count}. If it was not saved as UTF-8, save it as UTF-8 and import it again"
        )),
    }
}

fn replacements(text: &str) -> usize {
    text.matches(char::REPLACEMENT_CHARACTER).count()
}

/// Removes ANSI colour sequences: ESC, `[`, digits and semicolons, `m`. JSON escapes ESC inside a text, so only colours
/// have it.
fn without_colours(text: &str) -> Cow<'_, str> {
    const ESC: &str = "\u{1b}[";
    if !text.contains(ESC) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut parts = text.split(ESC);
    clean.extend(parts.next());
    for part in parts {
        match part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').strip_prefix('m') {
            Some(after) => clean.push_str(after),
            None => clean.extend([ESC, part]),
        }
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::{clean, damage, decode};
    use crate::Unreadable;

    #[test]
    fn both_byte_orders_of_utf_16_are_read_with_and_without_a_mark() {
        let text = "[{\"title\": \"é 🎉\"}]";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in
            [little.clone(), big.clone(), [vec![0xff, 0xfe], little].concat(), [vec![0xfe, 0xff], big].concat()]
        {
            assert_eq!(decode(&bytes).expect("text"), text);
        }
        assert_eq!(decode(text.as_bytes()).expect("text"), text);
        assert_eq!(decode(b"Vortrag \xfcber"), Err(Unreadable::NotUtf8));
        assert_eq!(decode(&[0xff, 0xfe, b'a']), Err(Unreadable::NotUtf8));
    }

    #[test]
    fn an_empty_file_is_called_empty() {
        for text in ["", " \n", "\u{feff}", "null\n", "\u{1b}[m\u{1b}[1;38mnull\u{1b}[m"] {
            assert_eq!(clean(text), Err(Unreadable::Empty), "{text:?}");
        }
    }

    #[test]
    fn text_that_was_not_utf_8_is_recognised() {
        let utf16 = "[{\"title\": 1}]".chars().flat_map(|c| [c, '\0']).collect::<String>();
        for text in [utf16.as_str(), "\u{fffd}\u{fffd}[]", "title\nVortrag \u{fffd}ber T\u{fffd}ne\n"] {
            assert_eq!(clean(text), Err(Unreadable::NotUtf8), "{text:?}");
        }
        let long = format!("title\n{}\u{fffd}", "a".repeat(1_000));
        assert_eq!(clean(&long).expect("text"), long);
        assert!(damage(&long).expect("note").contains(": 1."));
        assert_eq!(damage("fine"), None);
    }

    #[test]
    fn colours_are_removed_and_nothing_else() {
        assert_eq!(clean("\u{feff}\u{1b}[1;38m[\u{1b}[m1\u{1b}[0m]").expect("text"), "[1]");
        assert_eq!(clean("a\u{1b}[2Kb\u{1b}[").expect("text"), "a\u{1b}[2Kb\u{1b}[");
    }
}
