//! A user who deletes everything, while another tab still works.

use std::time::Duration;

use jiff::Timestamp;
use rand::RngExt as _;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    history::History,
    items::text,
    platform::{LEAVER, Platform},
    table::key_of,
    user::User,
};

/// The tab that deletes everything.
const TAB: &str = "eve/leaving";

pub struct Leaver {
    pub user: User,
    /// Partition key of what the user has.
    pub partition: String,
}

impl Leaver {
    /// The user has an own history, because everything of this user may be gone at any time.
    pub async fn create(platform: &Platform) -> Self {
        let history = History::new(platform.network().story().clone());
        history.note_leaving();
        let user = User::create(platform, LEAVER, &history).await;
        let items = platform.network().table().items();
        let document = items.iter().find(|item| text(item, "id") == user.document).unwrap();
        Self { partition: key_of(document).0, user }
    }

    /// Asks for the deletion until it has begun. From then on, nothing new is accepted.
    pub async fn leave(user: User) {
        let mut draw = user.platform.network().chance().of(TAB, 0);
        sleep(Duration::from_secs_f64(2.0 * user.platform.network().chance().pace * draw.random::<f64>())).await;
        let ends_at: Timestamp = loop {
            let response = user.call("DELETE", "/api/me", &[], &Value::Null).await;
            user.tell(TAB, "deletes everything", &response);
            user.history.answered(TAB, &response);
            match response {
                Some((202, _, body)) => break body["endsAt"].as_str().unwrap().parse().unwrap(),
                _ => sleep(Duration::from_secs(5)).await,
            }
        };
        user.platform.network().story().tell(TAB, format!("everything is gone by {ends_at}"));
        let source = json!({"id": "S-1", "type": "MANUAL", "title": "Ran", "summary": "", "occurredAt": "2026-01-05"});
        let input = json!({"document": {"name": "Of another app"}, "evidence": [source]});
        for (path, body) in [
            ("/api/report-builder/jobs", json!({"type": "GENERATE", "prompt": "[T-eve-late] Write.", "input": input})),
            ("/api/report-builder", json!({"name": "Late"})),
            ("/api/evidence", evidence()),
        ] {
            let response = user.call("POST", path, &[], &body).await;
            user.tell(TAB, &format!("tries POST {path}"), &response);
            user.history.answered(TAB, &response);
            if matches!(response, Some((200..300, ..))) {
                let story = user.platform.network().story();
                story.violated("nothing new is accepted while everything is deleted", path);
            }
        }
    }

    /// Checks that everything is gone, and that the user can begin again.
    pub async fn check(&self) {
        let (platform, story) = (&self.user.platform, self.user.platform.network().story());
        platform.network().count("users who left");
        let items = platform.network().table().items();
        // What was spent today still counts.
        let is_left = |(pk, sk): &(String, String)| *pk == self.partition && !sk.starts_with("SPENDING#");
        for (_, sort) in items.iter().map(key_of).filter(is_left) {
            story.violated("nothing of a user who left is left", sort);
        }
        let response = self.user.call("POST", "/api/evidence", &[], &evidence()).await;
        if !matches!(response, Some((201, ..))) {
            story.violated("a user who left can begin again", format!("{response:?}"));
        }
    }
}

fn evidence() -> Value {
    json!({"type": "SLACK", "title": "Late", "summary": "It works.", "occurredAt": "2026-11-20T10:00:00Z"})
}
