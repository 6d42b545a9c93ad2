"""The official SDK, pointed at the offline writer: it reads what the writer streams, and its
request types take what the worker sends. Reads a JSON object from standard input, prints what
it understood as JSON, and ends with an error where it understands nothing."""

import json
import sys
from collections.abc import Mapping

import anthropic
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from pydantic import TypeAdapter


# Lists are validated when they are walked, and need the adapter until then.
REQUEST = TypeAdapter(MessageCreateParamsStreaming)


def plain(value):
    """Pydantic keeps iterables lazy: this walks them."""
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return [plain(inner) for inner in value]


def check_types(body):
    """A field that the SDK does not know is dropped by it, so what comes back would differ."""
    known = plain(REQUEST.validate_python(body))
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


asked = json.load(sys.stdin)
for body in asked["bodies"]:
    check_types(body)
client = anthropic.Anthropic(api_key="offline", base_url=asked["baseUrl"], max_retries=0)
messages = [stream(client, body).model_dump(mode="json") for body in asked["bodies"]]
errors = [error_of(client, asked["bodies"][0]) for _ in range(asked["errors"])]
json.dump({"messages": messages, "errors": errors}, sys.stdout)
