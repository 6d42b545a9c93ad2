//! Whatever no route takes: 404, or 405 with the methods that the path does take. The gateway's own
//! answer would be no problem body. `GET /healthz` tells monitors that the API is up.

use lambda_http::{Body, Request, Response, http::Method};

/// Where a monitor asks. The only path that is open to all.
const HEALTH: &str = "/healthz";

/// Answers a request. Nobody need be signed in to be told that there is nothing.
pub fn handle(request: &Request) -> Response<Body> {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    if asks && request.uri().path() == HEALTH {
        let mut response = Response::new(Body::from(r#"{"status":"ok"}"#));
        let json = lambda_http::http::HeaderValue::from_static("application/json");
        response.headers_mut().insert(lambda_http::http::header::CONTENT_TYPE, json);
        return response;
    }
    api::no_route(request)
}
