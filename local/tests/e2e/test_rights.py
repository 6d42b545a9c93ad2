"""The role of each function suffices: for every operation of the API, and for every deletion."""

import json
import time

import pytest
from cloud import ROOT
from jobs import JOBS, create, document_with_block, wait_for_end

DOCUMENTS = "/api/report-builder"
EVIDENCE = {"type": "MANUAL", "title": "Ran a week", "summary": "", "occurredAt": "2026-10-01"}
GOAL = {"title": "Learn", "status": "ACTIVE"}
REVIEW = {"year": 2025, "type": "MANAGER", "content": "Good."}


@pytest.fixture(autouse=True)
def nothing_is_denied(cloud):
    """No function is denied anything during a test."""
    cloud.client("secretsmanager").put_secret_value(SecretId=cloud.outputs["ApiKeySecretArn"], SecretString="offline")
    functions = [name for name in cloud.resources if name.endswith("Function")]
    before = {function: denials(cloud, function) for function in functions}
    yield
    assert {function: denials(cloud, function) for function in functions} == before


def test_the_roles_suffice_for_every_operation(cloud):
    eve, called = cloud.token("eve@example.com"), set()

    def call(method, template, body=None, query="", **ids):
        called.add((method.lower(), template))
        answer = cloud.call(method, template.format(**ids) + query, eve, body)
        assert answer.status_code < 300, (method, template, answer.text)
        return answer.json() if answer.headers.get("Content-Type") == "application/json" else None

    library = [("evidence", EVIDENCE, "title"), ("goals", GOAL, "title"), ("reviews", REVIEW, "content")]
    for name, entry, change in library:
        path = f"/api/{name}"
        id = call("POST", path, entry)["id"]
        call("POST", f"{path}/import", [entry])
        call("GET", path, query="?include=usedIn" if name == "evidence" else "")
        call("GET", path + "/{id}", id=id)
        call("PATCH", path + "/{id}", {change: "Changed"}, id=id)
        call("DELETE", path + "/{id}", id=id)
    call("POST", "/api/evidence", EVIDENCE)
    call("GET", "/api/evidence", query="?q=ran&type=MANUAL")
    call("GET", "/api/evidence/counts")

    document = call("POST", DOCUMENTS, {"name": "Review"})["id"]
    path, block = f"{DOCUMENTS}/{{id}}", f"{DOCUMENTS}/{{id}}/blocks/{{blockId}}"
    new = {"type": "PROMPT_RESPONSE", "prompt": "What did I do?", "content": "I tried."}
    blocks = [call("POST", f"{path}/blocks", new, id=document)["id"] for _ in range(2)]
    ids = {"id": document, "blockId": blocks[0]}
    call("GET", DOCUMENTS, query="?status=DRAFT")
    call("GET", path, id=document)
    call("PATCH", path, {"name": "Changed"}, id=document)
    call("GET", f"{path}/blocks", id=document)
    call("PATCH", f"{path}/blocks", {"blockPositions": [{"blockId": blocks[1], "position": 0}]}, id=document)
    call("GET", block, **ids)
    call("PATCH", block, {"content": "I did it."}, **ids)
    revisions = call("GET", f"{block}/history", **ids)["revisions"]
    call("POST", f"{block}/history", {"revisionId": revisions[-1]["id"], "to": "after"}, **ids)
    call("GET", f"{path}/export", id=document)

    generate = {"type": "GENERATE", "documentId": document, "blockId": blocks[0]}
    inline = {"type": "ANALYZE", "input": {"document": {"name": "Review"}, "evidence": []}}
    for body in [generate, generate | {"applyMode": "propose"}, generate | {"type": "REFINE"}, inline]:
        call("POST", f"{JOBS}/dry-run", body)
        job = wait_for_end(cloud, eve, call("POST", JOBS, body)["jobId"])
        assert job["status"] == "COMPLETED", job
        if job["statusReason"] == "PROPOSED":
            call("PATCH", block, {"fromJob": job["jobId"]}, **ids)
    call("GET", f"{JOBS}/{{jobId}}", jobId=job["jobId"])
    call("GET", JOBS, query=f"?documentId={document}&include=progress")
    cancelled = call("POST", JOBS, generate)["jobId"]
    call("DELETE", f"{JOBS}/{{jobId}}", jobId=cancelled)
    retried = call("POST", f"{JOBS}/{{jobId}}/retry", jobId=cancelled)["jobId"]
    call("DELETE", f"{JOBS}/{{jobId}}", jobId=retried)
    call("POST", f"{path}/jobs/dry-run", {"type": "GENERATE", "only": "ALL"}, id=document)
    call("POST", f"{path}/jobs", {"type": "GENERATE", "only": "ALL"}, id=document)
    call("DELETE", f"{path}/jobs", id=document)
    call("GET", f"{DOCUMENTS}/usage")

    call("DELETE", block, **ids)
    call("DELETE", path, id=document)
    call("GET", "/api/me/export")
    call("DELETE", "/api/me")
    described = json.loads((ROOT / "openapi.json").read_text())["paths"]
    methods = ("get", "post", "patch", "delete")
    every = {(method, path) for path, operations in described.items() for method in methods if method in operations}
    assert {(method, normal(path)) for method, path in every} == {(method, normal(path)) for method, path in called}


def normal(path):
    """A path without the names of its ids."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def test_the_roles_suffice_for_every_deletion(cloud):
    eve = cloud.token("eva@example.com")

    document, block = document_with_block(cloud, eve)
    job = wait_for_end(cloud, eve, create(cloud, eve, document, block))
    erased = cloud.call("DELETE", f"{JOBS}/{job['jobId']}?erase=true", eve)
    assert (erased.status_code, erased.json()["erased"]) == (200, True), erased.text

    source = cloud.call("POST", "/api/evidence", eve, EVIDENCE).json()
    assert cloud.call("DELETE", f"/api/evidence/{source['id']}", eve).status_code == 200

    jobs = [wait_for_end(cloud, eve, create(cloud, eve, document, block))["jobId"]]
    assert cloud.call("DELETE", f"/api/report-builder/{document}/blocks/{block}", eve).status_code == 200
    document, block = document_with_block(cloud, eve)
    jobs.append(wait_for_end(cloud, eve, create(cloud, eve, document, block))["jobId"])
    assert cloud.call("DELETE", f"/api/report-builder/{document}", eve).status_code == 200
    for job in jobs:
        shown = cloud.call("GET", f"{JOBS}/{job}", eve).json()
        assert (shown["erased"], shown["result"]) == (True, None), shown

    tasks = deletions(cloud, owner_of(cloud, document_with_block(cloud, eve)[0]))
    assert len(tasks) == 3, "of the evidence, the block and the document"
    for task in tasks:
        set_due(cloud, task, 0)
    cloud.invoke("SweeperFunction", (ROOT / "events/sweeper.json").read_bytes())
    for task in deletions(cloud, tasks[0]["pk"]):
        assert int(task["unfinishedSince"]["N"]) > 1000 * (time.time() + 60), "it waits for its last look"

    assert cloud.call("GET", "/api/me/export", eve).status_code == 200
    assert cloud.call("DELETE", "/api/me", eve).status_code == 202
    kinds = [line.split('"')[3] for line in cloud.call("GET", "/api/me/export", eve).text.splitlines()]
    assert set(kinds) <= {"usage"}


def denials(cloud, function):
    return [line for line in cloud.log_lines(function) if "AccessDenied" in line]


def scan(cloud, condition, values):
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(
        TableName=cloud.resources["Table"], FilterExpression=condition, ExpressionAttributeValues=values
    )
    return [item for page in pages for item in page["Items"]]


def owner_of(cloud, document):
    """The partition key of the user who owns a document."""
    [item] = scan(cloud, "sk = :sk", {":sk": {"S": f"DOCUMENT#{document}"}})
    return item["pk"]


def deletions(cloud, owner):
    return scan(cloud, "pk = :pk AND begins_with(sk, :sk)", {":pk": owner, ":sk": {"S": "DELETION#"}})


def set_due(cloud, task, due):
    cloud.client("dynamodb").update_item(
        TableName=cloud.resources["Table"],
        Key={"pk": task["pk"], "sk": task["sk"]},
        UpdateExpression="SET unfinishedSince = :due",
        ExpressionAttributeValues={":due": {"N": str(due)}},
    )
