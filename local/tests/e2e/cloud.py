"""A cloud on this machine: an AWS emulator that enforces IAM, with the template deployed into it by
the SAM CLI, real Lambda binaries, and the offline writer as Claude. What the emulator lacks is
named here and nowhere else."""

import json
import os
import re
import secrets
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

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / ".tools"
REGION = "us-east-1"
STACK = "report-builder-e2e"
PASSWORD = "Correct-Horse-7-Battery"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(what, look, seconds=40):
    """Waits for what the cloud does in its own time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s for {what}")


def template_for_emulator():
    """The template without what the emulator does not know: saved queries, and alarms on expressions."""
    text = (ROOT / "template.yaml").read_text()
    parts = re.split(r"(?m)^(?=  [A-Za-z]+:\n|[A-Z])", text)
    unknown = ("Type: AWS::Logs::QueryDefinition", "\n      Metrics:\n")
    return "".join(part for part in parts if not any(word in part for word in unknown))


class Cloud:
    def __init__(self):
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
        # The emulator gives this environment to the functions that it starts.
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

        until(f"{command[0]} to listen", listens)

    def stop(self):
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 2}, read_timeout=60),
        )

    def deploy(self, text, parameters=()):
        """Deploys a template as `make deploy` does."""
        template = ROOT / "target" / "e2e-template.yaml"
        # Paths in it are relative to the project.
        template.write_text(text.replace("CodeUri: target/", "CodeUri: "))
        command = [TOOLS / "aws/bin/sam", "deploy", "--template-file", template, "--stack-name", STACK]
        command += ["--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"]
        (self.folder / "none.toml").write_text("version = 0.1\n")
        command += ["--config-file", self.folder / "none.toml", "--parameter-overrides", "Architecture=x86_64"]
        command += [f"ClaudeBaseUrl=http://127.0.0.1:{self.writer_port}", *parameters]
        done = subprocess.run([str(part) for part in command], env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        cloudformation = self.client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        pages = cloudformation.list_stack_resources(StackName=STACK)
        self.resources = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in pages["StackResourceSummaries"]
        }
        self.api_id = re.match(r"http://([^.]+)\.", self.outputs["ApiUrl"]).group(1)
        self._add_routes(text)
        self._mend_event_sources()

    def _mend_event_sources(self):
        """The emulator keeps a number that comes from a parameter as a text, and then cannot compare it."""
        functions = self.client("lambda")
        for source in functions.list_event_source_mappings()["EventSourceMappings"]:
            if scaling := source.get("ScalingConfig"):
                most = int(scaling["MaximumConcurrency"])
                functions.update_event_source_mapping(
                    UUID=source["UUID"], ScalingConfig={"MaximumConcurrency": most}, BatchSize=int(source["BatchSize"])
                )

    def _add_routes(self, text):
        """The emulator does not read the OpenAPI body that SAM makes of an HttpApi: the API is there without
        routes. They are made from the template, with the authorizer that it names."""
        gateway = self.client("apigatewayv2")
        for route in gateway.get_routes(ApiId=self.api_id)["Items"]:
            gateway.delete_route(ApiId=self.api_id, RouteId=route["RouteId"])
        issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{self.outputs['UserPoolId']}"
        authorizer = gateway.create_authorizer(
            ApiId=self.api_id,
            Name="Jwt",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": issuer, "Audience": [self.outputs["UserPoolClientId"]]},
        )["AuthorizerId"]
        for function, events in routes_of(text).items():
            arn = f"arn:aws:lambda:{REGION}:000000000000:function:{self.resources[function]}"
            integration = gateway.create_integration(
                ApiId=self.api_id, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
            )["IntegrationId"]
            for route in events:
                guarded = {} if route == "$default" else {"AuthorizationType": "JWT", "AuthorizerId": authorizer}
                gateway.create_route(
                    ApiId=self.api_id, RouteKey=route, Target=f"integrations/{integration}", **guarded
                )

    def token(self, email):
        """Makes a user of the stack's user pool, and signs in."""
        cognito = self.client("cognito-idp")
        pool, client = self.outputs["UserPoolId"], self.outputs["UserPoolClientId"]
        cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        signed_in = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        return signed_in["AuthenticationResult"]["AccessToken"]

    def call(self, method, path, token=None, body=None, **headers):
        host = {"Host": f"{self.api_id}.execute-api.localhost:{self.port}"}
        signed = {"Authorization": f"Bearer {token}"} if token else {}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method, f"{self.endpoint}{path}", headers=host | signed | headers, json=body, timeout=60
        )


def routes_of(text):
    """Functions of the template and the routes of their events."""
    routes, function = {}, None
    for line in text.splitlines():
        if head := re.match(r"  (\w+Function):$", line):
            function = head.group(1)
        elif event := re.match(r'          Properties: \{ApiId: !Ref HttpApi, Method: (\w+), Path: "?(.+?)"?\}$', line):
            routes.setdefault(function, []).append(f"{event.group(1)} {event.group(2)}")
        elif "Auth: {Authorizer: NONE}" in line:
            routes.setdefault(function, []).append("$default")
    return routes


def unique(name):
    return f"{name}-{secrets.token_hex(4)}"
