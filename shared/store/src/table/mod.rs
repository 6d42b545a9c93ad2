//! Access to the table that jobs, documents and the library share: keys, items, reads, batches, transactions and pages.

pub mod conflict_retry;
pub mod item;
pub mod keys;
pub mod meter;
pub mod newest;
pub mod page;
pub mod transaction;

pub(crate) mod batch;
pub(crate) mod conditional_put;
pub(crate) mod deflate;
pub(crate) mod deflated_item;
pub(crate) mod index_range;
pub(crate) mod read;
