//! Command line of the local runner.

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Result;
use clap::{Parser, Subcommand};
use cli::{
    client::Api,
    demo::{self, Demo},
};
use local::{
    fake_claude::OfflineWriter,
    openapi,
    runner::{Runner, RunnerOptions, Writer},
    template::Template,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Run the whole service on this machine, without AWS.
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
        /// Port to listen on, at 127.0.0.1.
        #[arg(long, default_value_t = 3000)]
        port: u16,
        /// Directory for the data, which survives a restart.
        #[arg(long, default_value = ".local")]
        data_dir: PathBuf,
        /// Names of the only users, separated by commas. A request whose token is none of these names gets 401.
        /// Without this option, any name is a token, and a request without a token belongs to local-user.
        #[arg(long, value_delimiter = ',')]
        users: Vec<String>,
        /// Value for a parameter of template.yaml, such as MaxActiveJobs=5. Repeat the option to set several.
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = name_and_value)]
        parameters: Vec<(String, String)>,
        /// Run without an API key. Jobs fail as on a deployment whose secret is still empty.
        #[arg(long)]
        without_key: bool,
        #[command(flatten)]
        claude: Claude,
    },
    /// Generate one block in memory and show each step.
    Demo {
        /// File with evidence to use instead of the sample's.
        #[arg(long)]
        evidence: Option<PathBuf>,
        #[command(flatten)]
        claude: Claude,
    },
    /// Print the API as an OpenAPI document.
    Openapi,
    /// Serve only the offline writer, a Messages API without Claude.
    OfflineWriter {
        /// Port to listen on, at 127.0.0.1.
        #[arg(long, default_value_t = 3100)]
        port: u16,
        /// Milliseconds between pieces of text.
        #[arg(long, default_value_t = 40)]
        pace_ms: u64,
    },
}

#[derive(clap::Args)]
struct Claude {
    /// API key for Claude. Without a key, the offline writer answers.
    #[arg(long, env = "ANTHROPIC_API_KEY", hide_env_values = true, default_value = "")]
    api_key: String,
    /// Base URL of the Messages API, instead of the provider's own.
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
    // The other commands print their own output, and log lines would break their progress bars.
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
            let template = Template::checked_in()?;
            for (name, value) in &parameters {
                template.check_parameter(name, value)?;
            }
            let options = RunnerOptions {
                users,
                parameters: parameters.into_iter().collect(),
                port,
                data_dir: Some(data_dir.clone()),
                writer: if without_key { Writer::NoKey } else { claude.writer() },
                background: true,
                access_log: true,
                ..RunnerOptions::default()
            };
            let runner = Runner::start(options).await?;
            println!("Report Builder Jobs on {}/", runner.url());
            println!("  API       {}/api/report-builder/jobs", runner.url());
            println!("  data      {}", data_dir.display());
            println!("  writer    {}", runner.writer_name());
            println!("  reading   {}/docs", runner.url());
            println!("  sample    cargo run -p cli -- seed --api {}", runner.url());
            println!("  stop      Ctrl-C finishes what runs; a second one ends at once\n");
            interrupted()?.await;
            println!("Finishing the running jobs …");
            let again = interrupted()?;
            tokio::select! {
                () = runner.shut_down() => println!("Stopped."),
                () = again => println!("Stopped at once. Jobs in flight continue at the next start."),
            }
            Ok(())
        }
        Command::Demo { evidence, claude } => {
            let options = RunnerOptions {
                writer: claude.writer(),
                background: true,
                tune: |config| config.heartbeat = Duration::from_millis(400),
                ..RunnerOptions::default()
            };
            let runner = Runner::start(options).await?;
            let api = Api::new(&runner.url(), None)?;
            let shown = demo::run(&api, Demo { evidence, writer: Some(runner.writer_name()) }).await;
            // The data is in memory only. In a terminal, keep serving it until the user has looked at the page.
            if shown.is_ok() && std::io::stdin().is_terminal() {
                let interrupted = interrupted()?;
                println!("            served until Ctrl-C ends it");
                interrupted.await;
            } else if shown.is_ok() {
                println!("            served while a demonstration runs in a terminal. For a lasting page: make serve");
            }
            runner.shut_down().await;
            shown
        }
        Command::Openapi => {
            print!("{}", openapi::text());
            Ok(())
        }
        Command::OfflineWriter { port, pace_ms } => {
            let stop = CancellationToken::new();
            let writer = OfflineWriter::start(port, Duration::from_millis(pace_ms), stop.clone()).await?;
            println!("Offline writer on {}/v1/messages", writer.base_url());
            interrupted()?.await;
            stop.cancel();
            Ok(())
        }
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// A future that is ready after the next SIGINT (Ctrl-C) or SIGTERM. From this call on, neither ends the process.
fn interrupted() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
