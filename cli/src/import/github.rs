//! Converts pull requests, as GitHub's command line tool `gh` prints them, to evidence.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use super::row::{Rejected, Row, Rows, title};

/// Longest summary in characters, a few paragraphs. The API accepts 10,000.
const SUMMARY_CHARS: usize = 2_000;
/// Most authors that are listed if none of them is the user.
const LISTED_AUTHORS: usize = 10;

/// The fields of `gh pr list --json` and `gh search prs --json` that evidence needs.
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

/// Converts pull requests to evidence. Pull requests of `login` become `PR_AUTHORED`, all others `PR_REVIEWED`. Without
/// a login, all pull requests must have the same author, and that author is the user. A login that is no author in a
/// file with authors gets a note, because it may be misspelt.
pub(crate) fn evidence(file: Rows, login: Option<&str>) -> Result<Rows> {
    let mut rows = Rows { rejected: file.rejected, notes: file.notes, ..Rows::default() };
    let mut read = Vec::new();
    for row in file.rows {
        match serde_json::from_value::<PullRequest>(row.value.clone()) {
            Ok(pull_request) => read.push((row.place, pull_request)),
            Err(error) => rows.rejected.push(Rejected {
                place: row.place,
                title: title(&row.value),
                reason: format!("is not a pull request as gh prints it: {error}"),
            }),
        }
    }
    let authors: BTreeSet<&str> = read.iter().map(|(_, pull_request)| author(pull_request)).collect();
    let login = match (login, authors.len()) {
        (Some(login), _) => {
            rows.notes.extend(no_author(login, &authors));
            login.to_owned()
        }
        (None, 0 | 1) => authors.first().copied().unwrap_or_default().to_owned(),
        (None, count) => bail!(
            "has pull requests of {count} authors. Say who you are with --login NAME: yours are imported as authored, those of others as reviewed"
        ),
    };
    let before = read.len();
    read.retain(|(_, pull_request)| {
        !(pull_request.state.eq_ignore_ascii_case("closed") && pull_request.merged_at.is_none())
    });
    match before - read.len() {
        0 => {}
        1 => rows.notes.push("1 pull request was closed without a merge and is left out".to_owned()),
        count => rows.notes.push(format!("{count} pull requests were closed without a merge and are left out")),
    }
    rows.rows.extend(read.into_iter().map(|(place, pull_request)| Row { place, value: entry(&pull_request, &login) }));
    Ok(rows)
}

fn no_author(login: &str, authors: &BTreeSet<&str>) -> Option<String> {
    let named: Vec<&str> = authors.iter().copied().filter(|author| !author.is_empty()).collect();
    if named.is_empty() || named.iter().any(|author| author.eq_ignore_ascii_case(login)) {
        return None;
    }
    let shown = named.iter().take(LISTED_AUTHORS).copied().collect::<Vec<_>>().join(", ");
    let more = match named.len().saturating_sub(LISTED_AUTHORS) {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    Some(format!("no pull request is by {login}, so all count as reviewed. The authors are {shown}{more}"))
}

fn author(pull_request: &PullRequest) -> &str {
    pull_request.author.as_ref().map_or("", |author| author.login.as_str())
}

fn entry(pull_request: &PullRequest, login: &str) -> Value {
    let PullRequest { number, title, url, additions, deletions, changed_files, .. } = pull_request;
    let by_user = author(pull_request).eq_ignore_ascii_case(login);
    // `gh search prs` prints no `mergedAt`. For a merged pull request, `closedAt` is the same time.
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

/// Returns `owner/name` from the URL of a pull request.
fn repository(url: &str) -> Option<String> {
    let path = url.split_once("://")?.1.split_once('/')?.1;
    let (repository, _) = path.split_once("/pull/")?;
    Some(repository.to_owned())
}

/// Returns the description without HTML comments, which come from templates. A long description is cut between words.
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

/// Derives the category from a conventional-commit prefix such as `fix(api):`. `None` without a known prefix.
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

/// Derives the scope from the number of added plus deleted lines.
const fn scope(lines: u64) -> &'static str {
    match lines {
        0..=100 => "small",
        101..=500 => "medium",
        _ => "large",
    }
}
