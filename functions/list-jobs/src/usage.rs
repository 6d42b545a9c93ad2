//! `GET /usage`: what a user has spent by day, type of job and model, and what is left of the budgets of today.

use api::{Call, Problem, Query, Reply};
use domain::{
    budget::{self, Budgets},
    job::{result::Usage, status::JobType},
    time::{DateTime, Day},
};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::state::State;

/// Longest range of a request, in days.
const MAX_DAYS: i32 = 366;

/// What a user has spent.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageReport {
    /// The first day, in UTC.
    #[schemars(with = "Day")]
    from: Date,
    /// The last day, in UTC.
    #[schemars(with = "Day")]
    to: Date,
    /// By day, type of job and model. Days without spending are left out.
    usage: Vec<UsageRow>,
    /// What this user may still spend or reserve today, in millionths of a US dollar. 0 if all users together have spent
    /// the budget of the service. `null` without a budget.
    left_micro_usd: Option<u64>,
    /// When the budgets of today end.
    #[schemars(with = "DateTime")]
    reset_at: Timestamp,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UsageRow {
    #[schemars(with = "Day")]
    day: Date,
    #[serde(rename = "type")]
    job_type: JobType,
    /// Model id from the configuration.
    model: String,
    /// Calls to Claude that were billed.
    calls: u32,
    input_tokens: u64,
    output_tokens: u64,
    cache_read_input_tokens: u64,
    cache_creation_input_tokens: u64,
    cost_micro_usd: u64,
}

pub(crate) async fn usage(state: &State, call: &Call) -> Result<Reply, Problem> {
    let now = state.clock.now();
    let today = budget::day_of(now);
    let mut query = Query::new(call);
    let (from, to) = (query.day("from"), query.day("to"));
    let to = to.unwrap_or_else(|| from.map_or(today, |from| today.clamp(from, from.saturating_add(MAX_DAYS.days()))));
    let from = from.unwrap_or_else(|| to.first_of_month());
    if from > to || to.saturating_sub(MAX_DAYS.days()) > from {
        query.wrong("from", format!("must be at most {MAX_DAYS} days before to, and not after it"));
    }
    query.finish(())?;
    let (days, committed) =
        tokio::try_join!(state.store.spending(&call.user, from, to), state.store.committed(&call.user, now))?;
    let usage = days
        .into_iter()
        .flat_map(|day| day.rows.into_iter().map(move |(kind, usage)| row(day.day, kind, usage)))
        .collect();
    // What others have spent is nobody's business, unless nothing is left for anybody.
    let left_of_user = Budgets { service: None, ..state.budgets }.left(committed);
    let left_micro_usd = if state.budgets.left(committed) == Some(0) { Some(0) } else { left_of_user };
    Ok(Reply::json(StatusCode::OK, &UsageReport { from, to, usage, left_micro_usd, reset_at: budget::reset_at(today) }))
}

fn row(day: Date, (job_type, model): (JobType, String), usage: Usage) -> UsageRow {
    UsageRow {
        day,
        job_type,
        model,
        calls: usage.paid_calls,
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cost_micro_usd: usage.cost_micro_usd,
    }
}
