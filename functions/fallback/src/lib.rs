//! Whatever no route takes: 404, or 405 with the methods that the path does take. The gateway's own
//! answer would be no problem body.

use lambda_http::{Body, Request, Response};

/// Answers a request. Nobody need be signed in to be told that there is nothing.
pub fn handle(request: &Request) -> Response<Body> {
    api::no_route(request)
}
