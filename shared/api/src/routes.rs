//! The routes of the API. The template deploys them, openapi.json describes them, and 405 responses list their methods.
//! Tests compare the three.

use domain::ids::{BlockId, DocumentId, JobId};

/// Prefix of the paths of jobs, documents and blocks.
const REPORT_BUILDER: &str = "/api/report-builder";

/// A path with its parameters in braces, and the methods that it takes.
pub type Path = (&'static str, &'static [&'static str]);

/// Every path that needs a signed-in user, with its methods. A path that takes GET takes HEAD, too.
pub const PATHS: [Path; 25] = [
    ("/api/me", &["DELETE"]),
    ("/api/me/export", &["GET"]),
    ("/api/report-builder/jobs", &["GET", "POST"]),
    ("/api/report-builder/jobs/dry-run", &["POST"]),
    ("/api/report-builder/jobs/{jobId}", &["GET", "DELETE"]),
    ("/api/report-builder/jobs/{jobId}/retry", &["POST"]),
    ("/api/report-builder/usage", &["GET"]),
    ("/api/report-builder", &["GET", "POST"]),
    ("/api/report-builder/{id}", &["GET", "PATCH", "DELETE"]),
    ("/api/report-builder/{id}/export", &["GET"]),
    ("/api/report-builder/{id}/jobs", &["POST", "DELETE"]),
    ("/api/report-builder/{id}/jobs/dry-run", &["POST"]),
    ("/api/report-builder/{id}/blocks", &["GET", "POST", "PATCH"]),
    ("/api/report-builder/{id}/blocks/{blockId}", &["GET", "PATCH", "DELETE"]),
    ("/api/report-builder/{id}/blocks/{blockId}/history", &["GET", "POST"]),
    ("/api/evidence", &["GET", "POST"]),
    ("/api/evidence/{id}", &["GET", "PATCH", "DELETE"]),
    ("/api/evidence/counts", &["GET"]),
    ("/api/evidence/import", &["POST"]),
    ("/api/goals", &["GET", "POST"]),
    ("/api/goals/{id}", &["GET", "PATCH", "DELETE"]),
    ("/api/goals/import", &["POST"]),
    ("/api/reviews", &["GET", "POST"]),
    ("/api/reviews/{id}", &["GET", "PATCH", "DELETE"]),
    ("/api/reviews/import", &["POST"]),
];

/// The query parameters of a route, such as `GET /api/goals`. A request with any other parameter is rejected.
pub fn query_parameters(route: &str) -> &'static [&'static str] {
    match route {
        "GET /api/report-builder/jobs" => &["documentId", "blockId", "status", "type", "include", "limit", "cursor"],
        "DELETE /api/report-builder/jobs/{jobId}" => &["erase"],
        "GET /api/report-builder/usage" => &["from", "to"],
        "GET /api/report-builder/{id}/blocks" => &["content"],
        "GET /api/report-builder/{id}/export" => &["format", "sources"],
        "GET /api/evidence" => &["type", "category", "start", "end", "q", "include", "limit", "cursor"],
        "GET /api/evidence/counts" => &["type", "category", "start", "end", "q", "timeZone"],
        "GET /api/me/export" => &["cursor"],
        "GET /api/report-builder" => &["status", "limit", "cursor", "offset"],
        "GET /api/report-builder/{id}/blocks/{blockId}/history" | "GET /api/goals" | "GET /api/reviews" => {
            &["limit", "cursor"]
        }
        "POST /api/evidence/import" | "POST /api/goals/import" | "POST /api/reviews/import" => {
            &["source", "login", "timeZone", "map", "dryRun"]
        }
        _ => &[],
    }
}

/// The path of a job, for the header `location`.
pub fn job_path(id: JobId) -> String {
    format!("{REPORT_BUILDER}/jobs/{id}")
}

/// The path of a document, for the header `location`.
pub fn document_path(id: DocumentId) -> String {
    format!("{REPORT_BUILDER}/{id}")
}

/// The path of a block, for the header `location`.
pub fn block_path(document: DocumentId, id: BlockId) -> String {
    format!("{REPORT_BUILDER}/{document}/blocks/{id}")
}

/// The value of the header `allow` for a path, or `None` if the path does not exist. What takes GET takes HEAD, too.
pub(crate) fn allow(path: &str) -> Option<String> {
    let mut methods = methods_of(path)?.to_vec();
    if let Some(get) = methods.iter().position(|method| *method == "GET") {
        methods.insert(get + 1, "HEAD");
    }
    methods.push("OPTIONS");
    Some(methods.join(", "))
}

/// The methods of a path in [`PATHS`], or `None` if the path does not exist. If several templates match, the template with
/// the fewest parameters wins, as in the gateway.
fn methods_of(path: &str) -> Option<&'static [&'static str]> {
    let given: Vec<&str> = path.split('/').collect();
    let fitting = PATHS.iter().filter(|(template, _)| fits(template, &given));
    fitting.min_by_key(|(template, _)| template.matches('{').count()).map(|(_, methods)| *methods)
}

/// Whether the gateway has taken the end of a path for an id, as in `GET …/jobs/dry-run`, and the path does not take the
/// method. `route` is the route that it has matched.
pub(crate) fn is_mistaken(route: &str, method: &str, path: &str) -> bool {
    /// The ends of paths beside which another path has a parameter.
    const NAMES: [&str; 5] = ["jobs", "usage", "dry-run", "import", "counts"];
    let last = path.rsplit('/').next().unwrap_or_default();
    let method = if method == "HEAD" { "GET" } else { method };
    route.ends_with('}') && NAMES.contains(&last) && methods_of(path).is_some_and(|methods| !methods.contains(&method))
}

fn fits(template: &str, given: &[&str]) -> bool {
    let mut given = given.iter();
    for wanted in template.split('/') {
        match given.next() {
            Some(given) if wanted == *given || (wanted.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
    given.next().is_none()
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

    #[test]
    fn head_is_allowed_where_get_is() {
        assert_eq!(allow("/api/goals").as_deref(), Some("GET, HEAD, POST, OPTIONS"));
        assert_eq!(allow("/api/goals/import").as_deref(), Some("POST, OPTIONS"));
        assert_eq!(allow("/api/goal"), None);
    }

    /// Every path whose end another path takes for a parameter.
    #[test]
    fn names_that_look_like_ids_are_known() {
        for (literal, _) in PATHS.iter().filter(|(path, _)| !path.ends_with('}')) {
            let given: Vec<&str> = literal.split('/').collect();
            let is_shadowed = PATHS.iter().any(|(other, _)| other.ends_with('}') && fits(other, &given));
            assert!(!is_shadowed || is_mistaken("TRACE /{id}", "TRACE", literal), "{literal}");
        }
        assert!(!is_mistaken("POST /api/evidence/import", "POST", "/api/evidence/import"));
        assert!(
            !is_mistaken("GET /api/evidence/counts", "HEAD", "/api/evidence/counts")
                && is_mistaken("GET /api/evidence/{id}", "HEAD", "/api/evidence/import")
        );
    }
}
