//! Lets one job fill the prompt cache that the others read.
//!
//! Jobs of one document share most of their prompt. Claude's prompt cache can be read as soon as the first answer with
//! a prefix has started. So among the jobs that this worker runs concurrently, the first job with a prefix is the
//! leader. The others wait until the stream of the leader starts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;

/// The longest wait for a leader. A call that is slow to start must not delay the others further.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// The current leaders by the hash of their prefix. A semaphore without permits is closed when the stream of its leader
/// starts or the leader ends. An entry is removed when its leader ends, or when a waiting job gives up.
#[derive(Debug, Default)]
pub struct PromptCacheGate {
    leaders: Mutex<HashMap<u64, Arc<Semaphore>>>,
}

/// Held by the first job with a prompt prefix. Waiting jobs proceed when its stream starts or the guard is dropped.
#[derive(Debug)]
pub(crate) struct LeaderGuard<'a> {
    gate: &'a PromptCacheGate,
    prefix: u64,
    started: Arc<Semaphore>,
}

impl PromptCacheGate {
    /// Returns a guard if this job becomes the leader. Otherwise waits until the stream of the current leader starts,
    /// the leader ends, or [`MAX_WAIT`] is over, and returns `None`.
    pub(crate) async fn acquire(&self, prefix: u64) -> Option<LeaderGuard<'_>> {
        let started = {
            let mut leaders = self.lock();
            match leaders.get(&prefix) {
                Some(started) => Arc::clone(started),
                None => {
                    let started = Arc::new(Semaphore::new(0));
                    leaders.insert(prefix, Arc::clone(&started));
                    return Some(LeaderGuard { gate: self, prefix, started });
                }
            }
        };
        if tokio::time::timeout(MAX_WAIT, started.acquire()).await.is_err() {
            // The leader hangs. No further job waits for it.
            self.forget(prefix, &started);
        }
        None
    }

    /// Removes a leader, unless another job leads by now.
    fn forget(&self, prefix: u64, started: &Arc<Semaphore>) {
        let mut leaders = self.lock();
        if leaders.get(&prefix).is_some_and(|leader| Arc::ptr_eq(leader, started)) {
            leaders.remove(&prefix);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Semaphore>>> {
        self.leaders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LeaderGuard<'_> {
    /// The stream has started: the prefix is in the cache.
    pub(crate) fn mark_started(&self) {
        self.started.close();
    }
}

impl Drop for LeaderGuard<'_> {
    fn drop(&mut self) {
        self.started.close();
        self.gate.forget(self.prefix, &self.started);
    }
}
