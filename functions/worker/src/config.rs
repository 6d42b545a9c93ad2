//! The worker's settings, read once at start and checked there.

use std::time::Duration;

use claude::{Effort, Provider, Timeouts};
use domain::{life::Terms, price::Prices};
use runtime::{Settings, SettingsError};
use strum::VariantNames as _;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name of the table.
    pub table: String,
    /// URL of the queue.
    pub queue_url: String,
    /// How long jobs live.
    pub terms: Terms,
    /// Whose Claude it is.
    pub provider: Provider,
    /// Region of a provider on AWS.
    pub region: String,
    /// Workspace at Claude Platform on AWS.
    pub workspace: Option<String>,
    /// Where Claude is.
    pub base_url: String,
    /// Model, effort and output limit.
    pub claude: claude::Settings,
    /// How long to wait for Claude.
    pub timeouts: Timeouts,
    /// What tokens cost.
    pub prices: Prices,
    /// Input tokens that context may take, estimated.
    pub context_tokens: usize,
    /// Between two writes of progress.
    pub heartbeat: Duration,
    /// A job is given back so long before Lambda would end the invocation.
    pub deadline_margin: Duration,
    /// The first wait between quick retries within an attempt; doubles.
    pub quick_backoff: Duration,
    /// Where the API key is kept; see [`crate::key`].
    pub key_secret: Option<String>,
    /// The API key itself, for development.
    pub key: Option<String>,
    /// Name of the metrics; nothing: none are written.
    pub metrics_namespace: Option<String>,
}

impl Config {
    /// Reads and checks all settings.
    pub fn read(mut settings: Settings) -> Result<Self, SettingsError> {
        let model = settings.text("CLAUDE_MODEL");
        let effort =
            settings.parsed("CLAUDE_EFFORT", None, &Effort::VARIANTS.join(", "), |text| text.parse().ok().map(Some));
        let expected = "a JSON object of prices by model id";
        let prices =
            settings.parsed("CLAUDE_PRICES", Prices::default(), expected, |text| serde_json::from_str(text).ok());
        if !model.is_empty() && !prices.0.contains_key(&model) {
            settings.problem(format!("CLAUDE_PRICES has no price for CLAUDE_MODEL {model:?}"));
        }
        let terms = settings.terms();
        let heartbeat = settings.number::<u32>("JOB_HEARTBEAT_SECONDS", 2, 1..=60);
        if i64::from(heartbeat) * 2 >= terms.lease.as_secs() {
            settings.problem("JOB_LEASE_SECONDS must be more than twice JOB_HEARTBEAT_SECONDS");
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
            terms,
            base_url: settings.optional("CLAUDE_BASE_URL").unwrap_or_else(|| provider.base_url(&region)),
            provider,
            region,
            workspace,
            claude: claude::Settings {
                model,
                effort,
                max_tokens: settings.number("CLAUDE_MAX_TOKENS", 16_000, 1_024..=128_000),
                structured_output: provider.has_structured_output(),
            },
            timeouts: Timeouts {
                idle: Duration::from_secs(settings.number("CLAUDE_IDLE_SECONDS", 90, 5..=600)),
                ..Timeouts::default()
            },
            prices,
            context_tokens: settings.number("CONTEXT_TOKENS", 150_000, 1_000..=900_000),
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
