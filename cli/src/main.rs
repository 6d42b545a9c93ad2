//! Command line of `report-builder`.

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use cli::{
    client::Api,
    demo::{self, Demo},
    export,
    import::{self, ImportOptions, Source},
    seed,
};

/// Import into, export from and try out a running service, local or deployed.
#[derive(Parser)]
#[command(name = "report-builder", version)]
struct Cli {
    /// Base URL of the running service.
    #[arg(long, global = true, env = "REPORT_BUILDER_API", default_value = "http://127.0.0.1:3000")]
    api: String,
    /// Bearer token that identifies you. On the local runner, the token is a user name.
    #[arg(long, global = true, env = "REPORT_BUILDER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Store a sample document with evidence, goals and reviews, and print its ids.
    Seed,
    /// Generate one block and show each step. Uses your evidence, or the sample if you have none.
    Demo {
        /// File with evidence to import before the demonstration.
        #[arg(long)]
        evidence: Option<PathBuf>,
    },
    /// Import a file into the library: evidence, goals or reviews as JSON or CSV, or pull requests as JSON from `gh`.
    Import {
        /// Kind of entries in the file.
        source: Source,
        /// Path of the file to import.
        file: PathBuf,
        /// Your GitHub login. Pull requests of other authors are imported as reviewed.
        #[arg(long)]
        login: Option<String>,
        /// UTC offset for times without one, such as +02:00.
        #[arg(long, allow_hyphen_values = true)]
        offset: Option<String>,
    },
    /// Print a document as Markdown, with its citations as footnotes.
    Export {
        /// Id of the document, a UUID.
        document: String,
        /// Write to this file instead of standard output.
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, reason = "this is what the commands show")]
async fn run(Cli { api, token, command }: Cli) -> Result<()> {
    let api = Api::new(&api, token)?;
    match command {
        Command::Seed => seed::run(&api).await,
        Command::Demo { evidence } => demo::run(&api, Demo { evidence, writer: None }).await,
        Command::Import { source, file, login, offset } => {
            let report = import::run(&api, source, &file, &ImportOptions { login, offset }).await?;
            import::show(&report, source, &api);
            if !report.rejected.is_empty() {
                bail!("{} rows were rejected. Correct them and import the file again", report.rejected.len());
            }
            Ok(())
        }
        Command::Export { document, output } => {
            let text = export::markdown(&api, &document).await?;
            match output {
                Some(path) => {
                    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
                    println!("Written to {}", path.display());
                }
                // Control characters in a document must not reach a terminal.
                None if std::io::stdout().is_terminal() => print!("{}", without_controls(&text)),
                None => print!("{text}"),
            }
            Ok(())
        }
    }
}

fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
