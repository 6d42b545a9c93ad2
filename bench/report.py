"""The tables of docs/performance.md, and the comparison with the recorded baseline."""

import json
import platform
import re
import subprocess
from datetime import date

from stubs import ROOT, TEMPLATE

PAGE = ROOT / "docs/performance.md"
BASELINE = ROOT / "bench/baseline.json"
# Recorded by `cargo test -p local --test suite capacity`.
UNITS = json.loads((ROOT / "bench/units.json").read_text())
PRICES = json.loads((ROOT / "bench/prices.json").read_text())
# How much a count may grow. It differs a little between processors and between runs.
TOLERANCE = 0.03
# A job may write this much into the logs, in bytes.
MOST_LOGS = 8 * 1024
# `web/packages/jobs` holds this number for a job of 30 s.
POLLS = 12


def toolchain():
    """What the counts depend on beside the code."""
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{platform.machine()}, {rustc}"


def check(counts, logs):
    """Compares counts with the baseline. Returns the exit status."""
    baseline = json.loads(BASELINE.read_text())
    if baseline["toolchain"] != toolchain():
        print(f"not compared: the baseline is of {baseline['toolchain']}, and this is {toolchain()}")
        return 0
    grown = []
    for name, found in counts.items():
        for what, count, recorded in zip(("to start", "per request"), found, baseline["instructions"][name], strict=True):
            growth = count / recorded - 1
            print(f"{name}, {what}: {millions(count)} instructions, {growth:+.1%}")
            if growth > TOLERANCE:
                grown.append(f"{name}, {what}")
    print(f"logs of a job: {logs} bytes")
    if logs > MOST_LOGS:
        grown.append("logs of a job")
    if grown:
        print("\nMore than recorded: " + "; ".join(grown))
        print("Find out why. If it is worth it, run `make bench` and give the reason in docs/performance.md.")
    return 1 if grown else 0


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
    baseline = {"toolchain": toolchain(), "instructions": counts, "logs": logs}
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
    lines = ["| job | create | work | heartbeats | 12 polls | calls | dollars for a million |", "|---|---|---|---|---|---|---|"]
    for kind, units in UNITS.items():
        create, work, beats = units["create"], units["work"], units["heartbeats"]
        calls = create["calls"] + work["calls"] + beats["calls"]
        polls = f"{poll_units(units):g} read"
        cells = [kind, cell(create), cell(work), cell(beats), polls, f"{calls} + {POLLS}", f"${dollars(units, logs):.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    usual = UNITS["GENERATE"]
    parts = ", ".join(f"{name} ${value:.2f}" for name, value in parts_of(usual, logs).items())
    lines += ["", f"The dollars of the first line are {parts}."]
    memory = TEMPLATE["Resources"]["WorkerFunction"]["Properties"]["MemorySize"] / 1000
    wait = 30 * memory * PRICES["aws"]["lambdaGbSecond"]
    lines += [
        "",
        f"The worker waits for Claude for 30 s, which costs ${wait:.0f} for a million jobs that come alone. Ten jobs of one "
        f"document that come in one batch share the wait, and each costs a tenth: ${wait / 10:.2f}.",
    ]
    return "\n".join(lines)


def access_line():
    """Bytes of a line that the gateway logs for each request."""
    line = TEMPLATE["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]
    values = {"requestId": "JKJaXmPLvHcESHA=", "routeKey": "GET /api/report-builder/jobs/{jobId}", "status": "200"}
    values |= {"responseLatency": "12", "responseLength": "1024"}
    return len(re.sub(r"\$context\.([\w.]+)", lambda name: values.get(name[1], "-"), line))


def cell(units):
    index = f" + {units['index']:g}" if units["index"] else ""
    return f"{units['read']:g} read, {units['write']:g}{index} write"


def poll_units(units):
    return units["poll"]["read"] * (POLLS - 1) + units["lastPoll"]["read"]


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
        "polls": poll_units(units) * aws["readUnit"] + POLLS * request,
        "time of the API functions": api_seconds * 0.125 * aws["lambdaGbSecond"],
        "logs": logs / 1e9 * aws["logGigabyte"] * 1e6,
    }


def dollars(units, logs):
    return sum(parts_of(units, logs).values())


def others(logs):
    """Dollars for a million runs of other services."""
    parts = parts_of(UNITS["GENERATE"], logs)
    ours = parts["create"] + parts["work"] + parts["heartbeats"]
    lines = ["| service | a job is | price | dollars for a million |", "|---|---|---|---|"]
    lines.append(f"| this service: create, work and heartbeats | see above | see above | ${ours:.0f} |")
    for other in PRICES["others"]:
        name, counts = f"[{other['name']}]({other['source']})", other["counts"]
        lines.append(f"| {name} | {counts} | {other['price']} | ${other['dollars']:g} |")
    return "\n".join(lines)
