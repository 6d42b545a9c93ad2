//! Builds the whole service from its parts. `make serve` and the tests use the same runner.

use std::{collections::BTreeMap, fs::File, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use domain::time::Clock;
use queue::Queue;
use store::Store;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;
use worker::credentials::CredentialSource;

use crate::{
    aws::{Embedded, TABLE},
    data_dir,
    event_source::EventSource,
    fake_claude::OfflineWriter,
    functions::{Functions, Parts},
    gateway::Gateway,
    page,
    template::Template,
};

/// Pause between two sweeps on this machine. On AWS, the schedule of the template applies.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// Origins of pages in development: of the usual ports of Next.js and of Vite.
const LOCAL_ORIGINS: &str = "http://localhost:3000,http://localhost:5173";

/// Options of [`Runner::start`]. The defaults suit tests.
#[derive(Clone, Debug)]
pub struct RunnerOptions {
    /// Port on 127.0.0.1. 0 means any free port.
    pub port: u16,
    /// Directory of the database. `None` keeps everything in memory.
    pub data_dir: Option<PathBuf>,
    pub writer: Writer,
    /// Whether queues and the schedule run on their own. Without them, tests call [`Runner::drain`].
    pub background: bool,
    /// Whether each request is printed to standard output, except `/healthz`.
    pub access_log: bool,
    /// Directory of the built web page.
    pub page: PathBuf,
    /// Names of the only users. If empty, any name is accepted.
    pub users: Vec<String>,
    /// Values of template parameters that differ from their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Changes the worker's settings after they are read from the template.
    pub tune: fn(&mut worker::Config),
}

/// What answers the calls to the Messages API.
#[derive(Clone, Debug)]
pub enum Writer {
    /// The offline writer of [`crate::fake_claude`], which needs no key.
    Offline {
        /// Pause between two pieces of text.
        pace: Duration,
    },
    /// Claude, or another server with the same API.
    Claude {
        key: String,
        /// Base URL of the API. `None` means the one of the template.
        base_url: Option<String>,
    },
    /// No API key, so every job fails as it does with an empty secret.
    NoKey,
}

impl Writer {
    const fn name(&self) -> &'static str {
        match self {
            Self::Offline { .. } => "offline writer (set ANTHROPIC_API_KEY to use Claude)",
            Self::Claude { .. } => "Claude",
            Self::NoKey => "none (there is no API key)",
        }
    }
}

impl Default for RunnerOptions {
    /// Options for tests: in memory, on a free port, without background tasks.
    fn default() -> Self {
        Self {
            port: 0,
            data_dir: None,
            writer: Writer::Offline { pace: Duration::ZERO },
            background: false,
            access_log: false,
            page: page::folder(),
            users: Vec::new(),
            parameters: BTreeMap::new(),
            tune: |_| {},
        }
    }
}

/// The running service. Dropping it stops the service without waiting for running jobs.
#[derive(Debug)]
pub struct Runner {
    /// Address of the API on 127.0.0.1.
    pub address: SocketAddr,
    /// The same store that the functions use.
    pub store: Store,
    /// The same queue that the functions use.
    pub queue: Queue,
    pub functions: Functions,
    /// Clock of all functions. Tests advance it.
    pub clock: Clock,
    pub embedded: Embedded,
    /// `None` unless the options chose [`Writer::Offline`].
    pub writer: Option<OfflineWriter>,
    writer_name: &'static str,
    /// Delivers messages of the job queue to the worker.
    pub jobs: EventSource,
    /// Delivers messages of the dead-letter queue to the dead-letter function.
    pub dead_jobs: EventSource,
    stop: CancellationToken,
    stop_services: CancellationToken,
    gateway: JoinHandle<()>,
    tasks: JoinSet<()>,
    _lock: Option<File>,
}

impl Runner {
    /// Starts all parts. Fails if the port is taken or the data directory is in use.
    pub async fn start(options: RunnerOptions) -> Result<Self> {
        let template = Template::checked_in()?;
        // Check first what the caller may have chosen wrong: the port and the data directory.
        let listener = TcpListener::bind(("127.0.0.1", options.port)).await.with_context(|| {
            format!("cannot listen on port {}: is another runner there? Choose another with --port", options.port)
        })?;
        let address = listener.local_addr()?;
        let lock = options.data_dir.as_deref().map(data_dir::take).transpose()?;

        let (stop, stop_services) = (CancellationToken::new(), CancellationToken::new());
        let clock = Clock::system();
        let delays = (!options.background).then(|| clock.clone());
        let embedded = Embedded::start(&template, options.data_dir.as_deref(), delays, stop_services.clone()).await?;
        let mut references: BTreeMap<String, String> =
            embedded.queue_urls.iter().map(|(id, url)| (id.clone(), url.clone())).collect();
        references.insert("Table".to_owned(), TABLE.to_owned());
        references.insert("AllowedOrigins".to_owned(), LOCAL_ORIGINS.to_owned());
        // On this machine there are no rate limits, unless a parameter sets them.
        references.extend(["MaxActiveJobs", "MaxCreatesPerMinute"].map(|name| (name.to_owned(), "0".to_owned())));
        // The offline writer costs nothing.
        if matches!(options.writer, Writer::Offline { .. }) {
            references
                .extend(["MaxSpendPerUserPerDay", "MaxSpendPerDay"].map(|name| (name.to_owned(), "0".to_owned())));
        }
        references.extend(options.parameters.clone());

        let writer_name = options.writer.name();
        let (credentials, writer) = match options.writer {
            Writer::Offline { pace } => {
                let writer = OfflineWriter::start(0, pace, stop_services.clone()).await?;
                references.insert("ClaudeBaseUrl".to_owned(), writer.base_url());
                (CredentialSource::Fixed("offline".to_owned().into()), Some(writer))
            }
            Writer::Claude { key, base_url } => {
                references.extend(base_url.map(|url| ("ClaudeBaseUrl".to_owned(), url)));
                (CredentialSource::Fixed(key.into()), None)
            }
            Writer::NoKey => (CredentialSource::Missing, None),
        };
        let store = Store::new(embedded.dynamodb.clone(), TABLE);
        let url = embedded.queue_urls.get("JobQueue").context("no queue JobQueue")?;
        let queue = Queue::new(embedded.sqs.clone(), url);
        let functions = Functions::new(Parts {
            template: &template,
            references: references.clone(),
            store: store.clone(),
            queue: queue.clone(),
            credentials,
            clock: clock.clone(),
            tune: options.tune,
        })?;
        let functions = if writer.is_some() { functions.with_free_drafts() } else { functions };
        let jobs = EventSource::new(&template, "WorkerFunction", &functions, (&embedded, &references), clock.clone())?;
        let dead_jobs =
            EventSource::new(&template, "DeadLetterFunction", &functions, (&embedded, &references), clock.clone())?;

        let mut tasks = JoinSet::new();
        let (log, page) = (options.access_log, options.page.as_path());
        let gateway = Gateway::new(template.routes()?, functions.clone(), log, page, &options.users)?
            .into_router(&template.cors(&references)?)?;
        let stopping = stop.clone();
        let gateway = tokio::spawn(async move {
            let served = axum::serve(listener, gateway).with_graceful_shutdown(stopping.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::error!(%error, "the API has stopped");
            }
        });
        if options.background {
            tasks.spawn(jobs.clone().run(stop.clone()));
            tasks.spawn(dead_jobs.clone().run(stop.clone()));
            tasks.spawn(sweep(functions.clone(), stop.clone()));
        }
        Ok(Self {
            address,
            store,
            queue,
            functions,
            clock,
            embedded,
            writer,
            writer_name,
            jobs,
            dead_jobs,
            stop,
            stop_services,
            gateway,
            tasks,
            _lock: lock,
        })
    }

    /// Base URL of the API, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Description of the writer, to be printed.
    pub const fn writer_name(&self) -> &'static str {
        self.writer_name
    }

    /// Delivers messages until both queues are empty. Retries do not wait for the visibility timeout.
    pub async fn drain(&self) -> Result<()> {
        while self.jobs.drain().await? + self.dead_jobs.drain().await? > 0 {}
        Ok(())
    }

    /// Accepts no more work, finishes the running jobs, and stops. Requests that take longer than three seconds are cut
    /// off.
    pub async fn shut_down(mut self) {
        const SLOW_CLIENTS: Duration = Duration::from_secs(3);
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        if tokio::time::timeout(SLOW_CLIENTS, &mut self.gateway).await.is_err() {
            self.gateway.abort();
        }
        self.stop_services.cancel();
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.stop.cancel();
        self.stop_services.cancel();
    }
}

async fn sweep(functions: Functions, stop: CancellationToken) {
    loop {
        if let Err(error) = functions.sweep().await {
            tracing::error!(error = format!("{error:#}"), "sweep failed");
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}
