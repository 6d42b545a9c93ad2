//! The context library: evidence, goals and reviews.

mod bulk;
mod entries;
mod lists;

pub use bulk::{ItemResult, Outcome, Report};
pub use entries::EntryBody;
pub use lists::EntryPage;

use api::{Call, Problem, Reply};
use domain::{evidence::EvidenceFacts, goal::GoalFacts, review::ReviewFacts, time::Clock};
use lambda_http::{Body, Request, Response};
use store::Store;

/// What the function works with.
#[derive(Clone, Debug)]
pub struct State {
    /// The table.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}

/// Answers a request.
pub async fn handle(state: &State, request: Request) -> Response<Body> {
    api::answer(request, |call| route(state, call)).await
}

/// The gateway has found the route already.
async fn route(state: &State, call: Call) -> Result<Reply, Problem> {
    match call.route() {
        "GET /api/evidence" => lists::evidence(state, &call).await,
        "GET /api/goals" => lists::goals(state, &call).await,
        "GET /api/reviews" => lists::reviews(state, &call).await,
        "POST /api/evidence" => bulk::store::<EvidenceFacts>(state, &call).await,
        "POST /api/goals" => bulk::store::<GoalFacts>(state, &call).await,
        "POST /api/reviews" => bulk::store::<ReviewFacts>(state, &call).await,
        "GET /api/evidence/{id}" => entries::show::<EvidenceFacts>(state, &call).await,
        "GET /api/goals/{id}" => entries::show::<GoalFacts>(state, &call).await,
        "GET /api/reviews/{id}" => entries::show::<ReviewFacts>(state, &call).await,
        "PATCH /api/evidence/{id}" => entries::change::<EvidenceFacts>(state, &call).await,
        "PATCH /api/goals/{id}" => entries::change::<GoalFacts>(state, &call).await,
        "PATCH /api/reviews/{id}" => entries::change::<ReviewFacts>(state, &call).await,
        "DELETE /api/evidence/{id}" => entries::delete::<EvidenceFacts>(state, &call).await,
        "DELETE /api/goals/{id}" => entries::delete::<GoalFacts>(state, &call).await,
        "DELETE /api/reviews/{id}" => entries::delete::<ReviewFacts>(state, &call).await,
        _ => Err(Problem::not_found("Path")),
    }
}
