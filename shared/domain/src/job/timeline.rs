//! What happened to a job, and when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::VariantArray as _;

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// Something that happened to a job.
    #[schemars(transform = crate::open_set)]
    pub enum JobEvent {
        /// The job was stored and sent to the queue.
        Created,
        /// A worker took the job.
        Claimed,
        /// The worker called Claude.
        Called,
        /// The answer of Claude was stored.
        Saved,
        /// The attempt failed, and the job waits for the next one.
        Released,
        /// The job became COMPLETED.
        Completed,
        /// The job became FAILED.
        Failed,
    }
}

/// The most events of one job that are kept, the first.
const MAX_EVENTS: usize = 30;

/// The events between the creation of a job and its end, in order. Each is stored as two numbers: the place of the event
/// in [`JobEvent`], and the time in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timeline(Vec<(u8, i64)>);

impl Timeline {
    /// Whether nothing has happened.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an event. The same event at the same time is one.
    pub fn note(&mut self, event: JobEvent, at: Timestamp) {
        let place =
            JobEvent::VARIANTS.iter().position(|known| *known == event).and_then(|place| u8::try_from(place).ok());
        let Some(place) = place else { return };
        let entry = (place, at.as_millisecond());
        if self.0.last() != Some(&entry) && self.0.len() < MAX_EVENTS {
            self.0.push(entry);
        }
    }

    /// The events with their times, in order.
    pub fn events(&self) -> impl Iterator<Item = (JobEvent, Timestamp)> {
        self.0.iter().filter_map(|(place, at)| {
            Some((*JobEvent::VARIANTS.get(usize::from(*place))?, Timestamp::from_millisecond(*at).ok()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_kept_in_order_and_are_few() {
        let at = |ms| Timestamp::from_millisecond(ms).expect("a time");
        let mut timeline = Timeline::default();
        timeline.note(JobEvent::Claimed, at(5));
        timeline.note(JobEvent::Claimed, at(5));
        timeline.note(JobEvent::Called, at(7));
        assert_eq!(serde_json::to_string(&timeline).expect("JSON"), "[[1,5],[2,7]]");
        let events: Vec<_> = timeline.events().collect();
        assert_eq!(events, [(JobEvent::Claimed, at(5)), (JobEvent::Called, at(7))]);
        for ms in 0..100 {
            timeline.note(JobEvent::Released, at(ms));
        }
        assert_eq!(timeline.events().count(), MAX_EVENTS);
    }
}
