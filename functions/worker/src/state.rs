//! Clients and settings that all invocations share.

use std::sync::Arc;

use claude::{Client, SigV4};
use domain::time::Clock;
use queue::Queue;
use runtime::{Aws, Metrics, Settings, SettingsError};
use store::Store;

use crate::{config::Config, credentials::CredentialSource, prompt_cache_gate::PromptCacheGate};

/// Clients and settings of the worker. Clones share everything, so that each record of a batch can have a clone.
#[derive(Clone, Debug)]
pub struct State {
    pub store: Store,
    /// The queue that the messages come from. The worker uses it only to change visibility timeouts.
    pub queue: Queue,
    pub claude: Client,
    pub credentials: Arc<CredentialSource>,
    pub cache_gate: Arc<PromptCacheGate>,
    pub metrics: Metrics,
    pub config: Arc<Config>,
    pub clock: Clock,
}

impl State {
    /// Reads and checks the settings, and opens the connections to DynamoDB and Claude.
    pub async fn from_environment() -> Result<Self, SettingsError> {
        let config = Config::read(Settings::from_environment())?;
        let aws = Aws::from_environment();
        let credentials = match (config.provider.service(), &config.key_secret, &config.key) {
            (Some(service), _, _) => CredentialSource::Aws(SigV4 {
                credentials: aws.credentials(),
                region: config.region.clone(),
                service,
                workspace: config.workspace.clone(),
            }),
            (None, Some(id), _) => {
                CredentialSource::secret(aws_sdk_secretsmanager::Client::new(aws.config()), id.clone())
            }
            (None, None, Some(key)) => CredentialSource::Fixed(key.clone().into()),
            (None, None, None) => CredentialSource::Missing,
        };
        let store = Store::new(aws.dynamodb(), &config.table);
        let claude = Client::new(&config.base_url, config.timeouts).map_err(SettingsError::from_error)?;
        tokio::join!(store.open_connection(), claude.open_connection());
        Ok(Self {
            store,
            queue: Queue::new(aws.sqs(), &config.queue_url),
            claude,
            credentials: Arc::new(credentials),
            cache_gate: Arc::default(),
            metrics: Metrics::printed(config.metrics_namespace.as_deref()),
            config: Arc::new(config),
            clock: Clock::system(),
        })
    }
}
