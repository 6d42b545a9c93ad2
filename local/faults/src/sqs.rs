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

use crate::{chance::Chance, story::Story, table::Answer};

/// What the template says of the queues.
pub struct Queues {
    pub jobs_visibility: Duration,
    pub dead_jobs_visibility: Duration,
    pub max_receives: String,
}

/// Both queues of the template.
#[derive(Clone)]
pub struct Sqs(Arc<Inner>);

struct Inner {
    engine: SqsService,
    chance: Arc<Chance>,
    story: Story,
    pub jobs: Queue,
    pub dead_jobs: Queue,
    /// Calls so far, for the draws.
    calls: AtomicUsize,
    /// The bodies of all messages that are not deleted, in whichever queue.
    bodies: Mutex<Bodies>,
}

#[derive(Default)]
struct Bodies {
    /// Sent and not in the engine yet.
    delayed: Vec<String>,
    /// By message id.
    stored: HashMap<String, String>,
}

pub struct Queue {
    pub url: String,
    visibility: Duration,
    /// Notified when a message may have become visible.
    pub changed: Notify,
    /// Messages that are sent and not in the engine yet.
    delayed: AtomicUsize,
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
            hidden: Mutex::default(),
            counted: Mutex::default(),
        }
    }
}

impl Sqs {
    /// Creates the queues.
    pub async fn new(chance: Arc<Chance>, queues: &Queues, story: Story) -> Self {
        let engine = SqsService::new();
        let create = async |name: &str, attributes: Value| {
            let body = json!({"QueueName": name, "Attributes": attributes});
            invoke(&engine, "CreateQueue", &body).await.1["QueueUrl"].as_str().unwrap().to_owned()
        };
        let visibility = chance.visibility.unwrap_or(queues.jobs_visibility);
        let dead =
            create("dead", json!({"VisibilityTimeout": queues.dead_jobs_visibility.as_secs().to_string()})).await;
        let attributes = json!({"QueueUrl": dead, "AttributeNames": ["QueueArn"]});
        let attributes = invoke(&engine, "GetQueueAttributes", &attributes).await.1;
        let redrive = json!({"deadLetterTargetArn": attributes["Attributes"]["QueueArn"], "maxReceiveCount": queues.max_receives});
        let jobs = json!({
            "VisibilityTimeout": visibility.as_secs().to_string(),
            "RedrivePolicy": redrive.to_string(),
        });
        let jobs = create("jobs", jobs).await;
        let (jobs, dead_jobs) = (Queue::new(&jobs, visibility), Queue::new(&dead, queues.dead_jobs_visibility));
        Self(Arc::new(Inner {
            engine,
            chance,
            story,
            jobs,
            dead_jobs,
            calls: AtomicUsize::new(0),
            bodies: Mutex::default(),
        }))
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
                let (queue, receipt) = (self.queue(body), body["ReceiptHandle"].as_str().unwrap());
                if !queue.hidden.lock().unwrap().contains_key(receipt) {
                    return (
                        400,
                        json!({"__type": "com.amazonaws.sqs#MessageNotInflight", "message": "not in flight"}),
                    );
                }
                let seconds = body["VisibilityTimeout"].as_u64().unwrap_or_default();
                self.show_after(queue, receipt, Duration::from_secs(seconds));
                (200, json!({}))
            }
            "GetQueueAttributes" => self.count(body).await,
            other => panic!("{other} is not simulated"),
        }
    }

    /// Takes the next visible messages, at most `most` of them.
    pub async fn receive(&self, queue: &Queue, most: usize) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        while deliveries.len() < most
            && let Some(delivery) = self.receive_one(queue).await
        {
            deliveries.push(delivery);
        }
        deliveries
    }

    async fn receive_one(&self, queue: &Queue) -> Option<Delivery> {
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
        self.show_after(queue, &delivery.receipt, queue.visibility);
        Some(delivery)
    }

    /// Deletes a message that was received. Once it is visible again, its receipt deletes nothing.
    pub async fn delete(&self, queue: &Queue, delivery: &Delivery) {
        if queue.hidden.lock().unwrap().remove(&delivery.receipt).is_none() {
            return;
        }
        self.0.bodies.lock().unwrap().stored.remove(&delivery.id);
        let body = json!({"QueueUrl": queue.url, "ReceiptHandle": delivery.receipt});
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
    pub fn has_message_for(&self, job: &str) -> bool {
        let bodies = self.0.bodies.lock().unwrap();
        bodies.delayed.iter().chain(bodies.stored.values()).any(|body| body.contains(job))
    }

    fn queue(&self, body: &Value) -> &Queue {
        if body["QueueUrl"] == self.0.dead_jobs.url.as_str() { &self.0.dead_jobs } else { &self.0.jobs }
    }

    fn send(&self, body: &Value) -> Answer {
        let mut draw = self.0.chance.of("SQS", u32::try_from(self.0.calls.fetch_add(1, Ordering::Relaxed)).unwrap());
        let copies = if draw.random_bool(0.03) { 2 } else { 1 };
        let wanted = Duration::from_secs(body["DelaySeconds"].as_u64().unwrap_or_default());
        if copies == 2 {
            self.0.story.count("message sent twice");
        }
        for _ in 0..copies {
            let late = self.0.chance.message_lag * draw.random::<f64>().powi(3);
            if late > 1.0 {
                self.0.story.count("message late over 1 s");
            }
            let delay = wanted + Duration::from_secs_f64(late);
            let (sqs, mut body) = (self.clone(), body.clone());
            body.as_object_mut().unwrap().remove("DelaySeconds");
            let text = body["MessageBody"].as_str().unwrap_or_default().to_owned();
            self.0.bodies.lock().unwrap().delayed.push(text.clone());
            self.queue(&body).delayed.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                sleep(delay).await;
                let answer = invoke(&sqs.0.engine, "SendMessage", &body).await;
                assert_eq!(answer.0, 200, "{answer:?}");
                sqs.stored(&answer.1["MessageId"], text);
                let queue = sqs.queue(&body);
                queue.delayed.fetch_sub(1, Ordering::Relaxed);
                queue.changed.notify_one();
            });
        }
        (200, json!({"MessageId": format!("message-{}", draw.random::<u32>()), "MD5OfMessageBody": ""}))
    }

    fn stored(&self, id: &Value, text: String) {
        let mut bodies = self.0.bodies.lock().unwrap();
        let at = bodies.delayed.iter().position(|body| *body == text).unwrap();
        bodies.delayed.swap_remove(at);
        bodies.stored.insert(id.as_str().unwrap().to_owned(), text);
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
        let Some(old) = before.filter(|old| *old != counted && draw.random_bool(0.3)) else { return (200, counted) };
        self.0.story.count("old count of the queue");
        (200, old)
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
