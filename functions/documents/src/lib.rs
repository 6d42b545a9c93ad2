//! The documents function: documents, their blocks, and the history of each block. Also everything that a person has, to
//! be exported or deleted.

mod blocks;
mod body;
mod deletion;
mod documents;
mod export;
mod history;
mod input;
mod me;

pub use blocks::{BlockList, BlockOrder, ListedContent};
pub use body::{BlockBody, DocumentBody, RevisionBody};
pub use documents::{DocumentPage, MAX_OFFSET};
pub use history::{Restored, RevisionPage};
pub use input::Side;
pub use me::DeletionBody;

use api::{Call, Idempotency, Problem, Reply, StoreState};
use lambda_http::{Body, Request, Response};

pub async fn handle(state: &StoreState, request: Request) -> Response<Body> {
    api::answer(request, |call| route(state, call)).await
}

/// Dispatches by the route that the gateway has matched.
async fn route(state: &StoreState, call: Call) -> Result<Reply, Problem> {
    match call.route() {
        "GET /api/me/export" => me::export(state, &call).await,
        "DELETE /api/me" => me::delete(state, &call).await,
        "GET /api/report-builder" => documents::list(state, &call).await,
        "POST /api/report-builder" => {
            idempotent(state, &call, async |key| documents::create(state, &call, key).await).await
        }
        "GET /api/report-builder/{id}" => documents::show(state, &call).await,
        "PATCH /api/report-builder/{id}" => documents::change(state, &call).await,
        "DELETE /api/report-builder/{id}" => documents::delete(state, &call).await,
        "GET /api/report-builder/{id}/export" => export::show(state, &call).await,
        "GET /api/report-builder/{id}/blocks" => blocks::list(state, &call).await,
        "PATCH /api/report-builder/{id}/blocks" => blocks::arrange(state, &call).await,
        "POST /api/report-builder/{id}/blocks" => {
            idempotent(state, &call, async |key| blocks::create(state, &call, key).await).await
        }
        "GET /api/report-builder/{id}/blocks/{blockId}" => blocks::show(state, &call).await,
        "PATCH /api/report-builder/{id}/blocks/{blockId}" => blocks::change(state, &call).await,
        "DELETE /api/report-builder/{id}/blocks/{blockId}" => blocks::delete(state, &call).await,
        "GET /api/report-builder/{id}/blocks/{blockId}/history" => history::list(state, &call).await,
        "POST /api/report-builder/{id}/blocks/{blockId}/history" => {
            idempotent(state, &call, async |key| history::restore(state, &call, key).await).await
        }
        _ => Err(Problem::not_found("Path")),
    }
}

/// Runs `work` under the `Idempotency-Key` of the request, if it has one.
async fn idempotent<F>(state: &StoreState, call: &Call, work: F) -> Result<Reply, Problem>
where
    F: AsyncFnOnce(&Idempotency) -> Result<Reply, Problem>,
{
    Idempotency::run(&state.store, call, state.clock.now(), work).await
}
