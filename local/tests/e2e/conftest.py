"""Fixtures: one cloud for all tests of a run, with one user and her library, and a second stack."""

import pytest
from cloud import Cloud, template_for_emulator
from issuer import AUDIENCE, CLAIM, SCOPE, VALUE

# A deployment for the users of another issuer, which requires a scope and a claim.
REQUIRED = ["JwtIssuer=https://identity.example", f"JwtAudience={AUDIENCE}", f"RequiredScope={SCOPE}"]
REQUIRED += [f"RequiredClaim={CLAIM}", f"RequiredClaimValue={VALUE}"]


@pytest.fixture(scope="session")
def cloud():
    cloud = Cloud()
    try:
        # The sweeper sends a waiting job again after 5 s, so that the tests do not wait long.
        cloud.deploy(template_for_emulator(), "JobResendSeconds=5")
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="session")
def guarded(cloud):
    """A stack with every protection that a parameter turns on: REQUIRED, and a key of the operator."""
    stack = cloud.for_stack("report-builder-guarded")
    stack.key = cloud.client("kms").create_key(Description="Key of the operator")["KeyMetadata"]["Arn"]
    stack.deploy(template_for_emulator(), *REQUIRED, f"KmsKeyArn={stack.key}")
    return stack


@pytest.fixture(scope="session")
def ada(cloud):
    return cloud.token("ada@example.com")


@pytest.fixture(scope="session")
def library(cloud, ada):
    """Stores twelve pieces of evidence, a goal and a review of ada."""
    items = [
        {
            "type": "PR_AUTHORED",
            "title": f"Part {number}",
            "summary": "Done.",
            "occurredAt": f"2026-10-{number:02}T10:00:00Z",
        }
        for number in range(1, 13)
    ]
    stored = cloud.call("POST", "/api/evidence", ada, {"items": items})
    assert stored.status_code == 200 and stored.json()["created"] == 12, stored.text
    assert cloud.call("POST", "/api/goals", ada, {"title": "Learn", "status": "ACTIVE"}).status_code == 201
    review = {"year": 2025, "type": "MANAGER", "content": "Good."}
    assert cloud.call("POST", "/api/reviews", ada, review).status_code == 201
