//! Turns the text of a file into JSON objects with the field names of the API. Pure: no files, no network, no async.
//!
//! The road of a file has five steps:
//!
//! 1. [`decode`] turns bytes into text, and `text` removes what is not content: the byte order mark and colours.
//! 2. `json_file` or `table` splits the text into rows and records the line of each row.
//! 3. `detect` decides which program wrote the file, unless the user has chosen it.
//! 4. `fields`, `github`, `jira` or `linear` turns each row into an object of the API.
//! 5. `finish` adds a missing `externalId` and writes `occurredAt` as the API expects it.
//!
//! Two rules hold for all of them. One bad row never stops the others: it becomes a [`Rejected`] with the file's own
//! line. A file that cannot be read at all gets an [`Unreadable`] that says what to do.
//!
//! The API checks the values of the fields. This crate therefore passes on a value that it does not understand, so that
//! the API's error names the field.

mod column_map;
mod date;
mod detect;
mod field;
mod fields;
mod finish;
mod github;
mod html_comments;
mod jira;
mod json_file;
mod linear;
mod lines;
mod options;
mod records;
mod row;
mod separator;
mod source;
mod summary;
mod table;
mod text;
mod ticket;
mod ticket_state;
mod unreadable;

pub use options::Options;
pub use row::{File, Place, Rejected, Row, title};
pub use source::{Kind, Source};
pub use text::decode;
pub use unreadable::Unreadable;

use column_map::ColumnMap;
use finish::Finish;
use json_file::JsonFile;
use table::Table;

/// Reads the text of a file. The rows of the result are in the order of the file, and so are the rejected rows.
pub fn read(kind: Kind, text: &str, options: &Options) -> Result<File, Unreadable> {
    if kind != Kind::Evidence && !matches!(options.source, Source::Auto | Source::Fields) {
        return Err(Unreadable::OnlyEvidence { source_name: options.source, kind });
    }
    let clean = text::clean(text)?;
    let map = ColumnMap::new(kind, &options.map)?;
    let mut file = if clean.trim_start().starts_with(['{', '[']) {
        read_json(kind, &clean, options, &map)?
    } else {
        read_table(kind, &clean, options, &map)?
    };
    file.notes.extend(text::damage(&clean));
    let mut finish = Finish::new(kind, options.time_zone.clone());
    for row in &mut file.rows {
        finish.entry(&mut row.value);
    }
    file.rejected.sort_by_key(|rejected| rejected.place);
    shorten(&mut file);
    Ok(file)
}

/// The most columns that are listed as ignored.
const MAX_IGNORED: usize = 100;
/// Longest reason of a rejected row, in characters.
const REASON_CHARS: usize = 300;

/// What is reported does not grow with what stands in the file.
fn shorten(file: &mut File) {
    let more = file.ignored_columns.len().saturating_sub(MAX_IGNORED);
    if more > 0 {
        file.ignored_columns.truncate(MAX_IGNORED);
        file.notes.push(format!("{more} more columns are not imported"));
    }
    for name in &mut file.ignored_columns {
        *name = row::short(name, row::NAME_CHARS);
    }
    for rejected in &mut file.rejected {
        rejected.reason = row::short(&rejected.reason, REASON_CHARS);
    }
}

fn read_json(kind: Kind, text: &str, options: &Options, map: &ColumnMap) -> Result<File, Unreadable> {
    let json = JsonFile::read(text)?;
    match options.source {
        Source::Jira | Source::Linear => Err(Unreadable::NotCsv { source_name: options.source }),
        Source::Github => github::read(json, options.login(), map),
        Source::Auto if kind == Kind::Evidence && detect::is_github(&json) => github::read(json, options.login(), map),
        Source::Auto | Source::Fields => fields::from_json(kind, json, map),
    }
}

fn read_table(kind: Kind, text: &str, options: &Options, map: &ColumnMap) -> Result<File, Unreadable> {
    if options.source == Source::Github {
        return Err(Unreadable::NotGithub);
    }
    let table = Table::read(text, &|column| detect::is_known(kind, column) || map.get(column).is_some())?;
    let source = match options.source {
        Source::Auto => detect::table_source(&table).unwrap_or(Source::Fields),
        chosen => chosen,
    };
    match source {
        // The columns of a ticket tracker have names that also mean something else for a goal, such as `Status`.
        Source::Jira | Source::Linear if kind != Kind::Evidence && map.is_empty() => {
            Err(Unreadable::OnlyEvidence { source_name: source, kind })
        }
        Source::Jira if kind == Kind::Evidence => jira::read(&table, options.login(), map),
        Source::Linear if kind == Kind::Evidence => linear::read(&table, options.login(), map),
        _ => fields::from_table(kind, table, map),
    }
}
