//! Cursors: where the next page of a list begins.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::UserId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use store::Store;

use crate::{Call, Problem};

/// Bytes of the tag that a cursor carries.
const TAG_BYTES: usize = 16;

/// Makes and reads the cursors of one list of one user. A cursor is authenticated with the
/// service's key (HMAC-SHA-256) and of no use to another user, in another list or with other
/// filters.
pub struct Cursors {
    key: [u8; 64],
    user: UserId,
    list: String,
}

impl Cursors {
    /// Of the caller's list; `list` names it and its filters.
    pub async fn of(store: &Store, call: &Call, list: impl Into<String>) -> Result<Self, Problem> {
        Ok(Self { key: store.service_key().await?, user: call.user.clone(), list: list.into() })
    }

    /// The place `place` in the list, as text.
    pub fn write(&self, place: &str) -> String {
        let mut bytes = self.mac(place).finalize().into_bytes()[..TAG_BYTES].to_vec();
        bytes.extend_from_slice(place.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place that [`Self::write`] made a text of, if it did.
    pub(crate) fn read(&self, text: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, place) = bytes.split_at_checked(TAG_BYTES)?;
        let place = std::str::from_utf8(place).ok()?;
        self.mac(place).verify_truncated_left(tag).ok()?;
        Some(place.to_owned())
    }

    fn mac(&self, place: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        // Lengths first, so that no part can pass for another's end.
        for part in [self.user.as_str(), &self.list, place] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors(user: &str, list: &str, key: u8) -> Cursors {
        Cursors { key: [key; 64], user: UserId::new(user).expect("valid"), list: list.to_owned() }
    }

    #[test]
    fn a_cursor_is_of_use_to_its_user_and_list_only() {
        let ada = cursors("ada", "evidence", 1);
        let text = ada.write("2026-01-01T00:00:00.000Z#id");
        assert_eq!(ada.read(&text).as_deref(), Some("2026-01-01T00:00:00.000Z#id"));
        let others =
            [cursors("bob", "evidence", 1), cursors("ada", "evidence SLACK", 1), cursors("ada", "evidence", 2)];
        for other in others.iter().chain([&cursors("adaev", "idence", 1)]) {
            assert_eq!(other.read(&text), None);
        }
        for bad in ["", "x", "%%%", &text[1..], &format!("{text}AA")] {
            assert_eq!(ada.read(bad), None, "{bad}");
        }
    }

    #[test]
    fn no_byte_of_a_cursor_can_be_changed() {
        let ada = cursors("ada", "jobs", 1);
        let bytes = URL_SAFE_NO_PAD.decode(ada.write("019a")).expect("base64");
        for index in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[index] ^= 1;
            assert_eq!(ada.read(&URL_SAFE_NO_PAD.encode(forged)), None, "byte {index}");
        }
    }
}
