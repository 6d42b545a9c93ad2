//! AWS clients with one TLS stack and built-in root certificates.

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::credentials::EnvironmentVariableCredentialsProvider,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The configuration that all AWS clients of a function share.
#[derive(Clone, Debug)]
pub struct Aws(SdkConfig);

impl Aws {
    /// Reads region and credentials from the environment variables that Lambda sets, and `AWS_ENDPOINT_URL` for
    /// emulators. The default provider chain of the SDK is not used: it would link STS and look for files that a
    /// function does not have.
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let tls = TlsContext::builder().with_trust_store(roots()).build().unwrap_or_default();
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build_https();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
            .http_client(http);
        config.set_region(variable("AWS_REGION").map(Region::new));
        config.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
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

/// Mozilla's root certificates, built in. Reading the store of the operating system takes most of a cold start.
fn roots() -> TrustStore {
    let mut store = TrustStore::empty();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(certificate));
        store.add_pem_certificate(pem);
    }
    store
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TLS accepts the built-in roots only if each of them is well formed.
    #[test]
    fn clients_start_with_the_built_in_roots() {
        let aws = Aws::from_environment();
        assert!(aws.config().http_client().is_some());
        let _ = aws.dynamodb();
        let _ = aws.sqs();
    }
}
