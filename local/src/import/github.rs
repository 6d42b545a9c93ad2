//! Pull requests, as GitHub's command line prints them.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Rejected, Row, Rows, title};

/// A summary is cut here, in characters: a few paragraphs.
const SUMMARY_CHARS: usize = 2_000;

/// The fields of `gh pr list --json` and `gh search prs --json` that say something here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullRequest {
    number: u64,
    title: String,
    #[serde(default)]
    body: Option<String>,
    url: String,
    created_at: String,
    merged_at: Option<String>,
    closed_at: Option<String>,
    additions: Option<u64>,
    deletions: Option<u64>,
    changed_files: Option<u64>,
    author: Option<Author>,
    #[serde(default)]
    state: String,
}

#[derive(Debug, Deserialize)]
struct Author {
    #[serde(default)]
    login: String,
}

/// Evidence of pull requests: those of `login` are authored, those of others reviewed. Without
/// a login, all must be by one author, who is taken for the user.
pub(crate) fn evidence(file: Rows, login: Option<&str>) -> Result<Rows> {
    let mut rows = Rows { rejected: file.rejected, notes: file.notes, ..Rows::default() };
    let mut read = Vec::new();
    for row in file.rows {
        match serde_json::from_value::<PullRequest>(row.value.clone()) {
            Ok(pull_request) => read.push((row.line, pull_request)),
            Err(error) => rows.rejected.push(Rejected {
                line: row.line,
                title: title(&row.value),
                reason: format!("is no pull request as gh prints it: {error}"),
            }),
        }
    }
    let authors: BTreeSet<&str> = read.iter().map(|(_, pull_request)| author(pull_request)).collect();
    let login = match (login, authors.len()) {
        (Some(login), _) => login.to_owned(),
        (None, 0 | 1) => authors.first().copied().unwrap_or_default().to_owned(),
        (None, count) => bail!(
            "has pull requests of {count} authors. Say who you are with --login NAME: yours are imported as authored, those of others as reviewed"
        ),
    };
    let before = read.len();
    read.retain(|(_, pull_request)| {
        !(pull_request.state.eq_ignore_ascii_case("closed") && pull_request.merged_at.is_none())
    });
    if read.len() < before {
        rows.notes.push(format!("{} pull requests were closed without a merge and are left out", before - read.len()));
    }
    rows.rows.extend(read.into_iter().map(|(line, pull_request)| Row { line, value: entry(&pull_request, &login) }));
    Ok(rows)
}

fn author(pull_request: &PullRequest) -> &str {
    pull_request.author.as_ref().map_or("", |author| author.login.as_str())
}

fn entry(pull_request: &PullRequest, login: &str) -> Value {
    let PullRequest { number, title, url, additions, deletions, changed_files, .. } = pull_request;
    let by_user = author(pull_request).eq_ignore_ascii_case(login);
    // A search prints no time of merging; a merged pull request is closed at that time.
    let merged = pull_request.state.eq_ignore_ascii_case("merged").then_some(pull_request.closed_at.as_ref()).flatten();
    let occurred_at = pull_request.merged_at.as_ref().or(merged).unwrap_or(&pull_request.created_at);
    let repo = repository(url);
    let sizes = [("additions", additions), ("deletions", deletions), ("changedFiles", changed_files)];
    let metrics: serde_json::Map<String, Value> =
        sizes.into_iter().filter_map(|(name, size)| Some((name.to_owned(), json!((*size)?)))).collect();
    let mut entry = json!({
        "type": if by_user { "PR_AUTHORED" } else { "PR_REVIEWED" },
        "title": title.chars().take(domain::library::MAX_TITLE_CHARS).collect::<String>(),
        "summary": summary(pull_request.body.as_deref().unwrap_or_default()),
        "occurredAt": occurred_at,
        "url": url,
        "number": number,
        "category": category(title),
        "externalId": repo.as_ref().map_or_else(|| url.clone(), |repo| format!("github:{repo}#{number}")),
        "repo": repo,
    });
    if let (Some(added), Some(deleted)) = (additions, deletions) {
        entry["scope"] = json!(scope(added + deleted));
    }
    if !metrics.is_empty() {
        entry["metrics"] = Value::Object(metrics);
    }
    entry
}

/// `owner/name` of a pull request's address.
fn repository(url: &str) -> Option<String> {
    let path = url.split_once("://")?.1.split_once('/')?.1;
    let (repository, _) = path.split_once("/pull/")?;
    Some(repository.to_owned())
}

/// The description without the comments of its template, cut at the end of a line or word.
fn summary(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, comment)) = rest.split_once("<!--") {
        text.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let Some((cut, _)) = text.char_indices().nth(SUMMARY_CHARS) else { return text.to_owned() };
    let short = &text[..cut];
    let end = short.rfind(char::is_whitespace).unwrap_or(cut);
    format!("{} …", short[..end].trim_end())
}

/// What the title says by the convention of conventional commits; nothing otherwise.
fn category(title: &str) -> Option<&'static str> {
    let (kind, _) = title.split_once(':')?;
    let kind = kind.trim_end_matches('!').split('(').next()?.trim().to_ascii_lowercase();
    Some(match kind.as_str() {
        "feat" | "feature" => "feature",
        "fix" | "bugfix" => "bug",
        "refactor" | "perf" => "refactor",
        "docs" | "doc" => "docs",
        "build" | "chore" | "ci" | "test" | "tests" => "devex",
        _ => return None,
    })
}

/// By changed lines.
const fn scope(lines: u64) -> &'static str {
    match lines {
        0..=100 => "small",
        101..=500 => "medium",
        _ => "large",
    }
}
