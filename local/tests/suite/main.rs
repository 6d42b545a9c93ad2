//! The whole service on embedded parts: the handlers, DynamoDB code and SQS code that AWS
//! runs. Nothing here sleeps to bring about an order: queues are drained by hand, clocks
//! are turned, and the writer stands at gates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "tests")]

mod bad_input;
mod blocks;
mod bulk;
mod caching;
mod calls;
mod cancel;
mod capacity;
mod conformance;
mod crash;
mod demo;
mod documents;
mod events;
mod evidence;
mod faults;
mod flights;
mod formats;
mod fuzz;
mod history;
mod idempotency;
mod import;
mod library;
mod limits;
mod lists;
mod many;
mod observability;
mod openapi;
mod owners;
mod page;
mod paid_once;
mod peers;
mod polling;
#[path = "../processes/mod.rs"]
mod processes;
mod proxy;
mod races;
mod recorded;
mod sdk;
mod settings;
mod streams;
mod throttling;
mod world;
mod write;
