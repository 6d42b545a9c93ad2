//! HTTP client of the API. It works against the local runner and against a deployment.

use std::{fmt, time::Duration};

use anyhow::{Context as _, Result, bail};
use reqwest::{
    Method, StatusCode, Url,
    header::{self, HeaderValue},
};
use serde_json::Value;

/// How often a request is sent in total, while the service answers 429, 502, 503 or 504.
const TRIES: u32 = 5;

/// Calls the API as one user.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    authorization: Option<HeaderValue>,
    /// Whether the service runs on this machine.
    is_local: bool,
    http: reqwest::Client,
}

/// An answer with a status outside 2xx.
#[derive(Debug)]
pub struct Refused {
    pub status: StatusCode,
    message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

impl Api {
    /// Creates a client for the API at `base`, such as `http://127.0.0.1:3000`. `token` identifies the user. Without a
    /// token, or with an empty one, requests carry no `Authorization` header.
    pub fn new(base: &str, token: Option<String>) -> Result<Self> {
        let base = base.trim_end_matches('/').to_owned();
        let url = base.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url =
            url.with_context(|| format!("{base} is not an http or https URL. Use one such as http://127.0.0.1:3000"))?;
        let token = token.filter(|token| !token.trim().is_empty());
        let authorization = token.map(|token| bearer(&token)).transpose()?;
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(claude::client::tls()?)
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(60));
        let is_local = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        if is_local {
            http = http.no_proxy();
        }
        Ok(Self { base, authorization, is_local, http: http.build()? })
    }

    /// Whether requests carry a token.
    pub const fn has_token(&self) -> bool {
        self.authorization.is_some()
    }

    /// The header of the requests, such as `Bearer ada`, if it may be shown: on this machine a token is the name of a user.
    pub fn shown_authorization(&self) -> Option<&str> {
        self.authorization.as_ref().filter(|_| self.is_local)?.to_str().ok()
    }

    /// Address of a document's page.
    pub fn page(&self, document: &str) -> String {
        format!("{}/documents/{document}", self.base)
    }

    /// Base URL without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Returns the JSON object at `path`. Any status outside 2xx is an error, of type [`Refused`].
    pub async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.send(Method::GET, path, None).await?;
        self.expect(answer, &Method::GET, path)
    }

    /// Like [`Api::get`], but returns `None` if the status is 404.
    pub async fn find(&self, path: &str) -> Result<Option<Value>> {
        let answer = self.send(Method::GET, path, None).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        self.expect(answer, &Method::GET, path).map(Some)
    }

    /// Posts `body` to `path` and returns the JSON object of the response.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.send(Method::POST, path, Some(("application/json", body.to_string()))).await?;
        self.expect(answer, &Method::POST, path)
    }

    /// Posts a file to `path` and returns the JSON object of the response.
    pub async fn post_file(&self, path: &str, media_type: &'static str, text: String) -> Result<Value> {
        let answer = self.send(Method::POST, path, Some((media_type, text))).await?;
        self.expect(answer, &Method::POST, path)
    }

    /// The text at `path`, which must have this media type.
    pub async fn get_text(&self, path: &str, media_type: &str) -> Result<String> {
        let answer = self.send(Method::GET, path, None).await?;
        if answer.status.is_success() && answer.media_type.starts_with(media_type) {
            return Ok(answer.text);
        }
        if answer.status.is_success() {
            bail!("{}{path} answered with something that is not {media_type}. Is the address right?", self.base);
        }
        self.expect(answer, &Method::GET, path).map(|_| String::new())
    }

    async fn send(&self, method: Method, path: &str, body: Option<(&'static str, String)>) -> Result<Answer> {
        let mut tries = 0;
        loop {
            let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
            if let Some(authorization) = &self.authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            if let Some((media_type, text)) = &body {
                request = request.header(header::CONTENT_TYPE, *media_type).body(text.clone());
            }
            let response = request.send().await.map_err(|error| self.unreachable(&error))?;
            let status = response.status();
            let wait = retry_after(&response).unwrap_or(Duration::from_secs(1 << tries));
            let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let media_type = media_type.unwrap_or_default().to_owned();
            let text = response.text().await?;
            tries += 1;
            let busy = matches!(status.as_u16(), 429 | 502 | 503 | 504);
            if busy && tries < TRIES {
                tokio::time::sleep(wait.min(Duration::from_secs(30))).await;
                continue;
            }
            return Ok(Answer { status, media_type, text });
        }
    }

    /// The cause of the library is the last of a long chain. The first words that help are said here.
    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let cause = if error.is_timeout() { "it does not answer" } else { "nothing answers there" };
        let help = if self.is_local { "Start it with: make serve" } else { "Is the address right?" };
        anyhow::anyhow!("cannot reach {}: {cause}. {help}", self.base)
    }

    fn expect(&self, Answer { status, text, .. }: Answer, method: &Method, path: &str) -> Result<Value> {
        let body: Option<Value> = serde_json::from_str(&text).ok().filter(Value::is_object);
        if status.is_success() {
            return body.with_context(|| {
                format!(
                    "{}{path} answered with something that is not this service's JSON. Is the address right?",
                    self.base
                )
            });
        }
        let body = body.unwrap_or_default();
        let detail = body.get("error").and_then(Value::as_str).unwrap_or("the response is not from this service");
        let fields: Vec<String> = body
            .get("errors")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|error| format!("\n  {} {}", str_field(&error["pointer"]), str_field(&error["detail"])))
            .collect();
        let message = format!("{method} {path} was answered with {status}: {detail}{}", fields.concat());
        Err(Refused { status, message }.into())
    }
}

struct Answer {
    status: StatusCode,
    media_type: String,
    text: String,
}

fn bearer(token: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .context("the token has a character that an HTTP header must not have, such as a line break")?;
    value.set_sensitive(true);
    Ok(value)
}

fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Returns the string in `value`, or an empty string if `value` is not a string.
pub fn str_field(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(base: &str, token: &str) -> String {
        format!("{:#}", Api::new(base, Some(token.to_owned())).expect_err("invalid"))
    }

    #[test]
    fn the_address_must_be_http_and_the_token_must_fit_a_header() {
        for base in ["", "localhost:3000", "ftp://127.0.0.1", "127.0.0.1:3000"] {
            assert!(error(base, "sam").contains("is not an http or https URL"), "{base}");
        }
        let problem = error("http://127.0.0.1", "secret\nsecret");
        assert!(problem.contains("the token has a character") && !problem.contains("secret"), "{problem}");
    }

    #[test]
    fn an_empty_token_counts_as_none_and_a_token_is_never_shown() {
        for (token, has_token) in [("", false), (" ", false), ("secret", true)] {
            let api = Api::new("https://example.com/", Some(token.to_owned())).expect("valid");
            assert_eq!(api.has_token(), has_token, "{token:?}");
            assert!(!format!("{api:?}").contains("secret"));
        }
    }
}
