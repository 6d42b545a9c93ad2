"""Which token gives access. docs/security.md lists these tests."""

import time

import pytest
from issuer import Issuer, new_key
from jobs import JOBS

ROUTES = [("GET", JOBS), ("POST", JOBS), ("GET", "/api/evidence"), ("GET", "/api/report-builder")]


@pytest.fixture
def issuer(guarded):
    """An issuer that the API of the stack trusts."""
    issuer = Issuer()
    issuer.is_trusted_by(guarded)
    yield issuer
    issuer.server.shutdown()


def count_invocations(stack):
    """Number of invocations of the functions behind ROUTES so far, from their logs."""
    names = ("ListJobsFunction", "CreateJobFunction", "DocumentsFunction", "LibraryFunction")
    return sum("START RequestId" in line for name in names for line in stack.log_lines(name))


def assert_gateway_refuses(stack, issuer, token, status=401):
    assert stack.call("GET", JOBS, issuer.token()).status_code == 200, "a good token gives access"
    before = count_invocations(stack)
    assert before > 0
    for method, path in ROUTES:
        answer = stack.call(method, path, token)
        assert answer.status_code == status, (method, path, answer.text)
    assert count_invocations(stack) == before, "no function has run"


def assert_functions_refuse(stack, token, detail):
    for method, path in ROUTES:
        answer = stack.call(method, path, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED"), (method, path, answer.text)
        assert detail in answer.json()["detail"], answer.text


def create_document(stack, token):
    answer = stack.call("POST", "/api/report-builder", token, {"name": "Of one person"})
    assert answer.status_code == 201, answer.text
    return f"/api/report-builder/{answer.json()['id']}"


def test_a_token_with_all_that_is_required_gives_access(guarded, issuer):
    for claims in ({}, {"groups": "reviews"}, {"scope": None, "scp": ["reports"]}, {"token_use": "access"}):
        assert guarded.call("GET", JOBS, issuer.token(**claims)).json()["jobs"] == [], claims


def test_no_token(guarded, issuer):
    assert_gateway_refuses(guarded, issuer, None)


def test_no_jwt(guarded, issuer):
    assert_gateway_refuses(guarded, issuer, "grace")


def test_an_expired_token(guarded, issuer):
    assert_gateway_refuses(guarded, issuer, issuer.token(exp=int(time.time()) - 1))


def test_a_token_that_is_valid_from_tomorrow(guarded, issuer):
    assert_gateway_refuses(guarded, issuer, issuer.token(nbf=int(time.time()) + 86_400))


def test_a_token_for_another_audience(guarded, issuer):
    assert_gateway_refuses(guarded, issuer, issuer.token(aud="another-app"))


def test_a_token_that_names_another_issuer(guarded, issuer):
    assert_gateway_refuses(guarded, issuer, issuer.token(iss="https://identity.example"))


def test_a_token_of_another_issuer(guarded, issuer):
    other = Issuer()
    try:
        assert_gateway_refuses(guarded, issuer, other.token())
    finally:
        other.server.shutdown()


def test_a_token_signed_with_another_key(guarded, issuer):
    assert_gateway_refuses(guarded, issuer, issuer.token(key=new_key()))


def test_a_token_whose_claims_were_changed(guarded, issuer):
    header, _, signature = issuer.token().split(".")
    assert_gateway_refuses(guarded, issuer, f"{header}.{issuer.token(sub='bob').split('.')[1]}.{signature}")


def test_a_token_with_the_algorithm_none(guarded, issuer):
    assert_gateway_refuses(guarded, issuer, issuer.token(algorithm="none"))


def test_a_token_without_the_required_scope(guarded, issuer):
    for scope in (None, "openid", "reports-2"):
        assert_gateway_refuses(guarded, issuer, issuer.token(scope=scope), 403)


def test_a_token_without_the_required_claim(guarded, issuer):
    for groups in (None, "all", ["all"], [], ["reviews-2"], "all reviews"):
        assert_functions_refuse(guarded, issuer.token(groups=groups), "Your account has no access")


def test_an_id_token_of_the_user_pool(cloud):
    tokens = cloud.tokens("dora@example.com")
    assert cloud.call("GET", JOBS, tokens["AccessToken"]).status_code == 200
    assert_functions_refuse(cloud, tokens["IdToken"], "Sign in")


def test_an_access_token_of_another_client_of_the_user_pool(cloud, ada):
    assert cloud.call("GET", JOBS, ada).status_code == 200
    cognito = cloud.client("cognito-idp")
    pool = cloud.outputs["UserPoolId"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="another-app", ExplicitAuthFlows=flows)
    token = cloud.token("carol@example.com", client["UserPoolClient"]["ClientId"])
    for method, path in ROUTES:
        assert cloud.call(method, path, token).status_code == 401, (method, path)


def test_another_subject_of_the_issuer(guarded, issuer):
    document = create_document(guarded, issuer.token())
    assert guarded.call("GET", document, issuer.token()).status_code == 200
    assert guarded.call("GET", document, issuer.token(sub="bob")).status_code == 404


def test_an_equal_subject_of_another_issuer(guarded, issuer):
    document, other = create_document(guarded, issuer.token()), Issuer()
    try:
        other.is_trusted_by(guarded)
        assert guarded.call("GET", "/api/report-builder", other.token()).json()["documents"] == []
        assert guarded.call("GET", document, other.token()).status_code == 404
        assert guarded.call("PATCH", document, other.token(), {"name": "Taken"}).status_code == 404
        assert guarded.call("DELETE", document, other.token()).status_code == 404
        issuer.is_trusted_by(guarded)
        assert guarded.call("GET", document, issuer.token()).json()["name"] == "Of one person"
    finally:
        other.server.shutdown()
