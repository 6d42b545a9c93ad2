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
    writeln!(out, "\nTry it:\n  {}", curl(api, &seeded))?;
    Ok(())
}

/// The token stays a variable, so that the output has no secret.
fn curl(api: &Api, seeded: &Seeded) -> String {
    let token = if api.has_token() { " -H \"authorization: Bearer $REPORT_BUILDER_TOKEN\"" } else { "" };
    format!(
        "curl -s -X POST {}/api/report-builder/jobs{token} -H 'content-type: application/json' \
         -d '{{\"blockId\":\"{}\",\"documentId\":\"{}\",\"type\":\"GENERATE\"}}'",
        api.base(),
        seeded.unwritten(),
        seeded.document
    )
}
