"""With KmsKeyArn, everything that is stored is encrypted with this key. Without it, no role has a right to any key."""

import json


def keys_of(stack):
    """The key of each resource of a stack that has data. None stands for a key of AWS."""
    table = stack.client("dynamodb").describe_table(TableName=stack.resources["Table"])["Table"]
    keys = {"Table": table.get("SSEDescription", {}).get("KMSMasterKeyArn")}
    for name, queue in (("JobQueue", stack.queue), ("DeadLetterQueue", stack.dead_letters)):
        attributes = stack.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        keys[name] = attributes.get("KmsMasterKeyId") or None
    for name, physical in stack.resources.items():
        if name.endswith("Logs"):
            groups = stack.client("logs").describe_log_groups(logGroupNamePrefix=physical)["logGroups"]
            keys[name] = next(group for group in groups if group["logGroupName"] == physical).get("kmsKeyId")
        elif name.endswith("Secret"):
            keys[name] = stack.client("secretsmanager").describe_secret(SecretId=physical).get("KmsKeyId")
        elif name.endswith("Function"):
            keys[name] = stack.client("lambda").get_function_configuration(FunctionName=physical).get("KMSKeyArn")
    return keys


def test_everything_is_encrypted_with_the_key_of_the_operator(cloud, guarded):
    assert set(keys_of(guarded).values()) == {guarded.key}, keys_of(guarded)
    assert not any(str(key).startswith(guarded.key) for key in keys_of(cloud).values()), keys_of(cloud)
    assert len(keys_of(guarded)) == len(keys_of(cloud)) == 3 + 12 + 2 + 11


def test_roles_have_rights_to_the_key_only_if_there_is_one(cloud, guarded):
    iam = guarded.client("iam")
    assert "KeyPolicy" not in cloud.resources
    policy = iam.get_policy(PolicyArn=guarded.resources["KeyPolicy"])["Policy"]
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    document = version["Document"]
    [statement] = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], guarded.key)
    roles = [name for name in guarded.resources if name.endswith("FunctionRole")]
    for role in roles:
        attached = iam.list_attached_role_policies(RoleName=guarded.resources[role])["AttachedPolicies"]
        assert policy["Arn"] in [policy["PolicyArn"] for policy in attached], role
    assert len(roles) == 11
