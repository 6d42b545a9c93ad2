//! What a file holds, and which program wrote it.

use serde::Serialize;
use strum::{Display, EnumString, VariantNames};

/// The kind of entries that a file becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum Kind {
    /// Work that was done.
    Evidence,
    /// What the user set out to do.
    Goals,
    /// What was written about past work.
    Reviews,
}

/// The program that wrote a file. It decides which columns a file has and what they mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Display, EnumString, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum Source {
    /// The file itself shows which program wrote it.
    #[default]
    Auto,
    /// Pull requests, as `gh pr list --json …` or `gh search prs --json …` print them.
    Github,
    /// The CSV export of Jira.
    Jira,
    /// The CSV export of Linear.
    Linear,
    /// JSON or CSV with the field names of the API.
    Fields,
}

#[cfg(test)]
mod tests {
    use strum::VariantNames as _;

    use super::{Kind, Source};

    #[test]
    fn names_are_written_in_lower_case_and_read_in_any_case() {
        assert_eq!(Source::VARIANTS, ["auto", "github", "jira", "linear", "fields"]);
        assert_eq!("GitHub".parse(), Ok(Source::Github));
        assert_eq!((Kind::Goals.to_string().as_str(), "reviews".parse()), ("goals", Ok(Kind::Reviews)));
        assert!("trello".parse::<Source>().is_err());
    }
}
