//! The DynamoDB table, and every read and write of it: jobs, documents, blocks, revisions, evidence, goals, reviews.
//!
//! # Problem
//!
//! Several processes write the same item at the same time. A job is written by the API functions (create, replace,
//! cancel, delete its document), by the workers, by the sweeper and by the dead-letter function. A block is written by
//! its user and by a job. Messages are delivered more than once. A process can die between two writes. The response to
//! a write that succeeded can be lost. DynamoDB throttles calls and reports conflicts between transactions. All users
//! share one table.
//!
//! # Design
//!
//! **Keys.** Every partition key begins with the owner, in the table and in all indexes except `unfinished`. The only
//! other items are those of what the service has spent in a day. So a read or
//! write for one user cannot reach the items of another user. The sort key names the kind and the id, such as
//! `JOB#{id}` ([`table::keys`]). `unfinished` is a sparse index for the sweeper. It holds the keys of jobs that have
//! not ended and of deletions that have not finished, oldest first.
//!
//! **Jobs.** A job has a `revision` number, which every change increments. A transition reads the job, asks
//! [`domain::job::lifecycle`] for the next state, and writes the whole item. The only condition of this write is that
//! `revision` is still the number that was read. After a conflict the job is read again, and the same rules decide again.
//! Progress and lease of a running job are an item of their own, which a heartbeat replaces (`jobs::progress`).
//!
//! **Texts.** The content of a block and the answer of a job are immutable items, written once and before anything refers
//! to them (`texts`). So every other item is small.
//!
//! **Documents, blocks and entries of the library** have a `version`. A save names the version that was read. If the
//! version has changed, nothing is written and the caller reads again.
//!
//! **Two transactions begin and end a job.** [`Store::create_jobs`] writes the job, the in-flight pointer of its block,
//! the end of a replaced job, and the idempotency record. [`Store::complete`] writes the job, the block and the revision of the block. It names the
//! block version that the caller has read, so an edit by the user is never overwritten.
//!
//! **Repeated requests.** The idempotency record is written in the same transaction as the change that it answers for
//! ([`idempotency`]). Either both exist or neither does. Library entries are written in batches without a transaction.
//! A repeated request writes the same ids again, so their record may follow afterwards.
//!
//! **Money.** What a day has cost is a number for each user and one for the service. It changes by additions, which a condition
//! keeps within the budget ([`spending`]).
//!
//! **Lost responses.** Each transaction carries a client request token. A retry with the same token does not write
//! twice. A single put has no token. Its retry sees its own write as a conflict, and the rules recognise the lease
//! token of a repeated claim.
//!
//! **Deletions.** One transaction removes a document or a block and stores a deletion task ([`documents::deletion`]).
//! Afterwards the jobs of the deleted item are ended, its blocks and revisions are removed in batches, and its texts are
//! taken out of what stays (`erasure`). If this is interrupted, the task becomes overdue and the sweeper finishes it.
//!
//! **Metering.** [`Store::metered`] returns a clone that counts its own read units, so that the cost of one operation
//! can be logged or tested.
//!
//! # Why not otherwise
//!
//! - **No hand-written fake of DynamoDB.** Conditions, transactions and limits are the behaviour under test. A fake
//!   would repeat the assumptions of this code. The tests run this crate on an embedded DynamoDB.
//! - **No condition expression for each transition.** Such expressions would be a second copy of the lifecycle rules in
//!   another language. The price is one more read for transitions that do not start from a job in memory.
//! - **No lock item that must be cleared.** A crash would leave the lock behind. The in-flight pointer is never
//!   cleared. It names the newest job that writes the block, and that job itself says whether it has ended. The next
//!   job replaces the pointer if it still names the job that was read.

mod annotation_columns;
mod erasure;
pub mod error;
pub mod table;

pub mod cited;
pub mod context;
pub mod documents;
pub mod idempotency;
pub mod jobs;
pub mod library;
pub mod own_items;
pub mod spending;
mod texts;

use aws_sdk_dynamodb::Client;

use error::sdk;
pub use error::{ChangeError, StoreError};
use table::{item::text, keys, meter::Meter};

/// The table, through a ready client. Clones share the client and the meter.
#[derive(Clone)]
pub struct Store {
    client: Client,
    table: String,
    meter: Meter,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Store {
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), meter: Meter::default() }
    }

    /// A clone with a new meter, which counts only what is read through this clone.
    #[must_use]
    pub fn metered(&self) -> (Self, Meter) {
        let meter = Meter::default();
        (Self { meter: meter.clone(), ..self.clone() }, meter)
    }

    /// Opens the connection before the first request needs it, with a cheap read of a key that does not exist. An error
    /// is only logged, because the first request reports the same error.
    pub async fn open_connection(&self) {
        let read = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(keys::PK, text("WARM_UP"))
            .key(keys::SK, text("WARM_UP"))
            .send()
            .await;
        if let Err(error) = read {
            tracing::warn!(error = %sdk(error), "connection to DynamoDB was not opened in advance");
        }
    }
}
