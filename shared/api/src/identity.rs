//! The caller of a request.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::UserId;
use sha2::{Digest as _, Sha256};

/// Bytes of the hash in an id of a user. Two users with equal ids are as unlikely as two equal random UUIDs.
const ID_BYTES: usize = 16;

/// The id under which the data of a user is stored: the first 16 bytes of SHA-256 over issuer, line feed and subject, in
/// base64url. An equal subject of another issuer is another person. A short key of even length keeps items small.
/// `None` if the subject is empty.
pub fn user_id(issuer: &str, subject: &str) -> Option<UserId> {
    if subject.is_empty() {
        return None;
    }
    let hash = Sha256::new().chain_update(issuer).chain_update("\n").chain_update(subject).finalize();
    UserId::new(URL_SAFE_NO_PAD.encode(hash.get(..ID_BYTES)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_an_issuer_and_a_subject() {
        let issuer = "https://identity.example.com";
        let ada = user_id(issuer, "ada").expect("a subject");
        // As the command in docs/operations.md prints it.
        assert_eq!(ada.as_str(), "4l0Tm7cglNFe6o-A1PMbZg");
        assert_eq!(user_id(issuer, "ada"), Some(ada.clone()));
        for other in [user_id("https://other.example.com", "ada"), user_id(issuer, "bob"), user_id("", "ada")] {
            assert!(other.is_some_and(|other| other != ada));
        }
        assert_eq!(user_id(issuer, ""), None);
    }
}
