"""Reads and changes the policies of the roles of functions."""

import json
from contextlib import contextmanager


def policies(cloud):
    """Yields role, name and document of the policy of every function."""
    iam = cloud.client("iam")
    for role in sorted(name for name in cloud.resources if name.endswith("FunctionRole")):
        for name in iam.list_role_policies(RoleName=cloud.resources[role])["PolicyNames"]:
            policy = iam.get_role_policy(RoleName=cloud.resources[role], PolicyName=name)
            yield role, name, policy["PolicyDocument"]


def put_policy(cloud, role, name, document):
    cloud.client("iam").put_role_policy(
        RoleName=cloud.resources[role], PolicyName=name, PolicyDocument=json.dumps(document)
    )


@contextmanager
def without_statement(cloud, role, name, document, index):
    """Removes one statement from the policy of a role, and restores the policy at the end."""
    rest = [statement for position, statement in enumerate(document["Statement"]) if position != index]
    if rest:
        put_policy(cloud, role, name, document | {"Statement": rest})
    else:
        cloud.client("iam").delete_role_policy(RoleName=cloud.resources[role], PolicyName=name)
    try:
        yield
    finally:
        put_policy(cloud, role, name, document)


def find_statement(cloud, role, action):
    """Finds the statement that allows an action. Returns role, name and document of the policy, and the index."""
    for policy_role, name, document in policies(cloud):
        for index, statement in enumerate(document["Statement"]):
            if policy_role == role and action in actions(statement):
                return role, name, document, index
    raise AssertionError(f"{role} does not allow {action}")


def actions(statement):
    return statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]


def resources(statement):
    return statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]


def role_arn(cloud, role):
    return cloud.client("iam").get_role(RoleName=cloud.resources[role])["Role"]["Arn"]


def fix_log_policies(cloud):
    """AWS needs `:*` at the end of the ARN of a log group. The emulator matches only an ARN without it."""
    for role, name, document in policies(cloud):
        for statement in document["Statement"]:
            if "logs:PutLogEvents" in statement["Action"]:
                statement["Resource"] = statement["Resource"].removesuffix(":*")
        put_policy(cloud, role, name, document)
