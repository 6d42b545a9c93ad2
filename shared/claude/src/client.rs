//! Sends a request and waits until Claude accepts it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use reqwest::{Response, header::HeaderMap};
use rustls::RootCertStore;
use serde_json::Value;

use crate::{
    auth::Auth,
    error::{ApiErrorResponse, ClaudeError},
    stream::AnswerStream,
    transport::Transport,
};

/// Value of the header `anthropic-version`. Another version has other fields and other rules.
pub const API_VERSION: &str = "2026-10-21";

/// Limits on waiting. None of them covers the whole call: the caller limits the call by dropping its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For opening a connection. Default: 5 s, as in the official SDKs.
    pub connect: Duration,
    /// For the response headers, and between two pieces of a body. Any bytes end the pause, also a comment that only
    /// keeps the connection alive. Default: 90 s.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), idle: Duration::from_secs(90) }
    }
}

/// A client of the Messages API at one base URL. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    transport: Arc<dyn Transport>,
    messages_url: String,
    /// The base URL without credentials, for errors.
    address: String,
    idle: Duration,
}

/// The client could not be created: the base URL is not a valid HTTP URL, or TLS could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a client for Claude: {0}")]
pub struct ClientError(String);

impl Client {
    /// Creates a client for `base_url`, for example `https://api.anthropic.com`. A `/v1` at its end is removed, because
    /// the settings of other clients end so. The client follows no redirects, and it ignores proxy settings for a
    /// loopback address. Plain `http://` is allowed for a loopback address only, because each request carries the key.
    pub fn new(base_url: &str, timeouts: Timeouts) -> Result<Self, ClientError> {
        let url =
            reqwest::Url::parse(base_url).map_err(|error| ClientError(format!("base URL {base_url:?}: {error}")))?;
        let is_loopback = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !(is_loopback && url.scheme() == "http") {
            return Err(ClientError(format!("base URL {base_url:?}: must begin with https://")));
        }
        let mut builder = reqwest::Client::builder();
        if is_loopback {
            // A proxy on another host cannot reach the loopback address of this host.
            builder = builder.no_proxy();
        }
        let http = builder
            .tls_backend_preconfigured(tls().map_err(|error| ClientError(error.to_string()))?)
            .connect_timeout(timeouts.connect)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("report-builder-jobs/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ClientError(error.to_string()))?;
        let base = base_url.trim_end_matches('/');
        let base = base.strip_suffix("/v1/messages").or_else(|| base.strip_suffix("/v1")).unwrap_or(base);
        let address = format!("{}{}", url.origin().ascii_serialization(), url.path().trim_end_matches('/'));
        let transport = Arc::new(http.clone());
        Ok(Self { http, transport, messages_url: format!("{base}/v1/messages"), address, idle: timeouts.idle })
    }

    /// A client that sends its requests through `transport`. For simulations.
    #[must_use]
    pub fn through(&self, transport: Arc<dyn Transport>) -> Self {
        Self { transport, ..self.clone() }
    }

    /// Opens a connection in advance, so that the first request does not wait for it. An error is only logged, because
    /// the first request will meet the same error and return it. Does nothing for `http://`: without a TLS handshake
    /// there is little to save.
    pub async fn open_connection(&self) {
        if !self.messages_url.starts_with("https://") {
            return;
        }
        /// The start of a function waits for this call, so it must not take longer.
        const MOST: Duration = Duration::from_secs(3);
        match tokio::time::timeout(MOST, self.http.head(&self.messages_url).send()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::info!(%error, "connection to Claude not opened in advance"),
            Err(_) => tracing::info!("connection to Claude not opened in advance: no response in time"),
        }
    }

    /// Sends `body`, which [`crate::request::body`] has built, and returns the stream of the answer once Claude has
    /// responded with a 2xx status. Fails with [`ClaudeError::ErrorResponse`] for an error of the API, and with
    /// [`ClaudeError::WrongAddress`] for a response that the Messages API never sends.
    pub async fn stream(&self, auth: &Auth, body: &Value) -> Result<AnswerStream, ClaudeError> {
        let headers = [("anthropic-version", API_VERSION), ("content-type", "application/json")];
        let body = body.to_string().into_bytes();
        let request = headers
            .iter()
            .fold(self.http.post(&self.messages_url), |request, (name, value)| request.header(*name, *value));
        // Compression would hold back the pieces of a stream. It is not signed, because a proxy may change it.
        let request = request.header("accept-encoding", "identity");
        let request = auth.apply(request, &self.messages_url, &headers, &body).await?.body(body);
        let request = request.build().map_err(ClaudeError::Connection)?;
        let response = tokio::time::timeout(self.idle, self.transport.send(request))
            .await
            .map_err(|_| ClaudeError::Stalled(self.idle))?
            .map_err(ClaudeError::Connection)?;
        let status = response.status();
        if status.is_redirection() {
            return Err(self.wrong_address(format!("it redirects with status {}", status.as_u16())));
        }
        if !status.is_success() {
            let error = self.error_answer(response).await;
            // The API describes all its errors. Status 404 or 405 without a description comes from another server.
            return Err(match error.status {
                404 | 405 if error.kind.is_empty() => {
                    self.wrong_address(format!("it has no such path, by status {}", error.status))
                }
                _ => ClaudeError::ErrorResponse(Box::new(error)),
            });
        }
        self.answer(response)
    }

    /// The answer in a response with a 2xx status. Its first byte says what it is, see [`AnswerStream`], because gateways
    /// mislabel their answers. Only content that no text can be is refused by its label.
    fn answer(&self, response: Response) -> Result<AnswerStream, ClaudeError> {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let content_type = header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // What the HTTP client could decompress has lost this header.
        let encoding = header("content-encoding").trim().to_ascii_lowercase();
        if !matches!(encoding.as_str(), "" | "identity") {
            return Err(self.wrong_address(format!("it sends the encoding {encoding:?}")));
        }
        let is_text = content_type.is_empty()
            || (content_type.starts_with("text/") && content_type != "text/html")
            || content_type.ends_with("json")
            || content_type == "application/octet-stream";
        if !is_text {
            return Err(self.wrong_address(format!("it sends {content_type:?}")));
        }
        Ok(AnswerStream::new(response, self.idle, self.address.clone()))
    }

    fn wrong_address(&self, found: String) -> ClaudeError {
        ClaudeError::WrongAddress { address: self.address.clone(), found }
    }

    async fn error_answer(&self, response: Response) -> ApiErrorResponse {
        let headers = response.headers();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let request_id = header("request-id");
        let retry_after = retry_after(headers, SystemTime::now());
        let should_retry = match header("x-should-retry").as_deref() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        // A proxy may send another body or none. Then only the status and the headers are known.
        let body = self.error_body(response).await.unwrap_or_default();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let error = ApiErrorResponse::from_body(status, &body);
        ApiErrorResponse { request_id: request_id.or(error.request_id), retry_after, should_retry, ..error }
    }

    /// Reads a body of at most about [`MAX_ERROR_BYTES`]. What comes later is cut off.
    async fn error_body(&self, mut response: Response) -> Result<Vec<u8>, ClaudeError> {
        let mut body = Vec::new();
        loop {
            let chunk = tokio::time::timeout(self.idle, response.chunk())
                .await
                .map_err(|_| ClaudeError::Stalled(self.idle))?
                .map_err(ClaudeError::Connection)?;
            let Some(chunk) = chunk else { return Ok(body) };
            body.extend_from_slice(&chunk);
            if body.len() >= MAX_ERROR_BYTES {
                return Ok(body);
            }
        }
    }
}

/// The API's own errors are much shorter, but a proxy may send a body of any length.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The wait that a response asks for: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date. A date in the
/// past means no wait.
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

/// A number of seconds that is too large for a `Duration` becomes the longest `Duration`.
fn seconds_or_forever(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// A TLS configuration with Mozilla's root certificates built in and parsed. Loading the certificates of the operating
/// system would take most of a cold start.
pub fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
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
    fn retry_after_is_read_as_milliseconds_seconds_or_date() {
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

    #[test]
    fn the_key_leaves_this_machine_encrypted_only() {
        for base in ["http://localhost:3100", "http://127.0.0.1:3100", "http://[::1]:3100", "https://proxy.example.com"]
        {
            assert!(Client::new(base, Timeouts::default()).is_ok(), "{base}");
        }
        for base in ["http://proxy.example.com", "http://localhost.example.com", "http://10.0.0.1", "ftp://localhost"] {
            let error = Client::new(base, Timeouts::default()).expect_err("plain text").to_string();
            assert!(error.contains("must begin with https://"), "{error}");
        }
    }

    #[test]
    fn the_end_of_a_base_url_does_not_matter() {
        for base in [
            "https://example.com/a",
            "https://example.com/a/",
            "https://example.com/a/v1",
            "https://example.com/a/v1/messages/",
        ] {
            let client = Client::new(base, Timeouts::default()).expect("valid");
            assert_eq!(client.messages_url, "https://example.com/a/v1/messages", "{base}");
        }
        let secret = Client::new("https://user:password@example.com/a", Timeouts::default()).expect("valid");
        assert_eq!(secret.address, "https://example.com/a", "errors show no credentials");
    }
}
