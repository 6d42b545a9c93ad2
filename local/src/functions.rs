//! The handlers of all Lambda functions, addressed by their logical ids in the template.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use api::StoreState;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use domain::{job::policy::JobPolicy, price::ModelPrice, time::Clock};
use lambda_http::{Body, Request, Response};
use queue::Queue;
use runtime::Metrics;
use runtime::Settings;
use store::Store;
use worker::credentials::CredentialSource;

use crate::template::Template;

/// State of all functions, built from their settings in the template.
#[derive(Clone, Debug)]
pub struct Functions {
    create_job: create_job::State,
    list_jobs: list_jobs::State,
    dry_run: dry_run::State,
    /// Shared by get-job, cancel-job, documents and library.
    api: StoreState,
    /// Public for tests, which invoke a copy with another store, other credentials or other metrics.
    pub worker: worker::State,
    pub sweeper: sweeper::State,
    pub dead_letter: dead_letter::State,
}

/// Dependencies from which the functions are built.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Template with the environment variables of every function.
    pub template: &'a Template,
    /// Values of `!Ref`, by name of the resource or parameter. A missing parameter has its default.
    pub references: BTreeMap<String, String>,
    pub store: Store,
    pub queue: Queue,
    /// Credentials for the calls to Claude.
    pub credentials: CredentialSource,
    /// Clock of all functions. Tests advance it.
    pub clock: Clock,
    /// Changes the worker's settings after they are read from the template.
    pub tune: fn(&mut worker::Config),
}

impl Functions {
    /// Reads every function's settings from the template, as Lambda would set them. Fails if a setting is invalid.
    pub fn new(parts: Parts<'_>) -> Result<Self> {
        let Parts { template, references, store, queue, credentials, clock, tune } = parts;
        let settings = |function: &str| -> Result<Settings> {
            let environment = template.environment(function, &references)?;
            Ok(Settings::from_lookup(move |name| environment.get(name).cloned()))
        };
        let policy = |function: &str| -> Result<Arc<JobPolicy>> {
            let mut settings = settings(function)?;
            let policy = settings.job_policy();
            Ok(Arc::new(settings.finish(policy)?))
        };
        let mut settings_of_new_jobs = settings("CreateJobFunction")?;
        let new_jobs = create_job::NewJobSettings::read(&mut settings_of_new_jobs);
        let new_jobs = Arc::new(settings_of_new_jobs.finish(new_jobs)?);
        let mut settings_of_list_jobs = settings("ListJobsFunction")?;
        let budgets = settings_of_list_jobs.budgets();
        let budgets = settings_of_list_jobs.finish(budgets)?;
        let mut settings_of_dry_run = settings("DryRunFunction")?;
        let dry_run = dry_run::Settings::read(&mut settings_of_dry_run);
        let dry_run = Arc::new(settings_of_dry_run.finish(dry_run)?);
        let mut config = worker::Config::read(settings("WorkerFunction")?)?;
        // Drafts of the offline writer cost nothing.
        config.prices.0.insert(crate::fake_claude::MODEL.to_owned(), ModelPrice::free());
        tune(&mut config);
        let claude = claude::Client::new(&config.base_url, config.timeouts)?;
        Ok(Self {
            create_job: create_job::State {
                store: store.clone(),
                queue: queue.clone(),
                new_jobs,
                clock: clock.clone(),
            },
            list_jobs: list_jobs::State { store: store.clone(), clock: clock.clone(), budgets },
            dry_run: dry_run::State { store: store.clone(), clock: clock.clone(), settings: dry_run },
            api: StoreState { store: store.clone(), clock: clock.clone() },
            sweeper: sweeper::State {
                store: store.clone(),
                queue: queue.clone(),
                policy: policy("SweeperFunction")?,
                clock: clock.clone(),
                metrics: Metrics::off(),
            },
            dead_letter: dead_letter::State {
                store: store.clone(),
                queue: queue.clone(),
                policy: policy("DeadLetterFunction")?,
                clock: clock.clone(),
                metrics: Metrics::off(),
            },
            worker: worker::State {
                store,
                queue,
                claude,
                credentials: Arc::new(credentials),
                cache_gate: Arc::default(),
                metrics: Metrics::off(),
                config: Arc::new(config),
                clock,
            },
        })
    }

    /// Returns a copy whose dry runs say that drafts cost nothing, as those of the offline writer do.
    #[must_use]
    pub fn with_free_drafts(&self) -> Self {
        let mut functions = self.clone();
        let settings = dry_run::Settings { price: ModelPrice::free(), ..(*self.dry_run.settings).clone() };
        functions.dry_run.settings = Arc::new(settings);
        functions
    }

    /// Returns a copy that uses `store`, for tests that count calls or cause faults.
    #[must_use]
    pub fn on(&self, store: &Store) -> Self {
        let mut functions = self.clone();
        functions.create_job.store = store.clone();
        functions.api.store = store.clone();
        functions.list_jobs.store = store.clone();
        functions.dry_run.store = store.clone();
        functions.worker.store = store.clone();
        functions.sweeper.store = store.clone();
        functions.dead_letter.store = store.clone();
        functions
    }

    /// Returns a copy whose functions send to `queue`, for tests that cause faults.
    #[must_use]
    pub fn sending_to(&self, queue: &Queue) -> Self {
        let mut functions = self.clone();
        functions.create_job.queue = queue.clone();
        functions.worker.queue = queue.clone();
        functions.sweeper.queue = queue.clone();
        functions.dead_letter.queue = queue.clone();
        functions
    }

    /// Returns a copy with another clock, for simulations.
    #[must_use]
    pub fn at(&self, clock: &Clock) -> Self {
        let mut functions = self.clone();
        functions.create_job.clock = clock.clone();
        functions.api.clock = clock.clone();
        functions.list_jobs.clock = clock.clone();
        functions.dry_run.clock = clock.clone();
        functions.worker.clock = clock.clone();
        functions.sweeper.clock = clock.clone();
        functions.dead_letter.clock = clock.clone();
        functions
    }

    /// Invokes the function of a route. `function` is its logical id. The futures are boxed, because callers would hold
    /// the largest of them.
    pub async fn http(&self, function: &str, request: Request) -> Result<Response<Body>> {
        Ok(match function {
            "CreateJobFunction" => Box::pin(create_job::handle(&self.create_job, request)).await,
            "FallbackFunction" => fallback::handle(&request),
            "GetJobFunction" => Box::pin(get_job::handle(&self.api, request)).await,
            "ListJobsFunction" => Box::pin(list_jobs::handle(&self.list_jobs, request)).await,
            "CancelJobFunction" => Box::pin(cancel_job::handle(&self.api, request)).await,
            "DryRunFunction" => Box::pin(dry_run::handle(&self.dry_run, request)).await,
            "DocumentsFunction" => Box::pin(documents::handle(&self.api, request)).await,
            "LibraryFunction" => Box::pin(library::handle(&self.api, request)).await,
            other => bail!("{other} answers no requests"),
        })
    }

    /// Invokes the function of a queue. `time_left` is the time until Lambda would end the invocation.
    pub async fn batch(&self, function: &str, event: SqsEvent, time_left: Duration) -> Result<SqsBatchResponse> {
        Ok(match function {
            "WorkerFunction" => Box::pin(worker::handle(&self.worker, event, time_left)).await,
            "DeadLetterFunction" => Box::pin(dead_letter::handle(&self.dead_letter, event)).await,
            other => bail!("{other} takes no messages"),
        })
    }

    /// Invokes the sweeper once, as its schedule does.
    pub async fn sweep(&self) -> Result<sweeper::SweepReport> {
        Box::pin(sweeper::handle(&self.sweeper)).await.context("the sweeper failed")
    }
}
