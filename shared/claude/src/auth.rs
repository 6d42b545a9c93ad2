//! Authentication: an API key, or a signature made from AWS credentials.

use std::time::SystemTime;

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::ClaudeError;

/// The service that gives access to Claude. It decides the base URL and the authentication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::Display, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Provider {
    /// Anthropic's own API, authenticated by an API key.
    #[default]
    Anthropic,
    /// Claude Platform on AWS, authenticated by SigV4. It requires a workspace id.
    ClaudePlatformAws,
    /// Amazon Bedrock's Anthropic-compatible endpoint, authenticated by SigV4. It has no structured output.
    Bedrock,
}

impl Provider {
    /// Base URL of the provider in an AWS region. Anthropic's own API ignores the region.
    pub fn base_url(self, region: &str) -> String {
        match self {
            Self::Anthropic => "https://api.anthropic.com".to_owned(),
            Self::ClaudePlatformAws => format!("https://aws-external-anthropic.{region}.api.aws"),
            Self::Bedrock => format!("https://bedrock-mantle.{region}.api.aws/anthropic"),
        }
    }

    /// AWS service name to sign for. `None` for a provider that takes an API key.
    pub const fn service(self) -> Option<&'static str> {
        match self {
            Self::Anthropic => None,
            Self::ClaudePlatformAws => Some("aws-external-anthropic"),
            Self::Bedrock => Some("bedrock-mantle"),
        }
    }

    /// Whether the provider accepts `output_config.format`, a JSON Schema for the answer.
    pub const fn has_structured_output(self) -> bool {
        !matches!(self, Self::Bedrock)
    }
}

/// The authentication of a request. It also decides which account pays.
#[derive(Clone, Debug)]
pub enum Auth {
    /// A key that is sent in the header `x-api-key`.
    ApiKey(SecretString),
    /// A signature in AWS Signature Version 4.
    SigV4(SigV4),
}

/// The credentials and names that a signature is made from.
#[derive(Clone, Debug)]
pub struct SigV4 {
    /// Read again for every request. The account that owns the credentials pays.
    pub credentials: SharedCredentialsProvider,
    /// AWS region of the endpoint, for example `eu-west-1`.
    pub region: String,
    /// AWS service name of the endpoint, from [`Provider::service`].
    pub service: &'static str,
    /// Value of the header `anthropic-workspace-id`. `None` for a provider that needs no workspace.
    pub workspace: Option<String>,
}

impl Auth {
    /// Adds the authentication headers to `request`. A signature covers `url`, `headers` and `body`, so all three must
    /// be exactly what `request` sends.
    pub(crate) async fn apply(
        &self,
        request: RequestBuilder,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<RequestBuilder, ClaudeError> {
        match self {
            Self::ApiKey(key) => Ok(request.header("x-api-key", key.expose_secret())),
            Self::SigV4(signer) => {
                let signed = signer.sign(url, headers, body, SystemTime::now()).await;
                let signed = signed.map_err(ClaudeError::Credentials)?;
                Ok(signed.into_iter().fold(request, |request, (name, value)| request.header(name, value)))
            }
        }
    }
}

impl SigV4 {
    /// Returns the headers to add to a request: the signature, the headers that it needs, and the workspace.
    async fn sign(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        now: SystemTime,
    ) -> Result<Vec<(String, String)>, Box<dyn std::error::Error + Send + Sync>> {
        let identity = self.credentials.provide_credentials().await?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(now)
            .settings(SigningSettings::default())
            .build()?
            .into();
        let workspace = self.workspace.iter().map(|workspace| ("anthropic-workspace-id", workspace.as_str()));
        let own: Vec<(&str, &str)> = headers.iter().copied().chain(workspace.clone()).collect();
        let request = SignableRequest::new("POST", url, own.into_iter(), SignableBody::Bytes(body))?;
        let (instructions, _) = sign(request, &parameters)?.into_parts();
        let (signature, _) = instructions.into_parts();
        let mut added: Vec<(String, String)> =
            signature.iter().map(|header| (header.name().to_owned(), header.value().to_owned())).collect();
        added.extend(workspace.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(added)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_credential_types::Credentials;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn keyed(key: &[u8], text: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// Computes the signature independently, step by step after AWS's "Signature Version 4 signing process".
    fn by_hand(host: &str, path: &str, headers: &[(String, String)], service: &str, body: &[u8]) -> String {
        let (date, time) = ("20261124", "20261124T100000Z");
        let mut all: Vec<(String, String)> = headers.to_vec();
        all.push(("host".to_owned(), host.to_owned()));
        all.sort();
        let canonical: String = all.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let request = format!("POST\n{path}\n\n{canonical}\n{names}\n{}", hex(&Sha256::digest(body)));
        let scope = format!("{date}/eu-west-1/{service}/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request)));
        let key = [date, "eu-west-1", service, "aws4_request"]
            .iter()
            .fold(b"AWS4example-secret".to_vec(), |key, part| keyed(&key, part));
        format!(
            "AWS4-HMAC-SHA256 Credential=EXAMPLEKEY/{scope}, SignedHeaders={names}, Signature={}",
            hex(&keyed(&key, &text))
        )
    }

    #[tokio::test]
    async fn requests_to_providers_on_aws_are_signed_as_aws_documents_it() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_514_400);
        for (provider, workspace) in [(Provider::ClaudePlatformAws, Some("wrkspc_example")), (Provider::Bedrock, None)]
        {
            let token = Some("example-session".to_owned());
            let credentials = Credentials::new("EXAMPLEKEY", "example-secret", token, None, "test");
            let service = provider.service().expect("signed");
            let signer = SigV4 {
                credentials: SharedCredentialsProvider::new(credentials),
                region: "eu-west-1".to_owned(),
                service,
                workspace: workspace.map(str::to_owned),
            };
            let base = provider.base_url("eu-west-1");
            let url = format!("{base}/v1/messages");
            let (host, path) = url.trim_start_matches("https://").split_once('/').expect("a path");
            let sent = [("anthropic-version", "2026-10-21"), ("content-type", "application/json")];
            let body = br#"{"model":"claude"}"#;
            let added = signer.sign(&url, &sent, body, now).await.expect("signed");
            let (proof, mut signed): (Vec<_>, Vec<_>) =
                added.into_iter().partition(|(name, _)| name == "authorization");
            signed.extend(sent.map(|(name, value)| (name.to_owned(), value.to_owned())));
            assert_eq!(proof[0].1, by_hand(host, &format!("/{path}"), &signed, service, body), "{provider}");
            assert_eq!(signed.iter().any(|(name, _)| name == "anthropic-workspace-id"), workspace.is_some());
            assert!(signed.contains(&("x-amz-security-token".to_owned(), "example-session".to_owned())));
        }
    }
}
