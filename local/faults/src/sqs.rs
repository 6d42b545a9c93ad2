//! SQS, as hard as the real one: the embedded engine, with messages that come late, twice and out of order. The engine
//! counts receives and moves messages to the dead-letter queue. What happens at which time is decided here, by the time of
//! the schedule.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rand::RngExt as _;
use serde_json::{Value, json};
use tokio::{sync::Notify, time::sleep};
use winterbaume_core::{MockRequest, MockService as _};
use winterbaume_sqs::SqsService;

use crate::{chance::Chance, table::Answer};

/// Both queues of the template.
#[derive(Clone)]
pub struct Sqs(Arc<Inner>);

struct Inner {
    engine: SqsService,
    chance: Arc<Chance>,
    pub jobs: Queue,
    pub dead_jobs: Queue,
    /// Calls so far, for the draws.
    calls: AtomicUsize,
}

pub struct Queue {
    pub url: String,
    visibility: Duration,
    /// Notified when a message may have become visible.
    pub changed: Notify,
    /// Messages that are sent and not in the engine yet.
    delayed: AtomicUsize,
    /// The messages that are not deleted: the receipt of the last delivery, if any, and the body.
    messages: Mutex<Vec<(Option<String>, String)>>,
    /// Received messages that are not deleted, by receipt: the number of the newest timer that shows the message again.
    hidden: Mutex<HashMap<String, u64>>,
    /// What the last count of the queue was.
    counted: Mutex<Option<Value>>,
}

/// A delivery.
pub struct Delivery {
    pub id: String,
    pub receipt: String,
    pub body: String,
}

impl Queue {
    fn new(url: &str, visibility: Duration) -> Self {
        Self {
            url: url.to_owned(),
            visibility,
            changed: Notify::new(),
            delayed: AtomicUsize::new(0),
            messages: Mutex::default(),
            hidden: Mutex::default(),
            counted: Mutex::default(),
        }
    }

    fn is_hidden(&self, receipt: &str) -> bool {
        self.hidden.lock().unwrap().contains_key(receipt)
    }
}

impl Sqs {
    /// Creates the queues. `visibility` has the visibility timeouts of the job queue and of the dead-letter queue.
    pub async fn new(chance: Arc<Chance>, visibility: [Duration; 2], max_receives: &str) -> Self {
        let engine = SqsService::new();
        let create = async |name: &str, attributes: Value| {
            let body = json!({"QueueName": name, "Attributes": attributes});
            invoke(&engine, "CreateQueue", &body).await.1["QueueUrl"].as_str().unwrap().to_owned()
        };
        let dead = create("dead", json!({"VisibilityTimeout": visibility[1].as_secs().to_string()})).await;
        let attributes = json!({"QueueUrl": dead, "AttributeNames": ["QueueArn"]});
        let attributes = invoke(&engine, "GetQueueAttributes", &attributes).await.1;
        let redrive =
            json!({"deadLetterTargetArn": attributes["Attributes"]["QueueArn"], "maxReceiveCount": max_receives});
        let jobs = json!({
            "VisibilityTimeout": visibility[0].as_secs().to_string(),
            "RedrivePolicy": redrive.to_string(),
        });
        let jobs = create("jobs", jobs).await;
        let (jobs, dead_jobs) = (Queue::new(&jobs, visibility[0]), Queue::new(&dead, visibility[1]));
        Self(Arc::new(Inner { engine, chance, jobs, dead_jobs, calls: AtomicUsize::new(0) }))
    }

    pub fn jobs(&self) -> &Queue {
        &self.0.jobs
    }

    pub fn dead_jobs(&self) -> &Queue {
        &self.0.dead_jobs
    }

    /// Carries out a call of the service.
    pub async fn call(&self, operation: &str, body: &Value) -> Answer {
        match operation {
            "SendMessage" => self.send(body),
            "ChangeMessageVisibility" => {
                let seconds = body["VisibilityTimeout"].as_u64().unwrap_or_default();
                self.show_after(
                    self.queue(body),
                    body["ReceiptHandle"].as_str().unwrap(),
                    Duration::from_secs(seconds),
                );
                (200, json!({}))
            }
            "GetQueueAttributes" => self.count(body).await,
            other => panic!("{other} is not simulated"),
        }
    }

    /// Takes the next message, if one is visible.
    pub async fn receive(&self, queue: &Queue) -> Option<Delivery> {
        let body = json!({"QueueUrl": queue.url, "MaxNumberOfMessages": 1, "WaitTimeSeconds": 0});
        let answer = invoke(&self.0.engine, "ReceiveMessage", &body).await.1;
        let message = answer["Messages"].as_array().and_then(|messages| messages.first()).cloned();
        let Some(message) = message else {
            // The engine moves messages to the dead-letter queue when it is asked for messages.
            if std::ptr::eq(queue, self.jobs()) {
                self.0.dead_jobs.changed.notify_one();
            }
            return None;
        };
        let text = |name: &str| message[name].as_str().unwrap().to_owned();
        let delivery = Delivery { id: text("MessageId"), receipt: text("ReceiptHandle"), body: text("Body") };
        if let Some(known) = queue.messages.lock().unwrap().iter_mut().find(|(receipt, body)| {
            *body == delivery.body && receipt.as_ref().is_none_or(|receipt| !queue.is_hidden(receipt))
        }) {
            known.0 = Some(delivery.receipt.clone());
        }
        self.show_after(queue, &delivery.receipt, queue.visibility);
        Some(delivery)
    }

    /// Deletes a message that was received.
    pub async fn delete(&self, queue: &Queue, receipt: &str) {
        queue.hidden.lock().unwrap().remove(receipt);
        queue.messages.lock().unwrap().retain(|(known, _)| known.as_deref() != Some(receipt));
        let body = json!({"QueueUrl": queue.url, "ReceiptHandle": receipt});
        invoke(&self.0.engine, "DeleteMessage", &body).await;
    }

    /// Messages in the queue: waiting, received, or not visible yet.
    pub async fn len(&self, queue: &Queue) -> usize {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let body = json!({"QueueUrl": queue.url, "AttributeNames": names});
        let answer = invoke(&self.0.engine, "GetQueueAttributes", &body).await.1;
        let number = |name: &str| answer["Attributes"][name].as_str().unwrap().parse::<usize>().unwrap();
        names.into_iter().map(number).sum::<usize>() + queue.delayed.load(Ordering::Relaxed)
    }

    /// Whether a message of the job queue or of the dead-letter queue names a job.
    pub fn names(&self, job: &str) -> bool {
        let named = |queue: &Queue| queue.messages.lock().unwrap().iter().any(|(_, body)| body.contains(job));
        named(&self.0.jobs) || named(&self.0.dead_jobs)
    }

    fn queue(&self, body: &Value) -> &Queue {
        if body["QueueUrl"] == self.0.dead_jobs.url.as_str() { &self.0.dead_jobs } else { &self.0.jobs }
    }

    fn send(&self, body: &Value) -> Answer {
        let mut draw = self.0.chance.of("SQS", u32::try_from(self.0.calls.fetch_add(1, Ordering::Relaxed)).unwrap());
        let copies = if draw.random_bool(0.03) { 2 } else { 1 };
        let wanted = Duration::from_secs(body["DelaySeconds"].as_u64().unwrap_or_default());
        for _ in 0..copies {
            let late = self.0.chance.message_lag * draw.random::<f64>().powi(3);
            let delay = wanted + Duration::from_secs_f64(late);
            let (sqs, mut body) = (self.clone(), body.clone());
            body.as_object_mut().unwrap().remove("DelaySeconds");
            let text = body["MessageBody"].as_str().unwrap_or_default().to_owned();
            self.queue(&body).messages.lock().unwrap().push((None, text));
            self.queue(&body).delayed.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                sleep(delay).await;
                let answer = invoke(&sqs.0.engine, "SendMessage", &body).await;
                assert_eq!(answer.0, 200, "{answer:?}");
                let queue = sqs.queue(&body);
                queue.delayed.fetch_sub(1, Ordering::Relaxed);
                queue.changed.notify_one();
            });
        }
        (200, json!({"MessageId": format!("message-{}", draw.random::<u32>()), "MD5OfMessageBody": ""}))
    }

    /// Makes a received message visible again after this time, unless it is deleted before, or another time is set.
    fn show_after(&self, queue: &Queue, receipt: &str, time: Duration) {
        let number = {
            let mut hidden = queue.hidden.lock().unwrap();
            let number = hidden.get(receipt).copied().unwrap_or_default() + 1;
            hidden.insert(receipt.to_owned(), number);
            number
        };
        let (sqs, receipt, url) = (self.clone(), receipt.to_owned(), queue.url.clone());
        tokio::spawn(async move {
            sleep(time).await;
            let body = json!({"QueueUrl": url, "ReceiptHandle": receipt, "VisibilityTimeout": 0});
            let queue = sqs.queue(&body);
            let is_newest = queue.hidden.lock().unwrap().get(&receipt) == Some(&number);
            if is_newest {
                queue.hidden.lock().unwrap().remove(&receipt);
                invoke(&sqs.0.engine, "ChangeMessageVisibility", &body).await;
                queue.changed.notify_one();
            }
        });
    }

    /// The count is approximate: it may be the one that was asked for before.
    async fn count(&self, body: &Value) -> Answer {
        let mut draw = self.0.chance.of("count", u32::try_from(self.0.calls.fetch_add(1, Ordering::Relaxed)).unwrap());
        let counted = invoke(&self.0.engine, "GetQueueAttributes", body).await.1;
        let before = self.queue(body).counted.lock().unwrap().replace(counted.clone());
        (200, before.filter(|_| draw.random_bool(0.3)).unwrap_or(counted))
    }
}

async fn invoke(engine: &SqsService, operation: &str, body: &Value) -> Answer {
    let mut headers = http::HeaderMap::new();
    headers.insert("x-amz-target", format!("AmazonSQS.{operation}").parse().unwrap());
    let request = MockRequest {
        method: "POST".to_owned(),
        uri: "https://sqs.us-east-1.amazonaws.com/".to_owned(),
        headers,
        body: body.to_string().into_bytes().into(),
    };
    let answer = engine.handle(request).await;
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}
