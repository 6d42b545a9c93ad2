//! Turns pull requests of GitHub into evidence.

mod pull_request;

use std::collections::{BTreeMap, BTreeSet};

use domain::library::MAX_TITLE_CHARS;
use serde_json::{Map, Value, json};

use crate::{
    File, Rejected, Row, Source, Unreadable, column_map::ColumnMap, field::plain, html_comments::without_comments,
    json_file::JsonFile, row::title, summary::summary, table::listed,
};
use pull_request::{KEYS, PullRequest};

/// Most authors that are listed if none of them is the user.
const LISTED_AUTHORS: usize = 10;

/// Turns pull requests into evidence. Pull requests of `login` become `PR_AUTHORED`, all others `PR_REVIEWED`. Pull
/// requests of bots are left out.
///
/// Without a login, all pull requests of people must have the same author, and that author is the user. The author of a
/// deleted account does not count. A login that is no author gets a note, because it may be misspelt.
pub(crate) fn read(json: JsonFile, login: Option<&str>, map: &ColumnMap) -> Result<File, Unreadable> {
    let keys: BTreeSet<&str> = json.rows.iter().flat_map(|(_, row)| row.keys().map(String::as_str)).collect();
    if !json.rows.is_empty() {
        let found = || listed(&keys.iter().copied().collect::<Vec<_>>());
        map.must_exist(|column| keys.iter().any(|key| plain(key) == column), found)?;
    }
    let has_authors = keys.contains("author");
    let is_ignored = |key: &&str| !KEYS.contains(key) && map.get(key).is_none();
    let ignored_columns = keys.iter().copied().filter(is_ignored).map(str::to_owned).collect();
    let mut file = File { source: Source::Github, rejected: json.rejected, ignored_columns, ..File::default() };

    let mut read = Vec::new();
    for (place, row) in json.rows {
        let row = without_hidden(row, map);
        match serde_json::from_value::<PullRequest>(row.clone()) {
            Ok(pull_request) if pull_request.occurred_at().is_none() && !has_own_time(map) => {
                let reason = "has no time. Export it with mergedAt, closedAt, updatedAt and createdAt".to_owned();
                file.rejected.push(Rejected { place, title: title(&row), reason });
            }
            Ok(pull_request) => read.push((place, row, pull_request)),
            // The message of a wrong type quotes the value.
            Err(error) => {
                let reason = format!("is not a pull request as gh prints it: {error}");
                file.rejected.push(Rejected { place, title: title(&row), reason });
            }
        }
    }
    let is_login = |author: Option<&str>| match (author, login) {
        (Some(author), Some(login)) => author.eq_ignore_ascii_case(login),
        _ => false,
    };
    let before = read.len();
    read.retain(|(_, _, pull_request)| !pull_request.is_by_bot() || is_login(pull_request.author()));
    file.notes.extend(by_bots(before - read.len()));

    // The key makes `Sam` and `sam` the same person.
    let authors: BTreeMap<String, &str> = read
        .iter()
        .filter_map(|(_, _, pull_request)| pull_request.author())
        .map(|author| (author.to_lowercase(), author))
        .collect();
    match login {
        Some(_) if !has_authors && !read.is_empty() => return Err(Unreadable::NoAuthors),
        Some(login) => file.notes.extend(no_author(login, &authors)),
        None if authors.len() > 1 => return Err(Unreadable::SeveralAuthors(authors.len())),
        None => {}
    }
    file.rows = read
        .iter()
        .map(|(place, row, pull_request)| {
            let by_user = match login {
                Some(_) => is_login(pull_request.author()),
                // Users who export their own pull requests may leave the author out.
                None => pull_request.author().is_some() || !has_authors,
            };
            let mut entry = entry(pull_request, by_user);
            apply(map, row, &mut entry);
            Row { place: *place, value: Value::Object(entry) }
        })
        .collect();
    Ok(file)
}

fn by_bots(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 pull request by a bot is left out".to_owned()),
        count => Some(format!("{count} pull requests by bots are left out")),
    }
}

fn no_author(login: &str, authors: &BTreeMap<String, &str>) -> Option<String> {
    if authors.is_empty() || authors.contains_key(&login.to_lowercase()) {
        return None;
    }
    let shown = authors.values().take(LISTED_AUTHORS).copied().collect::<Vec<_>>().join(", ");
    let more = match authors.len().saturating_sub(LISTED_AUTHORS) {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    Some(format!("no pull request is by {login}, so all count as reviewed. The authors are {shown}{more}"))
}

/// Removes the keys that the user wants to leave out.
fn without_hidden(mut row: Map<String, Value>, map: &ColumnMap) -> Value {
    if !map.is_empty() {
        row.retain(|key, _| map.get(key) != Some(None));
    }
    Value::Object(row)
}

fn has_own_time(map: &ColumnMap) -> bool {
    map.names("occurredAt")
}

/// Sets the fields for which the user has named a key. An empty value changes nothing.
fn apply(map: &ColumnMap, row: &Value, entry: &mut Map<String, Value>) {
    for (key, value) in row.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        if let Some(Some(field)) = map.get(key) {
            field.set(entry, value.clone());
        }
    }
}

fn entry(pull_request: &PullRequest, by_user: bool) -> Map<String, Value> {
    let PullRequest { number, url, .. } = pull_request;
    let title = pull_request.title();
    let repository = pull_request.repository();
    // GitHub does not distinguish upper and lower case in names.
    let external_id = repository
        .as_ref()
        .map_or_else(|| url.clone(), |(host, repo)| format!("github:{host}/{}#{number}", repo.to_lowercase()));
    let sizes = [
        ("additions", pull_request.additions),
        ("deletions", pull_request.deletions),
        ("changedFiles", pull_request.changed_files),
    ];
    let metrics: Map<String, Value> =
        sizes.into_iter().filter_map(|(name, size)| Some((name.to_owned(), json!(size?)))).collect();
    let fields = [
        ("type", json!(if by_user { "PR_AUTHORED" } else { "PR_REVIEWED" })),
        ("title", json!(title.chars().take(MAX_TITLE_CHARS).collect::<String>())),
        ("summary", json!(summary(&without_comments(pull_request.body.as_deref().unwrap_or_default())))),
        ("occurredAt", json!(pull_request.occurred_at())),
        ("state", json!(pull_request.state().map(<&str>::from))),
        ("url", json!(url)),
        ("number", json!(number)),
        ("category", json!(category(title))),
        ("repo", json!(repository.map(|(_, repo)| repo))),
        ("externalId", json!(external_id)),
        ("metrics", if metrics.is_empty() { Value::Null } else { Value::Object(metrics) }),
    ];
    fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
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

#[cfg(test)]
mod tests;
