//! Documents, their blocks, and the history of each block.

mod blocks;
mod body;
mod documents;
mod history;
mod input;

pub use body::{BlockBody, DocumentBody, RevisionBody};
pub use documents::DocumentPage;
pub use history::{Restored, RevisionPage};

use std::time::Duration;

use api::{Call, Once, Problem, Reply};
use domain::{
    causes::Causes,
    failure::{BLOCK_NOT_FOUND, DOCUMENT_NOT_FOUND},
    ids::{BlockId, DocumentId},
    problem::ProblemCode,
    time::Clock,
};
use lambda_http::{Body, Request, Response};
use store::{Store, removal::Removal};
use tokio::time::Instant;

/// A request removes what belongs to a deleted document for so long; the sweeper does the rest.
const REMOVE_FOR: Duration = Duration::from_secs(8);

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
    // To the gateway, `PATCH /jobs` is a document of that name.
    if call.path("id").as_deref() == Some("jobs") {
        return Err(Problem::no_route(call.uri_path()));
    }
    match call.route() {
        "GET /api/report-builder" => documents::list(state, &call).await,
        "POST /api/report-builder" => {
            once(state, &call, async |once| documents::create(state, &call, once).await).await
        }
        "GET /api/report-builder/{id}" => documents::show(state, &call).await,
        "PATCH /api/report-builder/{id}" => documents::change(state, &call).await,
        "DELETE /api/report-builder/{id}" => documents::delete(state, &call).await,
        "POST /api/report-builder/{id}/blocks" => {
            once(state, &call, async |once| blocks::create(state, &call, once).await).await
        }
        "GET /api/report-builder/{id}/blocks/{blockId}" => blocks::show(state, &call).await,
        "PATCH /api/report-builder/{id}/blocks/{blockId}" => blocks::change(state, &call).await,
        "DELETE /api/report-builder/{id}/blocks/{blockId}" => blocks::delete(state, &call).await,
        "GET /api/report-builder/{id}/blocks/{blockId}/history" => history::list(state, &call).await,
        "POST /api/report-builder/{id}/blocks/{blockId}/history" => {
            once(state, &call, async |once| history::restore(state, &call, once).await).await
        }
        _ => Err(Problem::not_found("Path")),
    }
}

async fn once<F>(state: &State, call: &Call, work: F) -> Result<Reply, Problem>
where
    F: AsyncFnOnce(&Once) -> Result<Reply, Problem>,
{
    Once::run(&state.store, call, state.clock.now(), work).await
}

fn document_id(call: &Call) -> Result<DocumentId, Problem> {
    call.path("id").and_then(|id| id.parse().ok()).ok_or_else(document_not_found)
}

fn block_id(call: &Call) -> Result<BlockId, Problem> {
    call.path("blockId").and_then(|id| id.parse().ok()).ok_or_else(block_not_found)
}

fn document_not_found() -> Problem {
    Problem::new(ProblemCode::DocumentNotFound, DOCUMENT_NOT_FOUND)
}

fn block_not_found() -> Problem {
    Problem::new(ProblemCode::BlockNotFound, BLOCK_NOT_FOUND)
}

/// Removes what belongs to something deleted. The deletion itself is done, so nothing that
/// goes wrong here is the client's concern.
async fn finish_removal(state: &State, call: &Call, removal: Removal) {
    let stop_at = Instant::now() + REMOVE_FOR;
    match state.store.finish_removal(&call.user, removal, state.clock.now(), stop_at).await {
        Ok(true) => {}
        Ok(false) => tracing::info!("removal not finished; the sweeper will go on"),
        Err(error) => {
            tracing::warn!(error = %Causes(&error), "removal interrupted; the sweeper will go on");
        }
    }
}
