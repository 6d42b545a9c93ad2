"""What JSON Schema cannot say of this API, told to the fuzzer."""

import datetime
import os
import uuid

import schemathesis
from hypothesis import strategies as st

# Times that the API takes: 1900 to 2200, with any UTC offset.
INSTANTS = st.datetimes(
    min_value=datetime.datetime(1901, 1, 1),
    max_value=datetime.datetime(2199, 1, 1),
    timezones=st.sampled_from([datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=-7, minutes=-30))]),
).map(lambda at: at.isoformat())
DAYS = st.dates(min_value=datetime.date(1901, 1, 1), max_value=datetime.date(2199, 1, 1)).map(str)
schemathesis.openapi.format("date-time", INSTANTS)
schemathesis.openapi.format("date", DAYS)


def backwards(start, end):
    """A range that ends before it begins. Days and instants compare well enough by their text for this."""
    return isinstance(start, str) and isinstance(end, str) and end[:10] <= start[:10]


def ranges(value):
    if isinstance(value, dict):
        yield value.get("start"), value.get("end")
        for inner in value.values():
            yield from ranges(inner)


@schemathesis.hook
def filter_body(context, body):
    return not any(backwards(start, end) for start, end in ranges(body))


@schemathesis.hook
def filter_query(context, query):
    # A cursor is the service's own; made-up ones are refused, which another test shows.
    return not query or ("cursor" not in query and not backwards(query.get("start"), query.get("end")))


@schemathesis.hook
def map_headers(context, headers):
    # The same key with another body is 422, as it should be.
    if headers and "Idempotency-Key" in headers and isinstance(headers["Idempotency-Key"], str):
        headers["Idempotency-Key"] = str(uuid.uuid4())
    return headers


def known(value):
    """Half of all ids, the same half each time."""
    return isinstance(value, str) and value[-1:] in "01234567"


@schemathesis.hook
def before_call(context, case, kwargs):
    # Ids that are made up lead to 404 and no further; half of the jobs are for a document and a block that are there.
    body = case.body
    if case.operation.label == "POST /api/report-builder/jobs" and isinstance(body, dict) and known(body.get("documentId")):
        body["documentId"] = os.environ["FUZZ_DOCUMENT"]
        if isinstance(body.get("blockId"), str):
            body["blockId"] = os.environ["FUZZ_BLOCK"]
