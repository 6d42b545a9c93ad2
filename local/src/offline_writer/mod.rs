//! Stands in for Claude: an HTTP server that speaks the Messages API's stream, and says in
//! its text that it is not Claude. Tests script its faults.

mod prose;
mod request;
mod script;
mod server;
mod wire;

pub use prose::{Cite, Piece};
pub use script::{Behaviour, Gate, Journal, Script};
pub use server::OfflineWriter;
