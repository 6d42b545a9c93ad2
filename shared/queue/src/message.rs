//! The message format. A message names jobs and holds nothing of their content.

use domain::{
    ids::{JobId, UserId},
    job::policy::MAX_JOBS_PER_MESSAGE,
};
use serde::{Deserialize, Serialize};

/// Version of the message format. New code reads every older version.
const VERSION: u32 = 1;

/// The most jobs of one message. A worker runs them side by side.
pub const MAX_JOBS: usize = MAX_JOBS_PER_MESSAGE;

/// The body of a message, as JSON in camel case: jobs of one user on one document. Unknown fields are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobMessage {
    version: u32,
    pub user: UserId,
    /// 1 to [`MAX_JOBS`] jobs.
    pub job_ids: Vec<JobId>,
    /// W3C trace context of the request that created the jobs. `None` in messages of the sweeper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// A body that this release cannot read. A retry by the same release fails again.
#[derive(Debug, thiserror::Error)]
pub enum InvalidMessage {
    /// The body is not JSON, or a field is missing or wrong.
    #[error("the body is not a job message")]
    Form(#[from] serde_json::Error),
    /// The message comes from a newer release, for example before a rollback.
    #[error("the message has version {0}, this code reads up to {VERSION}")]
    Version(u32),
    /// The message names no job, or more than [`MAX_JOBS`].
    #[error("the message names {0} jobs instead of 1 to {MAX_JOBS}")]
    Jobs(usize),
}

impl JobMessage {
    /// A message for 1 to [`MAX_JOBS`] jobs of `user` on one document.
    pub fn new(user: UserId, job_ids: impl IntoIterator<Item = JobId>, traceparent: Option<String>) -> Self {
        Self { version: VERSION, user, job_ids: job_ids.into_iter().collect(), traceparent }
    }

    pub fn to_body(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Reads a received body. The version is read first, so that a newer format is not reported as a broken message.
    pub fn from_body(body: &str) -> Result<Self, InvalidMessage> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Versioned { version } = serde_json::from_str(body)?;
        if version == 0 || version > VERSION {
            return Err(InvalidMessage::Version(version));
        }
        let message: Self = serde_json::from_str(body)?;
        match message.job_ids.len() {
            1..=MAX_JOBS => Ok(message),
            jobs => Err(InvalidMessage::Jobs(jobs)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_version_1_is_read() {
        let body = r#"{"version":1,"user":"ada","jobIds":["019a0000-0000-7000-8000-000000000001"],"traceparent":null,"later":1}"#;
        let message = JobMessage::from_body(body).expect("valid");
        assert_eq!(message.user.as_str(), "ada");
        assert_eq!(JobMessage::from_body(&message.to_body()).expect("round trip"), message);
    }

    #[test]
    fn other_bodies_are_rejected() {
        assert!(matches!(JobMessage::from_body("{\"version\":2}"), Err(InvalidMessage::Version(2))));
        for body in ["", "hello", "[]", "{}", "{\"version\":1}", "{\"version\":1,\"user\":\"a\",\"jobIds\":[\"x\"]}"] {
            assert!(matches!(JobMessage::from_body(body), Err(InvalidMessage::Form(_))), "{body}");
        }
        for jobs in [0, MAX_JOBS + 1] {
            let ids = (0..jobs).map(|_| JobId::new());
            let body = JobMessage::new(UserId::new("ada").expect("valid"), ids, None).to_body();
            assert!(matches!(JobMessage::from_body(&body), Err(InvalidMessage::Jobs(named)) if named == jobs));
        }
    }
}
