//! `GET /api/me/export` and `DELETE /api/me`: everything that the caller has.

use api::{Call, Cursors, Problem, Query, Reply, StoreState, bytes_in_response, job_body};
use domain::time::DateTime;
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use store::{own_items::OwnItem, spending::DaySpending};

use crate::{body, deletion};

/// The most that the lines of one page take, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Items that one page looks at, at most. Each may need another read for its text.
const MAX_ITEMS: usize = 500;
/// Items that are read at once.
const ITEMS_AT_ONCE: i32 = 50;

/// A page of lines of JSON: `{"kind", "value"}`. The last line has the cursor of the next page, if there is one.
pub(crate) async fn export(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let mut query = Query::new(call);
    let cursors = Cursors::new(call, "export of everything");
    let after: Option<String> = query.cursor(&cursors);
    let mut after = query.finish(after)?;

    let (mut lines, mut bytes, mut looked_at) = (String::new(), 0, 0);
    let next = 'page: loop {
        let found = state.store.own_items(&call.user, after.as_deref(), ITEMS_AT_ONCE).await?;
        for (position, item) in found.items {
            let line = line(item, state.clock.now());
            let size = bytes_in_response(&line);
            if bytes + size > MAX_BYTES && !lines.is_empty() {
                break 'page after;
            }
            bytes += size;
            lines.push_str(&format!("{line}\n"));
            after = Some(position);
        }
        looked_at += usize::try_from(ITEMS_AT_ONCE).unwrap_or(MAX_ITEMS);
        match found.next {
            Some(next) if looked_at < MAX_ITEMS => after = Some(next),
            next => break next,
        }
    };
    if let Some(next) = next {
        lines.push_str(&format!("{}\n", json!({"kind": "next", "cursor": cursors.write(&next)})));
    }
    Ok(Reply::text("application/x-ndjson", lines).header("x-content-type-options", "nosniff"))
}

/// One line, without its end.
fn line(item: OwnItem, now: Timestamp) -> Value {
    let (kind, value) = match item {
        OwnItem::Document(document) => {
            let mut value = json!(body::listed_document(&document, None));
            value["blockIds"] = json!(document.blocks);
            ("document", value)
        }
        OwnItem::Block(block) => ("block", json!(body::block_alone(*block))),
        OwnItem::Revision(revision) => {
            let citations = json!(revision.annotations.citations);
            let mut value = json!(body::revision_alone(*revision));
            value["citations"] = citations;
            ("revision", value)
        }
        OwnItem::Evidence(entry) => ("evidence", json!(entry)),
        OwnItem::Goal(entry) => ("goal", json!(entry)),
        OwnItem::Review(entry) => ("review", json!(entry)),
        OwnItem::Job(job) => {
            let mut value = json!(job_body(&job, now));
            value["answer"] = json!(job.saved_answer.as_ref().map(|answer| &answer.result));
            ("job", value)
        }
        OwnItem::Input(id, input) => ("input", json!({"jobId": id, "input": input})),
        OwnItem::Spending(DaySpending { day, rows }) => {
            let row = |((job_type, model), usage)| json!({"type": job_type, "model": model, "usage": usage});
            ("usage", json!({"day": day, "rows": rows.into_iter().map(row).collect::<Vec<_>>()}))
        }
    };
    json!({"kind": kind, "value": value})
}

/// A deletion of everything that the caller has.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Deletion")]
pub struct DeletionBody {
    /// When the deletion began.
    #[schemars(with = "DateTime")]
    started_at: Timestamp,
    /// From this time on, new data can be stored. What running requests and jobs have left is deleted by then, too.
    #[schemars(with = "DateTime")]
    ends_at: Timestamp,
}

pub(crate) async fn delete(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let task = state.store.delete_all_of(&call.user, state.clock.now()).await?;
    tracing::info!("the deletion of everything of a user has begun");
    deletion::finish(state, call, task).await;
    let body = DeletionBody { started_at: task.started_at(), ends_at: task.ends_at() };
    Ok(Reply::json(StatusCode::ACCEPTED, &body))
}
