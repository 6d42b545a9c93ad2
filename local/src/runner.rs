//! Puts the service together. The development server is the test harness left running.

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
use worker::key::KeySource;

use crate::{
    aws::{Embedded, TABLE},
    data_dir,
    event_source::EventSource,
    functions::{Functions, Parts},
    gateway::Gateway,
    offline_writer::OfflineWriter,
    page,
    template::Template,
};

/// The sweeper's pause here. On AWS it is the template's schedule.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// 0: any free port.
    pub port: u16,
    /// `None`: everything in memory.
    pub data_dir: Option<PathBuf>,
    /// Who writes.
    pub writer: Writer,
    /// Whether queues and schedules run by themselves. Tests drain them by hand.
    pub background: bool,
    /// Whether requests are printed.
    pub access_log: bool,
    /// Where the built web page is.
    pub page: PathBuf,
    /// The only users that there are; none: whoever says a name.
    pub users: Vec<String>,
    /// Values of template parameters other than their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Changes the worker's settings.
    pub tune: fn(&mut worker::Config),
}

/// Who writes.
#[derive(Clone, Debug)]
pub enum Writer {
    /// The offline writer, with a pause between pieces of text.
    Offline {
        /// The pause.
        pace: Duration,
    },
    /// Claude.
    Claude {
        /// The API key.
        key: String,
        /// `None`: the template's.
        base_url: Option<String>,
    },
    /// Nobody: there is no API key.
    NoKey,
}

impl Writer {
    const fn name(&self) -> &'static str {
        match self {
            Self::Offline { .. } => "offline writer (set ANTHROPIC_API_KEY to use Claude)",
            Self::Claude { .. } => "Claude",
            Self::NoKey => "nobody: there is no API key",
        }
    }
}

impl Default for Options {
    /// As tests run it.
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

/// The running service.
#[derive(Debug)]
pub struct Runner {
    /// Where the API listens.
    pub address: SocketAddr,
    /// The table, as the functions see it.
    pub store: Store,
    /// The queue of jobs, as the functions see it.
    pub queue: Queue,
    /// The functions.
    pub functions: Functions,
    /// The clock of all functions.
    pub clock: Clock,
    /// The embedded services.
    pub embedded: Embedded,
    /// The offline writer, if it writes.
    pub writer: Option<OfflineWriter>,
    writer_name: &'static str,
    /// Queue → worker.
    pub jobs: EventSource,
    /// Dead-letter queue → dead-letter function.
    pub dead_jobs: EventSource,
    stop: CancellationToken,
    stop_services: CancellationToken,
    gateway: JoinHandle<()>,
    tasks: JoinSet<()>,
    _lock: Option<File>,
}

impl Runner {
    /// Starts everything.
    pub async fn start(options: Options) -> Result<Self> {
        let template = Template::checked_in()?;
        // First of all what may be wrong with the call itself.
        let listener = TcpListener::bind(("127.0.0.1", options.port)).await.with_context(|| {
            format!("cannot listen on port {}: is another runner there? Choose another with --port", options.port)
        })?;
        let address = listener.local_addr()?;
        let lock = options.data_dir.as_deref().map(data_dir::take).transpose()?;

        let (stop, stop_services) = (CancellationToken::new(), CancellationToken::new());
        let embedded = Embedded::start(&template, options.data_dir.as_deref(), stop_services.clone()).await?;
        let mut references: BTreeMap<String, String> =
            embedded.queue_urls.iter().map(|(id, url)| (id.clone(), url.clone())).collect();
        references.insert("Table".to_owned(), TABLE.to_owned());
        // Nobody pays here, so nobody is held back, unless they ask for it.
        references.extend(["MaxActiveJobs", "MaxCreatesPerMinute"].map(|name| (name.to_owned(), "0".to_owned())));
        references.extend(options.parameters.clone());

        let writer_name = options.writer.name();
        let (key, writer) = match options.writer {
            Writer::Offline { pace } => {
                let writer = OfflineWriter::start(0, pace, stop_services.clone()).await?;
                references.insert("ClaudeBaseUrl".to_owned(), writer.base_url());
                (KeySource::Fixed("offline".to_owned().into()), Some(writer))
            }
            Writer::Claude { key, base_url } => {
                references.extend(base_url.map(|url| ("ClaudeBaseUrl".to_owned(), url)));
                (KeySource::Fixed(key.into()), None)
            }
            Writer::NoKey => (KeySource::Missing, None),
        };
        let store = Store::new(embedded.dynamodb.clone(), TABLE);
        let url = embedded.queue_urls.get("JobQueue").context("no queue JobQueue")?;
        let queue = Queue::new(embedded.sqs.clone(), url);
        let clock = Clock::system();
        let functions = Functions::new(Parts {
            template: &template,
            references,
            store: store.clone(),
            queue: queue.clone(),
            key,
            clock: clock.clone(),
            tune: options.tune,
        })?;
        let jobs = EventSource::new(&template, "WorkerFunction", functions.clone(), &embedded)?;
        let dead_jobs = EventSource::new(&template, "DeadLetterFunction", functions.clone(), &embedded)?;

        let mut tasks = JoinSet::new();
        let (log, page) = (options.access_log, options.page.as_path());
        let gateway = Gateway::new(template.routes()?, functions.clone(), log, page, &options.users)?
            .into_router(&template.cors(&options.parameters)?)?;
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

    /// Base URL of the API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Who writes, for people.
    pub const fn writer_name(&self) -> &'static str {
        self.writer_name
    }

    /// Works through everything that waits in the queues, as if time flew.
    pub async fn drain(&self) -> Result<()> {
        while self.jobs.drain().await? + self.dead_jobs.drain().await? > 0 {}
        Ok(())
    }

    /// Takes no more work, finishes what runs, and stops. A client that does not end its
    /// request is not waited for.
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
