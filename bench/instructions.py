#!/usr/bin/env python3
"""Counts the instructions that the deployed functions need to start and to answer a request.

Callgrind runs each bootstrap against a stub of the Lambda runtime API and an emulator of AWS, once without a request, once
with one, and once with eleven. Instructions repeat from run to run, unlike times.

    make bench
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
TABLE = "report-builder-jobs"
USER = {"iss": "https://identity.example.com", "sub": "sample-user"}
# `shared/api/src/identity.rs` makes this id of the claims above, and a test holds it.
OWNER = "USER#bi5r8D1w1WUyMomC-iPMLA"
DOCUMENT = "019a0000-0000-7000-8000-00000000d0c1"


def main():
    with Emulator() as emulator:
        job = answers("create-job", emulator, {}, [create()])[0]["jobId"]
        limits = {"MAX_ACTIVE_JOBS": "50", "MAX_CREATES_PER_MINUTE": "120"}
        rows = [
            ("fallback", "a preflight request", {}, lambda: event("fallback")),
            ("create-job", "without limits and key", {}, create),
            ("create-job", "as deployed", limits, lambda: create(str(uuid.uuid4()))),
            ("get-job", "a poll", {}, lambda: poll(job)),
        ]
        print("| function | request | to start | per request | binary |")
        print("|---|---|---|---|---|")
        for function, name, settings, request in rows:
            counts = {
                count: instructions(function, emulator, settings, [request() for _ in range(count)]) for count in (0, 1, 11)
            }
            start, per_request = counts[0], (counts[11] - counts[1]) / 10
            size = bootstrap(function).stat().st_size / 1e6
            print(f"| {function} | {name} | {start / 1e6:.2f} M | {per_request / 1e6:.2f} M | {size:.1f} MB |", flush=True)


def event(name):
    return json.loads((ROOT / f"events/{name}.json").read_text())


def create(key=None):
    request = event("create-job")
    request["requestContext"]["authorizer"]["jwt"]["claims"] |= USER
    request["body"] = json.dumps({"type": "ANALYZE", "documentId": DOCUMENT})
    request["headers"].pop("idempotency-key", None)
    if key:
        request["headers"]["idempotency-key"] = key
    return request


def poll(job):
    request = event("get-job")
    request["requestContext"]["authorizer"]["jwt"]["claims"] |= USER
    request["pathParameters"] = {"jobId": job}
    return request


def bootstrap(function):
    path = ROOT / "target/lambda" / function / "bootstrap"
    if not path.exists():
        sys.exit(f"{path} is missing: run make lambda")
    return path


def instructions(function, emulator, settings, requests):
    """Instructions of one process that answers these requests and ends."""
    with tempfile.NamedTemporaryFile() as out:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", bootstrap(function)]
        run(command, emulator, settings, requests)
        return int(re.search(r"^(?:summary|totals): (\d+)", Path(out.name).read_text(), re.M)[1])


def answers(function, emulator, settings, requests):
    return [json.loads(answer["body"]) for answer in run([bootstrap(function)], emulator, settings, requests)]


def run(command, emulator, settings, requests):
    """Runs a function on requests. Afterwards the stub refuses the next invocation, and the function ends."""
    runtime = Runtime(requests)
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
        "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "TABLE_NAME": TABLE,
        "QUEUE_URL": emulator.queue,
        "LOG_LEVEL": "info",
    } | settings
    process = subprocess.Popen(
        [str(part) for part in command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        output, _ = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
    runtime.shutdown()
    failed = [answer for answer in runtime.answers if answer.get("statusCode", 500) >= 400 and "fallback" not in str(command)]
    if len(runtime.answers) != len(requests) or failed:
        sys.exit(f"{command[-1]} answered {len(runtime.answers)} of {len(requests)} requests: {failed[:1]}\n{output[-2000:]}")
    return runtime.answers


class Runtime(ThreadingHTTPServer):
    """A stub of the Lambda runtime API."""

    def __init__(self, requests):
        super().__init__(("127.0.0.1", 0), RuntimeHandler)
        self.requests, self.answers = list(requests), []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class RuntimeHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if not self.server.requests:
            self.close_connection = True
            self.connection.close()
            return
        body = json.dumps(self.server.requests.pop(0)).encode()
        self.send_response(200)
        self.send_header("lambda-runtime-aws-request-id", str(uuid.uuid4()))
        self.send_header("lambda-runtime-deadline-ms", str(int(time.time() * 1000) + 60_000))
        self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:bench")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.endswith("/response"):
            self.server.answers.append(json.loads(body))
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Emulator:
    """An emulator of DynamoDB and SQS, with the table of the template and a document."""

    def __enter__(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        environment = os.environ | {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
        self.process = subprocess.Popen(
            [ROOT / ".tools/emulator/bin/ministack"], env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        for _ in range(300):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
        dynamodb = boto3.client("dynamodb", endpoint_url=self.endpoint, **keys)
        table = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]["Table"]["Properties"]
        names = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        dynamodb.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST", **{name: table[name] for name in names})
        at = {"S": "2026-11-23T10:00:00Z"}
        dynamodb.put_item(TableName=TABLE, Item={
            "pk": {"S": OWNER}, "sk": {"S": f"DOCUMENT#{DOCUMENT}"}, "format": {"N": "2"}, "id": {"S": DOCUMENT},
            "name": {"S": "Sample"}, "status": {"S": "DRAFT"}, "contextConfig": {"S": "{}"}, "blocks": {"L": []},
            "version": {"N": "1"}, "createdAt": at, "updatedAt": at,
        })  # fmt: skip
        self.queue = boto3.client("sqs", endpoint_url=self.endpoint, **keys).create_queue(QueueName="jobs")["QueueUrl"]
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


if __name__ == "__main__":
    main()
