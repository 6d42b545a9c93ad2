"""An update of a deployed stack to this release, while jobs are in flight."""

import uuid
from datetime import datetime, timedelta, timezone

from boto3.dynamodb.types import TypeSerializer
from cloud import ROOT, TOOLS, template_for_emulator, wait_until
from jobs import document_with_block

STORED_FILE = ROOT / "local/tests/e2e/template-of-the-last-release.yaml"
# Two indexes of the release. The stack that is updated has neither.
NEW_INDEXES = ("jobsByDocument", "unfinishedByUser")


def test_jobs_in_flight_complete_after_an_update(cloud, ada, library):
    secret = cloud.client("secretsmanager").create_secret(Name="key-of-the-update", SecretString="offline")
    stack = cloud.for_stack("report-builder-update")
    identity = ["JwtIssuer=https://identity.example", "JwtAudience=report-builder"]
    before = before_the_update()
    stack.deploy(before, f"AnthropicApiKeySecret={secret['ARN']}", *identity)
    table, queue = stack.outputs["TableName"], stack.queue
    # Stop the worker, so that the jobs stay as they are stored below.
    stack.client("lambda").update_event_source_mapping(UUID=worker_source(stack), Enabled=False)
    jobs = [store_job(cloud, stack, ada, state) for state in ("waiting", "running")]

    output = stack.run([TOOLS / "aws/bin/python", ROOT / "tools/migrate-indexes", "--stack-name", stack.stack, "--yes"])
    assert f"adding index {NEW_INDEXES[0]} (1 of 2)" in output and "2 indexes added" in output, output
    assert statuses(stack, table, jobs) == ["PENDING", "PROCESSING"], "the migration changes no job"
    stack.deploy(template_for_emulator(), "JobResendSeconds=5")
    assert (stack.outputs["TableName"], stack.queue) == (table, queue), "nothing was replaced"
    stack.client("lambda").update_event_source_mapping(UUID=worker_source(stack), Enabled=True)

    # Invoke the sweeper now instead of waiting up to a minute for its schedule.
    stack.invoke("SweeperFunction", (ROOT / "events/sweeper.json").read_bytes())
    wait_until("all jobs to end", lambda: statuses(stack, table, jobs) == ["COMPLETED"] * 2)
    assert all("text" in read(stack, table, job, "block") for job in jobs)
    output = stack.run([TOOLS / "aws/bin/python", ROOT / "tools/migrate-indexes", "--stack-name", stack.stack])
    assert "0 indexes added, 0 removed" in output, output

    # Return to a release with two indexes fewer. The deployment itself removes one of them.
    older = ROOT / "target/before-the-update.yaml"
    older.write_text(before)
    options = ["--stack-name", stack.stack, "--template", older, "--yes"]
    output = stack.run([TOOLS / "aws/bin/python", ROOT / "tools/migrate-indexes", *options])
    assert "0 indexes added, 1 removed" in output, output
    description = stack.client("dynamodb").describe_table(TableName=table)["Table"]
    names = {index["IndexName"] for index in description["GlobalSecondaryIndexes"]}
    assert len(names & set(NEW_INDEXES)) == 1 and names > {"byTime", "byKind", "unfinished"}, names


def before_the_update():
    """The stored template of the last release, which lacks the indexes of this release."""
    return STORED_FILE.read_text()


def worker_source(stack):
    sources = stack.client("lambda").list_event_source_mappings(FunctionName=stack.resources["WorkerFunction"])
    return sources["EventSourceMappings"][0]["UUID"]


def store_job(cloud, stack, ada, state):
    """Stores a job as this release does, on its own block. Returns the keys of its items."""
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
        "pk": owner, "sk": f"JOB#{job}", "format": 2, "type": "GENERATE", "documentId": document, "blockId": block,
        "status": "PENDING", "attempt": 0, "maxAttempts": 3, "contentRevision": 0, "resendAt": at(600),
        "createdAt": at(-40), "updatedAt": at(-40), "deadlineAt": at(560), "resends": 0, "revision": 1,
        "documentPk": f"{owner}#JOBS#{document}", "unfinishedPk": owner, "unfinishedShard": "UNFINISHED#0",
        "unfinishedSince": int(now.timestamp() * 1000) - 40_000,
    }  # fmt: skip
    if state == "running":
        del item["resendAt"]
        item |= {"status": "PROCESSING", "leaseToken": str(uuid.uuid4()), "leaseUntil": at(-10), "attempt": 1}
        item |= {"startedAt": at(-39), "revision": 2}
    dynamodb.put_item(TableName=table, Item={name: TypeSerializer().serialize(value) for name, value in item.items()})
    if state == "waiting":
        message = f'{{"version":1,"user":"{user}","jobIds":["{job}"]}}'
        cloud.client("sqs").send_message(QueueUrl=stack.queue, MessageBody=message)
    return {"pk": {"S": owner}, "job": {"S": f"JOB#{job}"}, "block": {"S": f"DOCUMENT#{document}#BLOCK#{block}"}}


def read(stack, table, keys, kind):
    key = {"pk": keys["pk"], "sk": keys[kind]}
    return stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]


def statuses(stack, table, jobs):
    return [read(stack, table, job, "job")["status"]["S"] for job in jobs]

