//! The library function: evidence, goals and reviews. All three kinds have the same routes and the same code, which is
//! generic over [`store::library::StoredEntry`].

mod bulk;
mod counts;
mod entries;
mod import;
mod lists;

pub use bulk::{BulkReport, ItemResult, Outcome};
pub use counts::EvidenceCounts;
pub use entries::EntryBody;
pub use import::{ImportReport, MAX_FILE_BYTES};
pub use lists::{EntryPage, Include};

use api::{Call, Problem, Reply, StoreState};
use domain::library::{evidence::EvidenceFields, goal::GoalFields, review::ReviewFields};
use lambda_http::{Body, Request, Response};

pub async fn handle(state: &StoreState, request: Request) -> Response<Body> {
    api::answer(request, |call| route(state, call)).await
}

/// Dispatches by the route that the gateway has matched.
async fn route(state: &StoreState, call: Call) -> Result<Reply, Problem> {
    match call.route() {
        "GET /api/evidence" => lists::evidence(state, &call).await,
        "GET /api/evidence/counts" => counts::counts(state, &call).await,
        "GET /api/goals" => lists::goals(state, &call).await,
        "GET /api/reviews" => lists::reviews(state, &call).await,
        "POST /api/evidence" => bulk::store::<EvidenceFields>(state, &call).await,
        "POST /api/goals" => bulk::store::<GoalFields>(state, &call).await,
        "POST /api/reviews" => bulk::store::<ReviewFields>(state, &call).await,
        "POST /api/evidence/import" => import::import::<EvidenceFields>(state, &call).await,
        "POST /api/goals/import" => import::import::<GoalFields>(state, &call).await,
        "POST /api/reviews/import" => import::import::<ReviewFields>(state, &call).await,
        "GET /api/evidence/{id}" => entries::show::<EvidenceFields>(state, &call).await,
        "GET /api/goals/{id}" => entries::show::<GoalFields>(state, &call).await,
        "GET /api/reviews/{id}" => entries::show::<ReviewFields>(state, &call).await,
        "PATCH /api/evidence/{id}" => entries::change::<EvidenceFields>(state, &call).await,
        "PATCH /api/goals/{id}" => entries::change::<GoalFields>(state, &call).await,
        "PATCH /api/reviews/{id}" => entries::change::<ReviewFields>(state, &call).await,
        "DELETE /api/evidence/{id}" => entries::delete::<EvidenceFields>(state, &call).await,
        "DELETE /api/goals/{id}" => entries::delete::<GoalFields>(state, &call).await,
        "DELETE /api/reviews/{id}" => entries::delete::<ReviewFields>(state, &call).await,
        _ => Err(Problem::not_found("Path")),
    }
}
