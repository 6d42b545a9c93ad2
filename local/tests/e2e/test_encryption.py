"""With KmsKeyArn, everything that is stored is encrypted with this key. Without it, no role has a right to any key."""

import json


WITH_KEY = {"Fn::If": ["HasKmsKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}


def keys_of(stack):
    """The key of each queue, log group and secret of a stack. None stands for a key of AWS."""
    keys = {}
    for name, queue in (("JobQueue", stack.queue), ("DeadLetterQueue", stack.dead_letters)):
        attributes = stack.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        keys[name] = attributes.get("KmsMasterKeyId") or None
    for name, physical in stack.resources.items():
        if name.endswith("Logs"):
            groups = stack.client("logs").describe_log_groups(logGroupNamePrefix=physical)["logGroups"]
            keys[name] = next(group for group in groups if group["logGroupName"] == physical).get("kmsKeyId")
        elif name.endswith("Secret"):
            keys[name] = stack.client("secretsmanager").describe_secret(SecretId=physical).get("KmsKeyId")
    assert len(keys) == 2 + 12 + 2
    return keys


def test_everything_is_encrypted_with_the_key_of_the_operator(cloud, guarded):
    assert set(keys_of(guarded).values()) == {guarded.key}, keys_of(guarded)
    assert not set(keys_of(cloud).values()) & {guarded.key}, keys_of(cloud)
    # The emulator ignores the key of tables and functions, so the test reads these from the expanded template.
    template = guarded.client("cloudformation").get_template(StackName=guarded.stack, TemplateStage="Processed")
    resources = template["TemplateBody"]["Resources"]
    assert resources["Table"]["Properties"]["SSESpecification"]["KMSMasterKeyId"] == WITH_KEY
    functions = [resource for resource in resources.values() if resource["Type"] == "AWS::Lambda::Function"]
    assert [function["Properties"]["KmsKeyArn"] for function in functions] == [WITH_KEY] * 11


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
