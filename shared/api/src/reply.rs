//! Answers.

use lambda_http::{
    Body, Response,
    http::{HeaderName, HeaderValue, StatusCode},
};
use serde::Serialize;
use serde_json::Value;

/// A status, headers and a JSON body.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    content_type: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Value,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        // The bodies of this service are maps with text keys: they always serialize.
        let body = serde_json::to_value(body).unwrap_or_default();
        Self { status, content_type: "application/json", headers: Vec::new(), body }
    }

    pub(crate) const fn problem(status: StatusCode, body: Value) -> Self {
        Self { status, content_type: "application/problem+json", headers: Vec::new(), body }
    }

    /// With one more header. A value that no header can hold is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    pub(crate) fn into_response(self, request_id: &str, head: bool) -> Response<Body> {
        let reply = self.header("cache-control", "private, no-store").header("x-request-id", request_id);
        let body = if head { Body::Empty } else { Body::Text(reply.body.to_string()) };
        let mut response = Response::new(body);
        *response.status_mut() = reply.status;
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static(reply.content_type));
        headers.extend(reply.headers);
        response
    }
}
