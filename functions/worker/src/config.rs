//! The settings of the worker. They are read and checked once, at start, so that a wrong setting stops the worker
//! before it claims a job.

use std::time::Duration;

use claude::{Effort, Provider, Timeouts};
use domain::{
    budget::Budgets,
    job::policy::JobPolicy,
    price::{ModelPrice, Prices},
};
use runtime::{Settings, SettingsError};
use strum::VariantNames as _;

/// Settings of the worker, checked. `template.yaml` describes the environment variables.
#[derive(Clone, Debug)]
pub struct Config {
    pub table: String,
    pub queue_url: String,
    /// Shared with the other functions that change jobs.
    pub policy: JobPolicy,
    /// The service that offers Claude: Anthropic itself, or a platform on AWS.
    pub provider: Provider,
    /// AWS region of the function and of a provider on AWS. Empty outside of AWS.
    pub region: String,
    /// Workspace id for Claude Platform on AWS, which requires it.
    pub workspace: Option<String>,
    /// Base URL of the Messages API, without `/v1/messages`.
    pub base_url: String,
    pub model: claude::ModelSettings,
    /// How long a call waits for a connection and between two events.
    pub timeouts: Timeouts,
    /// Prices of tokens by model id. They contain the configured model.
    pub prices: Prices,
    /// What may be spent in a day.
    pub budgets: Budgets,
    /// The most input tokens of a prompt. The count is an estimate.
    pub context_tokens: usize,
    /// Time until the first heartbeat. The others follow after twice the time, which is less than half of the lease, so
    /// that one lost heartbeat loses no job.
    pub heartbeat: Duration,
    /// How long before the end of the invocation an attempt stops and releases its job.
    pub deadline_margin: Duration,
    /// The wait before the first quick retry within an attempt. It doubles with each retry.
    pub quick_backoff: Duration,
    /// Name or ARN of the secret with the API key, see [`crate::credentials`]. Takes precedence over `key`.
    pub key_secret: Option<String>,
    /// The API key itself. For development only.
    pub key: Option<String>,
    /// CloudWatch namespace of the metrics. `None`: no metrics are written.
    pub metrics_namespace: Option<String>,
}

impl Config {
    /// The most that a call with a prompt of `tokens` input tokens can cost, in millionths of a US dollar.
    pub(crate) fn most_micro_usd(&self, tokens: usize) -> u64 {
        let price = self.prices.0.get(&self.model.model);
        price.map_or(0, |price: &ModelPrice| price.most_micro_usd(tokens as u64, self.model.max_tokens.into()))
    }

    /// Default of `JOB_HEARTBEAT_SECONDS`.
    pub const HEARTBEAT_SECONDS: u32 = 2;

    /// Reads and checks all settings. All problems are reported in one error.
    pub fn read(mut settings: Settings) -> Result<Self, SettingsError> {
        let (model, prices) = settings.model_and_prices();
        let effort =
            settings.parsed("CLAUDE_EFFORT", None, &Effort::VARIANTS.join(", "), |text| text.parse().ok().map(Some));
        let policy = settings.job_policy();
        let heartbeat = settings.number::<u32>("JOB_HEARTBEAT_SECONDS", Self::HEARTBEAT_SECONDS, 1..=60);
        if i64::from(heartbeat) * 4 >= policy.lease.as_secs() {
            settings.problem("JOB_LEASE_SECONDS must be more than four times JOB_HEARTBEAT_SECONDS");
        }
        let provider =
            settings.parsed("CLAUDE_PROVIDER", Provider::default(), &Provider::VARIANTS.join(", "), |text| {
                text.parse().ok()
            });
        let region = settings.optional("AWS_REGION").unwrap_or_default();
        if provider.service().is_some() && region.is_empty() {
            settings.problem(format!("AWS_REGION is not set, and CLAUDE_PROVIDER {provider} needs it"));
        }
        let workspace = settings.optional("CLAUDE_WORKSPACE");
        if provider == Provider::ClaudePlatformAws && workspace.is_none() {
            settings.problem("CLAUDE_WORKSPACE is not set, and CLAUDE_PROVIDER claude-platform-aws needs it");
        }
        let config = Self {
            table: settings.text("TABLE_NAME"),
            queue_url: settings.text("QUEUE_URL"),
            policy,
            base_url: settings.optional("CLAUDE_BASE_URL").unwrap_or_else(|| provider.base_url(&region)),
            provider,
            region,
            workspace,
            model: claude::ModelSettings {
                model,
                effort,
                max_tokens: settings.max_output_tokens(),
                structured_output: provider.has_structured_output(),
            },
            timeouts: Timeouts {
                idle: Duration::from_secs(settings.number("CLAUDE_IDLE_SECONDS", 90, 5..=600)),
                ..Timeouts::default()
            },
            prices,
            budgets: settings.budgets(),
            context_tokens: settings.context_tokens(),
            heartbeat: Duration::from_secs(heartbeat.into()),
            deadline_margin: Duration::from_secs(15),
            quick_backoff: Duration::from_millis(500),
            key_secret: settings.optional("ANTHROPIC_API_KEY_SECRET"),
            key: settings.optional("ANTHROPIC_API_KEY"),
            metrics_namespace: settings.optional("METRICS_NAMESPACE"),
        };
        settings.finish(config)
    }
}
