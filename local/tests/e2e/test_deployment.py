"""The template is the deployment: deployed as it is, every function as a real process under its own role."""

import json
import uuid

from cloud import ROOT, until

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


def ended(cloud, token, job):
    def look():
        shown = cloud.call("GET", f"{JOBS}/{job}", token).json()
        return shown if shown["status"] in ("COMPLETED", "FAILED") else None

    return until("the job to end", look)


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


def test_without_a_valid_token_no_function_runs(cloud, ada):
    none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."
    header, claims, signature = ada.split(".")
    forged = ".".join([header, claims, signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")])
    for token in [None, "ada", none, forged]:
        for method, path in [("GET", JOBS), ("POST", JOBS), ("GET", "/api/evidence"), ("GET", "/api/report-builder")]:
            answer = cloud.call(method, path, token)
            assert answer.status_code == 401, (token, method, path, answer.text)


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


def test_a_message_that_is_none_ends_in_the_dead_letter_queue_and_is_dropped_there(cloud, ada, library):
    sqs = cloud.client("sqs")
    url = f"{cloud.endpoint}/000000000000/{cloud.outputs['QueueUrl'].rsplit('/', 1)[1]}"
    sqs.send_message(QueueUrl=url, MessageBody="no message of ours")
    document, block = document_with_block(cloud, ada)
    assert ended(cloud, ada, create(cloud, ada, document, block))["status"] == "COMPLETED", "it hurts no other"


def test_the_sweeper_sends_again_what_was_lost(cloud, ada, library):
    """A job that is stored while the queue does not take it."""
    iam, role = cloud.client("iam"), cloud.resources["CreateJobFunctionRole"]
    name = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    without = policy | {"Statement": [one for one in policy["Statement"] if one["Action"] != "sqs:SendMessage"]}
    assert len(without["Statement"]) < len(policy["Statement"])
    document, block = document_with_block(cloud, ada)
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(without))
    try:
        job = create(cloud, ada, document, block)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
    sweeper = cloud.resources["SweeperFunction"]

    def sweep():
        answer = cloud.client("lambda").invoke(FunctionName=sweeper, Payload=(ROOT / "events/sweeper.json").read_bytes())
        return json.loads(answer["Payload"].read()).get("resent")

    assert until("the sweeper to find it", sweep, seconds=90) == 1
    assert ended(cloud, ada, job)["status"] == "COMPLETED"
