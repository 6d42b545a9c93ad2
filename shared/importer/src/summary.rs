//! Cuts a long description.

/// Longest summary in characters, a few paragraphs. The API accepts 10,000.
pub(crate) const SUMMARY_CHARS: usize = 2_000;

/// Returns the description with line feeds and without outer white space. A long description is cut between words.
pub(crate) fn summary(description: &str) -> String {
    let text = description.replace("\r\n", "\n");
    let text = text.trim();
    let Some((cut, _)) = text.char_indices().nth(SUMMARY_CHARS) else { return text.to_owned() };
    let (short, _) = text.split_at(cut);
    // Some languages have no spaces between words. Do not lose half of their text.
    let end = short.rfind(char::is_whitespace).filter(|end| end * 2 > cut).unwrap_or(cut);
    format!("{} …", short.split_at(end).0.trim_end())
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn a_long_description_is_cut_between_words() {
        let cut = summary(&"é ünd ".repeat(1_000));
        assert!(cut.chars().count() <= 2_002 && (cut.ends_with(" ünd …") || cut.ends_with(" é …")), "{cut}");
        assert_eq!(summary(&format!("a {}", "漢".repeat(3_000))).chars().count(), 2_002);
        assert_eq!(summary(" a\r\nb \n"), "a\nb");
        assert_eq!(summary(&"a".repeat(2_000)), "a".repeat(2_000));
    }
}
