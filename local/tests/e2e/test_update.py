"""An update from the first release to this release, while jobs are in flight."""

import uuid
from datetime import datetime, timedelta, timezone

from boto3.dynamodb.types import TypeSerializer
from cloud import ROOT, TOOLS, template_for_emulator, wait_until
from jobs import document_with_block

FIRST_FILE = ROOT / "local/tests/e2e/template-of-the-first-release.yaml"
FIRST = FIRST_FILE.read_text()
# The emulator cannot split a string in a condition. The test passes an ARN, so it can replace this condition.
IS_ARN = """!Equals [!Select [0, !Split [":", !Sub "${AnthropicApiKeySecret}:"]], arn]"""


def test_jobs_in_flight_complete_after_an_update_from_the_first_release(cloud, ada, library):
    secret = cloud.client("secretsmanager").create_secret(Name="key-of-the-first-release", SecretString="offline")
    stack = cloud.for_stack("report-builder-update")
    identity = ["JwtIssuer=https://identity.example", "JwtAudience=report-builder"]
    stack.deploy(FIRST.replace(IS_ARN, "!Not [!Equals [!Ref AnthropicApiKeySecret, \"\"]]"), f"AnthropicApiKeySecret={secret['ARN']}", *identity)
    table, queue = stack.outputs["TableName"], stack.queue
    # Stop the worker of the first release, so that the jobs stay as they are stored below.
    source = worker_source(stack)
    stack.client("lambda").update_event_source_mapping(UUID=source, Enabled=False)
    jobs = [store_first_release_job(cloud, stack, ada, state) for state in ("waiting", "running", "answered")]

    output = stack.run([TOOLS / "aws/bin/python", ROOT / "tools/migrate-indexes", "--stack-name", stack.stack, "--yes"])
    assert "adding index jobsByUser (1 of 2)" in output and "2 indexes added" in output, output
    assert statuses(stack, table, jobs) == ["PENDING", "PROCESSING", "PROCESSING"], "the migration changes no job"
    stack.deploy(template_for_emulator(), "JobResendSeconds=5")
    assert (stack.outputs["TableName"], stack.queue) == (table, queue), "nothing was replaced"
    stack.client("lambda").update_event_source_mapping(UUID=worker_source(stack), Enabled=True)

    # Invoke the sweeper now instead of waiting up to a minute for its schedule.
    stack.invoke("SweeperFunction", (ROOT / "events/sweeper.json").read_bytes())
    wait_until("all jobs to end", lambda: statuses(stack, table, jobs) == ["COMPLETED"] * 3)
    texts = [content(stack, table, job) for job in jobs]
    assert all("offline writer" in text for text in texts[:2]) and texts[2] == "Paid for.", texts
    output = stack.run([TOOLS / "aws/bin/python", ROOT / "tools/migrate-indexes", "--stack-name", stack.stack])
    assert "0 indexes added, 0 removed" in output, output

    # Return to the first release, which has two indexes fewer. The deployment itself removes one of them.
    options = ["--stack-name", stack.stack, "--template", FIRST_FILE, "--yes"]
    output = stack.run([TOOLS / "aws/bin/python", ROOT / "tools/migrate-indexes", *options])
    assert "0 indexes added, 1 removed" in output, output
    description = stack.client("dynamodb").describe_table(TableName=table)["Table"]
    names = {index["IndexName"] for index in description["GlobalSecondaryIndexes"]}
    assert names == {"byTime", "byKind", "overdue", "jobsByDocument", "jobsByBlock"}


def worker_source(stack):
    sources = stack.client("lambda").list_event_source_mappings(FunctionName=stack.resources["WorkerFunction"])
    return sources["EventSourceMappings"][0]["UUID"]


def store_first_release_job(cloud, stack, ada, state):
    """Stores a job as the first release did, on its own block. Returns the keys of its items."""
    document, block = document_with_block(cloud, ada)
    dynamodb, table = cloud.client("dynamodb"), stack.outputs["TableName"]
    owner = None
    for page in dynamodb.get_paginator("scan").paginate(TableName=cloud.outputs["TableName"]):
        for item in page["Items"]:
            if item["sk"]["S"].startswith(f"DOCUMENT#{document}"):
                owner = item["pk"]["S"]
                dynamodb.put_item(TableName=table, Item=item)
    user, job, now = owner.removeprefix("USER#"), str(uuid.uuid4()), datetime.now(timezone.utc)

    def at(seconds):
        return (now + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")

    item = {
        "pk": owner, "sk": f"JOB#{job}", "format": 1, "user": user, "jobId": job, "type": "GENERATE",
        "documentId": document, "blockId": block, "status": "PENDING", "attempt": 0, "maxAttempts": 3,
        "progress": {"phase": "QUEUED", "percent": 0, "message": "Waiting for a worker", "updatedAt": at(-40)},
        "createdAt": at(-40), "updatedAt": at(-40), "deadlineAt": at(560), "resends": 0, "revision": 1,
        "documentPk": f"{owner}#JOBS#{document}", "overduePk": "OVERDUE#0",
        "overdueAt": int(now.timestamp() * 1000) + (600_000 if state == "waiting" else -10_000),
    }  # fmt: skip
    if state != "waiting":
        item |= {"status": "PROCESSING", "leaseToken": str(uuid.uuid4()), "leaseUntil": at(-10), "attempt": 1}
        item |= {"startedAt": at(-39), "blockVersion": 1}
    if state == "answered":
        sources = {"evidence": 1, "evidenceOmitted": 0, "goals": 0, "reviews": 0}
        result = {"kind": "TEXT", "content": "Paid for.", "citations": [], "evidenceIds": [], "tokensUsed": 20}
        item["uncommittedResult"] = {"reason": None, "result": result | {"sources": sources, "model": "claude-sonnet-5-5"}}
        counts = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "costMicroUsd"]
        item["usage"] = dict.fromkeys(counts, 10)
    dynamodb.put_item(TableName=table, Item={name: TypeSerializer().serialize(value) for name, value in item.items()})
    if state == "waiting":
        message = f'{{"version":1,"user":"{user}","jobId":"{job}"}}'
        cloud.client("sqs").send_message(QueueUrl=stack.queue, MessageBody=message)
    return {"pk": {"S": owner}, "job": {"S": f"JOB#{job}"}, "block": {"S": f"DOCUMENT#{document}#BLOCK#{block}"}}


def read(stack, table, keys, kind):
    key = {"pk": keys["pk"], "sk": keys[kind]}
    return stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]


def statuses(stack, table, jobs):
    return [read(stack, table, job, "job")["status"]["S"] for job in jobs]


def content(stack, table, job):
    return read(stack, table, job, "block")["content"]["S"]
