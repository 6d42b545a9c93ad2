"""A local cloud: an AWS emulator that enforces IAM. The SAM CLI deploys the template into it, with the real Lambda
binaries and with the fake Claude (users know it as the offline writer). Workarounds for the emulator are only in this
file, in roles.py and in routes.py."""

import copy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import boto3
import requests
from botocore.config import Config

from roles import fix_log_policies, role_arn
from routes import add_routes

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / ".tools"
REGION = "us-east-1"
STACK = "report-builder-e2e"
PASSWORD = "Correct-Horse-7-Battery"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(description, probe, seconds=40):
    """Calls `probe` until it returns a true value, and returns that value. Fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = probe()
        if result:
            return result
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s for {description}")


def template_for_emulator():
    """The template without what the emulator does not support: saved queries, and alarms on expressions."""
    text = (ROOT / "template.yaml").read_text()
    parts = re.split(r"(?m)^(?=  [A-Za-z]+:\n|[A-Z])", text)
    unsupported = ("Type: AWS::Logs::QueryDefinition", "\n      Metrics:\n")
    return "".join(part for part in parts if not any(word in part for word in unsupported))


class Cloud:
    region = REGION

    def __init__(self):
        self.stack = STACK
        self.folder = Path(tempfile.mkdtemp(prefix="report-builder-e2e-"))
        self.processes = []
        self.port, self.writer_port = free_port(), free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "SAM_")) and "proxy" not in name.lower()
        } | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "SAM_CLI_TELEMETRY": "0",
        }
        # The emulator passes this environment to the functions that it starts.
        self._start(
            [TOOLS / "emulator/bin/ministack"],
            self.environment | {"GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "AUTH": "true"},
            self.port,
        )
        writer = ["offline-writer", "--port", str(self.writer_port), "--pace-ms", "20"]
        self._start([ROOT / "target/debug/local", *writer], self.environment, self.writer_port)

    def _start(self, command, environment, port):
        log = (self.folder / f"{Path(command[0]).name}.log").open("w")
        process = subprocess.Popen(
            [str(part) for part in command], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        self.processes.append(process)

        def listens():
            assert process.poll() is None, (self.folder / f"{Path(command[0]).name}.log").read_text()[-2000:]
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", port)) == 0

        wait_until(f"{command[0]} to listen", listens)

    def stop(self):
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, service, role=None):
        """An AWS client with the rights of the administrator, or of the role of a function."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        if role:
            session = self.client("sts").assume_role(RoleArn=role_arn(self, role), RoleSessionName="end-to-end")
            keys = {
                "aws_access_key_id": session["Credentials"]["AccessKeyId"],
                "aws_secret_access_key": session["Credentials"]["SecretAccessKey"],
                "aws_session_token": session["Credentials"]["SessionToken"],
            }
        config = Config(retries={"max_attempts": 2}, read_timeout=60)
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, config=config, **keys)

    def for_stack(self, stack):
        """Returns a view of the same cloud for another stack."""
        other = copy.copy(self)
        other.stack = stack
        return other

    def deploy(self, text, *parameters):
        """Deploys a template as `make deploy` does. Sets the outputs, parameters and resources of the stack."""
        # Paths in a template are relative to its folder. This copy is in `target`.
        template = ROOT / "target" / f"{self.stack}.yaml"
        template.write_text(text.replace("CodeUri: target/", "CodeUri: "))
        command = [TOOLS / "aws/bin/sam", "deploy", "--template-file", template, "--stack-name", self.stack]
        command += ["--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"]
        (self.folder / "none.toml").write_text("version = 0.1\n")
        command += ["--config-file", self.folder / "none.toml", "--parameter-overrides", "Architecture=x86_64"]
        command += [f"ClaudeBaseUrl=http://127.0.0.1:{self.writer_port}", *parameters]
        self.run(command)
        cloudformation = self.client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.parameters = {
            parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]
        }
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.stack)
        self.resources = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
        }
        self.api_id = re.match(r"http://([^.]+)\.", self.outputs["ApiUrl"]).group(1)
        self.queue = f"{self.endpoint}/000000000000/{self.outputs['QueueUrl'].rsplit('/', 1)[1]}"
        self.dead_letters = f"{self.endpoint}/000000000000/{self.outputs['DeadLetterQueueUrl'].rsplit('/', 1)[1]}"
        add_routes(self)
        self._fix_event_sources()
        fix_log_policies(self)

    def run(self, command):
        """Runs a program with the environment of this cloud and returns its output. Fails if the program fails."""
        command = [str(part) for part in command]
        result = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
        return result.stdout

    def _fix_event_sources(self):
        """Sets real numbers, because the emulator stores numbers from parameters as strings and cannot compare them."""
        functions = self.client("lambda")
        for source in functions.list_event_source_mappings()["EventSourceMappings"]:
            if scaling := source.get("ScalingConfig"):
                concurrency = int(scaling["MaximumConcurrency"])
                functions.update_event_source_mapping(
                    UUID=source["UUID"],
                    ScalingConfig={"MaximumConcurrency": concurrency},
                    BatchSize=int(source["BatchSize"]),
                )

    def log_lines(self, function):
        """Yields all log lines of a function so far."""
        logs, group = self.client("logs"), self.resources[function.replace("Function", "Logs")]
        # The emulator has a stream for each invocation, and a page has at most 50 streams.
        for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
            for stream in page["logStreams"]:
                events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
                yield from (event["message"] for event in events)

    def invoke(self, function, payload):
        answer = self.client("lambda").invoke(FunctionName=self.resources[function], Payload=payload)
        return json.loads(answer["Payload"].read())

    def token(self, email, client=None):
        """Creates a user in the stack's user pool, signs in, and returns the access token."""
        return self.tokens(email, client)["AccessToken"]

    def tokens(self, email, client=None):
        """Like `token`, but returns all tokens of the sign-in."""
        cognito = self.client("cognito-idp")
        pool, client = self.outputs["UserPoolId"], client or self.outputs["UserPoolClientId"]
        cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        signed_in = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        return signed_in["AuthenticationResult"]

    def call(self, method, path, token=None, body=None, **headers):
        host = {"Host": f"{self.api_id}.execute-api.localhost:{self.port}"}
        signed = {"Authorization": f"Bearer {token}"} if token else {}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method, f"{self.endpoint}{path}", headers=host | signed | headers, json=body, timeout=60
        )
