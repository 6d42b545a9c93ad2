//! Clients and settings that all requests share.

use std::sync::Arc;

use domain::{job::policy::JobPolicy, time::Clock};
use queue::Queue;
use runtime::{Aws, Settings, SettingsError};
use store::{Store, jobs::limits::Limits};

use crate::limits;

#[derive(Clone, Debug)]
pub struct State {
    pub store: Store,
    pub queue: Queue,
    /// Deadline and attempts of new jobs.
    pub policy: Arc<JobPolicy>,
    /// The same limits apply to each user.
    pub limits: Limits,
    pub clock: Clock,
}

impl State {
    /// Reads and checks the settings, and opens the connection to DynamoDB.
    pub async fn from_environment() -> Result<Self, SettingsError> {
        let mut settings = Settings::from_environment();
        let (table, queue_url) = (settings.text("TABLE_NAME"), settings.text("QUEUE_URL"));
        let (policy, limits) = Self::policy_and_limits(&mut settings);
        settings.finish(())?;
        let aws = Aws::from_environment();
        let store = Store::new(aws.dynamodb(), table);
        store.open_connection().await;
        Ok(Self { store, queue: Queue::new(aws.sqs(), queue_url), policy, limits, clock: Clock::system() })
    }

    /// Reads the settings of new jobs. Problems are collected in `settings`. The local runner calls it, too.
    pub fn policy_and_limits(settings: &mut Settings) -> (Arc<JobPolicy>, Limits) {
        (Arc::new(settings.job_policy()), limits::read(settings))
    }
}
