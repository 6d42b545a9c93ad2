"""The tables of docs/performance.md, and the comparison with the recorded baseline."""

import json
import platform
import re
import subprocess
from datetime import date

from stubs import ROOT, TEMPLATE

PAGE = ROOT / "docs/performance.md"
BASELINE = ROOT / "bench/baseline.json"
# Recorded by the test `capacity` of the suite.
UNITS = json.loads((ROOT / "bench/units.json").read_text())
# Dollars for a million of each.
PRICES = json.loads((ROOT / "bench/prices.json").read_text())
# How much a count may grow. It differs a little between processors and between runs, and more between compilers.
TOLERANCE, TOLERANCE_OF_OTHER_COMPILERS = 0.03, 0.10
# A job may write this much into the logs, in bytes.
MOST_LOGS = 8 * 1024
# `web/packages/jobs` holds this number for a job of 30 s.
POLLS = 12
# The part of the requests that X-Ray records by default when there are many.
TRACED = 0.05
# What a job leaves in the table: the job, its text, a revision and their index entries, in bytes.
KEPT_BYTES = 5_000


def compiler():
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def check_logs(logs):
    print(f"logs of a job: {logs} bytes")
    return [] if logs <= MOST_LOGS else ["logs of a job"]


def check_counts(name, measure):
    """Compares the counts of a function with the baseline, and returns what has grown. On a busy machine a call may run into
    its limit on time and be repeated, so a count that has grown is measured once more."""
    baseline = json.loads(BASELINE.read_text())
    if baseline["machine"] != platform.machine():
        print(f"{name}: not compared, because the baseline is of {baseline['machine']}")
        return []
    tolerance = TOLERANCE if baseline["compiler"] == compiler() else TOLERANCE_OF_OTHER_COMPILERS
    for _ in range(2):
        growth = {}
        for what, count, recorded in zip(("to start", "per request"), measure(), baseline["instructions"][name], strict=True):
            growth[what] = count / recorded - 1
            print(f"{name}, {what}: {millions(count)} instructions, {growth[what]:+.1%}")
        if max(growth.values()) <= tolerance:
            return []
    return [f"{name}, {what}" for what, more in growth.items() if more > tolerance]


def check_page():
    """Fails if the costs in docs/performance.md do not follow from units and prices."""
    recorded = json.loads(BASELINE.read_text())["logs"]
    page = PAGE.read_text()
    if with_table(with_table(page, "costs", costs(recorded)), "others", others(recorded)) != page:
        print("The tables of costs in docs/performance.md do not follow from bench/units.json and bench/prices.json: run make bench")
        return 1
    return 0


def write(rows, counts, natives, tls, logs):
    """Writes the baseline and the tables, and prints the tables."""
    baseline = {"machine": platform.machine(), "compiler": compiler(), "instructions": counts, "logs": logs}
    BASELINE.write_text(json.dumps(baseline, indent=2) + "\n")
    page = PAGE.read_text()
    for name, table in (("functions", functions(rows, counts, natives, tls)), ("costs", costs(logs)), ("others", others(logs))):
        print(table, "\n")
        page = with_table(page, name, table)
    machine = f"Measured on {date.today()}: {platform.system()} {platform.machine()}, {processor()}."
    page = re.sub(r"^Measured on .*$", machine, page, flags=re.M)
    PAGE.write_text(page)


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "unknown processor"


def with_table(page, name, table):
    begin, end = f"<!-- {name}: written by make bench -->\n", "<!-- end -->"
    before, rest = page.split(begin)
    return before + begin + table + "\n" + end + rest.split(end, 1)[1]


def functions(rows, counts, natives, tls):
    lines = [
        "| function | request | instructions to start | over TLS | per request | processor time | memory | binary |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        name = f"{row.function}, {row.request}"
        seconds, memory = natives[name]
        start, request = counts.get(name, (None, None))
        ratio = f"{seconds / natives[row.peer][0]:.1f} times" if row.peer else "1"
        over_tls = tls.get(row.function) if row.peer is None else None
        cells = [row.function, row.request, millions(start), millions(over_tls), millions(request), ratio]
        cells += [f"{memory / 1e6:.1f} MB", f"{row.size / 1e6:.1f} MB"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def millions(count):
    return "–" if count is None else f"{count / 1e6:.2f} M"


def costs(logs):
    """Dollars for a million jobs, by kind of job."""
    lines = ["| job | create | work | heartbeats | 12 polls | calls | of polls | dollars for a million |", "|---|---|---|---|---|---|---|---|"]
    for kind, units in UNITS.items():
        create, work, beats = units["create"], units["work"], units["heartbeats"]
        calls = create["calls"] + work["calls"] + beats["calls"]
        polls, calls_of_polls = (of_polls(units, what) for what in ("read", "calls"))
        cells = [kind, cell(create), cell(work), cell(beats), f"{polls:g} read", f"{calls}", f"{calls_of_polls}"]
        cells.append(f"${dollars(units, logs):.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    usual = UNITS["GENERATE"]
    parts = ", ".join(f"{name} ${value:.2f}" for name, value in parts_of(usual, logs).items())
    lines += ["", f"The dollars of a GENERATE are: {parts}."]
    lines += [
        "",
        f"The worker waits for Claude for 30 s. This costs ${wait():.2f} for a million jobs that come alone. Ten jobs of one "
        f"document that come in one batch share the wait, and each costs a tenth: ${wait() / 10:.2f}.",
        "",
        f"A million jobs leave about {KEPT_BYTES / 1000:g} GB in the table. A month of it costs "
        f"${KEPT_BYTES / 1000 * PRICES['aws']['tableGbMonth']:.2f}. A job stays for 90 days, its text and revision as long as "
        "the block.",
    ]
    return "\n".join(lines)


def wait():
    """Dollars for a million waits of 30 s in the worker."""
    return 30 * gigabytes("WorkerFunction") * PRICES["aws"]["lambdaGbSecond"]


def gigabytes(function):
    own = TEMPLATE["Resources"][function]["Properties"].get("MemorySize")
    return (own or TEMPLATE["Globals"]["Function"]["MemorySize"]) / 1024


def access_line():
    """Bytes of a line that the gateway logs for each request."""
    line = TEMPLATE["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]
    values = {"requestId": "JKJaXmPLvHcESHA=", "routeKey": "GET /api/report-builder/jobs/{jobId}", "status": "200"}
    values |= {"responseLatency": "12", "responseLength": "1024"}
    return len(re.sub(r"\$context\.([\w.]+)", lambda name: values.get(name[1], "-"), line))


def cell(units):
    index = f" + {units['index']:g}" if units["index"] else ""
    return f"{units['read']:g} read, {units['write']:g}{index} write"


def of_polls(units, what):
    return units["poll"][what] * (POLLS - 1) + units["lastPoll"][what]


def parts_of(units, logs):
    """Dollars for a million jobs of this kind, beside Claude and the time of the worker."""
    aws = PRICES["aws"]
    table = lambda part: part["read"] * aws["readUnit"] + (part["write"] + part["index"]) * aws["writeUnit"]  # noqa: E731
    request = aws["httpApiRequest"] + aws["lambdaRequest"]
    # 25 ms for a POST and 8 ms for a poll, most of them waiting for DynamoDB, of 128 MB.
    api_seconds = 0.025 + POLLS * 0.008
    return {
        "create": table(units["create"]) + request + aws["queueCall"],
        # Lambda receives and deletes the message.
        "work": table(units["work"]) + aws["lambdaRequest"] + 2 * aws["queueCall"],
        "heartbeats": table(units["heartbeats"]),
        "polls": of_polls(units, "read") * aws["readUnit"] + POLLS * request,
        "time of the API functions": api_seconds * gigabytes("GetJobFunction") * aws["lambdaGbSecond"],
        "logs": logs / 1e9 * aws["logGb"] * 1e6,
        # The trace of a POST continues in the worker.
        "traces": (1 + POLLS) * TRACED * aws["trace"],
    }


def dollars(units, logs):
    return sum(parts_of(units, logs).values())


def others(logs):
    """Dollars for a million runs of other services."""
    parts = parts_of(UNITS["GENERATE"], logs)
    ours = parts["create"] + parts["work"] + parts["heartbeats"]
    lines = ["| service | a job is | price | dollars for a million | with 30 s of waiting |", "|---|---|---|---|---|"]
    lines.append(f"| this service: create, work and heartbeats | see above | see above | ${ours:.0f} | ${ours + wait():.0f} |")
    for other in PRICES["others"]:
        cost = sum(amount * price for amount, price in other["parts"])
        waiting = {"lambda": f"${cost + wait():.0f}", "free": f"${cost:g}"}.get(other["waits"], f"${cost:g} {other['waits']}")
        cells = [f"[{other['name']}]({other['source']})", other["counts"], other["price"], f"${cost:.3g}", waiting]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
