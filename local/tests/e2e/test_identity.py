"""Authorization: only a valid token of the issuer for this audience gives access."""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from jobs import JOBS

AUDIENCE = "report-builder"


def base64url(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Issuer:
    """A stub of an identity provider. It publishes its public key and signs tokens."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _handler(self):
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                number = issuer.key.public_key().public_numbers()
                key = {"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig"}
                key["n"] = base64url(number.n.to_bytes(256, "big"))
                key["e"] = base64url(number.e.to_bytes(3, "big"))
                answers = {
                    "/.well-known/openid-configuration": {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"},
                    "/keys": {"keys": [key]},
                }
                body = json.dumps(answers[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def token(self, key=None, algorithm="RS256", **claims):
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "grace", "iat": now - 60, "exp": now + 600} | claims
        header = {"alg": algorithm, "kid": "one", "typ": "JWT"}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        if algorithm == "none":
            return f"{signed}."
        signature = (key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64url(signature)}"


@pytest.fixture
def issuer(cloud):
    """Lets the API trust a stub issuer, as the parameters JwtIssuer and JwtAudience would do."""
    issuer, gateway = Issuer(), cloud.client("apigatewayv2")
    authorizer = {"ApiId": cloud.api_id, "AuthorizerId": cloud.authorizer}
    original = gateway.get_authorizer(**authorizer)["JwtConfiguration"]
    gateway.update_authorizer(**authorizer, JwtConfiguration={"Issuer": issuer.url, "Audience": [AUDIENCE]})
    yield issuer
    gateway.update_authorizer(**authorizer, JwtConfiguration=original)
    issuer.server.shutdown()


def count_invocations(cloud):
    """Number of invocations of four API functions so far, from their logs."""
    names = ("ListJobsFunction", "CreateJobFunction", "DocumentsFunction", "LibraryFunction")
    return sum("START RequestId" in line for name in names for line in cloud.log_lines(name))


def test_only_a_valid_token_gives_access(cloud, issuer):
    now = int(time.time())
    assert cloud.call("GET", JOBS, issuer.token()).json()["jobs"] == []
    document = cloud.call("POST", "/api/report-builder", issuer.token(), {"name": "Of grace"})
    assert document.status_code == 201, document.text
    path = f"/api/report-builder/{document.json()['id']}"
    assert cloud.call("GET", path, issuer.token(sub="bob")).status_code == 404, "the user is the token's subject"
    assert cloud.call("GET", path, issuer.token()).status_code == 200

    # The gateway takes an id token of a user pool, and the functions do not.
    assert cloud.call("GET", path, issuer.token(token_use="id")).status_code == 401
    assert cloud.call("GET", path, issuer.token(token_use="access")).status_code == 200

    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    header, claims, signature = issuer.token().split(".")
    rejected = {
        "no token": None,
        "not a token": "grace",
        "an expired token": issuer.token(exp=now - 1),
        "a token for another audience": issuer.token(aud="another-app"),
        "a token of another issuer": issuer.token(iss="https://identity.example"),
        "an unsigned token": issuer.token(algorithm="none"),
        "a token signed with another key": issuer.token(key=other),
        "a token with changed claims": f"{header}.{issuer.token(sub='bob').split('.')[1]}.{signature}",
        "a token that is valid from tomorrow": issuer.token(nbf=now + 86_400),
    }
    before = count_invocations(cloud)
    assert before > 0
    for description, token in rejected.items():
        for method, path in [("GET", JOBS), ("POST", JOBS), ("GET", "/api/evidence"), ("GET", "/api/report-builder")]:
            answer = cloud.call(method, path, token)
            assert answer.status_code == 401, (description, method, path, answer.text)
    assert count_invocations(cloud) == before, "no function has run"


def test_users_of_the_stack_get_access_only_through_the_client_of_the_stack(cloud, ada):
    assert cloud.call("GET", JOBS, ada).status_code == 200
    cognito = cloud.client("cognito-idp")
    pool = cloud.outputs["UserPoolId"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="another-app", ExplicitAuthFlows=flows)
    token_of_another_client = cloud.token("carol@example.com", client["UserPoolClient"]["ClientId"])
    assert cloud.call("GET", JOBS, token_of_another_client).status_code == 401
