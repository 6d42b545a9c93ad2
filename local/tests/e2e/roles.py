"""The roles of functions, and their policies."""

import json
from contextlib import contextmanager


def policies(cloud):
    """Role, name and document of every function's own policy."""
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
def without(cloud, role, name, document, index):
    """The role without one statement of its policy."""
    rest = [statement for place, statement in enumerate(document["Statement"]) if place != index]
    if rest:
        put_policy(cloud, role, name, document | {"Statement": rest})
    else:
        cloud.client("iam").delete_role_policy(RoleName=cloud.resources[role], PolicyName=name)
    try:
        yield
    finally:
        put_policy(cloud, role, name, document)


def statement_with(cloud, role, action):
    """Where the statement stands that allows the action: role, name and document of the policy, index."""
    for known, name, document in policies(cloud):
        for index, statement in enumerate(document["Statement"]):
            if known == role and action in actions(statement):
                return role, name, document, index
    raise AssertionError(f"{role} does not allow {action}")


def actions(statement):
    return statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]


def resources(statement):
    return statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]


def role_arn(cloud, role):
    return cloud.client("iam").get_role(RoleName=cloud.resources[role])["Role"]["Arn"]


def mend_log_policies(cloud):
    """The emulator knows a log group by its ARN without the `:*` that AWS asks for."""
    for role, name, document in policies(cloud):
        for statement in document["Statement"]:
            if "logs:PutLogEvents" in statement["Action"]:
                statement["Resource"] = statement["Resource"].removesuffix(":*")
        put_policy(cloud, role, name, document)
