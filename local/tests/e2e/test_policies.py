"""Every statement of a policy is needed: without the statement, its function gets AccessDenied."""

import json
import time

from botocore.exceptions import ClientError
from cloud import ROOT, wait_until
from jobs import JOBS, create, create_unsent_job, document_with_block
from roles import actions, policies, resources, role_arn, without_statement


def statements(cloud):
    """Yields every statement of every policy: function, role, name and document of the policy, and the index."""
    for role, name, document in list(policies(cloud)):
        for index in range(len(document["Statement"])):
            yield role.removesuffix("Role"), role, name, document, index


def test_no_action_and_no_resource_is_a_wildcard(cloud):
    for function, _, _, document, index in statements(cloud):
        statement = document["Statement"][index]
        assert not any("*" in action for action in actions(statement)), (function, statement)
        assert not any("*" in resource for resource in resources(statement)), (function, statement)


def test_every_function_has_a_role_and_a_policy_of_its_own(cloud):
    functions = {name for name in cloud.resources if name.endswith("Function")}
    assert {function for function, *_ in statements(cloud)} == functions
    iam = cloud.client("iam")
    for function in functions:
        attached = iam.list_attached_role_policies(RoleName=cloud.resources[f"{function}Role"])["AttachedPolicies"]
        assert [policy["PolicyArn"] for policy in attached] == [cloud.resources["TracePolicy"]], function
    # The emulator does not support X-Ray, so the test reads these two actions and does not call them.
    policy = iam.get_policy(PolicyArn=cloud.resources["TracePolicy"])["Policy"]
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    [statement] = version["Document"]["Statement"]
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_without_any_single_statement_its_function_is_denied(cloud, ada, library):
    put_api_key(cloud)
    target, checked = document_with_block(cloud, ada), 0
    for function, role, name, document, index in statements(cloud):
        statement = document["Statement"][index]
        if call := call_by_lambda(cloud, role, statement):
            # Lambda makes this call with the role of the function. The emulator makes it without a check of the role.
            call()
            with without_statement(cloud, role, name, document, index):
                assert is_access_denied(call_by_lambda(cloud, role, statement)), (function, statement)
        else:
            prepare(cloud, function, statement)
            before = count_denials(cloud, function)
            with without_statement(cloud, role, name, document, index):
                wait_for_denial(cloud, ada, function, target, before, f"without {statement}")
        checked += 1
    print(f"{checked} statements removed, one at a time")
    assert checked == sum(1 for _ in statements(cloud)) >= 30


def test_every_function_is_denied_with_the_role_of_another_function(cloud, ada, library):
    put_api_key(cloud)
    target, rights = document_with_block(cloud, ada), {}
    for function, _, _, document, index in statements(cloud):
        statement = document["Statement"][index]
        pairs = {(action, resource) for action in actions(statement) for resource in resources(statement)}
        if call_by_lambda(cloud, f"{function}Role", statement):
            pairs = set()
        rights.setdefault(function, set()).update(pairs)
    for function in sorted(rights):
        if not rights[function]:
            assert function == "FallbackFunction", "only the fallback function needs no rights of its own"
            continue
        # A short wait finds the most similar role soon. On a busy machine only the long wait decides.
        others = [(other, seconds) for seconds in (4, 60) for other in most_similar_functions(rights, function)]
        assert any(is_denied_with_role_of(cloud, ada, function, other, target, seconds) for other, seconds in others)


def most_similar_functions(rights, function):
    """Functions whose roles lack some of the rights of `function`. The function that lacks the fewest comes first."""
    others = [other for other in sorted(rights) if rights[function] - rights[other]]
    return sorted(others, key=lambda other: len(rights[function] - rights[other]))


def is_denied_with_role_of(cloud, ada, function, other, target, seconds):
    """Whether the function is denied with the role of another function. The emulator does not check all rights. For a
    transaction, it checks only the rights of its puts. So a role may lack rights without a visible denial."""
    before = count_denials(cloud, function)
    restart(cloud, function, Role=role_arn(cloud, f"{other}Role"))
    try:
        wait_for_denial(cloud, ada, function, target, before, f"with the role of {other}", seconds)
        print(f"{function} is denied with the role of {other}")
        return True
    except AssertionError:
        print(f"{function} is not denied with the role of {other}")
        return False
    finally:
        restart(cloud, function, Role=role_arn(cloud, f"{function}Role"))


def put_api_key(cloud):
    cloud.client("secretsmanager").put_secret_value(SecretId=cloud.outputs["ApiKeySecretArn"], SecretString="offline")


def call_by_lambda(cloud, role, statement):
    """Returns the call that Lambda itself makes with the role: reading a queue or writing logs. None for others."""
    if "sqs:ReceiveMessage" in statement["Action"]:
        queue = cloud.queue if role == "WorkerFunctionRole" else cloud.dead_letters
        return lambda: cloud.client("sqs", role).receive_message(QueueUrl=queue)
    if "logs:CreateLogStream" in statement["Action"]:
        group = cloud.resources[role.replace("FunctionRole", "Logs")]
        stream = f"by-role-{time.monotonic_ns()}"
        return lambda: cloud.client("logs", role).create_log_stream(logGroupName=group, logStreamName=stream)
    return None


def is_access_denied(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"].startswith("AccessDenied")
    return False


def prepare(cloud, function, statement):
    """Restarts the worker before the key is needed, because a running worker does not read the key again."""
    if function == "WorkerFunction" and "secretsmanager:GetSecretValue" in actions(statement):
        restart(cloud, function)


def wait_for_denial(cloud, ada, function, target, before, condition, seconds=60):
    """Exercises the function until its log has more denials than `before`."""

    def has_new_denial():
        exercise(cloud, ada, function, target)
        return count_denials(cloud, function) > before

    wait_until(f"{function} to be denied {condition}", has_new_denial, seconds)


def count_denials(cloud, function):
    """Number of log lines of the function with AccessDenied."""
    return sum("AccessDenied" in line for line in cloud.log_lines(function))


def exercise(cloud, ada, function, target):
    """Makes the function use all of its rights."""
    document, block = target
    path = f"/api/report-builder/{document}"
    if function == "CreateJobFunction":
        cloud.call("POST", JOBS, ada, {"type": "ANALYZE", "documentId": document})
    elif function == "GetJobFunction":
        cloud.call("GET", f"{JOBS}/019a0000-0000-7000-8000-000000000f0b", ada)
    elif function == "ListJobsFunction":
        cloud.call("GET", JOBS, ada)
        cloud.call("GET", f"{JOBS}?documentId={document}&limit=1", ada)
        cloud.call("GET", f"{JOBS}?blockId={block}", ada)
    elif function == "DryRunFunction":
        cloud.call("POST", f"{path}/jobs/dry-run", ada, {"type": "GENERATE", "only": "ALL", "prompt": "Write."})
        cloud.call("POST", f"{JOBS}/dry-run", ada, {"type": "ANALYZE", "documentId": document})
    elif function == "CancelJobFunction":
        # The job has no message, so no worker can finish it before the cancel.
        cloud.call("DELETE", f"{JOBS}/{create_unsent_job(cloud, ada, *document_with_block(cloud, ada))}", ada)
        cloud.call("DELETE", f"{path}/jobs", ada)
    elif function == "DocumentsFunction":
        cloud.call("GET", "/api/report-builder", ada)
        cloud.call("GET", path, ada)
    elif function == "LibraryFunction":
        cloud.call("GET", "/api/evidence?type=SLACK", ada)
        cloud.call("POST", "/api/goals", ada, {"title": "Learn", "status": "ACTIVE"})
    elif function == "WorkerFunction":
        # A new block has no job in flight.
        create(cloud, ada, *document_with_block(cloud, ada))
    elif function == "SweeperFunction":
        create_unsent_job(cloud, ada, *document_with_block(cloud, ada))
        cloud.invoke(function, (ROOT / "events/sweeper.json").read_bytes())
    else:
        cloud.invoke(function, dead_letter_of(cloud, create_unsent_job(cloud, ada, *document_with_block(cloud, ada))))


def dead_letter_of(cloud, job):
    """The event of the dead-letter function for a job that has an attempt and time left."""
    event = json.loads((ROOT / "events/dead-letter.json").read_text())
    body = {"version": 1, "user": owner_of(cloud, job), "jobIds": [job]}
    event["Records"][0]["body"] = json.dumps(body)
    return json.dumps(event).encode()


def owner_of(cloud, job):
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(
        TableName=cloud.resources["Table"],
        FilterExpression="sk = :sk",
        ExpressionAttributeValues={":sk": {"S": f"JOB#{job}"}},
    )
    [item] = [item for page in pages for item in page["Items"]]
    return item["pk"]["S"].removeprefix("USER#")


def restart(cloud, function, **changes):
    """Changes the configuration, so that the next invocation starts a new process."""
    functions, name = cloud.client("lambda"), cloud.resources[function]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables["RESTARTED"] = str(time.time())
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables}, **changes)
