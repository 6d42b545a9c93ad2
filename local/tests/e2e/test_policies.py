"""Every statement of a policy is needed: without it, the function that it belongs to is refused."""

import json
import time

from botocore.exceptions import ClientError
from cloud import ROOT, until
from jobs import JOBS, create, document_with_block, lose
from roles import actions, policies, resources, role_arn, without


def statements(cloud):
    """Every statement of every function's own policy: function, role, name and document of the policy, index."""
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
    # The emulator knows no X-Ray, so these two actions are read here and tried nowhere.
    policy = iam.get_policy(PolicyArn=cloud.resources["TracePolicy"])["Policy"]
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    [statement] = version["Document"]["Statement"]
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_without_any_one_statement_its_function_is_refused(cloud, ada, library):
    give_key(cloud)
    place, tried = document_with_block(cloud, ada), 0
    for function, role, name, document, index in statements(cloud):
        statement = document["Statement"][index]
        if on_behalf := done_by_lambda(cloud, role, statement):
            # Lambda itself does this by the function's role, and the emulator without asking it.
            on_behalf()
            with without(cloud, role, name, document, index):
                assert refused(done_by_lambda(cloud, role, statement)), (function, statement)
        else:
            prepare(cloud, function, statement)
            before = refusals(cloud, function)
            with without(cloud, role, name, document, index):
                is_refused(cloud, ada, function, place, before, f"without {statement}")
        tried += 1
    print(f"{tried} statements taken away, one by one")
    assert tried == sum(1 for _ in statements(cloud)) > 30


def test_by_the_role_of_another_every_function_is_refused(cloud, ada, library):
    give_key(cloud)
    place, rights = document_with_block(cloud, ada), {}
    for function, _, _, document, index in statements(cloud):
        statement = document["Statement"][index]
        pairs = {(action, resource) for action in actions(statement) for resource in resources(statement)}
        rights.setdefault(function, set()).update(set() if done_by_lambda(cloud, f"{function}Role", statement) else pairs)
    for function in sorted(rights):
        if not rights[function]:
            assert function == "FallbackFunction", "it asks for nothing, and by no role for more"
            continue
        assert any(by_role_of(cloud, ada, function, other, place) for other in nearest(rights, function)), function


def nearest(rights, function):
    """Functions whose roles lack something that this one's has, those that lack least first."""
    others = [other for other in sorted(rights) if rights[function] - rights[other]]
    return sorted(others, key=lambda other: len(rights[function] - rights[other]))


def by_role_of(cloud, ada, function, other, place):
    """Whether the function is refused by the role of another. A role that lacks what the emulator does not ask for
    is not enough to see it: it takes the rights of a transaction for those of its puts."""
    before = refusals(cloud, function)
    restart(cloud, function, Role=role_arn(cloud, f"{other}Role"))
    try:
        is_refused(cloud, ada, function, place, before, f"by the role of {other}", seconds=4)
        print(f"{function} is refused by the role of {other}")
        return True
    except AssertionError:
        print(f"{function} is not refused by the role of {other}")
        return False
    finally:
        restart(cloud, function, Role=role_arn(cloud, f"{function}Role"))


def give_key(cloud):
    cloud.client("secretsmanager").put_secret_value(SecretId=cloud.outputs["ApiKeySecretArn"], SecretString="offline")


def done_by_lambda(cloud, role, statement):
    """What Lambda does by the function's role: it reads queues and writes logs."""
    if "sqs:ReceiveMessage" in statement["Action"]:
        queue = cloud.queue if role == "WorkerFunctionRole" else cloud.dead_letters
        return lambda: cloud.client("sqs", role).receive_message(QueueUrl=queue)
    if "logs:CreateLogStream" in statement["Action"]:
        group = cloud.resources[role.replace("FunctionRole", "Logs")]
        stream = f"by-role-{time.monotonic_ns()}"
        return lambda: cloud.client("logs", role).create_log_stream(logGroupName=group, logStreamName=stream)
    return None


def refused(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"].startswith("AccessDenied")
    return False


def prepare(cloud, function, statement):
    """What a function has read once it does not read again: the key of Claude, the key of cursors."""
    if function == "WorkerFunction" and "secretsmanager:GetSecretValue" in actions(statement):
        restart(cloud, function)
    if function == "ListJobsFunction" and "dynamodb:PutItem" in actions(statement):
        key = {"pk": {"S": "SERVICE"}, "sk": {"S": "SERVICE"}}
        cloud.client("dynamodb").delete_item(TableName=cloud.outputs["TableName"], Key=key)
        restart(cloud, function)


def is_refused(cloud, ada, function, place, before, how, seconds=60):
    def look():
        use(cloud, ada, function, place)
        return refusals(cloud, function) > before

    until(f"{function} to be refused {how}", look, seconds)


def refusals(cloud, function):
    """How often the function's log tells that it was refused."""
    return sum("AccessDenied" in line for line in cloud.logged(function))


def use(cloud, ada, function, place):
    """Makes the function do all that it does."""
    document, block = place
    path = f"/api/report-builder/{document}"
    if function == "CreateJobFunction":
        cloud.call("POST", JOBS, ada, {"type": "ANALYZE", "documentId": document})
    elif function == "RetryJobFunction":
        job = create(cloud, ada, *document_with_block(cloud, ada))
        cloud.call("DELETE", f"{JOBS}/{job}", ada)
        cloud.call("POST", f"{JOBS}/{job}/retry", ada)
    elif function == "GetJobFunction":
        cloud.call("GET", f"{JOBS}/019a0000-0000-7000-8000-000000000f0b", ada)
    elif function == "ListJobsFunction":
        cloud.call("GET", JOBS, ada)
        cloud.call("GET", f"{JOBS}?documentId={document}&limit=1", ada)
        cloud.call("GET", f"{JOBS}?blockId={block}", ada)
    elif function == "CancelJobFunction":
        # Nobody works on it, so that there is something to cancel.
        cloud.call("DELETE", f"{JOBS}/{lose(cloud, ada, *document_with_block(cloud, ada))}", ada)
    elif function == "DocumentsFunction":
        cloud.call("GET", "/api/report-builder", ada)
        cloud.call("GET", path, ada)
    elif function == "LibraryFunction":
        cloud.call("GET", "/api/evidence?type=SLACK", ada)
        cloud.call("POST", "/api/goals", ada, {"title": "Learn", "status": "ACTIVE"})
    elif function == "WorkerFunction":
        # A new document's block: nobody is in its way.
        create(cloud, ada, *document_with_block(cloud, ada))
    elif function == "SweeperFunction":
        lose(cloud, ada, *document_with_block(cloud, ada))
        cloud.invoke(function, (ROOT / "events/sweeper.json").read_bytes())
    else:
        cloud.invoke(function, (ROOT / "events/dead-letter.json").read_bytes())


def restart(cloud, function, **changes):
    """The next invocation is by a new process."""
    functions, name = cloud.client("lambda"), cloud.resources[function]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables["RESTARTED"] = str(time.time())
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables}, **changes)
