//! The most similar of several names, for a question in an error.

/// Longest text that is compared, in Unicode code points. No name is nearly as long.
const MAX_CHARS: usize = 60;

/// The name that is nearest to `text`. `None` if more than a third of the longer of both would have to change.
pub fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let count = text.chars().take(MAX_CHARS + 1).count();
    if count > MAX_CHARS {
        return None;
    }
    let lower = text.to_lowercase();
    let (distance, name) = names.map(|name| (strsim::osa_distance(&lower, &name.to_lowercase()), name)).min()?;
    (distance * 3 <= count.max(name.chars().count())).then_some(name)
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
        assert_eq!(nearest("search", ["start", "q"].into_iter()), None);
        assert_eq!(nearest(&"title".repeat(100_000), names.into_iter()), None);
    }
}
