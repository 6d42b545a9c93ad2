"""What stands around a function that is measured: the Lambda runtime API, AWS, and Claude."""

import base64
import hashlib
import json
import os
import select
import signal
import socket
import ssl
import subprocess
import threading
import time
import uuid
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
TABLE = "report-builder-jobs"
ISSUER = "https://identity.example.com"


TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())


def default(parameter):
    """The default of a parameter of the template."""
    return str(TEMPLATE["Parameters"][parameter]["Default"])


def owner(user):
    """The owner in the keys of a user, as `shared/api/src/identity.rs` makes it."""
    digest = hashlib.sha256(f"{ISSUER}\n{user}".encode()).digest()[:16]
    return "USER#" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Runtime(ThreadingHTTPServer):
    """A stub of the Lambda runtime API. After the last request it refuses the next invocation, and the function ends."""

    def __init__(self, requests):
        super().__init__(("127.0.0.1", 0), RuntimeHandler)
        self.requests, self.answers, self.process, self.memory = list(requests), [], Future(), 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def measure(self):
        """Keeps the largest memory of the process so far, in bytes."""
        for line in Path(f"/proc/{self.process.result().pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                self.memory = int(line.split()[1]) * 1024


class RuntimeHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if not self.server.requests:
            self.server.measure()
            self.close_connection = True
            self.connection.close()
            return
        body = json.dumps(self.server.requests.pop(0)).encode()
        self.send_response(200)
        self.send_header("lambda-runtime-aws-request-id", str(uuid.uuid4()))
        self.send_header("lambda-runtime-deadline-ms", str(int(time.time() * 1000) + 300_000))
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


class Claude(ThreadingHTTPServer):
    """Answers every call with the same text of 2,400 characters, in 80 pieces. If it `stalls`, it sends half of them."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ClaudeHandler)
        self.stalls = False
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_port}"


class ClaudeHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        usage = {"input_tokens": 6_000, "output_tokens": 1}
        events = [
            {"type": "message_start", "message": {"id": "m", "model": default("ClaudeModel"), "usage": usage}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        ]
        delta = {"type": "text_delta", "text": "A sentence of thirty letters. "}
        events += [{"type": "content_block_delta", "index": 0, "delta": delta}] * 80
        events += [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 800}},
            {"type": "message_stop"},
        ]
        body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.server.stalls:
            self.wfile.write(body[: len(body) // 2])
            time.sleep(300)
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Emulator:
    """An emulator of DynamoDB and SQS, with the table of the template. `tls` is the same behind TLS."""

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
        for _ in range(600):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
        self.dynamodb = boto3.client("dynamodb", endpoint_url=self.endpoint, **keys)
        self.sqs = boto3.client("sqs", endpoint_url=self.endpoint, **keys)
        table = TEMPLATE["Resources"]["Table"]["Properties"]
        names = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        self.dynamodb.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST", **{name: table[name] for name in names})
        self.queue = self.sqs.create_queue(QueueName="jobs")["QueueUrl"]
        self.tls = Tls(port)
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def copy_user(self, source, users):
        """Gives each of these users the items of `source`."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=TABLE, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": owner(source)}}
        )
        items = json.dumps([item for page in pages for item in page["Items"]])
        for user in users:
            puts = [{"PutRequest": {"Item": item}} for item in json.loads(items.replace(owner(source), owner(user)))]
            for at in range(0, len(puts), 25):
                self.dynamodb.batch_write_item(RequestItems={TABLE: puts[at : at + 25]})

    def has_text(self, user, job):
        """Whether the worker has stored a part of the text."""
        key = {"pk": {"S": owner(user)}, "sk": {"S": f"JOB#{job}#PROGRESS"}}
        item = self.dynamodb.get_item(TableName=TABLE, Key=key).get("Item", {})
        return "text" in item

    def messages(self):
        """Takes all messages from the queue and returns their bodies."""
        bodies = []
        while found := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in found]
            for message in found:
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return bodies


class Tls:
    """Passes TLS connections on to `port`. The chain is as long as that of AWS: a root, an intermediate, and a leaf."""

    def __init__(self, port):
        directory = ROOT / "target/bench"
        directory.mkdir(parents=True, exist_ok=True)
        root_key, root = certificate("Root", None, None)
        middle_key, middle = certificate("Intermediate", root_key, root)
        leaf_key, leaf = certificate("127.0.0.1", middle_key, middle, is_leaf=True)
        pem = serialization.Encoding.PEM
        self.root = directory / "root.pem"
        self.root.write_bytes(root.public_bytes(pem))
        chain, key = directory / "chain.pem", directory / "key.pem"
        chain.write_bytes(leaf.public_bytes(pem) + middle.public_bytes(pem))
        key.write_bytes(
            leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, args=(context, port), daemon=True).start()

    def accept(self, context, port):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(context, client, port), daemon=True).start()

    @staticmethod
    def serve(context, client, port):
        try:
            with context.wrap_socket(client, server_side=True) as inner, socket.create_connection(("127.0.0.1", port)) as outer:
                while True:
                    ready = [inner] if inner.pending() else select.select([inner, outer], [], [])[0]
                    for source, target in ((inner, outer), (outer, inner)):
                        if source in ready:
                            data = source.recv(65_536)
                            if not data:
                                return
                            target.sendall(data)
        except OSError:
            return


def certificate(name, issuer_key, issuer, is_leaf=False):
    key = rsa.generate_private_key(65_537, 2_048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=not is_leaf, path_length=None), critical=True)
    )
    if is_leaf:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))])
        builder = builder.add_extension(names, critical=False)
    return key, builder.sign(issuer_key or key, hashes.SHA256())
