//! `POST /jobs`.

use api::{Call, Idempotency, JobInput, Problem, Reply};

use crate::{state::State, submit::submit};

pub(crate) async fn create(state: &State, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    let JobInput { new, on_conflict } = JobInput::from_request(call)?;
    submit(state, call, idempotency, new, on_conflict).await
}
