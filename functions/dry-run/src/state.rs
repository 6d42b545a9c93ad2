//! Clients and settings that all requests share.

use std::sync::Arc;

use domain::{budget::Budgets, price::ModelPrice, time::Clock};
use runtime::{Aws, SettingsError};
use store::Store;

#[derive(Clone, Debug)]
pub struct State {
    pub store: Store,
    pub clock: Clock,
    pub settings: Arc<Settings>,
}

/// What decides about prompts and prices. The worker has the same settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The most input tokens of a prompt.
    pub context_tokens: usize,
    /// The most output tokens of an answer.
    pub max_output_tokens: u32,
    /// Prices of the configured model.
    pub price: ModelPrice,
    /// What may be spent in a day.
    pub budgets: Budgets,
}

impl State {
    /// Reads and checks the settings, and opens the connection to DynamoDB.
    pub async fn from_environment() -> Result<Self, SettingsError> {
        let mut settings = runtime::Settings::from_environment();
        let table = settings.text("TABLE_NAME");
        let read = Settings::read(&mut settings);
        let read = settings.finish(read)?;
        let store = Store::new(Aws::from_environment().dynamodb(), table);
        store.open_connection().await;
        Ok(Self { store, clock: Clock::system(), settings: Arc::new(read) })
    }
}

impl Settings {
    /// `settings` collects what is wrong with them.
    pub fn read(settings: &mut runtime::Settings) -> Self {
        let (model, mut prices) = settings.model_and_prices();
        Self {
            context_tokens: settings.context_tokens(),
            max_output_tokens: settings.max_output_tokens(),
            price: prices.0.remove(&model).unwrap_or_else(ModelPrice::free),
            budgets: settings.budgets(),
        }
    }
}
