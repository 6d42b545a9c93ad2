//! Decides which program wrote a file.

use serde_json::{Map, Value};

use crate::{Kind, Source, field, jira, json_file::JsonFile, linear, table::Table};

/// True if at least half of the objects look like pull requests of GitHub.
pub(crate) fn is_github(json: &JsonFile) -> bool {
    let pull_requests = json.rows.iter().filter(|(_, row)| is_pull_request(row)).count();
    pull_requests > 0 && pull_requests * 2 >= json.rows.len()
}

fn is_pull_request(row: &Map<String, Value>) -> bool {
    let has = |name: &str| row.contains_key(name);
    let is_pull = row.get("url").and_then(Value::as_str).is_some_and(|url| url.contains("/pull/"));
    is_pull && has("number") && has("title") && has("author") && !has("occurredAt")
}

/// The ticket tracker that exported a table. `None` for any other table. A table with the columns `type` or
/// `occurredAt` has the field names of the API.
pub(crate) fn table_source(table: &Table) -> Option<Source> {
    let has_all = |names: &[&str]| names.iter().all(|name| table.has(name));
    if table.has("type") || table.has("occurredat") {
        None
    } else if has_all(jira::MARKS) {
        Some(Source::Jira)
    } else if has_all(linear::MARKS) {
        Some(Source::Linear)
    } else {
        None
    }
}

/// True if any reader knows the column. Helps to find the separator of a table.
pub(crate) fn is_known(kind: Kind, column: &str) -> bool {
    let plain = field::plain(column);
    field::find(kind, column).is_some()
        || jira::COLUMNS.contains(&plain.as_str())
        || linear::COLUMNS.contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::{is_github, table_source};
    use crate::{Source, json_file::JsonFile, table::Table};

    #[test]
    fn pull_requests_are_recognised() {
        let pull = "{\"number\": 1, \"title\": \"A\", \"url\": \"https://github.com/example-corp/web/pull/1\", \"author\": null}";
        let is = |text: &str| is_github(&JsonFile::read(text).expect("JSON"));
        assert!(is(pull) && is(&format!("[{pull}, {{\"number\": \"x\"}}]")));
        assert!(!is("[]") && !is("{}") && !is(&format!("[{pull}, {{}}, {{}}]")));
        assert!(!is(&pull.replace("/pull/", "/issues/")) && !is(&pull.replace("author", "occurredAt")));
    }

    #[test]
    fn ticket_trackers_are_recognised_by_their_columns() {
        let source = |header: &str| table_source(&Table::read(header, &|_| false).expect("a table"));
        assert_eq!(source("Issue key,Summary,Status"), Some(Source::Jira));
        assert_eq!(source("ID,Team,Title,Status,Created"), Some(Source::Linear));
        assert_eq!(source("type,title,summary,occurredAt,Issue key"), None);
        assert_eq!(source("id,title,status"), None);
    }
}
