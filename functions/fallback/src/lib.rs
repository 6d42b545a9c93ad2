//! The fallback function: requests that match no route. It answers 404, or 405 with the methods that the path accepts.
//!
//! The gateway's own 404 would have no problem body, and the gateway has no 405. This function also answers
//! `GET /healthz`, so that monitors see that the API is up.

use lambda_http::{Body, Request, Response, http::Method};

/// The path for monitors. It answers 200 without a token.
const HEALTH: &str = "/healthz";

/// Answers without a check of the caller: the answers hold no data of a user.
pub fn handle(request: &Request) -> Response<Body> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read && request.uri().path() == HEALTH {
        let mut response = Response::new(Body::from(r#"{"status":"ok"}"#));
        let json = lambda_http::http::HeaderValue::from_static("application/json");
        response.headers_mut().insert(lambda_http::http::header::CONTENT_TYPE, json);
        return response;
    }
    api::no_route(request)
}
