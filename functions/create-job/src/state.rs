//! Clients and settings that all requests share.

use std::sync::Arc;

use domain::{budget::Budgets, job::policy::JobPolicy, time::Clock};
use queue::Queue;
use runtime::{Aws, Settings, SettingsError};
use store::{Store, jobs::limits::Limits};

use crate::limits;

#[derive(Clone, Debug)]
pub struct State {
    pub store: Store,
    pub queue: Queue,
    pub new_jobs: Arc<NewJobSettings>,
    pub clock: Clock,
}

impl State {
    /// Reads and checks the settings, and opens the connection to DynamoDB.
    pub async fn from_environment() -> Result<Self, SettingsError> {
        let mut settings = Settings::from_environment();
        let (table, queue_url) = (settings.text("TABLE_NAME"), settings.text("QUEUE_URL"));
        let new_jobs = NewJobSettings::read(&mut settings);
        settings.finish(())?;
        let aws = Aws::from_environment();
        let store = Store::new(aws.dynamodb(), table);
        store.open_connection().await;
        let queue = Queue::new(aws.sqs(), queue_url);
        Ok(Self { store, queue, new_jobs: Arc::new(new_jobs), clock: Clock::system() })
    }
}

/// The settings of new jobs.
#[derive(Clone, Debug)]
pub struct NewJobSettings {
    /// Deadline and attempts.
    pub policy: JobPolicy,
    /// The same limits apply to each user.
    pub limits: Limits,
    /// Output tokens of one answer. A text that is longer cannot be refined.
    pub max_output_tokens: u32,
    /// What may be spent in a day.
    pub budgets: Budgets,
    /// What the output of one job may cost, in millionths of a US dollar.
    pub output_micro_usd: u64,
}

impl NewJobSettings {
    /// `settings` collects what is wrong with them.
    pub fn read(settings: &mut Settings) -> Self {
        let max_output_tokens = settings.max_output_tokens();
        let (model, prices) = settings.model_and_prices();
        let price = prices.0.get(&model);
        Self {
            policy: settings.job_policy(),
            limits: limits::read(settings),
            max_output_tokens,
            budgets: settings.budgets(),
            output_micro_usd: price.map_or(0, |price| price.most_micro_usd(0, max_output_tokens.into())),
        }
    }
}
