//! The local runner's command line.

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use domain::ids::UserId;
use local::{
    aws::Embedded,
    demo, evidence_file,
    gateway::LOCAL_USER,
    offline_writer::OfflineWriter,
    runner::{Options, Runner, Writer},
    sample,
    template::Template,
};
use store::Store;
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
        #[command(flatten)]
        claude: Claude,
    },
    /// Store a sample document with evidence, goals and reviews, and print its ids. Works
    /// beside a running server.
    Seed {
        /// The server's data directory.
        #[arg(long, default_value = ".local")]
        data_dir: PathBuf,
        /// The user who shall own it: the <name> of "Authorization: Bearer <name>".
        #[arg(long, default_value = LOCAL_USER)]
        user: String,
        /// A JSON file with evidence to store instead of the sample's.
        #[arg(long)]
        evidence: Option<PathBuf>,
    },
    /// Write a block from start to end, in memory, and show how.
    Demo {
        /// A JSON file with evidence to draft from instead of the sample's.
        #[arg(long)]
        evidence: Option<PathBuf>,
        #[command(flatten)]
        claude: Claude,
    },
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
    // The demonstration tells by itself what happens; a log line would break its progress bar.
    let quiet = matches!(command, Command::Demo { .. });
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
        Command::Serve { port, data_dir, claude } => {
            let options = Options {
                port,
                data_dir: Some(data_dir.clone()),
                writer: claude.writer(),
                background: true,
                access_log: true,
                ..Options::default()
            };
            let runner = Runner::start(options).await?;
            println!("Report Builder Jobs on {}/api/report-builder/jobs", runner.url());
            println!("  data      {}", data_dir.display());
            println!(
                "  writer    {}",
                runner.writer.as_ref().map_or("Claude", |_| "offline writer (set ANTHROPIC_API_KEY to use Claude)")
            );
            println!("  ids       cargo run -p local -- seed --data-dir {}", data_dir.display());
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
        Command::Seed { data_dir, user, evidence } => seed(&data_dir, &user, evidence).await,
        Command::Demo { evidence, claude } => {
            let options = Options {
                writer: claude.writer(),
                background: true,
                tune: |config| config.heartbeat = Duration::from_millis(400),
                ..Options::default()
            };
            let runner = Runner::start(options).await?;
            let shown = demo::run(&runner, evidence.as_deref()).await;
            runner.shut_down().await;
            shown
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
async fn seed(data_dir: &std::path::Path, user: &str, evidence: Option<PathBuf>) -> Result<()> {
    let user = UserId::new(user)?;
    std::fs::create_dir_all(data_dir).with_context(|| format!("cannot make {}", data_dir.display()))?;
    let stop = CancellationToken::new();
    let embedded = Embedded::start(&Template::checked_in()?, Some(data_dir), stop.clone()).await?;
    let store = Store::new(embedded.dynamodb, local::aws::TABLE);
    let now = domain::time::Clock::system().now();
    let evidence = evidence.map(|path| evidence_file::read(&path, now)).transpose()?;
    let seeded = sample::seed(&store, &user, evidence, now).await?;
    stop.cancel();
    println!(
        "Stored for {}: {} pieces of evidence, {} goals, {} reviews, and",
        user.as_str(),
        seeded.evidence,
        seeded.goals,
        seeded.reviews
    );
    println!("  documentId  {}  {}", seeded.document.id, seeded.document.name);
    println!("  blockId     {}  to GENERATE", seeded.unwritten().id);
    println!("  blockId     {}  to REFINE", seeded.written().id);
    println!("\nTry it while the server runs:");
    println!(
        "  curl -s -X POST localhost:3000/api/report-builder/jobs -H 'content-type: application/json' -d '{{\"blockId\":\"{}\",\"documentId\":\"{}\",\"type\":\"GENERATE\"}}'",
        seeded.unwritten().id,
        seeded.document.id
    );
    Ok(())
}

/// Ctrl-C or a polite kill.
async fn interrupted() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => Ok(pressed?),
        _ = terminate.recv() => Ok(()),
    }
}
