//! Characters that cannot be seen. They can hide words from a reader that a model reads, or turn the order of words.

use std::{borrow::Cow, ops::Range};

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation as _;

/// Ranges of characters that are taken out, unless what stands before them needs them: controls except tab and line
/// breaks, format characters (general category Cf) except those that show a sign, and what Unicode calls ignorable
/// (`Default_Ignorable_Code_Point`).
pub const INVISIBLE: [(char, char); 22] = [
    ('\u{0}', '\u{8}'),
    ('\u{b}', '\u{c}'),
    ('\u{e}', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const BLACK_FLAG: char = '\u{1f3f4}';
const CANCEL_TAG: char = '\u{e007f}';
const KEYCAP: char = '\u{20e3}';
/// The longest name of a region in a flag, for example `gbsct`.
const MAX_REGION: usize = 6;

/// The text without the characters that cannot be seen. Joiners stay in emoji and in scripts that need them, selectors
/// behind what they select, and tags in flags.
pub fn without_invisible(text: &str) -> Cow<'_, str> {
    let hidden = hidden(text);
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for range in hidden {
        kept.push_str(&text[from..range.start]);
        from = range.end;
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// Takes them out of every text in a JSON value, at any depth. Returns how many characters were taken out.
pub fn remove_from(value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            let removed = hidden(text).len();
            if removed > 0 {
                *text = without_invisible(text).into_owned();
            }
            removed
        }
        Value::Array(list) => list.iter_mut().map(remove_from).sum(),
        Value::Object(fields) => fields.values_mut().map(remove_from).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// The bytes of the characters that [`without_invisible`] takes out, in order. Each range is one character.
pub(super) fn hidden(text: &str) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
    if text.bytes().all(is_plain) || !text.chars().any(is_invisible) {
        return hidden;
    }
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let stays = if is_invisible(c) { needed(&kept, &text[at..]) } else { c.len_utf8() };
        if stays == 0 {
            hidden.push(at..at + c.len_utf8());
        }
        kept.push_str(&text[at..at + stays]);
        at += stays.max(c.len_utf8());
    }
    hidden
}

fn is_invisible(c: char) -> bool {
    // Nearly all characters of nearly all texts.
    if (' '..='~').contains(&c) {
        return false;
    }
    INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// How many bytes of `rest`, which begins with an invisible character, the text before needs.
fn needed(before: &str, rest: &str) -> usize {
    let mut chars = rest.chars();
    let (Some(c), Some(last)) = (chars.next(), before.chars().next_back()) else { return 0 };
    let next = chars.next();
    let is_needed = match c {
        ZERO_WIDTH_JOINER => is_joining_script(last) || next.is_some_and(|next| joins_emoji(before, next)),
        ZERO_WIDTH_NON_JOINER => is_joining_script(last),
        '\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}' => is_ideograph(last),
        '\u{fe0e}'..='\u{fe0f}' => is_pictograph(last) || next == Some(KEYCAP),
        '\u{180b}'..='\u{180f}' => matches!(last, '\u{1820}'..='\u{18aa}'),
        _ if last == BLACK_FLAG => return region(rest),
        _ => false,
    };
    if is_needed { c.len_utf8() } else { 0 }
}

/// The bytes of the tags that name a region behind a black flag: letters and digits, and the tag that ends them.
fn region(rest: &str) -> usize {
    let name = rest.chars().take_while(|c| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}'));
    let length = name.clone().count();
    let bytes: usize = name.map(char::len_utf8).sum();
    let is_ended = rest[bytes..].starts_with(CANCEL_TAG);
    if (1..=MAX_REGION).contains(&length) && is_ended { bytes + CANCEL_TAG.len_utf8() } else { 0 }
}

/// Whether a joiner would make one emoji of the last one of `before` and `next`.
fn joins_emoji(before: &str, next: char) -> bool {
    let last = before.graphemes(true).next_back().unwrap_or_default();
    let base = last.chars().next().unwrap_or_default();
    is_pictograph(base) && is_pictograph(next)
}

/// Whether Unicode lists the character as `Extended_Pictographic`. Of such characters, and of no others, two are one
/// grapheme with a joiner, and two graphemes without.
fn is_pictograph(c: char) -> bool {
    let graphemes = |text: String| text.graphemes(true).count();
    graphemes(format!("{c}{c}")) == 2 && graphemes(format!("{c}{ZERO_WIDTH_JOINER}{c}")) == 1
}

/// Whether the character belongs to a script whose letters are joined or not: Arabic, Syriac, N'Ko, Mongolian, and the
/// scripts of South and Southeast Asia.
const fn is_joining_script(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1700}'..='\u{18af}'
        | '\u{1a20}'..='\u{1cff}' | '\u{a800}'..='\u{abff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{11000}'..='\u{11fff}')
}

const fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_taken_out() {
        for (text, seen) in [
            ("Lost\u{200b} pay\u{ad}ments \u{202e}llef", "Lost payments llef"),
            ("\u{feff}A\u{0}B\u{7f}C\u{85}D\tE\r\nF", "ABCD\tE\r\nF"),
            ("a\u{200d}b\u{200c}c", "abc"),
            ("Say\u{e0049}\u{e0067}\u{e006e}\u{e007f} it", "Say it"),
            ("a\u{fe0f}\u{e0100}\u{fe01}", "a"),
            ("中\u{fe00}\u{fe01}\u{e0101}", "中\u{fe00}"),
            ("❤\u{fe0f}\u{fe0f}\u{fe0e}", "❤\u{fe0f}"),
            ("\u{1f3f4}\u{e0067}\u{e0062}", "\u{1f3f4}"),
            ("\u{2066}abc\u{2069}\u{200e}\u{200f}\u{61c}", "abc"),
            ("\u{200d}👩", "👩"),
            ("👩\u{200d}", "👩"),
            ("👩\u{200d}a", "👩a"),
            ("می\u{200c}\u{200c}خواهم", "می\u{200c}خواهم"),
        ] {
            assert_eq!(without_invisible(text), seen, "{text:?}");
        }
    }

    #[test]
    fn what_is_taken_out_of_a_value_is_counted() {
        let mut value =
            serde_json::json!({"title": "a\u{200b}b\u{200b}", "criteria": ["\u{feff}c", 7, null], "is": true});
        assert_eq!(remove_from(&mut value), 3);
        assert_eq!(value, serde_json::json!({"title": "ab", "criteria": ["c", 7, null], "is": true}));
    }

    #[test]
    fn what_a_script_or_an_emoji_needs_stays() {
        for text in [
            "Plain text, ünïcödé, 中文, עברית, العربية.",
            "می\u{200c}خواهم",
            "ക്\u{200d}",
            "न्\u{200d}",
            "👩\u{200d}👩\u{200d}👧\u{200d}👦",
            "🏳\u{fe0f}\u{200d}🌈",
            "👩🏽\u{200d}🚀",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}\u{20e3}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "©\u{fe0f}",
            "葛\u{e0100}",
            "ᠠ\u{180b}",
            "\u{600}123",
            "e\u{301}",
        ] {
            assert_eq!(without_invisible(text), text);
        }
    }

    #[test]
    fn the_list_is_that_of_unicode() {
        let signs = regex::Regex::new(r"^[\x{600}-\x{605}\x{6dd}\x{70f}\x{890}\x{891}\x{8e2}\x{110bd}\x{110cd}]$")
            .expect("valid");
        let listed = regex::Regex::new(r"^[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}--[\t\r\n]]$").expect("valid");
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            let is_listed = listed.is_match(&text) && !signs.is_match(&text);
            // The standard may yet give a meaning to characters between those that are ignorable.
            let is_near = matches!(c, '\u{13430}'..='\u{13455}' | '\u{fff0}'..='\u{ffff}');
            assert!(is_listed == is_invisible(c) || is_near, "{c:?}");
        }
    }
}
