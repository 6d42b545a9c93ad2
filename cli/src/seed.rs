//! The `seed` command.

use anyhow::Result;

use crate::{client::Api, sample};

/// Stores the sample, and prints its ids and a request to try.
#[allow(clippy::print_stdout, reason = "this is what the command shows")]
pub async fn run(api: &Api) -> Result<()> {
    sample::seed_library(api).await?;
    let seeded = sample::seed_document(api, false).await?;
    let library = sample::library(api).await?;
    println!(
        "Stored at {}: {} pieces of evidence, {} goals, {} reviews in the library, and",
        api.base(),
        library.evidence,
        library.goals,
        library.reviews
    );
    println!("  documentId  {}  {}", seeded.document, seeded.name);
    println!("  blockId     {}  to GENERATE", seeded.unwritten());
    println!("  blockId     {}  to REFINE", seeded.written());
    println!("\nTry it:");
    println!(
        "  curl -s -X POST {}/api/report-builder/jobs -H 'content-type: application/json' -d '{{\"blockId\":\"{}\",\"documentId\":\"{}\",\"type\":\"GENERATE\"}}'",
        api.base(),
        seeded.unwritten(),
        seeded.document
    );
    Ok(())
}
