//! Jobs of one document share most of their prompt, and the prompt cache can be read as soon as
//! the first of them has begun to be answered. So of the jobs that this worker runs side by side,
//! the first with a prefix goes ahead, and the others wait for its answer to begin.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

/// Nobody waits longer: a call that is slow to begin must not hold up others.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// The prefixes that are on their way to Claude for the first time.
#[derive(Debug, Default)]
pub struct Prefixes {
    ahead: Mutex<HashMap<u64, watch::Receiver<bool>>>,
}

/// Goes ahead with a prefix; the others follow when its answer has begun, or when it is dropped.
#[derive(Debug)]
pub(crate) struct Ahead<'a> {
    prefixes: &'a Prefixes,
    prefix: u64,
    begun: watch::Sender<bool>,
}

impl Prefixes {
    /// Goes ahead with `prefix`, or waits for who does.
    pub(crate) async fn turn(&self, prefix: u64) -> Option<Ahead<'_>> {
        let mut waiting = {
            let mut ahead = self.lock();
            match ahead.get(&prefix) {
                Some(waiting) => waiting.clone(),
                None => {
                    let (begun, waiting) = watch::channel(false);
                    ahead.insert(prefix, waiting);
                    return Some(Ahead { prefixes: self, prefix, begun });
                }
            }
        };
        // An error means that it ended before it began: no reason to wait on.
        let ended = tokio::time::timeout(LONGEST_WAIT, waiting.wait_for(|begun| *begun)).await;
        if ended.is_err() {
            // It hangs. Nobody else shall wait for it.
            self.lock().remove(&prefix);
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, watch::Receiver<bool>>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ahead<'_> {
    /// The answer has begun: the prefix is in the cache.
    pub(crate) fn begun(&self) {
        self.begun.send_replace(true);
    }
}

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        self.prefixes.lock().remove(&self.prefix);
    }
}
