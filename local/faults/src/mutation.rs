//! Mutations of the service, to see that the schedules find them. Each one changes what a function sends to DynamoDB or SQS,
//! as a mistake in its code would.

use serde_json::{Value, json};
use strum::{EnumString, VariantArray};

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, EnumString, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Mutation {
    /// A job is written without a look at its revision.
    JobWithoutRevision,
    /// The commit does not check the revision of the job.
    CommitWithoutRevision,
    /// The commit does not check the version of the block.
    CommitWithoutBlockVersion,
    /// Only the first half of the commit is written: the job, without its block.
    CommitSplit,
    /// The commit leaves out the revision of the block.
    CommitWithoutHistory,
    /// A new job does not check the pointer of its block.
    CreateWithoutPointer,
    /// A new job does not check that its idempotency key is new.
    CreateWithoutKey,
    /// A job that is replaced goes on.
    ReplacedGoesOn,
    /// A new job is not in the index of the sweeper.
    CreateOutsideOfIndex,
    /// A job that has ended stays in the index of the sweeper.
    EndedInIndex,
    /// A cancel is answered and not stored.
    CancelIsLost,
    /// The answer of an erased job stays.
    EraseKeepsAnswer,
    /// The text of an edit is not stored.
    EditLosesText,
    /// An edit does not check the version of the block.
    EditWithoutVersion,
    /// The answer of a second worker replaces the answer of the first.
    AnswerOverAnswer,
    /// A GENERATE may replace what it reads, and not only what was there when it was accepted.
    GenerateTakesTheNewest,
    /// A worker that releases a job sends no message.
    WorkerSendsNothing,
    /// The sweeper sends no messages.
    SweeperSendsNothing,
    /// A claim counts for two attempts.
    ClaimCountsTwice,
    /// The first attempt is the last: a job that is released fails.
    ReleaseFails,
    /// A text is held out, whatever its block has.
    CommitHoldsOut,
    /// What a job costs does not count for its user.
    UserIsNotCharged,
    /// A poll reads the job with eventual consistency.
    PollReadsOld,
    /// A request for a job reads with eventual consistency.
    CreateReadsOld,
    /// A request does not look whether everything is being deleted.
    LeavingIsIgnored,
    /// The deletion of everything stores no task, so nobody looks a second time.
    LeavingWithoutTask,
    /// A deletion stores no task.
    DeletionWithoutTask,
    /// A budget is not checked when it is reserved from.
    ReserveWithoutBudget,
    /// A settlement gives back twice of what was reserved.
    SettleTwice,
    /// The cost of an attempt is not stored when its job ends.
    EndWithoutCost,
}

impl Mutation {
    /// Whether a call is answered, and not done.
    pub fn loses(self, process: &str, operation: &str) -> bool {
        let sender = match self {
            Self::WorkerSendsNothing => "worker",
            Self::SweeperSendsNothing => "sweeper",
            _ => return false,
        };
        operation == "SendMessage" && process.starts_with(sender)
    }

    /// Changes a call of a process.
    pub fn apply(self, process: &str, operation: &str, body: &mut Value) {
        let by = |name: &str| process.starts_with(name);
        match (self, operation) {
            (Self::JobWithoutRevision, "PutItem") if is_job(&body["Item"]) => without_condition(body),
            (Self::ClaimCountsTwice, "PutItem") if by("worker") && status(&body["Item"]) == "PROCESSING" => {
                let attempt: u64 =
                    body["Item"]["attempt"]["N"].as_str().and_then(|n| n.parse().ok()).unwrap_or_default();
                let most: u64 =
                    body["Item"]["maxAttempts"]["N"].as_str().and_then(|n| n.parse().ok()).unwrap_or_default();
                body["Item"]["attempt"]["N"] = json!((attempt + 1).min(most).to_string());
            }
            (Self::ReleaseFails, "PutItem") if by("worker") && status(&body["Item"]) == "PENDING" => {
                fail(body["Item"].as_object_mut().expect("an item"));
            }
            (Self::UserIsNotCharged, "UpdateItem")
                if body["Key"]["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("USER#")) =>
            {
                body["Key"]["pk"] = json!({"S": "USER#nobody"});
            }
            (Self::CancelIsLost, "PutItem") if by("cancel-job") => elsewhere(body),
            (Self::EraseKeepsAnswer, "PutItem") if by("cancel-job") && sort_key(&body["Item"]).starts_with("TEXT#") => {
                elsewhere(body);
            }
            (Self::EditLosesText, "PutItem") if by("documents") => elsewhere(body),
            (Self::PollReadsOld, "Query") if by("get-job") => body["ConsistentRead"] = json!(false),
            (Self::CreateReadsOld, "BatchGetItem") if by("create-job") => {
                body["RequestItems"][local::aws::TABLE]["ConsistentRead"] = json!(false);
            }
            (Self::CreateReadsOld, "GetItem" | "Query") if by("create-job") => body["ConsistentRead"] = json!(false),
            (Self::AnswerOverAnswer, "PutItem") if sort_key(&body["Item"]).starts_with("TEXT#") && by("worker") => {
                without_condition(body);
            }
            (Self::LeavingWithoutTask, "PutItem") if sort_key(&body["Item"]) == LEAVING => elsewhere(body),
            (Self::LeavingIsIgnored, "GetItem") if body["Key"]["sk"]["S"] == LEAVING => {
                body["Key"]["sk"] = json!({"S": "NOTHING"});
            }
            (Self::LeavingIsIgnored, "BatchGetItem") if by("create-job") => {
                let keys = body["RequestItems"][local::aws::TABLE]["Keys"].as_array_mut();
                keys.into_iter().flatten().filter(|key| key["sk"]["S"] == LEAVING).for_each(|key| {
                    key["sk"] = json!({"S": "NOTHING"});
                });
            }
            (Self::ReserveWithoutBudget, "UpdateItem") => without_condition(body),
            (Self::SettleTwice, "UpdateItem") => {
                let delta = &mut body["ExpressionAttributeValues"][":delta"]["N"];
                if let Some(less) = delta.as_str().and_then(|delta| delta.parse::<i64>().ok()).filter(|less| *less < 0)
                {
                    *delta = json!((2 * less).to_string());
                }
            }
            (Self::EndedInIndex, "PutItem") => keep_in_index(&mut body["Item"]),
            (_, "TransactWriteItems") => self.apply_to_transaction(by("worker"), body),
            _ => {}
        }
    }

    fn apply_to_transaction(self, by_worker: bool, body: &mut Value) {
        let Some(writes) = body["TransactItems"].as_array_mut() else { return };
        let is_creation = writes.iter().any(|write| sort_key(&write["Put"]["Item"]).starts_with("IN_FLIGHT#"));
        for put in writes.iter_mut().filter_map(|write| write.get_mut("Put")) {
            let sort = sort_key(&put["Item"]).to_owned();
            let is_block = sort.contains("#BLOCK#");
            match self {
                Self::CommitWithoutRevision if by_worker && is_job(&put["Item"]) => without_condition(put),
                Self::CommitWithoutBlockVersion if by_worker && is_block => without_condition(put),
                Self::EditWithoutVersion if !by_worker && is_block => without_condition(put),
                Self::CommitWithoutBlockVersion if by_worker && sort.starts_with("REVISION#") => {
                    without_condition(put);
                }
                Self::GenerateTakesTheNewest if is_creation && is_job(&put["Item"]) => {
                    put["Item"].as_object_mut().expect("an item").remove("contentRevision");
                }
                Self::CommitHoldsOut if by_worker && is_job(&put["Item"]) => {
                    put["Item"]["statusReason"] = json!({"S": "NOT_APPLIED"});
                }
                Self::CreateWithoutPointer if sort.starts_with("IN_FLIGHT#") => without_condition(put),
                Self::CreateWithoutKey if sort.starts_with("IDEMPOTENCY#") => without_condition(put),
                Self::CreateOutsideOfIndex if is_creation && is_job(&put["Item"]) => {
                    let item = put["Item"].as_object_mut().expect("an item");
                    item.retain(|name, _| !name.starts_with("unfinished"));
                }
                Self::EndedInIndex => keep_in_index(&mut put["Item"]),
                Self::EndWithoutCost if by_worker && is_job(&put["Item"]) => {
                    put["Item"].as_object_mut().expect("an item").remove("usage");
                }
                _ => {}
            }
        }
        match self {
            Self::CommitSplit | Self::CommitHoldsOut if by_worker && writes.len() > 1 => writes.truncate(1),
            Self::CommitWithoutHistory if by_worker => {
                writes.retain(|write| !sort_key(&write["Put"]["Item"]).starts_with("REVISION#"));
            }
            Self::ReplacedGoesOn if is_creation => {
                writes.retain(|write| write["Put"]["Item"]["status"]["S"] != "FAILED");
            }
            Self::DeletionWithoutTask => {
                writes.retain(|write| !sort_key(&write["Put"]["Item"]).starts_with("DELETION#"));
            }
            _ => {}
        }
    }
}

/// The sort key of the task that deletes everything.
const LEAVING: &str = store::table::keys::DELETION_OF_ALL;

fn sort_key(item: &Value) -> &str {
    item["sk"]["S"].as_str().unwrap_or_default()
}

fn status(item: &Value) -> &str {
    if is_job(item) { item["status"]["S"].as_str().unwrap_or_default() } else { "" }
}

fn fail(job: &mut serde_json::Map<String, Value>) {
    job.insert("status".to_owned(), json!({"S": "FAILED"}));
    job.insert("statusReason".to_owned(), json!({"S": "RETRIES_EXHAUSTED"}));
    let failure = json!({"reason": {"S": "RETRIES_EXHAUSTED"}, "code": {"S": "RETRIES_EXHAUSTED"}, "detail": {"S": "It failed."}});
    job.insert("failure".to_owned(), json!({"M": failure}));
    job.insert("completedAt".to_owned(), job["updatedAt"].clone());
    job.retain(|name, _| !name.starts_with("unfinished"));
}

fn is_job(item: &Value) -> bool {
    crate::watch::is_job(sort_key(item))
}

fn without_condition(put: &mut Value) {
    if let Some(put) = put.as_object_mut() {
        put.remove("ConditionExpression");
        put.remove("ExpressionAttributeValues").filter(|_| put.contains_key("UpdateExpression")).map(|mut values| {
            // An update needs its other values.
            values.as_object_mut().map(|values| values.remove(":most"));
            put.insert("ExpressionAttributeValues".to_owned(), values)
        });
    }
}

/// The item is stored under a key that nobody reads.
fn elsewhere(put: &mut Value) {
    put["Item"]["pk"] = json!({"S": "USER#nobody"});
    put["Item"]["sk"] = json!({"S": "NOTHING"});
    without_condition(put);
}

fn keep_in_index(item: &mut Value) {
    if is_job(item) && item.get("unfinishedShard").is_none() {
        item["unfinishedShard"] = json!({"S": "UNFINISHED#0"});
        item["unfinishedSince"] = json!({"N": "0"});
    }
}
