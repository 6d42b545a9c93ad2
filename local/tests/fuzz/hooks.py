"""Hooks of the fuzzer for rules of the API that JSON Schema cannot express."""

import datetime
import os
import uuid

import schemathesis
from hypothesis import strategies as st

# Times that the API accepts: the years 1900 to 2200, with any UTC offset.
INSTANTS = st.datetimes(
    min_value=datetime.datetime(1901, 1, 1),
    max_value=datetime.datetime(2199, 1, 1),
    timezones=st.sampled_from([datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=-7, minutes=-30))]),
).map(lambda at: at.isoformat())
DAYS = st.dates(min_value=datetime.date(1901, 1, 1), max_value=datetime.date(2199, 1, 1)).map(str)
schemathesis.openapi.format("date-time", INSTANTS)
schemathesis.openapi.format("date", DAYS)
schemathesis.openapi.format("uri", st.sampled_from(["https://git.example.com/1", "HTTP://Example.com/a b?q=é#x", "https://[::1]:8080/"]))
schemathesis.openapi.format("iana-time-zone", st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]))


def backwards(start, end):
    """Whether a range ends on or before the day on which it begins. The first ten characters of a time are its day."""
    return isinstance(start, str) and isinstance(end, str) and end[:10] <= start[:10]


def ranges(value):
    """Yields the start and end of every object in a JSON value."""
    if isinstance(value, dict):
        yield value.get("start"), value.get("end")
        for inner in value.values():
            yield from ranges(inner)


@schemathesis.hook
def filter_case(context, case):
    # Where the fuzzer finds no valid value for a body, it takes an invalid one and still expects success.
    parts = case.meta.components.values() if case.meta else ()
    expects_success = case.meta and case.meta.generation.mode == schemathesis.GenerationMode.POSITIVE
    return not (expects_success and any(part.mode == schemathesis.GenerationMode.NEGATIVE for part in parts))


@schemathesis.hook
def filter_body(context, body):
    return not any(backwards(start, end) for start, end in ranges(body))


@schemathesis.hook
def filter_query(context, query):
    # Only the service can create a valid cursor. Another test shows that invalid cursors are rejected.
    return not query or ("cursor" not in query and not backwards(query.get("start"), query.get("end")))


def is_day(value):
    try:
        return isinstance(value, str) and bool(datetime.date.fromisoformat(value))
    except ValueError:
        return False


@schemathesis.hook
def map_query(context, query):
    # Days of spending: `from` is not after `to`, and not long before it.
    if query and is_day(query.get("from")) and is_day(query.get("to", "2026-01-01")):
        query["to"] = query["from"]
    return query


@schemathesis.hook
def map_headers(context, headers):
    # A repeated key with another body would get 422, so every request gets a new key.
    if headers and "Idempotency-Key" in headers and isinstance(headers["Idempotency-Key"], str):
        headers["Idempotency-Key"] = str(uuid.uuid4())
    return headers


def is_replaced(value):
    """Selects half of all ids. The same id always gets the same answer."""
    return isinstance(value, str) and value[-1:] in "01234567"


def give_own_ids(input):
    """Replaces the id of each source of a job's input that another source of its kind has. A schema cannot say this."""
    for kind in ("evidence", "goals", "reviews"):
        seen = set()
        sources = input.get(kind)
        for source in sources if isinstance(sources, list) else []:
            if isinstance(source, dict) and isinstance(source.get("id"), str):
                if source["id"] in seen:
                    source["id"] = str(uuid.uuid4())
                seen.add(source["id"])


@schemathesis.hook
def before_call(context, case, kwargs):
    # A generated id gets 404 and tests nothing else, so half of the jobs get a document and a block that exist.
    body = case.body
    if case.operation.path.startswith("/api/report-builder/jobs") and isinstance(body, dict) and isinstance(body.get("input"), dict):
        give_own_ids(body["input"])
    if case.operation.label == "POST /api/report-builder/jobs" and isinstance(body, dict) and is_replaced(body.get("documentId")):
        body["documentId"] = os.environ["FUZZ_DOCUMENT"]
        if isinstance(body.get("blockId"), str):
            body["blockId"] = os.environ["FUZZ_BLOCK"]
