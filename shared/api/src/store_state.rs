//! The state that most functions of the API share.

use domain::time::Clock;
use runtime::{Aws, Settings, SettingsError};
use store::Store;

use crate::{Call, Problem};

/// The table and the clock of a function.
#[derive(Clone, Debug)]
pub struct StoreState {
    /// The DynamoDB table of the service.
    pub store: Store,
    /// The current time. Tests advance it.
    pub clock: Clock,
}

impl StoreState {
    /// Fails while everything that the caller has is being deleted. For requests that store something which depends on
    /// nothing else that is stored.
    pub async fn check_deletion(&self, call: &Call) -> Result<(), Problem> {
        match self.store.deletion_of_all(&call.user).await? {
            Some(deletion) => Err(Problem::deletion_running(deletion)),
            None => Ok(()),
        }
    }

    /// Reads the setting `TABLE_NAME`, and opens a connection to DynamoDB so that the first request does not wait for
    /// it. Fails if the setting is missing.
    pub async fn from_environment() -> Result<Self, SettingsError> {
        let mut settings = Settings::from_environment();
        let table = settings.text("TABLE_NAME");
        settings.finish(())?;
        let store = Store::new(Aws::from_environment().dynamodb(), table);
        store.open_connection().await;
        Ok(Self { store, clock: Clock::system() })
    }
}
