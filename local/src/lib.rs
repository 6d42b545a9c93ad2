//! The whole service on one machine: the handlers that run on AWS, on embedded parts. For development and tests, never
//! deployed.
//!
//! [`runner`] puts the parts together. [`template`] reads `template.yaml`, and [`aws`] creates the table and the queues
//! that it defines. [`functions`] holds the handlers, [`gateway`] stands in for API Gateway, and [`event_source`]
//! delivers messages from a queue to its function. [`fake_claude`] stands in for Claude, [`page`] serves the web page,
//! and [`openapi`] describes the API.

pub mod aws;
pub mod data_dir;
pub mod event_source;
pub mod fake_claude;
pub mod functions;
pub mod gateway;
pub mod openapi;
pub mod origin;
pub mod page;
pub mod runner;
pub mod template;
mod turned_delay;
