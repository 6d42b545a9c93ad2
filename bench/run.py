#!/usr/bin/env python3
"""Measures what the deployed functions need, beside an echo and a handler on Node.

    make bench                       measure, and write docs/performance.md and bench/baseline.json
    bench/run.py --check             fail if a count has grown since the baseline

Callgrind counts the instructions of a function in front of stubs, once without a request, once with one, and once with
eleven. Counts repeat from run to run, unlike times. Processor time is measured without callgrind, and only as a ratio to
another function in the same run.
"""

import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import report
from stubs import ISSUER, REGION, ROOT, TABLE, Claude, Emulator, Runtime, default

NODE = ROOT / ".tools/bench"
MODEL = {"CLAUDE_MODEL": default("ClaudeModel"), "CLAUDE_PRICES": default("ClaudePrices")}
LIMITS = MODEL | {
    "MAX_ACTIVE_JOBS": default("MaxActiveJobs"),
    "MAX_CREATES_PER_MINUTE": default("MaxCreatesPerMinute"),
}
# Enough that a garbage collector and a compiler in the process have settled.
REQUESTS = 300


@dataclass
class Row:
    """One line of the table."""

    function: str
    request: str
    command: list
    make: Callable[[], dict]
    settings: dict
    size: int
    # The row with which the processor time is compared.
    peer: str | None = None

    @property
    def name(self):
        return f"{self.function}, {self.request}"


def main():
    check = sys.argv[1:] == ["--check"]
    with Emulator() as emulator:
        bench = Bench(emulator)
        rows = bench.functions() + ([] if check else bench.node_handlers())
        logs = bench.logs(rows)
        if check:
            return bench.check(rows, logs)
        counts = {row.name: bench.instructions(row) for row in rows if row.peer is None}
        natives = {row.name: bench.native(row) for row in rows}
        tls = {row.function: bench.start(row, over_tls=True) for row in rows if row.function in ("create-job", "get-job")}
    report.write(rows, counts, natives, tls, logs)
    return 0


class Bench:
    def __init__(self, emulator):
        self.emulator, self.claude = emulator, Claude()
        self.users, self.polled = self.copies(), None
        self.worker_settings = {
            "CLAUDE_BASE_URL": self.claude.url,
            "CLAUDE_MODEL": default("ClaudeModel"),
            "CLAUDE_PRICES": default("ClaudePrices"),
            "ANTHROPIC_API_KEY": "sample",
            "METRICS_NAMESPACE": "bench",
        }
        self.block = self.sample_document()

    def check(self, rows, logs):
        """Returns the exit status. How often the worker reports its progress depends on the time, so it is left out."""
        grown = report.check_logs(logs)
        for row in rows:
            if row.function != "worker":
                grown += report.check_counts(row.name, lambda row=row: self.instructions(row))
        if grown:
            print("\nMore than recorded: " + "; ".join(grown))
            print("Find out why. If it is worth it, run `make bench` and give the reason in docs/performance.md.")
        return report.check_page() or (1 if grown else 0)

    def functions(self):
        def function(name, request, make, settings=None):
            path = binary(name)
            return Row(name, request, [path], make, settings or {}, path.stat().st_size)

        return [
            function("fallback", "a method that no path takes", lambda: event("fallback", "sample")),
            function("create-job", "POST without limits and key", lambda: self.create(key=False), MODEL),
            function("create-job", "POST as deployed", self.create, LIMITS),
            function("get-job", "a poll of a running job", self.poll),
            function("worker", "a job", self.job, self.worker_settings),
        ]

    def node_handlers(self):
        """Handlers on Node, with the functions that they are compared with."""
        command = ["node", NODE / "runtime.mjs"]
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        size = (NODE / "handler.bundle.mjs").stat().st_size
        return [
            Row(f"Node {version}", "POST as deployed", command, self.create, LIMITS, size, "create-job, POST as deployed"),
            Row(f"Node {version}", "a poll of a running job", command, self.poll, {}, size, "get-job, a poll of a running job"),
        ]

    def sample_document(self):
        """Creates a document with a block and forty pieces of evidence, and returns the id of the block."""
        def post(path, body, **more):
            changes = {"routeKey": f"POST /api/report-builder{path}", "rawPath": f"/api/report-builder{path}", **more}
            return self.answers("documents", {}, [event("documents", "sample", body=json.dumps(body), **changes)])[0]

        self.document = post("", {"name": "Sample"})["id"]
        block = {"type": "PROMPT_RESPONSE", "prompt": "What did I achieve?"}
        block = post("/{id}/blocks", block, pathParameters={"id": self.document})
        items = [{"type": "PR_AUTHORED", "title": f"Change {at}", "summary": "What it did, and for whom. " * 25} for at in range(40)]
        items = [item | {"occurredAt": "2026-10-20T10:00:00Z"} for item in items]
        self.answers("library", {}, [event("library", "sample", body=json.dumps({"items": items}))])
        return block["id"]

    def create(self, key=True):
        """A request for a job, of a user who has none."""
        self.user = next(self.users)
        body = {"type": "GENERATE", "documentId": self.document, "blockId": self.block}
        request = event("create-job", self.user, body=json.dumps(body))
        request["headers"].pop("idempotency-key", None)
        if key:
            request["headers"]["idempotency-key"] = str(uuid.uuid4())
        return request

    def copies(self):
        """Users with the items of the sample, as many as are asked for."""
        for number in itertools.count():
            if number % 50 == 0:
                self.emulator.copy_user("sample", [f"user-{at}" for at in range(number, number + 50)])
            yield f"user-{number}"

    def poll(self):
        """A request for a job that runs and has written half of its text. Its worker has died a moment ago."""
        if self.polled is None:
            self.emulator.messages()
            request = self.create()
            job = self.answers("create-job", LIMITS, [request])[0]["jobId"]
            self.claude.stalls = True
            self.kill_worker(lambda: self.emulator.has_text(self.user, job))
            self.claude.stalls = False
            self.polled = (self.user, job)
        user, job = self.polled
        return event("get-job", user, pathParameters={"jobId": job})

    def job(self):
        """A message of a job that waits."""
        self.emulator.messages()
        self.answers("create-job", MODEL, [self.create()])
        return self.delivery()

    def delivery(self):
        """The only message in the queue, as the worker gets it."""
        request = json.loads((ROOT / "events/worker.json").read_text())
        (request["Records"][0]["body"],) = self.emulator.messages()
        return request

    def instructions(self, row):
        """Instructions to start, and for each request."""
        counts = [self.callgrind(row, number) for number in (0, 1, 11)]
        return counts[0], (counts[2] - counts[1]) // 10

    def start(self, row, over_tls):
        return self.callgrind(row, 0, over_tls)

    def callgrind(self, row, number, over_tls=False):
        with tempfile.NamedTemporaryFile() as out:
            command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", *row.command]
            self.run(command, row.settings, [row.make() for _ in range(number)], over_tls)
            return int(re.search(r"^(?:summary|totals): (\d+)", Path(out.name).read_text(), re.M)[1])

    def native(self, row):
        """Processor time of one request in seconds, and the largest memory in bytes."""
        number = 30 if row.function == "worker" else REQUESTS
        idle = self.run(row.command, row.settings, [])[1]
        busy, memory = self.run(row.command, row.settings, [row.make() for _ in range(number)])[1:3]
        return (busy - idle) / number, memory

    def logs(self, rows):
        """Bytes that the functions and the gateway log for one job with all its polls."""
        found = {}
        for row in rows:
            if row.peer is None:
                found[row.function] = self.run(row.command, row.settings, [row.make()])[3]
        requests = found["create-job"] + report.POLLS * found["get-job"]
        return requests + found["worker"] + (1 + report.POLLS) * report.access_line()

    def answers(self, function, settings, requests):
        answers = self.run([binary(function)], settings, requests)[0]
        return [json.loads(answer["body"]) for answer in answers]

    def kill_worker(self, is_time):
        """Runs the worker on the message in the queue until it is time to kill it."""
        runtime = Runtime([self.delivery()])
        environment = self.environment(runtime) | self.worker_settings
        process = subprocess.Popen([binary("worker")], env=environment, stdout=subprocess.DEVNULL)
        runtime.process.set_result(process)
        until = time.monotonic() + 60
        try:
            while not is_time():
                if process.poll() is not None or runtime.answers or time.monotonic() > until:
                    sys.exit("the worker has stored no part of a text")
                time.sleep(0.2)
        finally:
            process.kill()
            process.wait()
            runtime.shutdown()

    def environment(self, runtime, over_tls=False):
        return {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
            "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
            "AWS_ENDPOINT_URL": self.emulator.tls.endpoint if over_tls else self.emulator.endpoint,
            "SSL_CERT_FILE": str(self.emulator.tls.root),
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "PATH": os.environ["PATH"],
            "TABLE_NAME": TABLE,
            "QUEUE_URL": self.emulator.queue,
            "LOG_LEVEL": "info",
            "LOG_KEY": "a" * 64,
        }

    def run(self, command, settings, requests, over_tls=False):
        """Runs a function on requests. Returns its answers, its processor time, its largest memory and the bytes it logged."""
        runtime = Runtime(requests)
        environment = self.environment(runtime, over_tls) | settings
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen([str(part) for part in command], env=environment, stdout=output, stderr=errors)
            runtime.process.set_result(process)
            # A function that hangs.
            limit = threading.Timer(300, process.kill)
            limit.start()
            _, _, usage = os.wait4(process.pid, 0)
            limit.cancel()
            output.seek(0)
            errors.seek(0)
            text, error = output.read(), errors.read()
        runtime.shutdown()
        failed = [answer for answer in runtime.answers if not succeeded(answer)]
        if len(runtime.answers) != len(requests) or failed:
            sys.exit(f"{command[-1]} answered {len(runtime.answers)} of {len(requests)} requests: {failed[:1]}\n{text[-2000:]}{error[-2000:]}")
        if over_tls and "connection to DynamoDB was not opened" in text:
            sys.exit(f"{command[-1]} does not trust the certificate:\n{text[-2000:]}")
        return runtime.answers, usage.ru_utime + usage.ru_stime, runtime.memory, len(text.encode())


def binary(function):
    path = ROOT / "target/lambda" / function / "bootstrap"
    if not path.exists():
        sys.exit(f"{path} is missing: run make lambda")
    return path


def succeeded(answer):
    if "batchItemFailures" in answer:
        return not answer["batchItemFailures"]
    # 405 is what `fallback` answers, and only it.
    return answer["statusCode"] < 400 or answer["statusCode"] == 405


def event(name, user, **changes):
    """A sample event of this user."""
    event = json.loads((ROOT / f"events/{name}.json").read_text()) | changes
    if "routeKey" in changes:
        event["requestContext"]["routeKey"] = changes["routeKey"]
        event["requestContext"]["http"] |= {"method": changes["routeKey"].split()[0], "path": changes["rawPath"]}
        event["headers"]["content-type"] = "application/json"
    if "authorizer" in event["requestContext"]:
        event["requestContext"]["authorizer"]["jwt"]["claims"] |= {"iss": ISSUER, "sub": user}
    return event


if __name__ == "__main__":
    sys.exit(main())
