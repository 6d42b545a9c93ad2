"""Who is let in: users with a token of the issuer, for this audience, that has not run out."""

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


def text(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Issuer:
    """An identity provider of one's own, which publishes its key."""

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
                key["n"] = text(number.n.to_bytes(256, "big"))
                key["e"] = text(number.e.to_bytes(3, "big"))
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
        signed = ".".join(text(json.dumps(part).encode()) for part in (header, claims))
        if algorithm == "none":
            return f"{signed}."
        signature = (key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{text(signature)}"


@pytest.fixture
def issuer(cloud):
    """The stack with an identity provider that exists already, as JwtIssuer and JwtAudience would name it."""
    issuer, gateway = Issuer(), cloud.client("apigatewayv2")
    where = {"ApiId": cloud.api_id, "AuthorizerId": cloud.authorizer}
    usual = gateway.get_authorizer(**where)["JwtConfiguration"]
    gateway.update_authorizer(**where, JwtConfiguration={"Issuer": issuer.url, "Audience": [AUDIENCE]})
    yield issuer
    gateway.update_authorizer(**where, JwtConfiguration=usual)
    issuer.server.shutdown()


def runs(cloud):
    """How often functions of the API have run."""
    names = ("ListJobsFunction", "CreateJobFunction", "DocumentsFunction", "LibraryFunction")
    return sum("START RequestId" in line for name in names for line in cloud.logged(name))


def test_a_valid_token_is_let_in_and_no_other(cloud, issuer):
    now = int(time.time())
    assert cloud.call("GET", JOBS, issuer.token()).json()["jobs"] == []
    document = cloud.call("POST", "/api/report-builder", issuer.token(), {"name": "Of grace"})
    assert document.status_code == 201, document.text
    path = f"/api/report-builder/{document.json()['id']}"
    assert cloud.call("GET", path, issuer.token(sub="bob")).status_code == 404, "the user is the token's subject"
    assert cloud.call("GET", path, issuer.token()).status_code == 200

    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    header, claims, signature = issuer.token().split(".")
    refused = {
        "none": None,
        "no token at all": "grace",
        "one that has run out": issuer.token(exp=now - 1),
        "one for another audience": issuer.token(aud="another-app"),
        "one of another issuer": issuer.token(iss="https://identity.example"),
        "one that is not signed": issuer.token(algorithm="none"),
        "one signed by another key": issuer.token(key=other),
        "one whose claims were changed": f"{header}.{issuer.token(sub='bob').split('.')[1]}.{signature}",
        "one that begins tomorrow": issuer.token(nbf=now + 86_400),
    }
    before = runs(cloud)
    assert before > 0
    for what, token in refused.items():
        for method, path in [("GET", JOBS), ("POST", JOBS), ("GET", "/api/evidence"), ("GET", "/api/report-builder")]:
            answer = cloud.call(method, path, token)
            assert answer.status_code == 401, (what, method, path, answer.text)
    assert runs(cloud) == before, "no function has run"


def test_the_stacks_own_users_are_let_in_for_its_own_client_only(cloud, ada):
    assert cloud.call("GET", JOBS, ada).status_code == 200
    cognito = cloud.client("cognito-idp")
    pool = cloud.outputs["UserPoolId"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="another-app", ExplicitAuthFlows=flows)
    another = cloud.token("carol@example.com", client["UserPoolClient"]["ClientId"])
    assert cloud.call("GET", JOBS, another).status_code == 401
