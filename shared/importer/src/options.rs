//! Facts that a file itself does not contain.

use jiff::tz::TimeZone;

use crate::Source;

/// Facts that a file itself does not contain.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The program that wrote the file.
    pub source: Source,
    /// Name of the user in the program that wrote the file. Work of other people counts as reviewed.
    pub login: Option<String>,
    /// Time zone of local times in `occurredAt`. UTC if missing. A day has no time zone and never moves.
    pub time_zone: Option<TimeZone>,
    /// Pairs of a column of the file and a field of the API. A column with an empty field is left out silently.
    pub map: Vec<(String, String)>,
}

impl Options {
    /// The login without `@` and outer white space. An empty login counts as missing.
    pub(crate) fn login(&self) -> Option<&str> {
        let login = self.login.as_deref()?.trim();
        Some(login.strip_prefix('@').unwrap_or(login)).filter(|login| !login.is_empty())
    }
}
