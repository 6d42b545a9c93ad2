"""Deletions: the role of each function suffices for all that it deletes, erases and ends."""

import time

from cloud import ROOT
from jobs import JOBS, create, document_with_block, wait_for_end

FUNCTIONS = ["CancelJobFunction", "DocumentsFunction", "LibraryFunction", "SweeperFunction", "WorkerFunction"]


def test_the_roles_suffice_for_every_deletion(cloud):
    cloud.client("secretsmanager").put_secret_value(SecretId=cloud.outputs["ApiKeySecretArn"], SecretString="offline")
    eve = cloud.token("eve@example.com")
    before = {function: denials(cloud, function) for function in FUNCTIONS}

    document, block = document_with_block(cloud, eve)
    job = wait_for_end(cloud, eve, create(cloud, eve, document, block))
    erased = cloud.call("DELETE", f"{JOBS}/{job['jobId']}?erase=true", eve)
    assert (erased.status_code, erased.json()["erased"]) == (200, True), erased.text

    evidence = {"type": "MANUAL", "title": "Ran a week", "summary": "", "occurredAt": "2026-10-01"}
    source = cloud.call("POST", "/api/evidence", eve, evidence).json()
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
    assert {function: denials(cloud, function) for function in FUNCTIONS} == before


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
