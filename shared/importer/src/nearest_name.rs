//! The most similar of several names, for a question in an error.

/// The name that is nearest to `text`. `None` if more than half of the text would have to change.
pub(crate) fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = text.chars().count();
    // A text more than twice as long as a name is far from it. It may have millions of characters, so it is not compared.
    let names = names.filter(|name| length <= 2 * name.chars().count());
    let lower = text.to_lowercase();
    let (distance, name) = names.map(|name| (strsim::levenshtein(&lower, &name.to_lowercase()), name)).min()?;
    (distance * 2 <= length).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["occurredAt", "title", "summary"];
        assert_eq!(nearest("ocuredat", names.into_iter()), Some("occurredAt"));
        assert_eq!(nearest("Titel", names.into_iter()), Some("title"));
        assert_eq!(nearest("story points", names.into_iter()), None);
    }
}
