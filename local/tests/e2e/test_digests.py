"""The line of a request names its user by a digest, which only who has the key can compute."""

import base64
import hashlib
import hmac
import json

from cloud import template_for_emulator, wait_until
from conftest import REQUIRED
from issuer import Issuer
from jobs import JOBS


def digest(stack, issuer, subject):
    """As docs/operations.md computes it."""
    owner = base64.urlsafe_b64encode(hashlib.sha256(f"{issuer}\n{subject}".encode()).digest()[:16]).rstrip(b"=")
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.outputs["LogKeySecretArn"])
    return hmac.new(secret["SecretString"].encode(), owner, hashlib.sha256).hexdigest()[:16]


def line_of(stack, answer):
    """The log line of the request of an answer."""

    def found():
        lines = [line for line in stack.log_lines("ListJobsFunction") if answer.headers["X-Request-Id"] in line]
        return [json.loads(line) for line in lines if "request answered" in line]

    return wait_until("the line of the request", found)[0]


def test_a_request_is_logged_with_the_digest_of_its_user(guarded):
    issuer = Issuer()
    issuer.is_trusted_by(guarded)
    try:
        grace = digest(guarded, issuer.url, "grace")
        assert grace != digest(guarded, issuer.url, "bob")
        line = line_of(guarded, guarded.call("GET", JOBS, issuer.token()))
        assert (line["status"], line["user_digest"]) == (200, grace), line
        assert "grace" not in json.dumps(line) and issuer.url not in json.dumps(line), line
        refused = line_of(guarded, guarded.call("GET", JOBS, issuer.token(groups="all")))
        assert (refused["status"], refused["user_digest"]) == (401, grace), "who is refused is named, too"

        # Rotate the key.
        old = guarded.outputs["LogKeySecretArn"]
        guarded.deploy(template_for_emulator(), *REQUIRED, "LogKeyVersion=2")
        issuer.is_trusted_by(guarded)
        new = digest(guarded, issuer.url, "grace")
        assert (new != grace) and guarded.outputs["LogKeySecretArn"] != old
        assert line_of(guarded, guarded.call("GET", JOBS, issuer.token()))["user_digest"] == new
        kept = guarded.client("secretsmanager").get_secret_value(SecretId=old)
        assert kept["SecretString"], "lines of the old key can still be told"
    finally:
        issuer.server.shutdown()
