"""Helpers that create documents and jobs through the API."""

from cloud import wait_until
from roles import find_statement, without_statement

JOBS = "/api/report-builder/jobs"


def document_with_block(cloud, token):
    document = cloud.call("POST", "/api/report-builder", token, {"name": "Review"}).json()
    path = f"/api/report-builder/{document['id']}/blocks"
    block = cloud.call("POST", path, token, {"type": "PROMPT_RESPONSE", "prompt": "What did I do?"}).json()
    return document["id"], block["id"]


def create(cloud, token, document, block, **more):
    answer = cloud.call("POST", JOBS, token, {"type": "GENERATE", "documentId": document, "blockId": block} | more)
    assert answer.status_code == 202, answer.text
    return answer.json()["jobId"]


def create_unsent_job(cloud, token, document, block):
    """Creates a job while the function may not send messages. The job is stored, but it has no message."""
    with without_statement(cloud, *find_statement(cloud, "CreateJobFunctionRole", "sqs:SendMessage")):
        return create(cloud, token, document, block)


def wait_for_end(cloud, token, job, seconds=40):
    """Waits until a job is COMPLETED or FAILED and returns it."""

    def finished_job():
        shown = cloud.call("GET", f"{JOBS}/{job}", token).json()
        return shown if shown["status"] in ("COMPLETED", "FAILED") else None

    return wait_until("the job to end", finished_job, seconds)
