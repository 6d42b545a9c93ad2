//! How a request reaches Claude: over the network, or in a simulation without one.

use std::{fmt, future::Future, pin::Pin};

use reqwest::{Request, Response};

/// A response that has begun, or the error of the connection.
pub type Sent<'a> = Pin<Box<dyn Future<Output = reqwest::Result<Response>> + Send + 'a>>;

/// Sends a request and returns once the response begins. Dropping the future, or the response, stops the call.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request, without a retry.
    fn send(&self, request: Request) -> Sent<'_>;
}

impl Transport for reqwest::Client {
    fn send(&self, request: Request) -> Sent<'_> {
        Box::pin(self.execute(request))
    }
}
