"""The template is the deployment: deployed as it is, every function as a real process under its own role."""

import re
import uuid
from contextlib import contextmanager

from cloud import until
from jobs import JOBS, create, document_with_block, ended, lose
from roles import statement_with, without


def test_without_a_key_in_the_secret_jobs_say_so(cloud, ada, library):
    document, block = document_with_block(cloud, ada)
    job = ended(cloud, ada, create(cloud, ada, document, block))
    assert (job["status"], job["error"]) == ("FAILED", "No Anthropic API key configured")
    cloud.client("secretsmanager").put_secret_value(SecretId=cloud.outputs["ApiKeySecretArn"], SecretString="offline")
    retried = cloud.call("POST", f"{JOBS}/{job['jobId']}/retry", ada)
    assert retried.status_code == 202, retried.text
    assert ended(cloud, ada, retried.json()["jobId"])["status"] == "COMPLETED", "the key is read when it is there"


def test_a_job_from_request_to_block_and_its_revision(cloud, ada, library):
    document, block = document_with_block(cloud, ada)
    job = ended(cloud, ada, create(cloud, ada, document, block))
    assert job["status"] == "COMPLETED", job
    assert job["result"]["evidenceCount"] == 12 and job["result"]["goalsCount"] == 1
    path = f"/api/report-builder/{document}/blocks/{block}"
    assert cloud.call("GET", path, ada).json()["content"] == job["result"]["content"]
    history = cloud.call("GET", f"{path}/history", ada).json()
    assert [revision["jobId"] for revision in history["revisions"]] == [job["jobId"]]
    for query in ["", f"?documentId={document}", f"?blockId={block}&status=COMPLETED", "?type=GENERATE&limit=1"]:
        listed = cloud.call("GET", f"{JOBS}{query}", ada)
        assert listed.status_code == 200 and listed.json()["jobs"], (query, listed.text)
    # Polling by version.
    shown = cloud.call("GET", f"{JOBS}/{job['jobId']}", ada)
    assert cloud.call("GET", f"{JOBS}/{job['jobId']}", ada, If_None_Match=shown.headers["ETag"]).status_code == 304


def test_a_cancel_is_final(cloud, ada, library):
    document, block = document_with_block(cloud, ada)
    job = create(cloud, ada, document, block)
    cancelled = cloud.call("DELETE", f"{JOBS}/{job}", ada)
    assert cancelled.status_code == 200 and cancelled.json()["statusReason"] == "CANCELLED", cancelled.text
    assert cloud.call("GET", f"/api/report-builder/{document}/blocks/{block}", ada).json()["content"] is None


def test_one_key_makes_one_job(cloud, ada, library):
    document, block = document_with_block(cloud, ada)
    body = {"type": "GENERATE", "documentId": document, "blockId": block}
    key = str(uuid.uuid4())
    first = cloud.call("POST", JOBS, ada, body, Idempotency_Key=key)
    again = cloud.call("POST", JOBS, ada, body, Idempotency_Key=key)
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    ended(cloud, ada, first.json()["jobId"])


def test_what_no_route_takes_is_answered_as_a_problem(cloud, ada):
    for method, path, status in [("GET", "/api/nothing", 404), ("PUT", JOBS, 405), ("PATCH", JOBS, 405)]:
        answer = cloud.call(method, path, ada)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
        assert status != 405 or answer.headers["Allow"] == "GET, POST"


def test_users_see_nothing_of_each_other(cloud, ada, library):
    bob = cloud.token("bob@example.com")
    document, block = document_with_block(cloud, ada)
    job = create(cloud, ada, document, block)
    for method, path in [
        ("GET", f"{JOBS}/{job}"),
        ("DELETE", f"{JOBS}/{job}"),
        ("GET", f"/api/report-builder/{document}"),
        ("GET", f"/api/report-builder/{document}/blocks/{block}"),
    ]:
        assert cloud.call(method, path, bob).status_code == 404, path
    assert cloud.call("GET", JOBS, bob).json()["jobs"] == []
    assert ended(cloud, ada, job)["status"] == "COMPLETED"


def test_a_message_that_is_none_hurts_no_other_and_is_dropped_by_dead_letter(cloud, ada, library):
    with redelivery_at_once(cloud):
        cloud.client("sqs").send_message(QueueUrl=cloud.queue, MessageBody="no message of ours")
        document, block = document_with_block(cloud, ada)
        assert ended(cloud, ada, create(cloud, ada, document, block))["status"] == "COMPLETED", "it hurts no other"
        until("dead-letter to drop it", lambda: any("names no job; dropped" in line for line in cloud.logged("DeadLetterFunction")))
    until("both queues to be empty", lambda: waiting(cloud, cloud.queue) + waiting(cloud, cloud.dead_letters) == 0)


def test_a_job_whose_worker_always_fails_ends_by_dead_letter(cloud, ada, library):
    """Three deliveries to a worker that may not read the table."""
    document, block = document_with_block(cloud, ada)
    place = statement_with(cloud, "WorkerFunctionRole", "dynamodb:PutItem")
    with redelivery_at_once(cloud), without(cloud, *place):
        job = ended(cloud, ada, create(cloud, ada, document, block))
    assert (job["status"], job["statusReason"]) == ("FAILED", "RETRIES_EXHAUSTED"), job
    assert cloud.call("GET", f"/api/report-builder/{document}/blocks/{block}", ada).json()["content"] is None


def test_the_schedule_brings_what_the_queue_never_got(cloud, ada, library):
    """A job that is stored while the queue does not take it. Nobody calls the sweeper but its schedule."""
    document, block = document_with_block(cloud, ada)
    job = lose(cloud, ada, document, block)
    assert ended(cloud, ada, job, seconds=120)["status"] == "COMPLETED"
    assert any("sent again" in line and job in line for line in cloud.logged("SweeperFunction"))


def test_the_trace_of_a_request_goes_with_its_message(cloud, ada, library):
    """X-Ray joins what carries the gateway's header on the way to the worker."""
    functions, sqs = cloud.client("lambda"), cloud.client("sqs")
    sources = functions.list_event_source_mappings(FunctionName=cloud.resources["WorkerFunction"])
    source = sources["EventSourceMappings"][0]["UUID"]
    functions.update_event_source_mapping(UUID=source, Enabled=False)
    try:
        document, block = document_with_block(cloud, ada)
        job = create(cloud, ada, document, block)

        def received():
            names = ["AWSTraceHeader"]
            found = sqs.receive_message(QueueUrl=cloud.queue, MessageSystemAttributeNames=names, VisibilityTimeout=0)
            return [one["Attributes"] for one in found.get("Messages", []) if job in one["Body"]]

        [attributes] = until("the message", received)
        trace = attributes["AWSTraceHeader"]
        assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]", trace), trace
    finally:
        functions.update_event_source_mapping(UUID=source, Enabled=True)
    assert ended(cloud, ada, job)["status"] == "COMPLETED"


def test_the_health_of_the_api_is_told_to_everybody(cloud):
    answer = cloud.call("GET", "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"}), answer.text


@contextmanager
def redelivery_at_once(cloud):
    """What fails is delivered again after a second, not after the worker's whole timeout."""
    sqs = cloud.client("sqs")
    usual = sqs.get_queue_attributes(QueueUrl=cloud.queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"VisibilityTimeout": "1"})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes=usual)


def waiting(cloud, queue):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values()))
