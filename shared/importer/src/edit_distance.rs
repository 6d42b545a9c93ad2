//! The most similar of several names, for a question in an error.

/// The name that is nearest to `text`. `None` if more than half of the text would have to change.
pub(crate) fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let (distance, name) = names.map(|name| (distance(&lower, &name.to_lowercase()), name)).min()?;
    (distance * 2 <= text.chars().count()).then_some(name)
}

/// Levenshtein distance: how many characters must be inserted, removed or replaced.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, c) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for ((before, above), d) in row.iter().zip(row.iter().skip(1)).zip(&other) {
            let left = next.last().copied().unwrap_or_default();
            next.push((before + usize::from(c != *d)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_nearest_name_is_found() {
        assert_eq!((distance("kitten", "sitting"), distance("", "ab"), distance("ab", "")), (3, 2, 2));
        let names = ["occurredAt", "title", "summary"];
        assert_eq!(nearest("ocuredat", names.into_iter()), Some("occurredAt"));
        assert_eq!(nearest("Titel", names.into_iter()), Some("title"));
        assert_eq!(nearest("story points", names.into_iter()), None);
    }
}
