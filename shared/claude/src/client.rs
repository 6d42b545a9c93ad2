//! Sends a request and opens its stream.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use reqwest::{Response, header::HeaderMap};
use rustls::RootCertStore;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    auth::Auth,
    error::{ClaudeError, ErrorAnswer},
    stream::AnswerStream,
};

/// The version of the API that this code is written for.
pub const API_VERSION: &str = "2026-10-21";

/// How long to wait. The whole call is limited by its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection. The official clients take 5 s.
    pub connect: Duration,
    /// Between two events of an answer, pings included, and before the first.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), idle: Duration::from_secs(90) }
    }
}

/// A client of the Messages API at one base URL.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    messages_url: String,
    idle: Duration,
}

/// A client that cannot be made: a bad base URL, or TLS that does not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a client for Claude: {0}")]
pub struct ClientError(String);

impl Client {
    /// A client for `base_url`, such as `https://api.anthropic.com`.
    pub fn new(base_url: &str, timeouts: Timeouts) -> Result<Self, ClientError> {
        let url =
            reqwest::Url::parse(base_url).map_err(|error| ClientError(format!("base URL {base_url:?}: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ClientError(format!("base URL {base_url:?}: must begin with https://")));
        }
        let is_loopback = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        let mut builder = reqwest::Client::builder();
        if is_loopback {
            // A proxy elsewhere cannot reach this machine.
            builder = builder.no_proxy();
        }
        let http = builder
            .tls_backend_preconfigured(tls().map_err(|error| ClientError(error.to_string()))?)
            .connect_timeout(timeouts.connect)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("report-builder-jobs/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ClientError(error.to_string()))?;
        let messages_url = format!("{}/v1/messages", base_url.trim_end_matches('/'));
        Ok(Self { http, messages_url, idle: timeouts.idle })
    }

    /// Opens the connection, so that the first request finds it open. That request will meet
    /// whatever goes wrong here. Without TLS there is nothing to gain.
    pub async fn open_connection(&self) {
        if !self.messages_url.starts_with("https://") {
            return;
        }
        /// The start of a function must not wait for longer.
        const MOST: Duration = Duration::from_secs(3);
        match tokio::time::timeout(MOST, self.http.head(&self.messages_url).send()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "connection to Claude not opened ahead"),
            Err(_) => tracing::debug!("connection to Claude not opened ahead: silence"),
        }
    }

    /// Sends `body` and returns the stream once Claude has accepted it.
    pub async fn stream(&self, auth: &Auth, body: &Value) -> Result<AnswerStream, ClaudeError> {
        let headers = [("anthropic-version", API_VERSION), ("content-type", "application/json")];
        let body = body.to_string().into_bytes();
        let request = headers
            .iter()
            .fold(self.http.post(&self.messages_url), |request, (name, value)| request.header(*name, *value));
        let request = auth.prove(request, &self.messages_url, &headers, &body).await?.body(body);
        let response = tokio::time::timeout(self.idle, request.send())
            .await
            .map_err(|_| ClaudeError::Stalled(self.idle))?
            .map_err(ClaudeError::Connection)?;
        if !response.status().is_success() {
            return Err(ClaudeError::Answered(Box::new(self.error_answer(response).await)));
        }
        Ok(AnswerStream::new(response, self.idle))
    }

    async fn error_answer(&self, response: Response) -> ErrorAnswer {
        let headers = response.headers();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut answer = ErrorAnswer {
            status: response.status().as_u16(),
            request_id: header("request-id"),
            retry_after: retry_after(headers, SystemTime::now()),
            should_retry: match header("x-should-retry").as_deref() {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            },
            ..ErrorAnswer::default()
        };
        // A proxy may answer with another body, or none: then the status says it all.
        if let Ok(body) = tokio::time::timeout(self.idle, start_of(response)).await
            && let Ok(body) = serde_json::from_slice::<ErrorBody>(&body)
        {
            body.put_into(&mut answer);
        }
        answer
    }
}

/// The first bytes of a body: an error has few, and a proxy may send anything.
async fn start_of(mut response: Response) -> Vec<u8> {
    const MOST: usize = 64 * 1024;
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= MOST {
            break;
        }
    }
    body
}

/// `{"type":"error","error":{…},"request_id":…}`, as a body and as an event.
#[derive(Debug, Deserialize)]
pub struct ErrorBody {
    error: ErrorFields,
    request_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ErrorFields {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
    details: Option<ErrorDetails>,
}

#[derive(Debug, Deserialize)]
struct ErrorDetails {
    error_code: Option<String>,
}

impl ErrorBody {
    pub(crate) fn put_into(self, answer: &mut ErrorAnswer) {
        answer.kind = self.error.kind;
        answer.message = self.error.message;
        answer.error_code = self.error.details.and_then(|details| details.error_code);
        answer.request_id = answer.request_id.take().or(self.request_id);
    }
}

/// `retry-after-ms`, else `retry-after` in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    if let Some(ms) = header("retry-after-ms").and_then(number) {
        return Some(seconds_or_forever(ms / 1000.0));
    }
    let text = header("retry-after")?;
    match number(text) {
        Some(seconds) => Some(seconds_or_forever(seconds)),
        None => httpdate::parse_http_date(text).ok().map(|at| at.duration_since(now).unwrap_or_default()),
    }
}

/// More seconds than a duration holds are still a long wait.
fn seconds_or_forever(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// TLS with the roots of Mozilla's list built in: reading the operating system's store takes
/// most of a cold start.
pub fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        roots.add(certificate.clone())?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_retry_after_is_understood() {
        let now = httpdate::parse_http_date("Mon, 23 Nov 2026 10:00:00 GMT").expect("a date");
        let read = |pairs: &[(&'static str, &'static str)]| {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| ((*name).parse().expect("a name"), (*value).parse().expect("a value")))
                .collect();
            retry_after(&headers, now)
        };
        assert_eq!(read(&[("retry-after", "7"), ("retry-after-ms", "1500")]), Some(Duration::from_millis(1500)));
        assert_eq!(read(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(read(&[("retry-after", "Mon, 23 Nov 2026 10:00:30 GMT")]), Some(Duration::from_secs(30)));
        assert_eq!(read(&[("retry-after", "Mon, 23 Nov 2026 09:00:00 GMT")]), Some(Duration::ZERO));
        assert_eq!(read(&[("retry-after", "99999999999999999999999")]), Some(Duration::MAX));
        for value in ["", "soon", "-1", "NaN", "1e400"] {
            assert_eq!(read(&[("retry-after", value)]), None, "{value}");
        }
        assert_eq!(read(&[]), None);
    }
}
