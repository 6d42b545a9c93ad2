//! Why a whole file cannot be imported.

use crate::{Kind, Source};

/// A file from which nothing can be imported. Each message completes a sentence that begins with the name of the file,
/// and says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The file has no content.
    #[error("is empty. Choose a file with at least one row")]
    Empty,
    /// The bytes are not UTF-8, or they were damaged when they were read as UTF-8.
    #[error("is not UTF-8. Save it as UTF-8 and import it again")]
    NotUtf8,
    /// The JSON ends in the middle of a value.
    #[error("is cut off: its JSON ends in line {line}, in the middle of an entry. Export or download it again")]
    CutOff {
        /// The last line.
        line: usize,
    },
    /// The file begins like JSON but has no form that is known.
    #[error(
        "is not JSON that can be imported: {0}. Use a list of objects, an object with a list named items, or one object per line"
    )]
    NotJson(String),
    /// The user has chosen a program that exports CSV, but the file is JSON.
    #[error("is JSON, but a file from {source_name} must be its CSV export. Export it as CSV, or use source=auto")]
    NotCsv {
        /// The program that the user has chosen.
        source_name: Source,
    },
    /// The user has chosen GitHub, but the file is not JSON.
    #[error(
        "is not JSON as gh prints it. Export it with gh pr list --state all --json number,title,body,url,author,state,isDraft,labels,createdAt,updatedAt,closedAt,mergedAt,additions,deletions,changedFiles"
    )]
    NotGithub,
    /// A quote in the header never ends, so the columns are unknown.
    #[error(
        "has a quote in line {line} that is never closed, so its columns are unknown. Close the quote or remove it"
    )]
    OpenHeader {
        /// Line in which the quote opens.
        line: usize,
    },
    /// The first line has more columns than any table of people.
    #[error("has {count} columns. Is it a table? Its first line must name the columns")]
    TooManyColumns {
        /// Columns of the first line.
        count: usize,
    },
    /// No column has a name that is known.
    #[error("has no column that can be imported. Its columns are: {found}. Known columns are: {known}. {hint}")]
    NoKnownColumn {
        /// The columns of the file.
        found: String,
        /// The names that are known.
        known: String,
        /// What to do for a file of this kind.
        hint: String,
    },
    /// The user has chosen a ticket tracker, but the file lacks the columns by which its export is read.
    #[error(
        "is not an export of {source_name}: it has neither of the columns {expected}. Export all fields in English, or use source=fields with map"
    )]
    NotTickets {
        /// The program that the user has chosen.
        source_name: Source,
        /// The columns of which one must exist.
        expected: &'static str,
    },
    /// The program's export can be read as evidence only.
    #[error(
        "is to be read as an export of {source_name}, which becomes evidence only. To import it as {kind}, use source=fields and name its columns with map, for example map=Summary=title"
    )]
    OnlyEvidence {
        /// The program that the user has chosen, or that wrote the file.
        source_name: Source,
        /// The kind of entries that the user wants.
        kind: Kind,
    },
    /// A pair of `map` names no column.
    #[error("cannot be read with map: the pair for the field {field:?} names no column. Write column=field")]
    NoColumnInMap {
        /// The field of the pair.
        field: String,
    },
    /// A pair of `map` leads to a field that does not exist.
    #[error("cannot be read with map: {field:?} is not a field. {nearest}Known fields are: {known}")]
    UnknownField {
        /// The field of the pair.
        field: String,
        /// A question with the most similar field, or an empty text.
        nearest: String,
        /// The names that are known.
        known: String,
    },
    /// A pair of `map` names a column that the file lacks.
    #[error("has no column {column:?}, which map names. Its columns are: {found}")]
    UnknownColumn {
        /// The column of the pair.
        column: String,
        /// The columns of the file.
        found: String,
    },
    /// The pull requests have several authors, and the user has not said which of them they are.
    #[error(
        "has pull requests of {0} authors. Say who you are with login (on the command line --login NAME): yours are imported as authored, those of others as reviewed"
    )]
    SeveralAuthors(usize),
    /// The user has given a login, but no pull request has an author.
    #[error(
        "has no authors, so login cannot show which pull requests are yours. Export it with author among the fields of --json"
    )]
    NoAuthors,
}
