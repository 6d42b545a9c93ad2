//! The local runner's command line.

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use local::{
    client::Api,
    demo::{self, Demo},
    export,
    import::{self, Source},
    offline_writer::OfflineWriter,
    openapi,
    runner::{Options, Runner, Writer},
    sample,
    template::Template,
};
use tokio_util::sync::CancellationToken;
use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Runs the whole service on this machine, without AWS.
#[derive(Parser)]
#[command(name = "local", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API, the worker and the sweeper until Ctrl-C.
    Serve {
        /// Port on 127.0.0.1.
        #[arg(long, default_value_t = 3000)]
        port: u16,
        /// Where data is kept between runs.
        #[arg(long, default_value = ".local")]
        data_dir: PathBuf,
        /// The only users, by name, separated by commas: requests without one of them as their token are
        /// refused. Left out: any name is a token, and without one you are local-user.
        #[arg(long, value_delimiter = ',')]
        users: Vec<String>,
        /// A parameter of template.yaml, such as MaxActiveJobs=5. May be given several times.
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = name_and_value)]
        parameters: Vec<(String, String)>,
        /// Nobody writes: jobs fail as on a deployment whose secret is still empty.
        #[arg(long)]
        without_key: bool,
        #[command(flatten)]
        claude: Claude,
    },
    /// Store a sample document with evidence, goals and reviews, and print its ids.
    Seed {
        #[command(flatten)]
        service: Service,
    },
    /// Write a block from start to end and show how: in memory, or with --api on a running service.
    Demo {
        /// A file with evidence to draft from instead of the sample's.
        #[arg(long)]
        evidence: Option<PathBuf>,
        /// A running service. The user's own library is drafted from, if there is one.
        #[arg(long, env = "REPORT_BUILDER_API")]
        api: Option<String>,
        #[command(flatten)]
        token: Token,
        #[command(flatten)]
        claude: Claude,
    },
    /// Import a file into the library: evidence, goals or reviews as JSON or CSV, or pull
    /// requests as GitHub's command line prints them.
    Import {
        /// What the file holds.
        source: Source,
        /// The file.
        file: PathBuf,
        /// Your name on GitHub: pull requests by others are imported as reviewed.
        #[arg(long)]
        login: Option<String>,
        /// UTC offset of times that name none, such as +02:00.
        #[arg(long, allow_hyphen_values = true)]
        offset: Option<String>,
        #[command(flatten)]
        service: Service,
    },
    /// Print a document as Markdown, with its citations as footnotes.
    Export {
        /// Its id.
        document: String,
        /// Write to this file instead.
        #[arg(long, short)]
        output: Option<PathBuf>,
        #[command(flatten)]
        service: Service,
    },
    /// Print the API as an OpenAPI document.
    Openapi,
    /// Serve the offline writer alone: the Messages API without Claude.
    OfflineWriter {
        /// Port on 127.0.0.1.
        #[arg(long, default_value_t = 3100)]
        port: u16,
        /// Milliseconds between pieces of text.
        #[arg(long, default_value_t = 40)]
        pace_ms: u64,
    },
}

#[derive(clap::Args)]
struct Service {
    /// A running service: this runner, or a deployment.
    #[arg(long, env = "REPORT_BUILDER_API", default_value = "http://127.0.0.1:3000")]
    api: String,
    #[command(flatten)]
    token: Token,
}

impl Service {
    fn api(self) -> Result<Api> {
        Api::new(&self.api, self.token.token)
    }
}

#[derive(clap::Args)]
struct Token {
    /// The user's token. On the local runner, any name is one.
    #[arg(long, env = "REPORT_BUILDER_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[derive(clap::Args)]
struct Claude {
    /// Claude's API key. Without one, the offline writer writes.
    #[arg(long, env = "ANTHROPIC_API_KEY", hide_env_values = true, default_value = "")]
    api_key: String,
    /// Where Claude is.
    #[arg(long, env = "ANTHROPIC_BASE_URL")]
    base_url: Option<String>,
}

impl Claude {
    fn writer(self) -> Writer {
        if self.api_key.trim().is_empty() {
            Writer::Offline { pace: Duration::from_millis(40) }
        } else {
            Writer::Claude { key: self.api_key.trim().to_owned(), base_url: self.base_url }
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    // These tell by themselves what happens; a log line would break their progress bars.
    let quiet = !matches!(command, Command::Serve { .. } | Command::OfflineWriter { .. });
    let usual = Targets::new().with_default(Level::WARN).with_target("dynoxide", Level::ERROR);
    let filter = match std::env::var("LOG_LEVEL") {
        Ok(level) => runtime::telemetry::filter(&level),
        Err(_) if quiet => Targets::new().with_default(Level::ERROR),
        Err(_) => usual.with_targets([("worker", Level::INFO), ("dead_letter", Level::INFO)]),
    };
    let lines = tracing_subscriber::fmt::layer()
        .compact()
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines).with(filter).init();
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, reason = "this is what the commands show")]
async fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve { port, data_dir, users, parameters, without_key, claude } => {
            let known = Template::checked_in()?.parameters()?;
            if let Some((name, _)) = parameters.iter().find(|(name, _)| !known.contains(name)) {
                bail!("--set {name}: template.yaml has no such parameter; it has {}", known.join(", "));
            }
            let options = Options {
                users,
                parameters: parameters.into_iter().collect(),
                port,
                data_dir: Some(data_dir.clone()),
                writer: if without_key { Writer::NoKey } else { claude.writer() },
                background: true,
                access_log: true,
                ..Options::default()
            };
            let runner = Runner::start(options).await?;
            println!("Report Builder Jobs on {}/", runner.url());
            println!("  API       {}/api/report-builder/jobs", runner.url());
            println!("  data      {}", data_dir.display());
            println!("  writer    {}", runner.writer_name());
            println!("  reading   {}/docs", runner.url());
            println!("  sample    cargo run -p local -- seed --api {}", runner.url());
            println!("  stop      Ctrl-C finishes what runs; a second one ends at once\n");
            interrupted().await?;
            println!("Finishing what runs …");
            tokio::select! {
                () = runner.shut_down() => println!("Stopped."),
                again = interrupted() => {
                    again?;
                    println!("Ended at once; jobs under way go on at the next start.");
                }
            }
            Ok(())
        }
        Command::Seed { service } => seed(&service.api()?).await,
        Command::Demo { evidence, api: Some(api), token, .. } => {
            demo::run(&Api::new(&api, token.token)?, Demo { evidence, writer: None }).await
        }
        Command::Demo { evidence, api: None, token, claude } => {
            let options = Options {
                writer: claude.writer(),
                background: true,
                tune: |config| config.heartbeat = Duration::from_millis(400),
                ..Options::default()
            };
            let runner = Runner::start(options).await?;
            let api = Api::new(&runner.url(), token.token)?;
            let shown = demo::run(&api, Demo { evidence, writer: Some(runner.writer_name()) }).await;
            // Somebody who sits there may want to look at it; all of it is in memory.
            if shown.is_ok() && std::io::stdin().is_terminal() {
                println!("            as long as this runs: Ctrl-C ends it");
                interrupted().await?;
            } else if shown.is_ok() {
                println!("            while a demonstration runs in a terminal; make serve keeps one up");
            }
            runner.shut_down().await;
            shown
        }
        Command::Import { source, file, login, offset, service } => {
            let api = service.api()?;
            let report = import::run(&api, source, &file, &import::Options { login, offset }).await?;
            import::show(&report, source, &api);
            if !report.rejected.is_empty() {
                bail!("{} rows were rejected; mend them and import the file again", report.rejected.len());
            }
            Ok(())
        }
        Command::Export { document, output, service } => {
            let text = export::markdown(&service.api()?, &document).await?;
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
        Command::Openapi => {
            print!("{}", openapi::text());
            Ok(())
        }
        Command::OfflineWriter { port, pace_ms } => {
            let stop = CancellationToken::new();
            let writer = OfflineWriter::start(port, Duration::from_millis(pace_ms), stop.clone()).await?;
            println!("Offline writer on {}/v1/messages", writer.base_url());
            interrupted().await?;
            stop.cancel();
            Ok(())
        }
    }
}

#[allow(clippy::print_stdout, reason = "this is what the command shows")]
async fn seed(api: &Api) -> Result<()> {
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

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Ctrl-C or a polite kill.
async fn interrupted() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => Ok(pressed?),
        _ = terminate.recv() => Ok(()),
    }
}
