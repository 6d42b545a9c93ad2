//! Scripted behaviour of the offline writer, and a record of the requests that it has received.

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
    /// The whole text, then `end_turn`.
    #[default]
    Write,
    /// An error status with an error body as the API sends it.
    Status {
        status: u16,
        /// Sent as `error.type` in the body.
        kind: &'static str,
        /// Sent as `error.details.error_code` in the body.
        error_code: Option<&'static str>,
        /// Additional response headers, such as `retry-after`.
        headers: Vec<(&'static str, String)>,
    },
    /// Half of the text, then an `error` event of this type.
    ErrorEvent(&'static str),
    /// Half of the text, then the connection is closed.
    CloseEarly,
    /// Half of the text, then silence until [`Gate::open`], then the connection is closed.
    Stall(Gate),
    /// Not even headers until [`Gate::open`], then the whole text.
    Hold(Gate),
    /// Half of the text, then a refusal.
    Refuse,
    /// A complete answer without any text.
    Empty,
    /// Half of the text, then the stop reason `max_tokens`.
    Truncate,
    /// Status 200 with bytes that are not events.
    Garbage,
    /// Exactly the pieces of a script.
    Pieces(Script),
    /// Exactly these bytes, whatever they are.
    Raw(RawResponse),
}

/// A response of a model or of a gateway, byte for byte.
#[derive(Clone, Debug, Default)]
pub struct RawResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// The body, in the pieces in which it is sent.
    pub chunks: Vec<Vec<u8>>,
}

/// An answer whose text, chunks and stop reason are given exactly.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub pieces: Vec<Piece>,
    /// Size of each chunk in bytes. A chunk may end inside an event or a character. `None` sends one event at a time.
    pub chunk_bytes: Option<usize>,
    /// Invalid citations that are sent with the last piece.
    pub odd_citations: Vec<Value>,
    /// Stop reason. `None` means `end_turn`.
    pub stop_reason: Option<&'static str>,
    /// Model that the answer names. `None` means [`super::MODEL`], which costs nothing.
    pub model: Option<&'static str>,
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

/// A barrier for requests. A test waits until a request has arrived, then opens the gate.
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
    /// Waits until one more request has arrived.
    pub async fn arrived(&self) {
        if let Ok(permit) = self.arrived.acquire().await {
            permit.forget();
        }
    }

    /// Lets all requests pass, now and later.
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

/// The script of an offline writer and its record. Clones share both.
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
    /// Appends the behaviour of the next requests, in this order. Requests after the script get [`Behaviour::Write`].
    pub fn script(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.lock().next.extend(behaviours);
    }

    /// Forgets the behaviour of requests that did not come.
    pub fn clear_script(&self) {
        self.lock().next.clear();
    }

    /// Delays the start of every answer by `latency`.
    pub fn set_latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    pub(super) fn latency(&self) -> Duration {
        self.lock().latency
    }

    /// Number of events that all answers have sent so far.
    pub fn events_sent(&self) -> usize {
        self.lock().events_sent
    }

    pub(super) fn note_sent(&self) {
        self.lock().events_sent += 1;
    }

    /// Bodies of all requests so far, in order.
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

    /// Returns whether this prefix was seen before, and remembers it.
    pub(super) fn is_cached(&self, prefix: u64) -> bool {
        !self.lock().cached.insert(prefix)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
