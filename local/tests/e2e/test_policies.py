"""Every statement of a policy is needed: without it, the function that it belongs to is refused."""

import json
import time
from contextlib import contextmanager

from cloud import ROOT, until
from test_deployment import JOBS, create, document_with_block

# (function, part of the statement, why it cannot be seen here)
UNSEEN = [
    ("ListJobsFunction", "dynamodb:PutItem", "only the first list of all makes the key of cursors"),
    ("WorkerFunction", "sqs:ReceiveMessage", "the emulator reads the queue for the function without asking its role"),
    ("DeadLetterFunction", "sqs:ReceiveMessage", "the same"),
    ("SweeperFunction", "dynamodb:PutItem", "only for what is overdue: another test waits for that"),
    ("SweeperFunction", "sqs:SendMessage", "the same"),
]


def policies(cloud):
    """Every statement of every function's own policy."""
    iam = cloud.client("iam")
    for function in sorted(name for name in cloud.resources if name.endswith("Function")):
        role = cloud.resources[f"{function}Role"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for index in range(len(document["Statement"])):
                yield function, role, name, document, index


@contextmanager
def without(cloud, role, name, document, index):
    """The role without one statement of its policy."""
    iam = cloud.client("iam")
    rest = [statement for place, statement in enumerate(document["Statement"]) if place != index]
    if rest:
        policy = json.dumps(document | {"Statement": rest})
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def refusals(cloud, function):
    """How often the function's log tells that it was refused."""
    logs, count = cloud.client("logs"), 0
    group = f"/aws/lambda/{cloud.resources[function]}"
    for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
        events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
        count += sum("AccessDenied" in event["message"] for event in events)
    return count


def use(cloud, ada, function, place):
    """Makes the function do all that it does."""
    document, block = place
    path = f"/api/report-builder/{document}"
    if function == "CreateJobFunction":
        cloud.call("POST", JOBS, ada, {"type": "ANALYZE", "documentId": document})
    elif function == "RetryJobFunction":
        job = create(cloud, ada, document, block)
        cloud.call("DELETE", f"{JOBS}/{job}", ada)
        cloud.call("POST", f"{JOBS}/{job}/retry", ada)
    elif function == "GetJobFunction":
        cloud.call("GET", f"{JOBS}/019a0000-0000-7000-8000-000000000f0b", ada)
    elif function == "ListJobsFunction":
        cloud.call("GET", JOBS, ada)
        cloud.call("GET", f"{JOBS}?documentId={document}", ada)
    elif function == "CancelJobFunction":
        cloud.call("DELETE", f"{JOBS}/019a0000-0000-7000-8000-000000000f0b", ada)
    elif function == "DocumentsFunction":
        cloud.call("GET", "/api/report-builder", ada)
        cloud.call("GET", path, ada)
    elif function == "LibraryFunction":
        cloud.call("GET", "/api/evidence", ada)
        cloud.call("POST", "/api/goals", ada, {"title": "Learn", "status": "ACTIVE"})
    elif function == "WorkerFunction":
        # A new document's block: nobody is in its way.
        create(cloud, ada, *document_with_block(cloud, ada))
    else:
        event = {"SweeperFunction": "sweeper", "DeadLetterFunction": "dead-letter"}[function]
        payload = (ROOT / "events" / f"{event}.json").read_bytes()
        cloud.client("lambda").invoke(FunctionName=cloud.resources[function], Payload=payload)


def test_no_action_and_no_resource_is_a_wildcard(cloud):
    for function, _, _, document, index in policies(cloud):
        statement = document["Statement"][index]
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        assert not any("*" in action for action in actions), (function, statement)
        assert "*" not in resources, (function, statement)


def test_without_any_one_statement_its_function_is_refused(cloud, ada, library):
    cloud.client("secretsmanager").put_secret_value(SecretId=cloud.outputs["ApiKeySecretArn"], SecretString="offline")
    place = document_with_block(cloud, ada)
    tried, unseen = 0, 0
    for function, role, name, document, index in policies(cloud):
        statement = json.dumps(document["Statement"][index])
        if any(function == known and part in statement for known, part, _ in UNSEEN):
            unseen += 1
            continue
        if function == "WorkerFunction" and "secretsmanager" in statement:
            # The key was read before: a new process reads it again.
            restart(cloud, function)
        before = refusals(cloud, function)
        with without(cloud, role, name, document, index):
            use(cloud, ada, function, place)
            until(f"{function} to be refused without {statement}", lambda: refusals(cloud, function) > before, 30)
        tried += 1
    print(f"{tried} statements tried, {unseen} not")
    assert tried >= 12 and unseen == len(UNSEEN)


def restart(cloud, function):
    """The next invocation is by a new process."""
    functions, name = cloud.client("lambda"), cloud.resources[function]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables["RESTARTED"] = str(time.time())
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
