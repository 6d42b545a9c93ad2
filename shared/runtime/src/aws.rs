//! AWS clients with one TLS stack and built-in roots.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The configuration that all clients of a function share.
#[derive(Clone, Debug)]
pub struct Aws(SdkConfig);

impl Aws {
    /// From the environment: region, credentials, and `AWS_ENDPOINT_URL` for emulators.
    pub async fn from_environment() -> Self {
        let tls = TlsContext::builder().with_trust_store(roots()).build().unwrap_or_default();
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build_https();
        Self(aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await)
    }

    /// For services that only some functions use.
    pub const fn config(&self) -> &SdkConfig {
        &self.0
    }

    /// A DynamoDB client.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.0)
    }

    /// An SQS client.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.0)
    }
}

/// Mozilla's roots, built in: reading the operating system's store takes most of a cold start.
fn roots() -> TrustStore {
    let mut store = TrustStore::empty();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(certificate));
        store.add_pem_certificate(pem);
    }
    store
}
