"""Which parameters CloudFormation refuses, by the rules of the template."""

import pytest
from botocore.exceptions import ClientError
from cloud import ROOT

GOOGLE = {"JwtIssuer": "https://accounts.google.com", "JwtAudience": "report-builder"}
OWN = {"JwtIssuer": "https://identity.example", "JwtAudience": "report-builder"}
DOMAIN = {"RequiredClaim": "hd", "RequiredClaimValue": "example.com"}
PUBLIC = "Anyone can get a token of this JwtIssuer"
MICROSOFT = OWN | {"JwtIssuer": "https://login.microsoftonline.com/common/v2.0", "RequiredClaim": "tid"}
TENANT = {"RequiredClaimValue": "11111111-2222-3333-4444-555555555555"}
PERSONAL_ACCOUNTS = {"RequiredClaimValue": "9188040d-6c67-4c5b-b112-36a304b66dad"}


def template_without_resources():
    """The parameters and rules of the template, with a resource that costs nothing."""
    lines, kept, is_kept = (ROOT / "template.yaml").read_text().splitlines(), [], False
    for line in lines:
        if line[:1].isalpha():
            is_kept = line in ("Parameters:", "Rules:")
        kept += [line] if is_kept else []
    return "\n".join([*kept, "Resources:", "  Nothing: {Type: AWS::CloudFormation::WaitConditionHandle}"])


def refusal(cloud, parameters):
    """Why CloudFormation creates no stack with these parameters. None if it creates one."""
    cloudformation = cloud.client("cloudformation")
    try:
        cloudformation.create_stack(
            StackName="report-builder-parameters",
            TemplateBody=template_without_resources(),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        )
    except ClientError as error:
        return error.response["Error"]["Message"]
    cloudformation.delete_stack(StackName="report-builder-parameters")
    return None


@pytest.mark.parametrize("parameters", [{}, OWN, OWN | DOMAIN, GOOGLE | DOMAIN, MICROSOFT | TENANT, {"RequiredScope": "reports"}])
def test_parameters_that_are_accepted(cloud, parameters):
    assert refusal(cloud, parameters) is None


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"JwtIssuer": OWN["JwtIssuer"]}, "JwtIssuer needs JwtAudience"),
        (OWN | {"RequiredClaim": "hd"}, "need each other"),
        (OWN | {"RequiredClaimValue": "example.com"}, "need each other"),
        (OWN | DOMAIN | {"RequiredClaimValue": "two words"}, "without spaces"),
        (OWN | {"JwtIssuer": "http://identity.example"}, "must be an https URL"),
        (GOOGLE, PUBLIC),
        (GOOGLE | {"RequiredScope": "reports"}, PUBLIC),
        (GOOGLE | {"RequiredClaim": "email_verified", "RequiredClaimValue": "true"}, PUBLIC),
        (GOOGLE | {"JwtIssuer": "https://login.microsoftonline.com/common/v2.0"}, PUBLIC),
        (GOOGLE | {"JwtIssuer": "https://appleid.apple.com"}, PUBLIC),
        (MICROSOFT | PERSONAL_ACCOUNTS, "All personal accounts"),
    ],
)
def test_parameters_that_are_refused(cloud, parameters, reason):
    assert reason in (refusal(cloud, parameters) or "accepted")
