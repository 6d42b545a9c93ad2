//! The whole service on one machine: the handlers that AWS runs, on embedded parts. For
//! development and tests; never deployed.
//!
//! [`runner`] puts it together: [`aws`] are DynamoDB and SQS, made after [`template`];
//! [`functions`] are the Lambdas; [`gateway`] is API Gateway, [`event_source`] what stands
//! between a queue and its function; [`page`] is the web page; [`offline_writer`] stands in for Claude. The commands that
//! fill and read a service, [`import`], [`export`], [`sample`] and [`demo`], go through
//! [`client`] over HTTP, so they work against a deployment, too.

pub mod aws;
pub mod client;
pub mod data_dir;
pub mod demo;
pub mod event_source;
pub mod export;
pub mod functions;
pub mod gateway;
pub mod import;
pub mod offline_writer;
pub mod openapi;
pub mod page;
pub mod runner;
pub mod sample;
pub mod template;
