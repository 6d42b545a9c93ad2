//! Cursors: where the next page of a list begins.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::UserId;
use sha2::{Digest, Sha256};

/// Bytes of the digest that a cursor carries.
const DIGEST_BYTES: usize = 9;

/// The place `place` in the list `list` of `user`, as text. It is of no use elsewhere.
///
/// The query that it begins is the caller's own in any case, so the digest guards against
/// mistakes, not against attacks.
pub fn cursor(user: &UserId, list: &str, place: &str) -> String {
    let mut bytes = digest(user, list, place).to_vec();
    bytes.extend_from_slice(place.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that [`cursor`] was made of, if it was made for the same user and list.
pub(crate) fn read(user: &UserId, list: &str, text: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (bound, place) = bytes.split_at_checked(DIGEST_BYTES)?;
    let place = std::str::from_utf8(place).ok()?;
    (bound == digest(user, list, place)).then(|| place.to_owned())
}

fn digest(user: &UserId, list: &str, place: &str) -> [u8; DIGEST_BYTES] {
    let whole = Sha256::digest(format!("{}\n{list}\n{place}", user.as_str()));
    std::array::from_fn(|index| whole[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_of_use_to_its_user_and_list_only() {
        let (ada, bob) = (UserId::new("ada").expect("valid"), UserId::new("bob").expect("valid"));
        let text = cursor(&ada, "evidence", "2026-01-01T00:00:00.000Z#id");
        assert_eq!(read(&ada, "evidence", &text).as_deref(), Some("2026-01-01T00:00:00.000Z#id"));
        assert_eq!(read(&bob, "evidence", &text), None);
        assert_eq!(read(&ada, "evidence SLACK", &text), None);
        for bad in ["", "x", "%%%", &text[1..], &format!("{text}AA")] {
            assert_eq!(read(&ada, "evidence", bad), None, "{bad}");
        }
    }
}
