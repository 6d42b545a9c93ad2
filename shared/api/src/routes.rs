//! The routes of the API: what the template deploys, OpenAPI describes, and 405 answers name. Tests
//! hold them together.

/// A path of the API, with its parameters in braces, and the methods that it takes.
pub type Path = (&'static str, &'static [&'static str]);

/// All of them.
pub const PATHS: [Path; 14] = [
    ("/api/report-builder/jobs", &["GET", "POST"]),
    ("/api/report-builder/jobs/{jobId}", &["GET", "DELETE"]),
    ("/api/report-builder/jobs/{jobId}/retry", &["POST"]),
    ("/api/report-builder", &["GET", "POST"]),
    ("/api/report-builder/{id}", &["GET", "PATCH", "DELETE"]),
    ("/api/report-builder/{id}/blocks", &["POST"]),
    ("/api/report-builder/{id}/blocks/{blockId}", &["GET", "PATCH", "DELETE"]),
    ("/api/report-builder/{id}/blocks/{blockId}/history", &["GET", "POST"]),
    ("/api/evidence", &["GET", "POST"]),
    ("/api/evidence/{id}", &["GET", "PATCH", "DELETE"]),
    ("/api/goals", &["GET", "POST"]),
    ("/api/goals/{id}", &["GET", "PATCH", "DELETE"]),
    ("/api/reviews", &["GET", "POST"]),
    ("/api/reviews/{id}", &["GET", "PATCH", "DELETE"]),
];

/// The methods that a path takes; nothing if there is no such path. Of several templates that fit,
/// the one with the fewest parameters counts, as with the gateway.
pub(crate) fn methods_of(path: &str) -> Option<&'static [&'static str]> {
    let fitting = PATHS.iter().filter(|(template, _)| fits(template, path));
    fitting.min_by_key(|(template, _)| template.matches('{').count()).map(|(_, methods)| *methods)
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || (wanted.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_literal_template_counts() {
        let cases = [
            ("/api/report-builder/jobs", Some(["GET", "POST"].as_slice())),
            ("/api/report-builder/019a", Some(["GET", "PATCH", "DELETE"].as_slice())),
            ("/api/report-builder/jobs/019a/retry", Some(["POST"].as_slice())),
            ("/api/report-builder/", None),
            ("/api/report-builder/a/b", None),
            ("/api/evidence/", None),
            ("/", None),
        ];
        for (path, methods) in cases {
            assert_eq!(methods_of(path), methods, "{path}");
        }
    }
}
