"""The deployed template: every function runs as a real process under its own role."""

import re
import uuid
from contextlib import contextmanager

from cloud import wait_until
from jobs import JOBS, create, create_unsent_job, document_with_block, wait_for_end
from roles import find_statement, without_statement


def test_jobs_fail_with_a_message_until_the_secret_has_a_key(cloud, ada, library):
    document, block = document_with_block(cloud, ada)
    job = wait_for_end(cloud, ada, create(cloud, ada, document, block))
    assert (job["status"], job["error"]) == ("FAILED", "No Anthropic API key configured")
    cloud.client("secretsmanager").put_secret_value(SecretId=cloud.outputs["ApiKeySecretArn"], SecretString="offline")
    retried = cloud.call("POST", f"{JOBS}/{job['jobId']}/retry", ada)
    assert retried.status_code == 202, retried.text
    completed = wait_for_end(cloud, ada, retried.json()["jobId"])
    assert completed["status"] == "COMPLETED", "the worker reads the key after it was stored"


def test_a_job_from_request_to_block_and_its_revision(cloud, ada, library):
    document, block = document_with_block(cloud, ada)
    job = wait_for_end(cloud, ada, create(cloud, ada, document, block))
    assert job["status"] == "COMPLETED", job
    assert job["result"]["evidenceCount"] == 12 and job["result"]["goalsCount"] == 1
    path = f"/api/report-builder/{document}/blocks/{block}"
    assert cloud.call("GET", path, ada).json()["content"] == job["result"]["content"]
    history = cloud.call("GET", f"{path}/history", ada).json()
    assert [revision["jobId"] for revision in history["revisions"]] == [job["jobId"]]
    for query in ["", f"?documentId={document}", f"?blockId={block}&status=COMPLETED", "?type=GENERATE&limit=1"]:
        listed = cloud.call("GET", f"{JOBS}{query}", ada)
        assert listed.status_code == 200 and listed.json()["jobs"], (query, listed.text)
    # Polling with the ETag.
    shown = cloud.call("GET", f"{JOBS}/{job['jobId']}", ada)
    assert cloud.call("GET", f"{JOBS}/{job['jobId']}", ada, If_None_Match=shown.headers["ETag"]).status_code == 304


def test_a_cancel_is_final(cloud, ada, library):
    document, block = document_with_block(cloud, ada)
    job = create(cloud, ada, document, block)
    cancelled = cloud.call("DELETE", f"{JOBS}/{job}", ada)
    assert cancelled.status_code == 200 and cancelled.json()["statusReason"] == "CANCELLED", cancelled.text
    assert cloud.call("GET", f"/api/report-builder/{document}/blocks/{block}", ada).json()["content"] is None


def test_one_idempotency_key_creates_one_job(cloud, ada, library):
    document, block = document_with_block(cloud, ada)
    body = {"type": "GENERATE", "documentId": document, "blockId": block}
    key = str(uuid.uuid4())
    first = cloud.call("POST", JOBS, ada, body, Idempotency_Key=key)
    again = cloud.call("POST", JOBS, ada, body, Idempotency_Key=key)
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    wait_for_end(cloud, ada, first.json()["jobId"])


def test_a_request_without_a_route_gets_a_problem(cloud, ada):
    for method, path, status in [("GET", "/api/nothing", 404), ("PUT", JOBS, 405), ("PATCH", JOBS, 405)]:
        answer = cloud.call(method, path, ada)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
        assert status != 405 or answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


def test_users_cannot_see_the_data_of_other_users(cloud, ada, library):
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
    assert wait_for_end(cloud, ada, job)["status"] == "COMPLETED"


def test_an_invalid_message_affects_no_other_message_and_is_dropped_by_the_dead_letter_function(cloud, ada, library):
    with immediate_redelivery(cloud):
        cloud.client("sqs").send_message(QueueUrl=cloud.queue, MessageBody="no message of ours")
        document, block = document_with_block(cloud, ada)
        job = wait_for_end(cloud, ada, create(cloud, ada, document, block))
        assert job["status"] == "COMPLETED", "the invalid message does not affect other messages"
        wait_until(
            "the dead-letter function to drop the message",
            lambda: any("message without a job was dropped" in line for line in cloud.log_lines("DeadLetterFunction")),
            seconds=120,
        )
    wait_until(
        "both queues to be empty",
        lambda: messages_in(cloud, cloud.queue) + messages_in(cloud, cloud.dead_letters) == 0,
    )


def test_a_job_whose_worker_always_fails_is_sent_again_by_the_dead_letter_function(cloud, ada, library):
    """The worker may not use the table, so three deliveries fail. They cost the job no attempt."""
    document, block = document_with_block(cloud, ada)
    statement = find_statement(cloud, "WorkerFunctionRole", "dynamodb:PutItem")
    with immediate_redelivery(cloud), without_statement(cloud, *statement):
        job = create(cloud, ada, document, block)
        wait_until(
            "the dead-letter function to send the job again",
            lambda: any("message were sent again" in line for line in cloud.log_lines("DeadLetterFunction")),
            seconds=120,
        )
    ended = wait_for_end(cloud, ada, job, seconds=120)
    assert (ended["status"], ended["attempt"]) == ("COMPLETED", 1), ended


def test_the_scheduled_sweeper_sends_a_job_that_has_no_message(cloud, ada, library):
    """The job is stored while its message cannot be sent. Only the schedule invokes the sweeper."""
    document, block = document_with_block(cloud, ada)
    job = create_unsent_job(cloud, ada, document, block)
    assert wait_for_end(cloud, ada, job, seconds=120)["status"] == "COMPLETED"
    assert any("goes to the queue again" in line and job in line for line in cloud.log_lines("SweeperFunction"))


def test_the_message_carries_the_trace_of_its_request(cloud, ada, library):
    """X-Ray joins the request and the work on its job, because the message carries the trace header of the gateway."""
    functions, sqs = cloud.client("lambda"), cloud.client("sqs")
    sources = functions.list_event_source_mappings(FunctionName=cloud.resources["WorkerFunction"])
    source = sources["EventSourceMappings"][0]["UUID"]
    functions.update_event_source_mapping(UUID=source, Enabled=False)
    try:
        document, block = document_with_block(cloud, ada)
        job = create(cloud, ada, document, block)

        def received():
            names = ["AWSTraceHeader"]
            result = sqs.receive_message(QueueUrl=cloud.queue, MessageSystemAttributeNames=names, VisibilityTimeout=0)
            return [message["Attributes"] for message in result.get("Messages", []) if job in message["Body"]]

        [attributes] = wait_until("the message", received)
        trace = attributes["AWSTraceHeader"]
        assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]", trace), trace
    finally:
        functions.update_event_source_mapping(UUID=source, Enabled=True)
    assert wait_for_end(cloud, ada, job)["status"] == "COMPLETED"


def test_the_health_check_needs_no_token(cloud):
    answer = cloud.call("GET", "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"}), answer.text


@contextmanager
def immediate_redelivery(cloud):
    """Sets the visibility timeout to one second, so that a failed message is delivered again soon."""
    sqs = cloud.client("sqs")
    original = sqs.get_queue_attributes(QueueUrl=cloud.queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"VisibilityTimeout": "1"})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes=original)


def messages_in(cloud, queue):
    """Approximate number of visible and invisible messages in a queue."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values()))
