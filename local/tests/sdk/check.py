"""Runs the official SDK against the offline writer. The SDK must read the streams of the writer, and its request types
must accept the requests of the worker. Reads a JSON object from standard input and prints the messages and errors as
JSON. Fails if the SDK does not understand a request or a stream."""

import json
import sys
from collections.abc import Mapping

import anthropic
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from pydantic import TypeAdapter


# Lists are validated lazily and need the adapter until then, so it must not be dropped.
REQUEST = TypeAdapter(MessageCreateParamsStreaming)


def evaluated(value):
    """Evaluates the lazy iterables of Pydantic."""
    if isinstance(value, Mapping):
        return {name: evaluated(inner) for name, inner in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return [evaluated(inner) for inner in value]


def check_types(body):
    """The SDK drops a field that it does not know. The validated body would then differ from the sent body."""
    known = evaluated(REQUEST.validate_python(body))
    assert known == body, f"the SDK does not know all of this: {body} became {known}"


def stream(client, body):
    fields = {name: value for name, value in body.items() if name != "stream"}
    with client.messages.stream(**fields) as stream:
        return stream.get_final_message()


def error_of(client, body):
    try:
        stream(client, body)
    except anthropic.APIStatusError as error:
        return {"class": type(error).__name__, "status": error.status_code, "type": error.body["error"]["type"]}
    return None


request = json.load(sys.stdin)
for body in request["bodies"]:
    check_types(body)
client = anthropic.Anthropic(api_key="offline", base_url=request["baseUrl"], max_retries=0)
messages = [stream(client, body).model_dump(mode="json") for body in request["bodies"]]
errors = [error_of(client, request["bodies"][0]) for _ in range(request["errors"])]
json.dump({"messages": messages, "errors": errors}, sys.stdout)
