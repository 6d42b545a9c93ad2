//! Records metrics, so that a test can read them.

use std::sync::{Arc, Mutex};

use runtime::Metrics;
use serde_json::Value;

/// The metric lines that were written so far. Clones share them.
#[derive(Clone, Default)]
pub struct Recorded(Arc<Mutex<Vec<Value>>>);

impl Recorded {
    /// Metrics of the namespace `stack` that are recorded here.
    pub fn metrics(&self) -> Metrics {
        let lines = Arc::clone(&self.0);
        Metrics::to("stack", move |line| lines.lock().unwrap().push(serde_json::from_str(line).unwrap()))
    }

    pub fn lines(&self) -> Vec<Value> {
        self.0.lock().unwrap().clone()
    }
}
