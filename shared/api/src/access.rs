//! Which callers have access, and how the log names them.

use std::collections::HashMap;

use domain::ids::UserId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use runtime::{Settings, SettingsError};
use sha2::Sha256;

use crate::identity::user_id;

/// What a deployment requires of a token besides that the gateway has verified it, and the key of the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    /// Name and value of a claim.
    required: Option<(String, String)>,
    log_key: Option<Hmac<Sha256>>,
}

/// The caller of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The token has no subject, or is no access token.
    Unknown,
    /// The token lacks the required claim.
    Refused(UserId),
    Admitted(UserId),
}

impl Access {
    pub(crate) fn from_environment() -> Result<Self, SettingsError> {
        Self::read(Settings::from_environment())
    }

    /// `REQUIRED_CLAIM` and `REQUIRED_CLAIM_VALUE`: one without the other is an error. Without `LOG_KEY`, the log names no
    /// caller.
    fn read(mut settings: Settings) -> Result<Self, SettingsError> {
        let (name, value) = (settings.optional("REQUIRED_CLAIM"), settings.optional("REQUIRED_CLAIM_VALUE"));
        if name.is_some() != value.is_some() {
            settings.problem("REQUIRED_CLAIM and REQUIRED_CLAIM_VALUE need each other");
        }
        let log_key = settings.optional("LOG_KEY").and_then(|key| Hmac::new_from_slice(key.as_bytes()).ok());
        settings.finish(Self { required: name.zip(value), log_key })
    }

    /// The caller with these claims, which the gateway has verified.
    pub(crate) fn caller(&self, claims: &HashMap<String, String>) -> Caller {
        let claim = |name: &str| claims.get(name).map(String::as_str);
        // Cognito's id tokens are for the app that signs a user in, and the gateway takes them for access tokens.
        let is_for_apis = claim("token_use").is_none_or(|usage| usage == "access");
        let identity = claim("sub").zip(claim("iss")).filter(|_| is_for_apis);
        let Some(user) = identity.and_then(|(subject, issuer)| user_id(issuer, subject)) else {
            return Caller::Unknown;
        };
        let required = self.required.as_ref();
        let is_admitted = required.is_none_or(|(name, wanted)| claim(name).is_some_and(|value| has(value, wanted)));
        if is_admitted { Caller::Admitted(user) } else { Caller::Refused(user) }
    }

    /// The first 64 bits of HMAC-SHA-256 over the id of a user, in hexadecimal. They tell the users of a deployment apart,
    /// and only who has the key can tell whose they are.
    pub(crate) fn digest(&self, user: &UserId) -> Option<String> {
        let hash = self.log_key.clone()?.chain_update(user.as_str()).finalize().into_bytes();
        let (beginning, _) = hash.split_first_chunk()?;
        Some(format!("{:016x}", u64::from_be_bytes(*beginning)))
    }
}

/// Whether a claim is `wanted`, or is a list with it. The gateway writes a list as `[a b]`.
fn has(value: &str, wanted: &str) -> bool {
    let list = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
    value == wanted || list.is_some_and(|list| list.split(' ').any(|item| item == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(settings: &'static [(&str, &str)]) -> Result<Access, SettingsError> {
        Access::read(Settings::from_lookup(move |name| {
            settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }))
    }

    fn claims(more: &[(&str, &str)]) -> HashMap<String, String> {
        let identity = [("iss", "https://identity.example.com"), ("sub", "ada")];
        identity.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_required_claim_admits_its_value_alone_or_in_a_list() {
        let access = access(&[("REQUIRED_CLAIM", "groups"), ("REQUIRED_CLAIM_VALUE", "reviews")]).expect("a claim");
        let ada = user_id("https://identity.example.com", "ada").expect("a subject");
        for admitted in ["reviews", "[reviews]", "[all reviews]", "[reviews all]"] {
            assert_eq!(access.caller(&claims(&[("groups", admitted)])), Caller::Admitted(ada.clone()), "{admitted}");
        }
        for refused in ["", "Reviews", "reviews-2", "[reviews-2]", "[all]", "all reviews", "reviews]", "[]"] {
            assert_eq!(access.caller(&claims(&[("groups", refused)])), Caller::Refused(ada.clone()), "{refused}");
        }
        assert_eq!(access.caller(&claims(&[("roles", "reviews")])), Caller::Refused(ada));
    }

    #[test]
    fn a_token_for_another_use_or_without_a_subject_has_no_caller() {
        let access = Access::default();
        assert!(matches!(access.caller(&claims(&[])), Caller::Admitted(_)));
        assert!(matches!(access.caller(&claims(&[("token_use", "access")])), Caller::Admitted(_)));
        for unknown in [("token_use", "id"), ("token_use", ""), ("sub", "")] {
            assert_eq!(access.caller(&claims(&[unknown])), Caller::Unknown, "{unknown:?}");
        }
        assert_eq!(access.caller(&HashMap::new()), Caller::Unknown);
    }

    #[test]
    fn half_of_a_required_claim_starts_no_function() {
        for half in [[("REQUIRED_CLAIM", "hd")].as_slice(), &[("REQUIRED_CLAIM_VALUE", "example.com")]] {
            let half: &'static [_] = half;
            assert!(access(half).is_err(), "{half:?}");
        }
    }

    #[test]
    fn a_digest_names_a_user_to_who_has_the_key() {
        let ada = user_id("https://identity.example.com", "ada").expect("a subject");
        let digest = |settings| access(settings).expect("a key").digest(&ada);
        // As the command in docs/operations.md prints it.
        assert_eq!(digest(&[("LOG_KEY", "a-key-for-this-page")]).as_deref(), Some("9f0a9a8502977b7a"));
        assert_ne!(digest(&[("LOG_KEY", "another")]), digest(&[("LOG_KEY", "a-key-for-this-page")]));
        assert_eq!(digest(&[]), None);
    }
}
