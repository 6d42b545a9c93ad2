//! Credentials for Claude: an API key from Secrets Manager, or the AWS credentials of the function.
//!
//! The API key is read when it is first needed, and cached. When Claude rejects it, the secret is read again, so that a
//! rotated key needs no new deployment.

use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext, operation::get_secret_value::GetSecretValueError};
use claude::{Auth, SigV4};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

/// The source of the credentials.
#[derive(Debug)]
pub enum CredentialSource {
    /// Requests are signed with AWS credentials. There is no API key.
    Aws(SigV4),
    /// No credentials are configured. Every job fails as `NO_API_KEY`.
    Missing,
    /// An API key from the settings, for development.
    Fixed(SecretString),
    /// An API key in Secrets Manager. An empty or blank secret counts as no key.
    Secret {
        client: Client,
        /// Name or ARN of the secret.
        id: String,
        /// The key that was read last. `None` before the first read and after a rejection.
        cached: Mutex<Option<SecretString>>,
    },
}

/// The secret could not be read. A retry may succeed.
#[derive(Debug, thiserror::Error)]
#[error("the secret with the API key cannot be read: {0}")]
pub struct CredentialError(String);

impl CredentialSource {
    /// A secret by its name or ARN. It is not read yet.
    pub fn secret(client: Client, id: String) -> Self {
        Self::Secret { client, id, cached: Mutex::new(None) }
    }

    /// The credentials for a call, from the cache if possible. `None` if there is no key.
    pub async fn get(&self) -> Result<Option<Auth>, CredentialError> {
        let Self::Secret { client, id, cached } = self else { return Ok(self.fixed()) };
        let mut cached = cached.lock().await;
        if cached.is_none() {
            let read = match client.get_secret_value().secret_id(id).send().await {
                Ok(read) => read,
                // A new stack creates the secret without a value.
                Err(error)
                    if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
                {
                    tracing::error!(secret = id, "the secret does not exist, or holds no value yet");
                    return Ok(None);
                }
                Err(error) => return Err(CredentialError(DisplayErrorContext(&error).to_string())),
            };
            let key = read.secret_string.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
            *cached = key.map(SecretString::from);
        }
        Ok(cached.clone().map(Auth::ApiKey))
    }

    /// Reads the secret again after Claude has rejected `rejected`. Returns a key only if it is a different key. If
    /// another call has refreshed the cache already, the secret is not read again.
    pub async fn refresh(&self, rejected: &Auth) -> Result<Option<Auth>, CredentialError> {
        let (Self::Secret { cached, .. }, Auth::ApiKey(rejected)) = (self, rejected) else { return Ok(None) };
        let is_rejected = |key: &SecretString| key.expose_secret() == rejected.expose_secret();
        {
            let mut cached = cached.lock().await;
            if cached.as_ref().is_some_and(is_rejected) {
                *cached = None;
            }
        }
        let read = self.get().await?;
        Ok(read.filter(|auth| !matches!(auth, Auth::ApiKey(key) if is_rejected(key))))
    }

    fn fixed(&self) -> Option<Auth> {
        match self {
            Self::Fixed(key) => Some(Auth::ApiKey(key.clone())),
            Self::Aws(signer) => Some(Auth::SigV4(signer.clone())),
            Self::Missing | Self::Secret { .. } => None,
        }
    }
}
