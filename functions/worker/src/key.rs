//! Who pays for Claude: an API key, kept in Secrets Manager, read once, and read again when it was
//! not accepted; or the function's own AWS credentials.

use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext, operation::get_secret_value::GetSecretValueError};
use claude::{Auth, SigV4};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

/// Where the key comes from.
#[derive(Debug)]
pub enum KeySource {
    /// No key is needed: requests are signed.
    Aws(SigV4),
    /// There is none: every job fails with the text for that.
    Missing,
    /// Given at start; for development.
    Fixed(SecretString),
    /// A secret, by name or ARN. An empty or blank one counts as missing.
    Secret {
        /// Secrets Manager.
        client: Client,
        /// Name or ARN.
        id: String,
        /// What was read last.
        cached: Mutex<Option<SecretString>>,
    },
}

/// The secret cannot be read; it may pass.
#[derive(Debug, thiserror::Error)]
#[error("the secret with the API key cannot be read: {0}")]
pub struct KeyError(String);

impl KeySource {
    /// A secret that is read when it is first needed.
    pub fn secret(client: Client, id: String) -> Self {
        Self::Secret { client, id, cached: Mutex::new(None) }
    }

    /// The key, if there is one.
    pub async fn get(&self) -> Result<Option<Auth>, KeyError> {
        let Self::Secret { client, id, cached } = self else { return Ok(self.fixed()) };
        let mut cached = cached.lock().await;
        if cached.is_none() {
            let read = match client.get_secret_value().secret_id(id).send().await {
                Ok(read) => read,
                // The stack makes the secret without a value.
                Err(error)
                    if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
                {
                    tracing::error!(secret = id, "the secret does not exist, or holds no value yet");
                    return Ok(None);
                }
                Err(error) => return Err(KeyError(DisplayErrorContext(&error).to_string())),
            };
            let key = read.secret_string.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
            *cached = key.map(SecretString::from);
        }
        Ok(cached.clone().map(Auth::ApiKey))
    }

    /// Another key than `rejected`, if the secret holds one by now.
    pub async fn renewed(&self, rejected: &Auth) -> Result<Option<Auth>, KeyError> {
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
