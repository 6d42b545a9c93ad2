//! Divides a text into digits, words, spaces and other characters.

use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Digits,
    Word,
    Space,
    /// One character: punctuation, a symbol, or a character of a script that writes without spaces.
    Other,
}

pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// Digits are ASCII digits.
    pub(super) text: Cow<'a, str>,
    pub(super) start: usize,
    bytes: usize,
}

impl Token<'_> {
    pub(super) const fn end(&self) -> usize {
        self.start + self.bytes
    }
}

pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    for (start, c) in text.char_indices() {
        let kind = match c {
            _ if digit(c).is_some() => Kind::Digits,
            _ if c.is_whitespace() => Kind::Space,
            _ if c.is_alphabetic() && !is_without_spaces(c) => Kind::Word,
            _ => Kind::Other,
        };
        match tokens.last_mut() {
            Some(last) if last.kind == kind && kind != Kind::Other => last.bytes += c.len_utf8(),
            _ => tokens.push(Token { kind, text: Cow::Borrowed(""), start, bytes: c.len_utf8() }),
        }
    }
    for token in &mut tokens {
        let written = &text[token.start..token.end()];
        token.text = match token.kind {
            Kind::Digits if !written.is_ascii() => written.chars().filter_map(digit).collect::<String>().into(),
            _ => written.into(),
        };
    }
    tokens
}

/// The ASCII digit of a decimal digit.
const fn digit(c: char) -> Option<char> {
    const ZEROS: [char; 6] = ['0', '０', '٠', '۰', '०', '০'];
    let mut at = 0;
    while at < ZEROS.len() {
        let distance = (c as u32).wrapping_sub(ZEROS[at] as u32);
        if distance < 10 {
            return char::from_digit(distance, 10);
        }
        at += 1;
    }
    None
}

/// Thai, Chinese, Japanese and Korean: a digit beside such a letter is not part of a name.
const fn is_without_spaces(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{e7f}' | '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
