//! Reads `template.yaml`, so that the local runner has the routes, settings and limits of a deployment.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, anyhow, bail};
use regex_lite::Regex;
use yaml_serde::Value;

/// Text of the template when this crate was built.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// A parsed template, with its tags such as `!Ref`.
#[derive(Clone, Debug)]
pub struct Template {
    root: Value,
}

/// A route of the API and the function that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// HTTP method in upper case.
    pub method: String,
    /// Path with its parameters in braces.
    pub path: String,
    /// Logical id of the function.
    pub function: String,
}

/// CORS rules: which origins may call the API, and which headers they may send and read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are CloudFormation's")]
pub struct Cors {
    pub origins: Vec<String>,
    pub methods: Vec<String>,
    pub headers: Vec<String>,
    pub exposed: Vec<String>,
    pub max_age: Duration,
}

/// Settings of the event source mapping of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSource {
    /// Logical id of the queue.
    pub queue: String,
    /// Most records in one invocation.
    pub batch_size: i32,
    /// Most concurrent invocations. `None` if the template sets no limit.
    pub concurrency: Option<usize>,
}

impl Template {
    /// The template of this workspace.
    pub fn checked_in() -> Result<Self> {
        Ok(Self { root: yaml_serde::from_str(TEMPLATE).context("template.yaml is not valid YAML")? })
    }

    /// Logical ids of all functions.
    pub fn functions(&self) -> Result<Vec<String>> {
        let resources =
            self.root.get("Resources").and_then(Value::as_mapping).context("template.yaml has no Resources")?;
        Ok(resources
            .iter()
            .filter(|(_, resource)| text(resource.get("Type")).as_deref() == Some("AWS::Serverless::Function"))
            .filter_map(|(id, _)| id.as_str().map(str::to_owned))
            .collect())
    }

    /// All routes except the default route of the fallback function.
    pub fn routes(&self) -> Result<Vec<Route>> {
        let mut routes = Vec::new();
        for function in self.functions()? {
            for event in self.events(&function, "HttpApi")? {
                let field =
                    |name: &str| text(event.get(name)).with_context(|| format!("a route of {function} has no {name}"));
                // An event without method and path is the default route. It gets every request that matches no other
                // route.
                let is_default = event.get("Method").is_none() && event.get("Path").is_none();
                if !is_default {
                    routes.push(Route { method: field("Method")?, path: field("Path")?, function: function.clone() });
                }
            }
        }
        Ok(routes)
    }

    /// The CORS rules. `parameters` replace the defaults of template parameters.
    pub fn cors(&self, parameters: &BTreeMap<String, String>) -> Result<Cors> {
        let property = |name: &str| self.at(&["Resources", "HttpApi", "Properties", "CorsConfiguration", name]);
        let list = |name: &str| -> Result<Vec<String>> {
            let value = property(name)?;
            match value.as_sequence() {
                Some(items) => Ok(items.iter().filter_map(|item| text(Some(item))).collect()),
                None => {
                    Ok(self.value(Some(value), parameters)?.split(',').map(|item| item.trim().to_owned()).collect())
                }
            }
        };
        Ok(Cors {
            origins: list("AllowOrigins")?,
            methods: list("AllowMethods")?,
            headers: list("AllowHeaders")?,
            exposed: list("ExposeHeaders")?,
            max_age: Duration::from_secs(self.value(Some(property("MaxAge")?), &BTreeMap::new())?.parse()?),
        })
    }

    /// The event source mapping of a function. Fails if the function has no queue.
    pub fn queue_source(&self, function: &str, references: &BTreeMap<String, String>) -> Result<QueueSource> {
        let events = self.events(function, "SQS")?;
        let event = events.first().with_context(|| format!("{function} has no queue"))?;
        let arn = text(event.get("Queue")).unwrap_or_default();
        let queue = arn.strip_suffix(".Arn").with_context(|| format!("the queue of {function} is not a !GetAtt"))?;
        let concurrency = event.get("ScalingConfig").and_then(|scaling| scaling.get("MaximumConcurrency"));
        Ok(QueueSource {
            queue: queue.to_owned(),
            batch_size: self.value(event.get("BatchSize"), references)?.parse()?,
            concurrency: concurrency
                .map(|value| self.value(Some(value), references)?.parse().map_err(anyhow::Error::from))
                .transpose()?,
        })
    }

    /// Timeout of one invocation of a function.
    pub fn timeout(&self, function: &str) -> Result<Duration> {
        let own = self.property(function, "Timeout");
        let seconds = own.or_else(|_| self.at(&["Globals", "Function", "Timeout"]))?;
        Ok(Duration::from_secs(self.value(Some(seconds), &BTreeMap::new())?.parse()?))
    }

    /// Environment variables of a function. The value of a `!Ref` comes from `references`, or else from the default of
    /// the parameter.
    pub fn environment(
        &self,
        function: &str,
        references: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>> {
        let shared = self.at(&["Globals", "Function", "Environment", "Variables"]).ok();
        let own = self.property(function, "Environment").ok().and_then(|environment| environment.get("Variables"));
        let mut variables = BTreeMap::new();
        for (name, value) in [shared, own].into_iter().flatten().filter_map(Value::as_mapping).flatten() {
            let name = name.as_str().context("a variable without a name")?;
            let value = self.value(Some(value), references).with_context(|| format!("{name} of {function}"))?;
            variables.insert(name.to_owned(), value);
        }
        Ok(variables)
    }

    /// A property of a resource.
    pub fn property(&self, resource: &str, name: &str) -> Result<&Value> {
        self.at(&["Resources", resource, "Properties", name])
    }

    /// Names of all parameters, in the order of the template.
    pub fn parameters(&self) -> Result<Vec<String>> {
        let parameters = self.at(&["Parameters"])?.as_mapping().context("Parameters is no mapping")?;
        Ok(parameters.keys().filter_map(|name| name.as_str().map(str::to_owned)).collect())
    }

    /// Default value of a parameter. Fails if it has none.
    pub fn parameter_default(&self, name: &str) -> Result<String> {
        self.parameter(name, "Default")
    }

    /// An attribute of a parameter, such as its `MaxValue`.
    pub fn parameter(&self, name: &str, field: &str) -> Result<String> {
        let value = self.at(&["Parameters", name, field])?;
        text(Some(value)).ok_or_else(|| anyhow!("{field} of {name} is no text"))
    }

    /// Fails if a parameter does not exist, or does not take this value.
    pub fn check_parameter(&self, name: &str, value: &str) -> Result<()> {
        let known = self.parameters()?;
        if !known.iter().any(|other| other == name) {
            bail!("--set {name}: template.yaml has no such parameter; it has {}", known.join(", "));
        }
        let bound = |field: &str| self.parameter(name, field).ok().and_then(|bound| bound.parse::<f64>().ok());
        if self.parameter(name, "Type")? == "Number" {
            let (least, most) = (bound("MinValue").unwrap_or(f64::MIN), bound("MaxValue").unwrap_or(f64::MAX));
            if !value.parse::<f64>().is_ok_and(|number| (least..=most).contains(&number)) {
                bail!("--set {name}={value}: must be a number from {least} to {most}");
            }
        }
        let allowed = self.at(&["Parameters", name, "AllowedValues"]).ok().and_then(Value::as_sequence);
        let allowed: Vec<String> = allowed.into_iter().flatten().filter_map(|value| text(Some(value))).collect();
        if !allowed.is_empty() && !allowed.iter().any(|other| other == value) {
            bail!("--set {name}={value}: must be one of {}", allowed.join(", "));
        }
        if let Ok(pattern) = self.parameter(name, "AllowedPattern")
            && !Regex::new(&format!("^(?:{pattern})$"))?.is_match(value)
        {
            let rule = self.parameter(name, "ConstraintDescription");
            bail!("--set {name}={value}: {}", rule.unwrap_or_else(|_| format!("must match {pattern}")));
        }
        Ok(())
    }

    fn events(&self, function: &str, kind: &str) -> Result<Vec<&Value>> {
        let Ok(events) = self.property(function, "Events") else { return Ok(Vec::new()) };
        let events = events.as_mapping().with_context(|| format!("Events of {function} is no mapping"))?;
        Ok(events
            .values()
            .filter(|event| text(event.get("Type")).as_deref() == Some(kind))
            .filter_map(|event| event.get("Properties"))
            .collect())
    }

    fn at(&self, path: &[&str]) -> Result<&Value> {
        path.iter()
            .try_fold(&self.root, |value, name| value.get(*name))
            .with_context(|| format!("template.yaml has no {}", path.join(".")))
    }

    /// Returns a scalar as text, with `!Ref` and `!If` resolved.
    fn value(&self, value: Option<&Value>, references: &BTreeMap<String, String>) -> Result<String> {
        match value.context("missing")? {
            Value::Tagged(tagged) if tagged.tag == "Ref" => {
                let name = text(Some(&tagged.value)).context("!Ref without a name")?;
                if name == "AWS::StackName" {
                    return Ok("local".to_owned());
                }
                references.get(&name).cloned().map_or_else(|| self.parameter_default(&name), Ok)
            }
            // Every condition stands for a resource that only a deployment creates, so the last branch applies here.
            Value::Tagged(tagged) if tagged.tag == "If" => {
                let otherwise = tagged.value.as_sequence().and_then(|branches| branches.get(2));
                self.value(otherwise, references)
            }
            // Such texts have values that only a deployment has.
            Value::Tagged(tagged) if tagged.tag == "Sub" => Ok(String::new()),
            value @ (Value::String(_) | Value::Number(_) | Value::Bool(_)) => Ok(text(Some(value)).unwrap_or_default()),
            other => bail!("cannot read {other:?}"),
        }
    }
}

/// Returns a scalar as text. For a tagged scalar, returns the text after the tag.
pub fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Tagged(tagged) => text(Some(&tagged.value)),
        _ => None,
    }
}
