//! The Lambdas, by their logical ids in the template.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use domain::{life::Terms, time::Clock};
use lambda_http::{Body, Request, Response};
use queue::Queue;
use runtime::Metrics;
use runtime::Settings;
use store::Store;
use worker::key::KeySource;

use crate::template::Template;

/// All functions, ready to be invoked.
#[derive(Clone, Debug)]
pub struct Functions {
    create_job: submit::Desk,
    retry_job: submit::Desk,
    get_job: get_job::State,
    list_jobs: list_jobs::State,
    cancel_job: cancel_job::State,
    documents: documents::State,
    library: library::State,
    /// The worker, for tests that invoke it by hand.
    pub worker: worker::State,
    /// The sweeper.
    pub sweeper: sweeper::State,
    /// The dead-letter function.
    pub dead_letter: dead_letter::State,
}

/// What the functions are made of.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Where their settings stand.
    pub template: &'a Template,
    /// Values of references in the template.
    pub references: BTreeMap<String, String>,
    /// The table.
    pub store: Store,
    /// The queue of jobs.
    pub queue: Queue,
    /// Claude's key.
    pub key: KeySource,
    /// The time.
    pub clock: Clock,
    /// Changes the worker's settings, for tests.
    pub tune: fn(&mut worker::Config),
}

impl Functions {
    /// Reads every function's settings from the template, as Lambda would set them.
    pub fn new(parts: Parts<'_>) -> Result<Self> {
        let Parts { template, references, store, queue, key, clock, tune } = parts;
        let settings = |function: &str| -> Result<Settings> {
            let environment = template.environment(function, &references)?;
            Ok(Settings::from_lookup(move |name| environment.get(name).cloned()))
        };
        let terms = |function: &str| -> Result<Arc<Terms>> {
            let mut settings = settings(function)?;
            let terms = settings.terms();
            Ok(Arc::new(settings.finish(terms)?))
        };
        let desk = |function: &str| -> Result<submit::Desk> {
            let mut settings = settings(function)?;
            let terms_and_limits = submit::Desk::terms_and_limits(&mut settings);
            let (terms, limits) = settings.finish(terms_and_limits)?;
            Ok(submit::Desk { store: store.clone(), queue: queue.clone(), terms, limits, clock: clock.clone() })
        };
        let mut config = worker::Config::read(settings("WorkerFunction")?)?;
        tune(&mut config);
        let claude = claude::Client::new(&config.base_url, config.timeouts)?;
        Ok(Self {
            create_job: desk("CreateJobFunction")?,
            retry_job: desk("RetryJobFunction")?,
            get_job: get_job::State { store: store.clone(), clock: clock.clone() },
            list_jobs: list_jobs::State { store: store.clone(), clock: clock.clone() },
            cancel_job: cancel_job::State { store: store.clone(), clock: clock.clone() },
            documents: documents::State { store: store.clone(), clock: clock.clone() },
            library: library::State { store: store.clone(), clock: clock.clone() },
            sweeper: sweeper::State {
                store: store.clone(),
                queue: queue.clone(),
                terms: terms("SweeperFunction")?,
                clock: clock.clone(),
                metrics: Metrics::off(),
            },
            dead_letter: dead_letter::State { store: store.clone(), clock: clock.clone(), metrics: Metrics::off() },
            worker: worker::State {
                store,
                queue,
                claude,
                key: Arc::new(key),
                prefixes: Arc::default(),
                metrics: Metrics::off(),
                config: Arc::new(config),
                clock,
            },
        })
    }

    /// The functions of the API on another store, for tests that count what they read.
    #[must_use]
    pub fn on(&self, store: &Store) -> Self {
        let mut functions = self.clone();
        for desk in [&mut functions.create_job, &mut functions.retry_job] {
            desk.store = store.clone();
        }
        functions.get_job.store = store.clone();
        functions.list_jobs.store = store.clone();
        functions.cancel_job.store = store.clone();
        functions.documents.store = store.clone();
        functions.library.store = store.clone();
        functions
    }

    /// Invokes the function behind a route.
    pub async fn http(&self, function: &str, request: Request) -> Result<Response<Body>> {
        Ok(match function {
            "CreateJobFunction" => create_job::handle(&self.create_job, request).await,
            "RetryJobFunction" => retry_job::handle(&self.retry_job, request).await,
            "FallbackFunction" => fallback::handle(&request),
            "GetJobFunction" => get_job::handle(&self.get_job, request).await,
            "ListJobsFunction" => list_jobs::handle(&self.list_jobs, request).await,
            "CancelJobFunction" => cancel_job::handle(&self.cancel_job, request).await,
            "DocumentsFunction" => documents::handle(&self.documents, request).await,
            "LibraryFunction" => library::handle(&self.library, request).await,
            other => bail!("{other} answers no requests"),
        })
    }

    /// Invokes the function behind a queue.
    pub async fn batch(&self, function: &str, event: SqsEvent, time_left: Duration) -> Result<SqsBatchResponse> {
        Ok(match function {
            "WorkerFunction" => worker::handle(&self.worker, event, time_left).await,
            "DeadLetterFunction" => dead_letter::handle(&self.dead_letter, event).await,
            other => bail!("{other} takes no messages"),
        })
    }

    /// Invokes the scheduled function.
    pub async fn sweep(&self) -> Result<sweeper::Report> {
        sweeper::handle(&self.sweeper).await.context("the sweeper failed")
    }
}
