//! The gateway's event becomes a request, and the response becomes what the gateway expects.
//!
//! `lambda_http` has such a conversion, which panics on some requests that a client can send: an odd Host,
//! `X-Forwarded-Proto` or query. Here each of them is an error.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::problem::ProblemCode;
use lambda_http::{
    Body, Request, RequestExt as _, Response,
    aws_lambda_events::{
        apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
        query_map::QueryMap,
    },
    http::{
        HeaderMap, Uri,
        header::{COOKIE, HOST, HeaderValue},
        uri::{Authority, PathAndQuery},
    },
    request::RequestContext,
};

use crate::Problem;

/// Reads the event of a request, which is JSON in the format 2.0 of the gateway. An event that is no request gives the
/// response to send: 400, and the body says why.
#[allow(clippy::result_large_err, reason = "a request is as large, and each event makes one of both")]
pub fn request_of_event(event: &str) -> Result<Request, Response<Body>> {
    let refuse = |event: &ApiGatewayV2httpRequest, detail: &str| {
        let request_id = event.request_context.request_id.as_deref().unwrap_or_default();
        tracing::info!(request_id, detail, "request refused");
        let path = event.raw_path.as_deref().unwrap_or_default();
        Problem::new(ProblemCode::InvalidRequest, detail).into_response(path, request_id)
    };
    let mut event: ApiGatewayV2httpRequest = serde_json::from_str(event).map_err(|error| {
        // The message of the error may quote a header.
        tracing::warn!(kind = ?error.classify(), column = error.column(), "the event is no request of the gateway");
        refuse(&ApiGatewayV2httpRequest::default(), "The request cannot be read. A header or its method is malformed.")
    })?;
    let (uri, body) = match read(&mut event) {
        Ok(read) => read,
        Err(detail) => return Err(refuse(&event, detail)),
    };
    let query: QueryMap = event.raw_query_string.unwrap_or_default().parse().unwrap_or_default();
    if let Some(cookies) = event.cookies.and_then(|cookies| HeaderValue::from_str(&cookies.join("; ")).ok()) {
        event.headers.insert(COOKIE, cookies);
    }
    let mut request =
        Request::new(body).with_query_string_parameters(query).with_path_parameters(event.path_parameters);
    *request.method_mut() = event.request_context.http.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = event.headers;
    Ok(request.with_request_context(RequestContext::ApiGatewayV2(event.request_context)))
}

fn read(event: &mut ApiGatewayV2httpRequest) -> Result<(Uri, Body), &'static str> {
    check_headers(&event.headers)?;
    Ok((uri(event)?, body(event)?))
}

/// Path and query, as the client has sent them.
fn uri(event: &ApiGatewayV2httpRequest) -> Result<Uri, &'static str> {
    let path = event.raw_path.as_deref().unwrap_or_default();
    let query = event.raw_query_string.as_deref().unwrap_or_default();
    let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let is_path = path.starts_with('/') && !path.contains('?');
    let target = target.parse::<PathAndQuery>().ok().filter(|_| is_path);
    target.map(Uri::from).ok_or("The path or the query is malformed. Percent-encode characters that a URL cannot have.")
}

/// Takes the body out of the event.
fn body(event: &mut ApiGatewayV2httpRequest) -> Result<Body, &'static str> {
    let Some(body) = event.body.take() else { return Ok(Body::Empty) };
    if !event.is_base64_encoded {
        return Ok(Body::Text(body));
    }
    STANDARD.decode(body).map(Body::Binary).map_err(|_| "The body cannot be read.")
}

/// Nothing reads these headers. A request in which they are malformed is malformed (RFC 9112, section 3.2).
fn check_headers(headers: &HeaderMap) -> Result<(), &'static str> {
    let value = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    if value(HOST.as_str()).is_some_and(|host| Authority::try_from(host).is_err()) {
        return Err("The header Host is malformed.");
    }
    match value("x-forwarded-proto") {
        None | Some(b"http" | b"https") => Ok(()),
        Some(_) => Err("The header X-Forwarded-Proto is neither http nor https."),
    }
}

/// The response in the form of the gateway. Every body of this service is text.
pub(crate) fn event_of_response(response: Response<Body>) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut event = ApiGatewayV2httpResponse::default();
    event.status_code = i64::from(parts.status.as_u16());
    event.headers = parts.headers;
    event.body = Some(body);
    event
}
