//! The progress of an attempt. The work reports it, and the heartbeat stores it.

use domain::{
    job::{
        lifecycle,
        progress::{Phase, Progress},
        result::Usage,
    },
    time::Clock,
};
use jiff::Timestamp;
use tokio::sync::watch;

/// The partial text stops growing at this length, in bytes, because every heartbeat writes all of it. Deflated it takes
/// at most four write units.
const MAX_PARTIAL_BYTES: usize = 8 * 1024;

/// What an attempt has achieved and spent so far.
#[derive(Clone, Debug)]
pub(crate) struct AttemptProgress {
    pub(crate) progress: Progress,
    pub(crate) usage: Option<Usage>,
    /// When Claude was called first.
    pub(crate) called_at: Option<Timestamp>,
}

/// The sending end of a channel of [`AttemptProgress`]. The heartbeat holds the receiving end.
pub(crate) struct ProgressReporter {
    progress_tx: watch::Sender<AttemptProgress>,
    clock: Clock,
}

impl ProgressReporter {
    /// A reporter that starts from `first`, and the receiving end.
    pub(crate) fn new(first: Progress, clock: Clock) -> (Self, watch::Receiver<AttemptProgress>) {
        let (progress_tx, progress_rx) =
            watch::channel(AttemptProgress { progress: first, usage: None, called_at: None });
        (Self { progress_tx, clock }, progress_rx)
    }

    /// Begins a phase. The partial text is discarded. The percentage never goes back.
    pub(crate) fn set_phase(&self, phase: Phase, percent: u8, message: &str) {
        let now = self.clock.now();
        self.progress_tx.send_modify(|current| {
            if phase == Phase::Thinking {
                current.called_at.get_or_insert(now);
            }
            let percent = percent.max(current.progress.percent);
            current.progress = lifecycle::progress(phase, percent, message, now);
        });
    }

    /// Appends to the partial text, in phase GENERATING. The percentage grows with the text, up to 90.
    pub(crate) fn append_text(&self, more: &str, message: &str) {
        let now = self.clock.now();
        self.progress_tx.send_modify(|current| {
            let mut text = current.progress.partial_text.take().unwrap_or_default();
            text.push_str(truncated(more, MAX_PARTIAL_BYTES.saturating_sub(text.len())));
            let percent = percent(text.len()).max(current.progress.percent);
            current.progress =
                Progress { partial_text: Some(text), ..lifecycle::progress(Phase::Generating, percent, message, now) };
        });
    }

    /// Sets what all calls of this attempt have cost so far.
    pub(crate) fn set_usage(&self, usage: Usage) {
        self.progress_tx.send_modify(|current| current.usage = Some(usage));
    }
}

/// The first bytes of a text, at most `max`, cut at the border of a character.
fn truncated(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// The percentage for a partial text of this length: from 20 upwards. It approaches 90 more and more slowly, because
/// the length of the whole text is unknown.
fn percent(bytes: usize) -> u8 {
    let share = bytes.saturating_mul(70) / (bytes + 1_500);
    u8::try_from(20 + share).unwrap_or(90)
}
