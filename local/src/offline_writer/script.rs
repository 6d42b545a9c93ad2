//! What the writer shall do, and what it was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::{Notify, Semaphore};

use super::prose::Piece;

/// How one request is answered.
#[derive(Clone, Debug, Default)]
pub enum Behaviour {
    /// As it should be.
    #[default]
    Write,
    /// An error status with the API's body.
    Status {
        /// HTTP status.
        status: u16,
        /// `error.type`.
        kind: &'static str,
        /// `error.details.error_code`.
        error_code: Option<&'static str>,
        /// Further headers, such as `retry-after`.
        headers: Vec<(&'static str, String)>,
    },
    /// An error event after half of the text.
    ErrorEvent(&'static str),
    /// The connection ends after half of the text.
    Cut,
    /// Nothing more after half of the text, until [`Gate::open`].
    Stall(Gate),
    /// No headers until [`Gate::open`], then as it should be.
    Hold(Gate),
    /// Half of the text, then a refusal.
    Refuse,
    /// The end without text.
    Empty,
    /// Half of the text, then the token limit.
    Truncate,
    /// A 200 with bytes that are no events.
    Garbage,
    /// Exactly these pieces.
    Pieces(Script),
}

/// An answer, to the letter and to the byte.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// What is written.
    pub pieces: Vec<Piece>,
    /// Bytes that are sent at once, whatever they cut through; `None`: an event at a time.
    pub chunk_bytes: Option<usize>,
    /// Citations of the last piece that are not the API's.
    pub odd_citations: Vec<Value>,
    /// How it ends, if not with `end_turn`.
    pub stop_reason: Option<&'static str>,
}

impl Behaviour {
    /// Exactly this text, without citations.
    pub fn say(text: impl Into<String>) -> Self {
        Self::Pieces(Script { pieces: vec![Piece::plain(text)], ..Script::default() })
    }

    /// An error status without further headers.
    pub const fn status(status: u16, kind: &'static str) -> Self {
        Self::Status { status, kind, error_code: None, headers: Vec::new() }
    }
}

/// A door that a test holds shut: it learns that a request waits there, and lets it go on.
#[derive(Clone, Debug)]
pub struct Gate {
    arrived: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { arrived: Arc::new(Semaphore::new(0)), open: Arc::new(Semaphore::new(0)) }
    }
}

impl Gate {
    /// Waits until a request stands at the gate.
    pub async fn arrived(&self) {
        if let Ok(permit) = self.arrived.acquire().await {
            permit.forget();
        }
    }

    /// Lets all requests through, now and later.
    pub fn open(&self) {
        self.open.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    pub(super) async fn pass(&self) {
        self.arrived.add_permits(1);
        if let Ok(permit) = self.open.acquire().await {
            drop(permit);
        }
    }
}

/// The script and the record of a writer.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    inner: Arc<Mutex<Inner>>,
    closed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Inner {
    next: VecDeque<Behaviour>,
    requests: Vec<Value>,
    cached: std::collections::HashSet<u64>,
    latency: Duration,
    events_sent: usize,
}

impl Journal {
    /// Answers the next requests so, in this order; later ones as they should be.
    pub fn script(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.lock().next.extend(behaviours);
    }

    /// Every answer begins so long after its request.
    pub fn set_latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    pub(super) fn latency(&self) -> Duration {
        self.lock().latency
    }

    /// How many events all answers have sent so far.
    pub fn events_sent(&self) -> usize {
        self.lock().events_sent
    }

    pub(super) fn note_sent(&self) {
        self.lock().events_sent += 1;
    }

    /// The bodies of all requests so far.
    pub fn requests(&self) -> Vec<Value> {
        self.lock().requests.clone()
    }

    /// Waits until a client has closed the connection before its answer was complete.
    pub async fn connection_closed(&self) {
        self.closed.notified().await;
    }

    pub(super) fn note_closed(&self) {
        self.closed.notify_one();
    }

    pub(super) fn take(&self, request: Value) -> Behaviour {
        let mut inner = self.lock();
        inner.requests.push(request);
        inner.next.pop_front().unwrap_or_default()
    }

    /// Whether this prefix was seen before; it is from now on.
    pub(super) fn is_cached(&self, prefix: u64) -> bool {
        !self.lock().cached.insert(prefix)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
