//! Commands for any deployment: import, export, generate, lists, a sample, and a demonstration.
//!
//! Every command uses the HTTP API through [`client`], so it works against the local runner and against AWS. This crate
//! links no database and no emulator.

pub mod client;
pub mod demo;
pub mod export;
mod follow;
pub mod generate;
pub mod import;
pub mod lists;
pub mod sample;
pub mod seed;
mod text;
