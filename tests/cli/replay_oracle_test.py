#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kith replay` on real nodes decides exactly what a plain single-process oracle decides.

The oracle below, and its reader of lines in replay_lines.py, are written from the rules in docs/replay.md
alone. They are played on generated logs of every format, damaged and out of order (replay_logs.py), and on the
log named by KITH_ACCESS_LOG (default ../shared/data/access.log) when that file exists.
"""

import datetime
import json
import os
import re
import subprocess
import sys
import tempfile

import replay_logs
from replay_lines import SECOND, format_reader, lines_of, read_json, read_text

KITH = os.path.join(os.environ["KITH_BUILD_DIR"], "bin", "kith")


def segment(path):
    path = re.sub(rb"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", b"", path)
    path = re.split(rb"[?#]", path)[0]
    first = path.lstrip(b"/") if path.startswith(b"/") and not path.startswith(b"//") else path
    first = first.split(b"/")[0] if not path.startswith(b"//") else b""
    return b"/" + first


class Breaker:
    def __init__(self):
        self.state, self.newest, self.opened, self.row = "closed", None, 0, 0
        self.requests = self.failures = self.refused = 0
        self.transitions = []

    def to(self, state):
        self.state = state
        self.transitions.append((self.newest, state))

    def request(self, time, failed, threshold, open_for):
        self.newest = time if self.newest is None else max(time, self.newest)
        self.requests += 1
        if self.state == "open":
            if self.newest < self.opened + open_for:
                self.refused += 1
                return
            self.to("half_open")
        if failed:
            self.failures += 1
            self.row += 1
            if self.state == "half_open" or self.row >= threshold:
                self.to("open")
                self.opened = self.newest
        else:
            self.row = 0
            if self.state == "half_open":
                self.to("closed")
        if self.state == "open":
            self.row = 0


def stamp(at):
    text = datetime.datetime.fromtimestamp(at // SECOND, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{at % SECOND:09}".rstrip("0") if at % SECOND else "") + "Z"


def oracle(data, read, limit, window, by, breaker):
    needs = {by} | ({"path", "status"} if breaker else set())
    keys, breakers, unreadable, requests = {}, {}, 0, 0
    for parsed in lines_of(data, read, needs):
        if parsed is None:
            unreadable += 1
            continue
        requests += 1
        time, ip, user, path, status = parsed
        key = {"ip": ip, "user": user, "path": path}[by]
        entry = keys.setdefault(key, {"newest": time, "admitted": [], "requests": 0, "limited": 0})
        entry["requests"] += 1
        entry["newest"] = now = max(time, entry["newest"])
        if sum(1 for t in entry["admitted"] if now - window * SECOND < t <= now) >= limit:
            entry["limited"] += 1
            continue
        entry["admitted"].append(now)
        if breaker:
            breakers.setdefault(segment(path), Breaker()).request(time, 500 <= status <= 599, breaker[0],
                                                                  breaker[1] * SECOND)
    return {
        "requests": requests, "unreadable": unreadable,
        "keys": {k.decode("utf-8", "replace"): (e["requests"], len(e["admitted"]), e["limited"])
                 for k, e in keys.items()},
        "breakers": {n.decode("utf-8", "replace"): (b.requests, b.failures, b.refused,
                                                    [(stamp(at), to) for at, to in b.transitions])
                     for n, b in breakers.items()},
    }


def run(arguments, log):
    """The report as JSON; the log comes from its file, or with "-" from standard input."""
    command = [KITH, "replay", *map(str, arguments), "-o", "json"]
    with open(log, "rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def replay(log, options, nodes, limit, window, by, breaker):
    arguments = [log, *options, "--nodes", nodes, "--limit", limit, "--window", f"{window}s", "--by", by]
    if breaker:
        arguments += ["--breaker-by", "path1", "--breaker-failures", breaker[0],
                      "--breaker-open-for", f"{breaker[1]}s"]
    report = run(arguments, log)
    order = [(-k["limited"], k["key"].encode()) for k in report["limiter"]["keys"]]
    assert order == sorted(order), "keys are not sorted by limited, then key"
    assert sum(n["requests"] for n in report["nodes"]) == report["requests"]
    assert len(report["nodes"]) == nodes
    return {
        "requests": report["requests"], "unreadable": report["unreadable"],
        "keys": {k["key"]: (k["requests"], k["admitted"], k["limited"]) for k in report["limiter"]["keys"]},
        "breakers": {b["name"]: (b["requests"], b["failures"], b["refused"],
                                 [(t["at"], t["to"]) for t in b["transitions"]])
                     for b in report["breakers"]},
    }


def expect_equal(case, got, expected):
    for part in expected:
        if got[part] != expected[part]:
            wrong = got[part], expected[part]
            if isinstance(expected[part], dict):
                wrong = [(k, got[part].get(k), expected[part].get(k))
                         for k in sorted(set(got[part]) | set(expected[part]))
                         if got[part].get(k) != expected[part].get(k)][:5]
            sys.exit(f"KITH_SEED={SEED} {case}: {part} differ: (name, kith, oracle) {str(wrong)[:2000]}")


# A log's writer, the oracle's reader, and the options that say outright what is found out without them.
FORMATS = {
    "combined": (replay_logs.combined, read_text, ["--format", "combined"]),
    "main": (replay_logs.main, read_text, ["--format", "main"]),
    "vhost_combined": (replay_logs.vhost_combined, read_text, None),
    "vhost_combined, named": (replay_logs.vhost_combined, lambda line, needs: read_text(line, needs, True),
                              ["--format", "vhost_combined"]),
    "request_time": (replay_logs.request_time, read_text, None),
    "json, own names": (replay_logs.json_own, read_json, ["--format", "json"]),
    "json, nginx": (replay_logs.json_nginx, read_json, None),
    "json, caddy": (replay_logs.json_caddy, read_json, None),
    "format string": (replay_logs.format_string, format_reader(replay_logs.FORMAT_STRING),
                      ["--format-string", replay_logs.FORMAT_STRING]),
}
CASES = [(2, 1, 60, "ip", None), (3, 20, 60, "ip", (5, 60)), (1, 7, 3, "user", (2, 10)),
         (5, 3, 600, "path", (1, 1)), (3, 5, 30, "ip", (3, 0))]
SEED = int(os.environ.get("KITH_SEED", "7"))


def check_format(name, log, data):
    """Every format on nodes once, and without nodes by every key: found out, named, and piped."""
    _, read, options = FORMATS[name]
    found_out = [] if name not in ("format string", "vhost_combined, named") else options
    nodes, limit, window, by, breaker = CASES[1 + len(name) % 4]
    got = replay(log, options or [], min(nodes, 2), limit, window, by, breaker)
    expect_equal(name, got, oracle(data, read, limit, window, by, breaker))
    for by in ("ip", "user", "path"):
        whole = oracle(data, read, 3, 60, by, None)
        expected = {part: whole[part] for part in ("requests", "unreadable")}
        for column, part in (1, "admitted"), (2, "limited"):
            expected[part] = sum(counts[column] for counts in whole["keys"].values())
        assert expected["requests"] > 20 * expected["unreadable"] > 0, (name, expected)
        for source, more in (log, found_out), (log, options or []), ("-", options or []):
            arguments = [source, *more, "--compare", "sliding_log", "--limit", 3, "--window", "60s", "--by", by]
            report = run(arguments, log)
            got = {**report, **report["algorithms"][0]}
            expect_equal(f"{name} by {by} from {source}", got, expected)


def main():
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for i, (name, (write, _, _)) in enumerate(FORMATS.items()):
            data = replay_logs.log(write, SEED + i, 2000)
            log = os.path.join(folder, "generated.log")
            with open(log, "wb") as file:
                file.write(data)
            check_format(name, log, data)
            count += 1
            if i > 0:
                continue
            for case in CASES:
                expect_equal(case, replay(log, [], *case), oracle(data, read_text, *case[1:]))
    real = os.environ.get("KITH_ACCESS_LOG", "../shared/data/access.log")
    if os.path.exists(real):
        with open(real, "rb") as file:
            data = file.read()
        for case in CASES:
            expect_equal(case, replay(real, [], *case), oracle(data, read_text, *case[1:]))
            count += 1
    print(f"{count} logs and cases equal the oracle")


if __name__ == "__main__":
    main()
