"""The check of concurrency that `make deploy` runs, against accounts with different limits. Needs no emulator. A small
server on this machine answers the two calls that the check makes."""

import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cloud import REGION, ROOT, TOOLS

STACK = "report-builder-e2e"
NONE = (
    '<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>'
    "<Code>ValidationError</Code><Message>Stack with id {stack} does not exist</Message></Error></ErrorResponse>"
)
ONE = (
    '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>'
    "<member><StackName>{stack}</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>"
    "<StackStatus>UPDATE_COMPLETE</StackStatus><Parameters>{parameters}</Parameters></member>"
    "</Stacks></DescribeStacksResult></DescribeStacksResponse>"
)
PARAMETER = "<member><ParameterKey>{}</ParameterKey><ParameterValue>{}</ParameterValue></member>"


class Account:
    """An account with a limit. `reserved` is what all its functions have reserved, those of the running stack included.
    `running` has the parameters of the running stack, or is None if there is no stack."""

    def __init__(self, folder):
        self.folder, self.limit, self.reserved, self.running, self.denies = folder, 1000, 0, None, False
        account = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                assert self.path.rstrip("/") == "/2016-08-19/account-settings", self.path
                if account.denies:
                    message = "User: ada is not authorized to perform: lambda:GetAccountSettings"
                    self.answer(403, json.dumps({"Message": message}), "AccessDeniedException")
                    return
                free = account.limit - account.reserved
                limits = {"ConcurrentExecutions": account.limit, "UnreservedConcurrentExecutions": free}
                self.answer(200, json.dumps({"AccountLimit": limits}))

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                if account.running is None:
                    self.answer(400, NONE.format(stack=STACK))
                    return
                parameters = "".join(PARAMETER.format(*pair) for pair in account.running.items())
                self.answer(200, ONE.format(stack=STACK, parameters=parameters))

            def answer(self, status, body, error=None):
                self.send_response(status)
                if error:
                    self.send_header("x-amzn-ErrorType", error)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def check(self, overrides):
        """Runs the check with these `parameter_overrides`, written as in samconfig.toml."""
        settings = f'[dev.deploy.parameters]\nstack_name = "{STACK}"\nparameter_overrides = {overrides}\n'
        (self.folder / "samconfig.toml").write_text(settings)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = {name: value for name, value in kept.items() if "proxy" not in name.lower()} | {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server.server_address[1]}",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        command = [TOOLS / "aws/bin/python", self.folder / "tools/check-concurrency", "--config-env", "dev"]
        return subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True)

    def passes(self, overrides):
        """Returns the line that a check prints if the deployment may go on."""
        result = self.check(overrides)
        printed = (result.returncode, result.stderr, result.stdout.count("\n"))
        assert printed == (0, "", 1), result.stdout + result.stderr
        return result.stdout

    def fails(self, overrides):
        """Returns the line that a check prints if it stops the deployment."""
        result = self.check(overrides)
        printed = (result.returncode, result.stdout, result.stderr.count("\n"))
        assert printed == (1, "", 1), result.stdout + result.stderr
        return result.stderr


@pytest.fixture
def account(tmp_path):
    """An account, and a copy of the tools and the template beside a samconfig.toml of the test."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "template.yaml", tmp_path)
    account = Account(tmp_path)
    yield account
    account.server.shutdown()
    account.server.server_close()


def test_an_account_with_enough_executions_is_not_warned(account):
    line = "WorkerConcurrency 500 fits the account, which runs at most 1000 functions at once\n"
    assert account.passes('["WorkerConcurrency=500"]') == line


def test_more_than_half_of_a_new_account_is_warned_about(account):
    account.limit = 10
    text = (ROOT / "template.yaml").read_text()
    default = re.search(r"(?m)^  WorkerConcurrency:\n(?:    .+\n)*?    Default: (\d+)$", text).group(1)
    expected = (
        f"Warning: the account runs at most 10 functions at once, and WorkerConcurrency {default} would take more than "
        "half of that. Set WorkerConcurrency=5 in samconfig.toml, or ask AWS for a higher limit"
    )
    assert account.passes("[]").startswith(expected)
    assert account.passes('["WorkerConcurrency=6"]').startswith("Warning: ")
    assert account.passes('["WorkerConcurrency=5"]').startswith("WorkerConcurrency 5 fits")
    # What `sam deploy --guided` writes.
    assert account.passes('"LogLevel=\\"info\\" WorkerConcurrency=\\"5\\""').startswith("WorkerConcurrency 5 fits")


def test_executions_that_others_have_reserved_are_not_counted(account):
    account.reserved = 850
    line = account.passes('["WorkerConcurrency=100"]')
    assert "of which 850 are reserved" in line and "Set WorkerConcurrency=75 in" in line, line


def test_a_parameter_without_an_override_keeps_the_value_of_the_running_stack(account):
    account.running = {"WorkerConcurrency": "600"}
    assert "WorkerConcurrency 600 would take more than half" in account.passes("[]")
    assert account.passes('["WorkerConcurrency=7"]').startswith("WorkerConcurrency 7 fits")


def test_a_reservation_below_the_concurrency_of_the_workers_stops_the_deployment(account):
    line = account.fails('["WorkerConcurrency=20", "WorkerReservedConcurrency=19"]')
    assert "WorkerReservedConcurrency 19 is less than WorkerConcurrency 20" in line, line
    assert "Set WorkerReservedConcurrency to 20 or more in samconfig.toml, or to 0." in line, line
    assert account.passes('["WorkerConcurrency=20", "WorkerReservedConcurrency=20"]').startswith("WorkerConcurrency 20")


def test_workers_with_a_reservation_take_nothing_from_the_others(account):
    line = account.passes('["WorkerConcurrency=600", "WorkerReservedConcurrency=600"]')
    assert line.startswith("WorkerConcurrency 600 fits"), line


def test_a_reservation_that_the_account_cannot_grant_stops_the_deployment(account):
    account.reserved = 800
    reservations = '["WorkerConcurrency=20", "WorkerReservedConcurrency=90", "SweeperReservedConcurrency=1", {}]'
    line = account.fails(reservations.format('"CreateJobReservedConcurrency=10"'))
    assert "add up to 101, but at most 100 can be granted" in line and "800 are reserved by others" in line, line
    assert account.passes(reservations.format('"CreateJobReservedConcurrency=9"')).startswith("WorkerConcurrency 20")
    account.limit, account.reserved = 10, 0
    line = account.fails('["WorkerConcurrency=2", "SweeperReservedConcurrency=1"]')
    assert "add up to 1, but at most 0 can be granted: the account runs at most 10 functions at once" in line, line


def test_what_the_running_stack_has_reserved_can_be_reserved_again(account):
    account.reserved, account.running = 900, {"WorkerReservedConcurrency": "900"}
    reserved = '["WorkerConcurrency=20", "WorkerReservedConcurrency={}"]'
    assert account.passes(reserved.format(900)).startswith("WorkerConcurrency 20 fits")
    assert "add up to 901, but at most 900 can be granted" in account.fails(reserved.format(901))


def test_an_account_that_may_not_be_read_is_warned_about(account):
    account.denies = True
    line = account.passes('["WorkerConcurrency=500"]')
    assert line.startswith("Warning: the concurrency limit of the account is not checked"), line
    assert "not authorized to perform: lambda:GetAccountSettings" in line, line
    # What needs no answer of the account is checked.
    assert "is less than" in account.fails('["WorkerConcurrency=20", "WorkerReservedConcurrency=2"]')
