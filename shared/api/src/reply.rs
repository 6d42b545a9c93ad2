//! Answers.

use lambda_http::{
    Body, Response,
    http::{HeaderName, HeaderValue, StatusCode},
};
use serde::Serialize;

/// A status, headers and a JSON body.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    content_type: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, content_type: "application/json", headers: Vec::new(), body: text(body) }
    }

    pub(crate) fn problem(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, content_type: "application/problem+json", headers: Vec::new(), body: text(body) }
    }

    /// With one more header. A value that no header can hold is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    pub(crate) fn into_response(self, request_id: &str) -> Response<Body> {
        let reply = self.header("cache-control", "private, no-store").header("x-request-id", request_id);
        let Self { status, content_type, headers, body } = reply;
        let mut response = Response::new(Body::Text(body));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", HeaderValue::from_static(content_type));
        response.headers_mut().extend(headers);
        response
    }
}

/// The bodies of this service are structs with text keys, which always serialize; should one
/// not, the answer is empty and the log says so.
fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_else(|error| {
        tracing::error!(%error, "answer not serialized");
        String::new()
    })
}
