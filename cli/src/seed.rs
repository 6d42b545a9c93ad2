//! The `seed` command.

use std::io::Write as _;

use anyhow::Result;

use crate::{
    client::Api,
    sample::{self, Seeded},
};

/// Stores the sample, and prints its ids and a request to try.
pub async fn run(api: &Api) -> Result<()> {
    sample::seed_library(api).await?;
    let seeded = sample::seed_document(api, false).await?;
    let library = sample::library(api).await?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "Stored at {}: {} pieces of evidence, {} goals, {} reviews in the library, and",
        api.base(),
        library.evidence,
        library.goals,
        library.reviews
    )?;
    writeln!(out, "  documentId  {}  {}", seeded.document, seeded.name)?;
    writeln!(out, "  blockId     {}  to GENERATE", seeded.unwritten())?;
    writeln!(out, "  blockId     {}  to REFINE", seeded.written())?;
    writeln!(out, "  page        {}", api.page(seeded.document.to_string().as_str()))?;
    if api.has_token() && !is_in_environment() && api.shown_authorization().is_none() {
        writeln!(out, "\nTry it, with your token in the variable REPORT_BUILDER_TOKEN:\n  {}", curl(api, &seeded))?;
    } else {
        writeln!(out, "\nTry it:\n  {}", curl(api, &seeded))?;
    }
    Ok(())
}

/// Whether the token is that of the variable, which the printed request can use.
fn is_in_environment() -> bool {
    std::env::var("REPORT_BUILDER_TOKEN").is_ok_and(|token| !token.trim().is_empty())
}

/// The token of a deployment stays a variable, so that the output has no secret.
fn curl(api: &Api, seeded: &Seeded) -> String {
    let token = match api.shown_authorization() {
        Some(shown) if !is_in_environment() => format!(" -H 'authorization: {}'", shown.replace('\'', "'\\''")),
        _ if api.has_token() => " -H \"authorization: Bearer $REPORT_BUILDER_TOKEN\"".to_owned(),
        _ => String::new(),
    };
    format!(
        "curl -s -X POST {}/api/report-builder/jobs{token} -H 'content-type: application/json' \
         -d '{{\"blockId\":\"{}\",\"documentId\":\"{}\",\"type\":\"GENERATE\"}}'",
        api.base(),
        seeded.unwritten(),
        seeded.document
    )
}
