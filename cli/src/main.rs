//! Command line of `report-builder`.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use clap::{ArgGroup, Parser, Subcommand};
use cli::{
    client::Api,
    demo::{self, Demo},
    export,
    generate::{self, Wanted},
    import::{self, ImportOptions, Source},
    lists, seed,
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
    /// Import a file into the library: pull requests as JSON from `gh`, tickets as CSV from Jira or Linear, or evidence,
    /// goals and reviews as JSON or CSV. Importing it again brings its news and keeps your edits.
    Import {
        /// Kind of entries in the file.
        source: Source,
        /// Path of the file to import.
        file: PathBuf,
        /// Your name in the program that wrote the file, such as your GitHub login. Work of others is imported as reviewed.
        #[arg(long)]
        login: Option<String>,
        /// Time zone of times without one, such as Europe/Berlin. A day without a time stays that day.
        #[arg(long)]
        time_zone: Option<String>,
        /// A column and its field, such as "Story=title". May be given several times.
        #[arg(long, value_name = "COLUMN=FIELD")]
        map: Vec<String>,
        /// Show what would be imported, and store nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// List the newest documents.
    Documents,
    /// List the newest jobs.
    Jobs {
        /// Only the jobs of this document.
        #[arg(long)]
        document: Option<String>,
    },
    /// Draft a block, or all empty blocks of a document. Over your own words the draft is a proposal.
    #[command(group(ArgGroup::new("what").required(true).args(["block", "all"])))]
    Generate {
        /// Id of the document, a UUID.
        document: String,
        /// Id of the block, a UUID.
        block: Option<String>,
        /// All empty blocks that have a prompt.
        #[arg(long)]
        all: bool,
        /// Wait until the jobs have ended, and show the text while it is written.
        #[arg(long)]
        watch: bool,
    },
    /// Print what was spent by day, type of job and model, and what is left of today's budget.
    Usage,
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
        // The reader of the output has seen enough, as in `report-builder export … | head`.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Cli { api, token, command }: Cli) -> Result<()> {
    let api = Api::new(&api, token)?;
    match command {
        Command::Seed => seed::run(&api).await,
        Command::Demo { evidence } => demo::run(&api, Demo { evidence, writer: None }).await,
        Command::Import { source, file, login, time_zone, map, dry_run } => {
            let options = ImportOptions { login, time_zone, map, dry_run };
            let report = import::run(&api, source, &file, &options).await?;
            let shown = import::show(&report, source, dry_run, &api);
            // A rejected row matters more than output that nobody reads.
            match report.rejected.len() {
                0 => Ok(shown?),
                1 => bail!("1 row was rejected. Correct it and import the file again"),
                count => bail!("{count} rows were rejected. Correct them and import the file again"),
            }
        }
        Command::Documents => lists::documents(&api).await,
        Command::Jobs { document } => lists::jobs(&api, document.as_deref()).await,
        Command::Generate { document, block, all: _, watch } => {
            generate::run(&api, &Wanted { document, block, watch }).await
        }
        Command::Usage => lists::usage(&api).await,
        Command::Export { document, output } => {
            let text = export::markdown(&api, &document).await?;
            let mut out = io::stdout();
            match output {
                Some(path) => {
                    export::write(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
                    writeln!(out, "Written to {}", path.display())?;
                }
                // Control characters in a document must not reach a terminal.
                None if out.is_terminal() => write!(out, "{}", without_controls(&text))?,
                None => write!(out, "{text}")?,
            }
            Ok(out.flush()?)
        }
    }
}

fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
