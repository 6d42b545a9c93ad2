//! Clients and settings that all requests share.

use domain::{budget::Budgets, time::Clock};
use runtime::{Aws, Settings, SettingsError};
use store::Store;

#[derive(Clone, Debug)]
pub struct State {
    pub store: Store,
    pub clock: Clock,
    /// What may be spent in a day.
    pub budgets: Budgets,
}

impl State {
    /// Reads and checks the settings, and opens the connection to DynamoDB.
    pub async fn from_environment() -> Result<Self, SettingsError> {
        let mut settings = Settings::from_environment();
        let (table, budgets) = (settings.text("TABLE_NAME"), settings.budgets());
        settings.finish(())?;
        let store = Store::new(Aws::from_environment().dynamodb(), table);
        store.open_connection().await;
        Ok(Self { store, clock: Clock::system(), budgets })
    }
}
