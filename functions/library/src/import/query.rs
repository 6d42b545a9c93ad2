//! The query of an import.

use api::{Call, Problem, Query};
use domain::{
    library::MAX_NAME_CHARS,
    zone::{UnknownZone, Zone},
};
use importer::{Options, Source};
use strum::VariantNames as _;

pub(super) struct ImportQuery {
    pub(super) options: Options,
    /// Whether nothing is written.
    pub(super) dry_run: bool,
}

impl ImportQuery {
    pub(super) fn read(call: &Call) -> Result<Self, Problem> {
        let mut query = Query::new(call);
        let source: Option<Source> = query.parsed("source", format_args!("one of {}", Source::VARIANTS.join(", ")));
        let login: Option<String> = query.parsed("login", "a name");
        if login.as_ref().is_some_and(|login| login.chars().count() > MAX_NAME_CHARS) {
            query.wrong("login", format!("must have at most {MAX_NAME_CHARS} characters"));
        }
        let zone: Option<Zone> = query.parsed("timeZone", UnknownZone::EXPECTED);
        let dry_run: Option<bool> = query.parsed("dryRun", "true or false");
        let pairs: Vec<Option<(String, String)>> = query
            .all("map")
            .iter()
            .map(|pair| pair.rsplit_once('=').map(|(column, field)| (column.to_owned(), field.to_owned())))
            .collect();
        if pairs.iter().any(Option::is_none) {
            query.wrong("map", "must be column=field, such as Summary=title, and may be given several times");
        }
        let options = Options {
            source: source.unwrap_or_default(),
            login,
            time_zone: zone.map(|zone| zone.inner().clone()),
            map: pairs.into_iter().flatten().collect(),
        };
        query.finish(Self { options, dry_run: dry_run.unwrap_or_default() })
    }
}
