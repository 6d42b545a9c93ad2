//! No text makes the importer panic, and no row is without its id.

use importer::{Kind, Options, Source, decode, read};
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// Parts from which files are made, so that the readers get past the first characters.
const PARTS: &[&str] = &[
    "\"",
    "\"\"",
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r",
    "\r\n",
    " ",
    "\u{feff}",
    "\u{1b}[1m",
    "\u{1b}[",
    "\0",
    "\u{fffd}",
    "sep=",
    "sep=;\n",
    "title",
    "type",
    "summary",
    "occurredAt",
    "criteria",
    "milestones",
    "metrics.additions",
    "Summary,Issue key,Status,Labels,Created\n",
    "ID,Team,Title,Status,Created\n",
    "Done",
    "28/Nov/26 3:05 PM",
    "2026-03-31 17:00",
    "31.03.2026",
    "-",
    "CHECK-12",
    "é",
    "🎉",
    "\\",
    "[",
    "]",
    "{",
    "}",
    ":",
    "1",
    "null",
    "\\ud83d",
    "{\"items\":[",
    "\"title\":\"A\"",
    "\"metrics\":7",
    "\"added\":1",
    "{\"number\":1,\"title\":\"A\",\"url\":\"https://github.com/a/b/pull/1\",\"createdAt\":\"\",\"author\":null,\"body\":\"<!-- `` ` ~~~\\n```\\n\"}",
];

fn text() -> impl Strategy<Value = String> {
    let parts = prop::collection::vec(prop::sample::select(PARTS), 0..40).prop_map(|parts| parts.concat());
    prop_oneof![4 => parts, 1 => any::<String>()]
}

fn check(text: &str) {
    let maps = [vec![], vec![("added".to_owned(), "title".to_owned()), ("type".to_owned(), String::new())]];
    let sources = [Source::Auto, Source::Github, Source::Jira, Source::Linear, Source::Fields];
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").ok();
    for (kind, source) in
        [Kind::Evidence, Kind::Goals, Kind::Reviews].into_iter().flat_map(|kind| sources.map(|source| (kind, source)))
    {
        for map in &maps {
            let options = Options { source, login: Some("sam".to_owned()), time_zone: zone.clone(), map: map.clone() };
            let file = read(kind, text, &options);
            assert_eq!(file, read(kind, text, &options), "the same file gives the same rows");
            let Ok(file) = file else { continue };
            assert_ne!(file.source, Source::Auto);
            let last = text.matches(['\n', '\r']).count() + 1;
            for row in &file.rows {
                assert!(!row.value["externalId"].is_null());
                assert!((1..=last).contains(&row.place.line));
            }
            for rejected in &file.rejected {
                assert!((1..=last).contains(&rejected.place.line) && !rejected.reason.is_empty());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in text()) {
        check(&text);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = decode(&bytes) {
            check(&text);
        }
        check(&String::from_utf8_lossy(&bytes));
    }
}
