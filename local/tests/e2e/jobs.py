"""Documents and jobs, through the API."""

from cloud import until
from roles import statement_with, without

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


def lose(cloud, token, document, block):
    """A job that is stored and never sent."""
    with without(cloud, *statement_with(cloud, "CreateJobFunctionRole", "sqs:SendMessage")):
        return create(cloud, token, document, block)


def ended(cloud, token, job, seconds=40):
    def look():
        shown = cloud.call("GET", f"{JOBS}/{job}", token).json()
        return shown if shown["status"] in ("COMPLETED", "FAILED") else None

    return until("the job to end", look, seconds)
