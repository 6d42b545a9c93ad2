//! The dashboard, the alarms and the saved queries name only metrics and log fields that exist.

use std::{collections::BTreeSet, time::Duration};

use domain::{job::status::StatusReason, problem::ProblemCode};
use local::fake_claude::{Behaviour, Gate};
use queue::JobMessage;
use runtime::metrics::NAMES;
use serde_json::{Value, json};

use crate::{
    messages::{event, record},
    recorded::Recorded,
    world::World,
};

/// Metrics that AWS writes by itself (its documentation of SQS, Lambda, API Gateway and DynamoDB).
const OF_AWS: [(&str, &str); 8] = [
    ("AWS/ApiGateway", "4xx"),
    ("AWS/ApiGateway", "5xx"),
    ("AWS/DynamoDB", "ThrottledRequests"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
    ("AWS/SQS", "NumberOfMessagesReceived"),
];

/// The template as JSON, including its tags: `!Ref X` becomes `{"Ref": "X"}`.
fn plain(value: &yaml_serde::Value) -> Value {
    use yaml_serde::Value as Yaml;
    match value {
        Yaml::Tagged(tagged) => json!({tagged.tag.to_string().trim_start_matches('!'): plain(&tagged.value)}),
        Yaml::Mapping(fields) => {
            fields.iter().map(|(name, value)| (name.as_str().unwrap_or_default().to_owned(), plain(value))).collect()
        }
        Yaml::Sequence(values) => values.iter().map(plain).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

fn resources(kind: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(crate::processes::root().join("template.yaml")).unwrap();
    let template = plain(&yaml_serde::from_str(&text).unwrap());
    let all = template["Resources"].as_object().unwrap().values();
    all.filter(|resource| resource["Type"] == kind).map(|resource| resource["Properties"].clone()).collect()
}

/// Every metric that an alarm watches: namespace and name.
fn of_alarms() -> BTreeSet<(String, String)> {
    let mut metrics = BTreeSet::new();
    for alarm in resources("AWS::CloudWatch::Alarm") {
        let several = alarm["Metrics"].as_array().cloned().unwrap_or_default();
        let watched = several.iter().filter_map(|metric| metric["MetricStat"].get("Metric")).chain([&alarm]);
        for metric in watched.filter(|metric| metric.get("MetricName").is_some()) {
            let namespace = match &metric["Namespace"] {
                Value::String(name) => name.clone(),
                reference => {
                    assert_eq!(reference, &json!({"Ref": "AWS::StackName"}));
                    "stack".to_owned()
                }
            };
            metrics.insert((namespace, metric["MetricName"].as_str().unwrap().to_owned()));
        }
        assert!(alarm["AlarmDescription"].as_str().unwrap().len() > 40, "the description says what to do");
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "a time without jobs is no alarm");
    }
    metrics
}

/// Metrics of log lines: the name of the metric, and the fields with their values that the pattern asks for.
fn of_filters() -> Vec<(String, Vec<(String, String)>)> {
    let filters = resources("AWS::Logs::MetricFilter").into_iter().map(|filter| {
        let metric = &filter["MetricTransformations"][0];
        assert_eq!(metric["MetricNamespace"], json!({"Ref": "AWS::StackName"}));
        let pattern = filter["FilterPattern"].as_str().unwrap().trim_matches(['{', '}', ' ']).to_owned();
        let fields = pattern.split(" || ").map(|term| {
            let (field, value) = term.split_once(" = ").unwrap();
            (field.strip_prefix("$.").unwrap().to_owned(), value.trim_matches('"').to_owned())
        });
        (metric["MetricName"].as_str().unwrap().to_owned(), fields.collect())
    });
    filters.collect()
}

fn of_dashboard() -> BTreeSet<(String, String)> {
    let dashboards = resources("AWS::CloudWatch::Dashboard");
    let body = dashboards[0]["DashboardBody"]["Sub"].as_str().unwrap().replace("${AWS::StackName}", "stack");
    let body: Value = serde_json::from_str(&body).unwrap();
    let mut metrics = BTreeSet::new();
    let mut positions = BTreeSet::new();
    for widget in body["widgets"].as_array().unwrap() {
        assert!(
            positions.insert((widget["x"].as_u64(), widget["y"].as_u64())),
            "no two widgets have the same position"
        );
        for metric in widget["properties"]["metrics"].as_array().unwrap() {
            match &metric[0] {
                Value::String(namespace) => {
                    metrics.insert((namespace.clone(), metric[1].as_str().unwrap().to_owned()));
                }
                expression => assert!(expression["expression"].is_string()),
            }
        }
    }
    assert!(body.to_string().contains("MetricName=\\\"ClaudeCalls\\\""));
    metrics
}

#[test]
fn alarms_and_dashboard_name_metrics_that_exist() {
    let (alarms, dashboard) = (of_alarms(), of_dashboard());
    let filters = of_filters();
    for (namespace, name) in alarms.union(&dashboard) {
        let exists = match namespace.as_str() {
            "stack" => NAMES.contains(&name.as_str()) || filters.iter().any(|(metric, _)| metric == name),
            _ => OF_AWS.contains(&(namespace.as_str(), name.as_str())),
        };
        assert!(exists, "nothing writes {namespace} {name}");
    }
    // The alarms watch dead letters, the age and wait of the queue, errors, failed jobs, cost, tokens that are not
    // accepted, and budgets.
    assert_eq!(resources("AWS::CloudWatch::Alarm").len(), 11);
    assert!(alarms.contains(&("stack".to_owned(), "CostMicroUsd".to_owned())));
    for (name, _) in filters {
        let metric = ("stack".to_owned(), name);
        assert!(alarms.contains(&metric) && dashboard.contains(&metric), "{metric:?} is watched and shown");
    }
    for name in ["JobsCompleted", "JobsFailed", "JobsNotApplied", "RunTime", "OutputTokens", "CostMicroUsd"] {
        assert!(dashboard.contains(&("stack".to_owned(), name.to_owned())), "the dashboard shows {name}");
    }
}

/// The page says of each alarm what to do.
#[test]
fn the_operations_page_lists_every_alarm() {
    let root = crate::processes::root();
    let page = std::fs::read_to_string(root.join("docs/operations.md")).unwrap();
    let template = std::fs::read_to_string(root.join("template.yaml")).unwrap();
    let lines: Vec<&str> = template.lines().collect();
    let alarms = lines.windows(2).filter(|lines| lines[1] == "    Type: AWS::CloudWatch::Alarm");
    let alarms: BTreeSet<&str> = alarms.map(|lines| lines[0].trim_matches([' ', ':'])).collect();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.filter_map(|row| row.strip_prefix("| ")?.split_once(" | "));
    let listed = rows.flat_map(|(names, _)| names.split(", ")).map(|name| name.trim_matches('`'));
    let listed: BTreeSet<&str> = listed.filter(|name| name.ends_with("Alarm")).collect();
    assert_eq!(listed, alarms);
}

/// Three jobs write all metrics: a completed job, a failed job, and a job that is not applied.
#[tokio::test]
async fn the_worker_writes_every_metric_and_no_other() {
    let world = World::new().await;
    let recorded = Recorded::default();
    let mut worker = world.runner.functions.worker.clone();
    worker.metrics = recorded.metrics();
    world.script([Behaviour::Write, Behaviour::Refuse]);
    for edited in [false, false, true] {
        let id = if edited { world.create_beside().await } else { world.create(&world.generate_body()).await };
        if edited {
            // The job is claimed and released for retry. Then the user edits the block.
            let (policy, now) = (domain::job::policy::JobPolicy::default(), world.runner.clock.now());
            let job = world.runner.store.claim(&world.user, id, &policy, now).await.unwrap();
            let again = domain::job::lifecycle::Retry { after: jiff::SignedDuration::ZERO, detail: None };
            world.runner.store.release_for_retry(&job, &again, &policy, now).await.unwrap();
            world.edit(world.seeded.unwritten(), &json!({"content": "My own words."})).await;
        }
        let message = JobMessage::new(world.user.clone(), [id], None).to_body();
        worker::handle(&worker, event(vec![record("m", message)]), Duration::from_secs(300)).await;
    }
    let lines = recorded.lines();
    let metrics = lines.iter().flat_map(|line| line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap());
    let names: BTreeSet<&str> = metrics.map(|metric| metric["Name"].as_str().unwrap()).collect();
    assert_eq!(names, NAMES.into());
}

/// Jobs that the sweeper or the dead-letter function ends are counted too. Otherwise the alarm on failed jobs would not
/// go off when all workers are down.
#[tokio::test]
async fn jobs_that_end_without_a_worker_are_counted() {
    let world = World::new().await;
    let recorded = Recorded::default();
    let (mut sweeper, mut dead_letter) =
        (world.runner.functions.sweeper.clone(), world.runner.functions.dead_letter.clone());
    (sweeper.metrics, dead_letter.metrics) = (recorded.metrics(), recorded.metrics());

    let dead_lettered = world.create(&world.generate_body()).await;
    let message = JobMessage::new(world.user.clone(), [dead_lettered], None).to_body();
    world.advance(10_000);
    dead_letter::handle(&dead_letter, event(vec![record("m", message)])).await;
    let expired = world.create(&world.refine_body()).await;
    world.advance(10_000);
    sweeper::handle(&sweeper).await.unwrap();

    let lines = recorded.lines();
    let ended: Vec<Value> =
        lines.iter().map(|line| json!([line["jobId"], line["statusReason"], line["JobsFailed"]])).collect();
    assert_eq!(ended, [json!([dead_lettered, "EXPIRED", 1]), json!([expired, "EXPIRED", 1])]);
}

/// The cost of a call is counted when the call ends, even if its job was cancelled before.
#[tokio::test]
async fn the_cost_of_a_cancelled_job_is_counted() {
    let world = World::new().await;
    let recorded = Recorded::default();
    let mut worker = world.runner.functions.worker.clone();
    worker.metrics = recorded.metrics();
    // The offline writer costs nothing, so it takes the price of Claude.
    let mut config = (*worker.config).clone();
    let price = config.prices.0["claude-sonnet-5-5"].clone();
    config.prices.0.insert(local::fake_claude::MODEL.to_owned(), price);
    worker.config = std::sync::Arc::new(config);
    let gate = Gate::default();
    world.script([Behaviour::Stall(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let message = JobMessage::new(world.user.clone(), [id], None).to_body();
    let work = tokio::spawn(async move {
        worker::handle(&worker, event(vec![record("m", message)]), Duration::from_secs(300)).await
    });
    gate.arrived().await;
    // The worker has read the beginning of the answer, and a heartbeat has stored it.
    while world.shown(id).await["progress"]["partialText"].is_null() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.request(reqwest::Method::DELETE, &format!("/jobs/{id}")).send().await.unwrap();
    work.await.unwrap();
    let lines = recorded.lines();
    assert!(lines.iter().any(|line| line["CostMicroUsd"].as_u64().is_some_and(|cost| cost > 0)), "{lines:?}");
    assert!(!lines.iter().any(|line| line["jobId"].is_string()), "a cancelled job is not counted as ended: {lines:?}");
}

/// The patterns of metric filters match lines that are written: of the access log, of requests and of jobs.
#[test]
fn metric_filters_ask_for_fields_that_are_logged() {
    let root = crate::processes::root();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let api = &resources("AWS::Serverless::HttpApi")[0];
    let access_log: Value = serde_json::from_str(api["AccessLogSettings"]["Format"].as_str().unwrap()).unwrap();
    let (request, job) = (read("shared/api/src/call.rs"), read("shared/runtime/src/metrics.rs"));
    let (code, reason) = (ProblemCode::BudgetExceeded.to_string(), StatusReason::BudgetExceeded.to_string());
    for (metric, fields) in of_filters() {
        for (field, value) in fields {
            let is_written = match field.as_str() {
                "status" => access_log["status"] == "$context.status" && ["401", "403"].contains(&value.as_str()),
                "code" => request.contains("code = code.map(tracing::field::display)") && value == code,
                "statusReason" => job.contains("(\"statusReason\", json!(reason))") && value == reason,
                _ => false,
            };
            assert!(is_written, "{metric}: no line has {field} = {value}");
        }
    }
}

/// Saved queries use only messages and fields that the log has.
#[test]
fn saved_queries_ask_for_fields_that_are_logged() {
    let root = crate::processes::root();
    let code = std::fs::read_to_string(root.join("shared/runtime/src/metrics.rs")).unwrap();
    let queries = resources("AWS::Logs::QueryDefinition");
    assert_eq!(queries.len(), 4);
    let requests = std::fs::read_to_string(root.join("shared/api/src/call.rs")).unwrap();
    let code = code + &requests;
    for query in queries {
        let text = query["QueryString"].as_str().unwrap();
        for word in [
            "request answered",
            "user_digest",
            "job ended",
            "status",
            "reason",
            "attempt",
            "cost_micro_usd",
            "run_ms",
            "input_tokens",
        ] {
            assert!(!text.contains(word) || code.contains(word), "{word} is not logged");
        }
    }
}
