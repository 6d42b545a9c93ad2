//! Reads the short names of sources, such as `E3`, as models write them.
//!
//! The prompt names its sources `E1`, `G1`, `R1`. Models answer with `[E1]`, `E1, E2`, `E-1`, `E01`, `Evidence 1`,
//! `E1-E3` or a bare `1`.

/// The longest range that is read, in names. A longer one is a mistake.
const MAX_RANGE: usize = 1_000;

/// A part of a text.
#[derive(Clone, Copy, PartialEq)]
enum Token {
    /// A word for a kind of source.
    Kind(char),
    Number(usize),
    /// A dash between two characters that are neither white space nor a dash is a range, as in `E1-E3`. A dash after a
    /// kind joins it to its number, as in `E-3`.
    Dash,
    /// Any other word.
    Word,
}

/// The names in a text in lower case, for example `e3`. `kind` is the letter of a bare number. A bare number is read
/// only if the text has no other words, so that "done in 2 months" names nothing.
pub(crate) fn read(text: &str, kind: Option<char>) -> Vec<String> {
    let tokens = tokens(text);
    let bare = kind.filter(|_| !tokens.contains(&Token::Word));
    let mut names: Vec<(char, usize)> = Vec::new();
    let mut named_kind = None;
    let mut is_range = false;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Kind(letter) => named_kind = Some(*letter),
            Token::Dash => is_range = at > 0 && matches!(tokens[at - 1], Token::Number(_)),
            Token::Word => (named_kind, is_range) = (None, false),
            Token::Number(number) => {
                let before = names.last().copied();
                let letter = named_kind.take().or(before.filter(|_| is_range).map(|(letter, _)| letter)).or(bare);
                let Some(letter) = letter else { continue };
                match before {
                    Some((kind, first))
                        if is_range && kind == letter && (first..first + MAX_RANGE).contains(number) =>
                    {
                        names.extend((first + 1..=*number).map(|number| (letter, number)));
                    }
                    _ => names.push((letter, *number)),
                }
                is_range = false;
            }
        }
    }
    names.into_iter().map(|(letter, number)| format!("{letter}{number}")).collect()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_same = |c: char| match first {
            '0'..='9' => c.is_ascii_digit(),
            _ => c.is_alphabetic() && first.is_alphabetic(),
        };
        let length = rest.find(|c| !is_same(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (token, after) = rest.split_at(length);
        rest = after;
        match first {
            '0'..='9' => tokens.push(token.parse().map_or(Token::Word, Token::Number)),
            '-' | '\u{2010}'..='\u{2015}' => tokens.push(Token::Dash),
            _ if first.is_alphabetic() => tokens.push(match token.to_lowercase().as_str() {
                "e" | "evidence" => Token::Kind('e'),
                "g" | "goal" | "goals" => Token::Kind('g'),
                "r" | "review" | "reviews" => Token::Kind('r'),
                "and" => continue,
                _ => Token::Word,
            }),
            _ => {}
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_models_write_them() {
        for (text, names) in [
            ("E1", vec!["e1"]),
            ("[e1], (E02) and R3", vec!["e1", "e2", "r3"]),
            ("E-3; E 4; E#5; E_6", vec!["e3", "e4", "e5", "e6"]),
            ("Evidence 2, goal 1, Review #7", vec!["e2", "g1", "r7"]),
            ("E1-E3", vec!["e1", "e2", "e3"]),
            ("E1–3, R2", vec!["e1", "e2", "e3", "r2"]),
            ("E3-E1", vec!["e3", "e1"]),
            ("E1-R2", vec!["e1", "r2"]),
            ("1", vec!["e1"]),
            ("1, 2 and 5-6", vec!["e1", "e2", "e5", "e6"]),
            ("done in 2 months", vec![]),
            ("A12, PRE1, 2025", vec![]),
            ("see E7 of 2025", vec!["e7"]),
            ("E99999999999999999999", vec![]),
            ("E1-E9999999", vec!["e1", "e9999999"]),
            ("", vec![]),
            ("é1 ー2", vec![]),
        ] {
            assert_eq!(read(text, Some('e')), names, "{text}");
        }
        assert_eq!(read("7", None), Vec::<String>::new());
    }
}
