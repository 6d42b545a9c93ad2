//! The offline writer, a fake of Claude. It is an HTTP server that streams answers as the Messages API does. Its text
//! says that Claude did not write it. Tests script its faults.

mod prose;
mod request;
mod script;
mod server;
mod wire;

pub use prose::{Cite, MODEL, Piece};
pub use script::{Behaviour, Gate, Journal, RawResponse, Script};
pub use server::OfflineWriter;
