"""A stub of an identity provider. It publishes its public key and signs tokens."""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

AUDIENCE = "report-builder"
SCOPE, CLAIM, VALUE = "reports", "groups", "reviews"


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def base64url(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Issuer:
    def __init__(self):
        self.key = new_key()
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
        """A token with all that the API requires, except for what `claims` changes. None removes a claim."""
        now = int(time.time())
        usual = {"iss": self.url, "aud": AUDIENCE, "sub": "grace", "iat": now - 60, "exp": now + 600}
        usual |= {"scope": f"openid {SCOPE}", CLAIM: ["all", VALUE]}
        claims = {name: value for name, value in (usual | claims).items() if value is not None}
        header = {"alg": algorithm, "kid": "one", "typ": "JWT"}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        if algorithm == "none":
            return f"{signed}."
        signature = (key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64url(signature)}"

    def is_trusted_by(self, stack):
        """Lets the API of a stack trust this issuer. JwtIssuer takes only URLs with https."""
        stack.client("apigatewayv2").update_authorizer(
            ApiId=stack.api_id,
            AuthorizerId=stack.authorizer,
            JwtConfiguration={"Issuer": self.url, "Audience": [AUDIENCE]},
        )
