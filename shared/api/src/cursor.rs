//! Cursors: where the next page of a list begins.
//!
//! A cursor is opaque to clients: a version, a hash of the list that it belongs to, and a position in the list, in
//! base64. The hash covers the user, the list and its filters, so that a list rejects the cursors of other lists. The
//! hash is not a signature. A signature is not needed: every key in the table begins with its owner, so a forged cursor
//! reads only data of the user who forged it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::UserId;
use sha2::{Digest as _, Sha256};

use crate::Call;

/// The first byte of every cursor. Cursors of other versions are rejected.
const VERSION: u8 = 1;
/// Longest position, in bytes. The longest real position is a year, an instant and an id.
const MAX_POSITION_BYTES: usize = 100;
/// Bytes of the hash that a cursor carries.
const HASH_BYTES: usize = 8;

/// Writes and reads the cursors of one list of one user.
pub struct Cursors {
    prefix: [u8; 1 + HASH_BYTES],
}

impl Cursors {
    /// The cursors of a list of the caller. `list` names the list and its filters.
    pub fn new(call: &Call, list: &str) -> Self {
        Self::of_user(&call.user, list)
    }

    fn of_user(user: &UserId, list: &str) -> Self {
        let mut hasher = Sha256::new();
        for part in [user.as_str(), list] {
            // Each part is hashed with its length, so that the end of one part cannot pass for the beginning of the
            // next part.
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let mut prefix = [VERSION; 1 + HASH_BYTES];
        prefix[1..].copy_from_slice(&hasher.finalize()[..HASH_BYTES]);
        Self { prefix }
    }

    /// The cursor for `position`, where the next page begins.
    pub fn write(&self, position: &str) -> String {
        URL_SAFE_NO_PAD.encode([&self.prefix, position.as_bytes()].concat())
    }

    /// The position in a cursor of this list, or `None` for any other text. The position may be forged, but it is short
    /// printable ASCII, so it can be used in a key condition.
    pub(crate) fn read(&self, cursor: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let position = bytes.strip_prefix(&self.prefix)?;
        let is_printable = position.iter().all(u8::is_ascii_graphic);
        let fits = (1..=MAX_POSITION_BYTES).contains(&position.len());
        String::from_utf8(position.to_vec()).ok().filter(|_| is_printable && fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors(user: &str, list: &str) -> Cursors {
        Cursors::of_user(&UserId::new(user).expect("valid"), list)
    }

    #[test]
    fn a_cursor_is_read_by_its_own_user_and_list_only() {
        let ada = cursors("ada", "evidence");
        let cursor = ada.write("2026-01-01T00:00:00.000Z#id");
        assert_eq!(ada.read(&cursor).as_deref(), Some("2026-01-01T00:00:00.000Z#id"));
        for (user, list) in [("bob", "evidence"), ("ada", "evidence SLACK"), ("adaev", "idence")] {
            assert_eq!(cursors(user, list).read(&cursor), None, "{user} {list}");
        }
        for bad in ["", "x", "%%%", &cursor[1..]] {
            assert_eq!(ada.read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_forged_position_is_short_printable_ascii() {
        let ada = cursors("ada", "evidence");
        for position in ["", "a b", "a\u{0}", "é", &"x".repeat(MAX_POSITION_BYTES + 1)] {
            assert_eq!(ada.read(&ada.write(position)), None, "{position:?}");
        }
    }

    #[test]
    fn a_cursor_of_another_version_is_rejected() {
        let ada = cursors("ada", "jobs");
        let mut bytes = URL_SAFE_NO_PAD.decode(ada.write("019a")).expect("base64");
        bytes[0] += 1;
        assert_eq!(ada.read(&URL_SAFE_NO_PAD.encode(bytes)), None);
    }
}
