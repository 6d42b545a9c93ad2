//! The template, the settings that it gives to the functions, and the documents that must agree with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::job::policy::JobPolicy;
use local::template::{Template, text};
use runtime::Settings;

fn references() -> BTreeMap<String, String> {
    ["Table", "JobQueue", "DeadLetterQueue"].map(|name| (name.to_owned(), name.to_lowercase())).into()
}

fn settings(template: &Template, function: &str) -> Settings {
    let environment = template.environment(function, &references()).unwrap();
    Settings::from_lookup(move |name| environment.get(name).cloned())
}

#[test]
fn the_template_and_the_code_have_the_same_defaults() {
    let template = Template::checked_in().unwrap();
    for function in ["CreateJobFunction", "WorkerFunction", "SweeperFunction"] {
        let mut settings = settings(&template, function);
        let policy = settings.job_policy();
        assert_eq!(settings.finish(policy).unwrap(), JobPolicy::default(), "{function}");
    }
    let config = worker::Config::read(settings(&template, "WorkerFunction")).unwrap();
    let mut minimal = references();
    let given = ["CLAUDE_MODEL", "CLAUDE_PRICES", "CLAUDE_EFFORT", "METRICS_NAMESPACE"];
    let environment = template.environment("WorkerFunction", &references()).unwrap();
    minimal.extend(given.map(|name| (name.to_owned(), environment[name].clone())));
    minimal.insert("TABLE_NAME".to_owned(), "table".to_owned());
    minimal.insert("QUEUE_URL".to_owned(), "jobqueue".to_owned());
    let bare = worker::Config::read(Settings::from_lookup(move |name| minimal.get(name).cloned())).unwrap();
    assert_eq!(format!("{config:?}"), format!("{bare:?}"));
}

#[test]
fn the_prices_of_the_models_are_read_and_match_the_documentation() {
    let template = Template::checked_in().unwrap();
    let config = worker::Config::read(settings(&template, "WorkerFunction")).unwrap();
    let prices = &config.prices.0;
    let listed: Vec<_> =
        prices.iter().map(|(model, price)| (model.as_str(), price.input, price.output, price.cache_read)).collect();
    let expected = [
        ("claude-haiku-5-5", 0.1, 0.5, 0.01),
        ("claude-opus-5-5", 4.0, 20.0, 0.2),
        ("claude-sonnet-5-5", 2.0, 10.0, 0.1),
    ];
    assert_eq!(listed, expected);
}

#[test]
fn all_wrong_settings_are_reported_in_one_line() {
    let template = Template::checked_in().unwrap();
    let mut environment = template.environment("WorkerFunction", &references()).unwrap();
    environment.remove("TABLE_NAME");
    environment.insert("CLAUDE_MODEL".to_owned(), "claude-unknown".to_owned());
    environment.insert("CLAUDE_EFFORT".to_owned(), "utmost".to_owned());
    environment.insert("JOB_LEASE_SECONDS".to_owned(), "5".to_owned());
    environment.insert("JOB_HEARTBEAT_SECONDS".to_owned(), "4".to_owned());
    let error = worker::Config::read(Settings::from_lookup(move |name| environment.get(name).cloned())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid configuration: CLAUDE_PRICES has no price for CLAUDE_MODEL \"claude-unknown\"; \
         CLAUDE_EFFORT is \"utmost\", expected low, medium, high, xhigh, max; \
         JOB_LEASE_SECONDS must be more than four times JOB_HEARTBEAT_SECONDS; TABLE_NAME is not set"
    );
}

#[test]
fn timeouts_do_not_contradict_each_other() {
    let template = Template::checked_in().unwrap();
    for (queue, function) in [("JobQueue", "WorkerFunction"), ("DeadLetterQueue", "DeadLetterFunction")] {
        let visibility: u64 = text(template.property(queue, "VisibilityTimeout").ok()).unwrap().parse().unwrap();
        assert!(visibility >= template.timeout(function).unwrap().as_secs(), "{queue} covers {function}");
    }
    // For every deadline that can be set, a job ends by its deadline and not by the timeout of Lambda.
    let longest: u64 = template.parameter("JobDeadlineSeconds", "MaxValue").unwrap().parse().unwrap();
    let accepted = |seconds: u64| {
        let given = move |name: &str| (name == "JOB_DEADLINE_SECONDS").then(|| seconds.to_string());
        let mut settings = Settings::from_lookup(given);
        let policy = settings.job_policy();
        settings.finish(policy).is_ok()
    };
    assert!(accepted(longest) && !accepted(longest + 1), "the code and the template accept the same deadlines");
    let margin = worker::Config::read(settings(&template, "WorkerFunction")).unwrap().deadline_margin;
    assert!(Duration::from_secs(longest) + margin < template.timeout("WorkerFunction").unwrap());
    let receives: u32 =
        text(template.property("JobQueue", "RedrivePolicy").unwrap().get("maxReceiveCount")).unwrap().parse().unwrap();
    assert!(receives >= JobPolicy::default().max_attempts, "every attempt needs a delivery");
}

#[test]
fn every_function_has_a_package_and_a_sample_event() {
    let template = Template::checked_in().unwrap();
    for function in template.functions().unwrap() {
        let code = text(template.property(&function, "CodeUri").ok()).unwrap();
        let package = code.trim_start_matches("target/lambda/").trim_end_matches('/').to_owned();
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        assert!(std::path::Path::new(&format!("{root}/functions/{package}/Cargo.toml")).exists(), "{function}");
        assert!(std::path::Path::new(&format!("{root}/events/{package}.json")).exists(), "{function}");
    }
}

/// The template and the contract have the same routes. One more event of the template is the default route.
#[test]
fn the_routes_are_those_of_the_contract() {
    let template = Template::checked_in().unwrap();
    let routes = template.routes().unwrap();
    let listed: BTreeSet<String> = routes.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    let paths = api::routes::PATHS.iter();
    let expected = paths.flat_map(|(path, methods)| {
        let head = methods.contains(&"GET").then_some("HEAD");
        methods.iter().copied().chain(head).map(move |method| format!("{method} {path}"))
    });
    let expected: BTreeSet<String> = expected.collect();
    assert_eq!(listed, expected);
    let rest = template.property("FallbackFunction", "Events").unwrap().get("Rest").unwrap();
    assert!(rest["Properties"].get("Path").is_none() && rest["Properties"].get("Method").is_none());
}

/// A crate that is missing in the log filter would log nothing below the level warn.
#[test]
fn every_deployed_crate_is_in_the_log_filter() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let crates = ["shared", "functions"].into_iter().flat_map(|folder| {
        let entries = std::fs::read_dir(format!("{root}/{folder}")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap().replace('-', "_"))
    });
    let crates: BTreeSet<String> = crates.collect();
    assert_eq!(crates, runtime::telemetry::OURS.map(str::to_owned).into());
}

/// The table of docs/configuration.md lists every parameter with the default of the template.
#[test]
fn the_configuration_page_lists_every_parameter_with_its_default() {
    let template = Template::checked_in().unwrap();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md")).unwrap();
    let rows: BTreeMap<String, String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split_once(" | "))
        .flat_map(|(names, rest)| {
            let default = rest.split(" | ").next().unwrap_or_default().trim_matches('`').to_owned();
            names.split(", ").map(move |name| (name.trim_matches('`').to_owned(), default.clone())).collect::<Vec<_>>()
        })
        .collect();
    for parameter in template.parameters().unwrap() {
        let listed = rows.get(&parameter).unwrap_or_else(|| panic!("docs/configuration.md does not list {parameter}"));
        let default = template.parameter_default(&parameter).unwrap_or_else(|_| "none".to_owned());
        let expected = match default.as_str() {
            "" => "empty",
            json if json.starts_with('{') => "three models",
            plain => plain,
        };
        assert_eq!(listed, expected, "{parameter}");
    }
}

/// The memory table lists every function with its own `MemorySize`.
#[test]
fn the_operations_page_lists_the_memory_of_functions() {
    let template = Template::checked_in().unwrap();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md")).unwrap();
    for function in template.functions().unwrap() {
        let Some(size) = text(template.property(&function, "MemorySize").ok()) else { continue };
        let name = function.trim_end_matches("Function").to_lowercase();
        let row = page.lines().find(|line| line.starts_with(&format!("| {name} | ")));
        let has = row.and_then(|row| row.split(" | ").nth(2));
        assert_eq!(has, Some(format!("{size} MB").as_str()), "{name}");
    }
}

/// CloudFormation rejects a deployment with an unknown parameter, or with a value that the parameter does not allow.
#[test]
fn samconfig_sets_only_values_that_the_template_allows() {
    let root = crate::processes::root();
    let (template, samconfig) =
        ["template.yaml", "samconfig.toml"].map(|name| std::fs::read_to_string(root.join(name)).unwrap()).into();
    let overrides: Vec<(&str, &str)> = samconfig
        .lines()
        .filter(|line| line.starts_with("parameter_overrides"))
        .flat_map(|line| line.split('"').filter_map(|part| part.split_once('=')))
        .filter(|(name, _)| name.chars().all(char::is_alphanumeric))
        .collect();
    assert!(!overrides.is_empty());
    for (name, value) in overrides {
        let definition =
            template.split_once(&format!("\n  {name}:\n    Type")).unwrap_or_else(|| panic!("no {name}")).1;
        let definition: Vec<&str> = definition.lines().skip(1).take_while(|line| line.starts_with("    ")).collect();
        let Some(allowed) = definition.iter().find_map(|line| line.trim().strip_prefix("AllowedValues: [")) else {
            continue;
        };
        let allowed: Vec<&str> = allowed.trim_end_matches(']').split(", ").collect();
        assert!(allowed.contains(&value), "{name}={value}: allowed are {allowed:?}");
    }
}

/// The message has the name that was typed, once.
#[test]
fn a_parameter_that_cannot_be_set_is_named_as_it_was_typed() {
    for (setting, expected) in [
        ("MaxActiveJobs=abc", "error: --set MaxActiveJobs=abc: must be a number from 0 to 100\n"),
        ("MaxActiveJobs=101", "error: --set MaxActiveJobs=101: must be a number from 0 to 100\n"),
        ("WorkerConcurrency=banana", "error: --set WorkerConcurrency=banana: must be a number from 2 to 1000\n"),
        ("WorkerBatchSize=1", "error: --set WorkerBatchSize: template.yaml has no such parameter; it has "),
        ("ClaudeBaseUrl=example.com", "error: --set ClaudeBaseUrl=example.com: must be "),
        ("ClaudeProvider=nobody", "error: --set ClaudeProvider=nobody: must be one of "),
        ("Nothing=1", "error: --set Nothing: template.yaml has no such parameter; it has "),
    ] {
        let mut program = crate::programs::local();
        let output = program.args(["serve", "--port", "0", "--without-key", "--set", setting]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.starts_with(expected), "{setting}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

#[test]
fn the_concurrency_of_the_worker_can_be_set() {
    let template = Template::checked_in().unwrap();
    let set = BTreeMap::from([("WorkerConcurrency".to_owned(), "3".to_owned())]);
    assert_eq!(template.queue_source("WorkerFunction", &set).unwrap().concurrency, Some(3));
}

/// A writing role reaches the items of users, and what all users have spent if it reserves from budgets. An emulator of
/// AWS does not enforce this condition.
#[test]
fn writing_roles_are_restricted_to_the_keys_that_they_write() {
    let template = Template::checked_in().unwrap();
    let mut restricted = BTreeMap::new();
    for function in template.functions().unwrap() {
        let policies = template.property(&format!("{function}Role"), "Policies").unwrap();
        let statements = policies[0]["PolicyDocument"]["Statement"].as_sequence().unwrap();
        for statement in statements {
            let actions = format!("{:?}", statement["Action"]);
            let writes = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
            if writes.iter().any(|write| actions.contains(&format!("dynamodb:{write}"))) {
                let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
                let keys = keys.as_sequence().unwrap_or_else(|| panic!("{function} writes without a condition"));
                restricted.insert(function.clone(), keys.iter().filter_map(|key| text(Some(key))).collect::<Vec<_>>());
            }
        }
    }
    let of = |functions: &[&str], keys: &[&str]| -> Vec<(String, Vec<String>)> {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        functions.iter().map(|function| (format!("{function}Function"), keys.clone())).collect()
    };
    let users = of(&["CancelJob", "CreateJob", "Documents", "Library", "Sweeper", "DeadLetter"], &["USER#*"]);
    let budgets = of(&["Worker"], &["USER#*", store::table::keys::SERVICE]);
    assert_eq!(restricted, users.into_iter().chain(budgets).collect());
}

#[test]
fn the_privacy_page_has_the_times_of_the_code_and_its_security_page_names_tests_that_exist() {
    let root = crate::processes::root();
    let privacy = std::fs::read_to_string(root.join("docs/privacy.md")).unwrap();
    let days = |seconds: i64| seconds / 86_400;
    let logs = Template::checked_in().unwrap().parameter_default("LogRetentionDays").unwrap();
    for promise in [
        format!("| {} days after their end or deadline |", days(store::jobs::JOB_RETENTION_SECONDS)),
        format!("| {} days after the day |", days(store::spending::RETENTION_SECONDS)),
        format!("| {} hours |", store::idempotency::IDEMPOTENCY_TTL.as_hours()),
        format!("`LogRetentionDays`, by default {logs}."),
    ] {
        assert!(privacy.contains(&promise), "{promise}");
    }
    let security = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    for name in tests_in(&security, "| who | ") {
        let folders = ["", "local/tests/suite", "shared", "shared/domain/src"];
        assert!(folders.iter().any(|folder| root.join(folder).join(&name).exists()), "{name}");
    }
    let tests = std::fs::read_to_string(root.join("local/tests/e2e/test_identity.py")).unwrap();
    let defined = tests.lines().filter_map(|line| line.strip_prefix("def ")?.split_once('('));
    let defined: Vec<String> = defined.map(|(name, _)| name.to_owned()).filter(|n| n.starts_with("test_")).collect();
    assert_eq!(tests_in(&security, "| token | "), defined, "each token of the page has its test, in the same order");
}

/// The names in the last column of a table, which begins with this header.
fn tests_in(page: &str, header: &str) -> Vec<String> {
    let rows = page.lines().skip_while(|line| !line.starts_with(header)).skip(2);
    let rows = rows.take_while(|line| line.starts_with("| "));
    let last = rows.flat_map(|row| row.rsplit(" | ").next().unwrap_or_default().split('`').skip(1).step_by(2));
    last.map(str::to_owned).collect()
}
