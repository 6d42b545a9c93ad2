//! AWS clients with one TLS stack, built-in root certificates, and limits on time.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::credentials::EnvironmentVariableCredentialsProvider,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};

/// The root certificates of Amazon Trust Services, which all AWS endpoints chain to.
const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");

/// Limit on one try of a call. A connection that was kept while Lambda had frozen the function may be dead without a
/// sign. Then the try ends, and the next one opens another connection.
const TRY_TIMEOUT: Duration = Duration::from_secs(2);
/// Limit on a call with its retries.
const CALL_TIMEOUT: Duration = Duration::from_secs(6);

/// The configuration that all AWS clients of a function share.
#[derive(Clone, Debug)]
pub struct Aws(SdkConfig);

impl Aws {
    /// Reads region and credentials from the environment variables that Lambda sets, and `AWS_ENDPOINT_URL` for
    /// emulators. The default provider chain of the SDK is not used: it would link STS and look for files that a
    /// function does not have.
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = variable("AWS_ENDPOINT_URL");
        let tls = TlsContext::builder().with_trust_store(trust_store(endpoint.as_deref())).build().unwrap_or_default();
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build_https();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
            .timeout_config(timeouts())
            // The limits on time notice a stream that stalls.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(http);
        config.set_region(variable("AWS_REGION").map(Region::new));
        config.set_endpoint_url(endpoint);
        Self(config.build())
    }

    /// The configuration, for clients of services that only some functions use.
    pub const fn config(&self) -> &SdkConfig {
        &self.0
    }

    /// The credentials, for requests that are signed without an SDK client.
    pub fn credentials(&self) -> SharedCredentialsProvider {
        self.0
            .credentials_provider()
            .unwrap_or_else(|| SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
    }

    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.0)
    }

    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.0)
    }
}

/// Amazon's roots. To parse Mozilla's 150 roots instead would take most of a cold start. An endpoint that is set with
/// `https://` may have any certificate that the operating system trusts.
fn trust_store(endpoint: Option<&str>) -> TrustStore {
    match endpoint {
        Some(endpoint) if endpoint.starts_with("https://") => TrustStore::default(),
        _ => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
    }
}

/// Limits on the time of a call, for all AWS clients.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(TRY_TIMEOUT).operation_timeout(CALL_TIMEOUT).build()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    /// TLS accepts the built-in roots only if each of them is well formed.
    #[test]
    fn clients_start_with_the_built_in_roots() {
        let aws = Aws::from_environment();
        assert!(aws.config().http_client().is_some());
        let _ = aws.dynamodb();
        let _ = aws.sqs();
    }

    /// The five roots are among Mozilla's, which are published independently.
    #[test]
    fn the_roots_of_amazon_are_well_known() {
        let known: Vec<String> =
            webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| STANDARD.encode(der)).collect();
        let ours = AMAZON_ROOTS.split("-----BEGIN CERTIFICATE-----").skip(1);
        let ours =
            ours.map(|part| part.split("-----END").next().unwrap_or_default().split_whitespace().collect::<String>());
        assert_eq!(ours.filter(|certificate| known.contains(certificate)).count(), 5);
    }
}
