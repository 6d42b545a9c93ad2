//! `GET /api/evidence/counts`: how much evidence there is, by month and type.

use std::collections::BTreeMap;

use api::{Call, Problem, Query, Reply, StoreState};
use domain::{
    library::{evidence::EvidenceType, selection::MAX_COUNTED},
    zone::{UnknownZone, Zone},
};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::lists::EvidenceQuery;

/// How much evidence there is, by month and type.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceCounts {
    /// Pieces that were counted, at most 2,000: the newest.
    total: usize,
    /// Whether there are more.
    total_is_lower_bound: bool,
    /// Months with evidence, the oldest first.
    months: Vec<MonthCount>,
}

/// The evidence of a month.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MonthCount {
    /// Such as `2026-09`.
    month: String,
    total: usize,
    types: Vec<TypeCount>,
}

/// The evidence of a month and a type.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypeCount {
    #[serde(rename = "type")]
    evidence_type: EvidenceType,
    count: usize,
}

pub(crate) async fn counts(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let mut query = Query::new(call);
    let EvidenceQuery { filter, search } = EvidenceQuery::read(&mut query);
    let zone = query.parsed::<Zone>("timeZone", UnknownZone::EXPECTED).unwrap_or_default();
    let (filter, search) = query.finish((filter, search))?;
    let (found, is_complete) = state.store.newest_evidence(&call.user, &filter, MAX_COUNTED).await?;
    let mut months: BTreeMap<String, BTreeMap<EvidenceType, usize>> = BTreeMap::new();
    let mut total = 0;
    for evidence in found.iter().filter(|evidence| search.finds(evidence)) {
        let month = evidence.fields.occurred_at.day(&zone).strftime("%Y-%m").to_string();
        *months.entry(month).or_default().entry(evidence.fields.evidence_type).or_default() += 1;
        total += 1;
    }
    let months = months.into_iter().map(|(month, types)| MonthCount {
        month,
        total: types.values().sum(),
        types: types.into_iter().map(|(evidence_type, count)| TypeCount { evidence_type, count }).collect(),
    });
    let counts = EvidenceCounts { total, total_is_lower_bound: !is_complete, months: months.collect() };
    Ok(Reply::json(StatusCode::OK, &counts))
}
