//! Pull requests, as GitHub's command line tool `gh` prints them.

use serde::Deserialize;
use serde_json::Value;

/// The keys that are read. Other keys are reported as ignored.
pub(super) const KEYS: &[&str] = &[
    "number",
    "title",
    "body",
    "url",
    "createdAt",
    "updatedAt",
    "closedAt",
    "mergedAt",
    "additions",
    "deletions",
    "changedFiles",
    "author",
    "state",
    "isDraft",
    "labels",
    "repository",
];
/// Beginning of the title of a pull request that the merge bot Bors has merged.
const BORS_PREFIX: &str = "[Merged by Bors] - ";

/// The fields of `gh pr list --json` and `gh search prs --json` that evidence needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PullRequest {
    pub(super) number: u64,
    title: String,
    pub(super) body: Option<String>,
    pub(super) url: String,
    created_at: Option<String>,
    updated_at: Option<String>,
    closed_at: Option<String>,
    merged_at: Option<String>,
    pub(super) additions: Option<u64>,
    pub(super) deletions: Option<u64>,
    pub(super) changed_files: Option<u64>,
    author: Option<Author>,
    state: Option<String>,
    is_draft: Option<bool>,
    #[serde(default)]
    labels: Value,
}

#[derive(Debug, Deserialize)]
struct Author {
    login: Option<String>,
    is_bot: Option<bool>,
    #[serde(rename = "type")]
    author_type: Option<String>,
}

/// How far a pull request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum State {
    Open,
    Draft,
    Merged,
    Closed,
}

impl PullRequest {
    /// The title without the prefix of a merge bot.
    pub(super) fn title(&self) -> &str {
        self.title.strip_prefix(BORS_PREFIX).unwrap_or(&self.title)
    }

    /// The login of the author. `None` for an author who has deleted the account, which GitHub shows as `ghost`.
    pub(super) fn author(&self) -> Option<&str> {
        let login = self.author.as_ref()?.login.as_deref()?;
        Some(login).filter(|login| !login.is_empty() && !login.eq_ignore_ascii_case("ghost"))
    }

    /// True if a program has made the pull request.
    pub(super) fn is_by_bot(&self) -> bool {
        let Some(author) = &self.author else { return false };
        let login = author.login.as_deref().unwrap_or_default();
        let is_bot_account = author.author_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("bot"));
        author.is_bot == Some(true) || is_bot_account || login.ends_with("[bot]") || login.starts_with("app/")
    }

    /// How far the pull request is. `None` if the file does not say it.
    pub(super) fn state(&self) -> Option<State> {
        let state = self.state.as_deref().unwrap_or_default();
        let is = |name: &str| state.eq_ignore_ascii_case(name);
        if self.merged_at.is_some() || is("merged") {
            Some(State::Merged)
        } else if is("closed") || (state.is_empty() && self.closed_at.is_some()) {
            // GitHub knows of no merge if a bot has pushed the commits and closed the pull request.
            Some(if self.is_merged_by_bot() { State::Merged } else { State::Closed })
        } else if self.is_draft == Some(true) {
            Some(State::Draft)
        } else {
            is("open").then_some(State::Open)
        }
    }

    fn is_merged_by_bot(&self) -> bool {
        let labels = self.labels.as_array().into_iter().flatten();
        let mut names = labels.filter_map(|label| label.get("name")?.as_str());
        self.title.starts_with(BORS_PREFIX) || names.any(|name| name.eq_ignore_ascii_case("merged"))
    }

    /// When the pull request reached its state. `None` if the file has no time.
    pub(super) fn occurred_at(&self) -> Option<&str> {
        // `gh search prs` prints no `mergedAt`. For a merged pull request, `closedAt` is the same time.
        [&self.merged_at, &self.closed_at, &self.updated_at, &self.created_at].into_iter().find_map(Option::as_deref)
    }

    /// The host in lower case, and `owner/name`.
    pub(super) fn repository(&self) -> Option<(String, &str)> {
        let (host, path) = self.url.split_once("://")?.1.split_once('/')?;
        let (repository, _) = path.split_once("/pull/")?;
        Some((host.to_lowercase(), repository))
    }
}
