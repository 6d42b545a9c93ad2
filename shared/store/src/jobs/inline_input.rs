//! The inline input of a job. It is written together with the job, and expires with it.

use domain::{
    ids::{JobId, UserId},
    job::{Job, inline_input::InlineInput},
};

use crate::{
    Store, StoreError,
    jobs::JOB_RETENTION_SECONDS,
    table::{
        deflated_item::{read_deflated, write_deflated},
        item::Item,
        keys,
    },
};

pub(crate) fn write_inline_input(job: &Job, input: &InlineInput) -> Result<Item, StoreError> {
    let expires_at = job.deadline_at.as_second() + JOB_RETENTION_SECONDS;
    write_deflated(&job.user, keys::inline_input(job.id), input, Some(expires_at))
}

impl Store {
    /// The input of a job. `None`: the job has none, or it has expired.
    pub async fn inline_input(&self, user: &UserId, id: JobId) -> Result<Option<InlineInput>, StoreError> {
        let item = self.get_item(user, keys::inline_input(id)).await?;
        item.as_ref().map(read_deflated).transpose()
    }
}
