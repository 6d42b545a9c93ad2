//! Tests of the whole service on embedded parts: the handlers, DynamoDB code and SQS code that run on AWS. Tests do not
//! sleep to bring events into an order. They drain queues by hand, advance the clock, and hold the offline writer at a
//! gate.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "tests")]

mod contract;
mod documents;
mod dynamodb_proxy;
mod index_units;
mod jobs;
mod library;
mod messages;
#[path = "../processes/mod.rs"]
mod processes;
mod programs;
mod recorded;
mod runner;
mod silent_connections;
mod structure;
mod worker;
mod world;
