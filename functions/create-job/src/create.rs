//! `POST /jobs`.

use api::{Call, Idempotency, JobInput, Problem, Reply};

use crate::{state::State, submit::submit};

pub(crate) async fn create(state: &State, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    submit(state, call, idempotency, JobInput::from_request(call)?).await
}
