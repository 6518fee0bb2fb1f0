#!/usr/bin/env python3
"""`kith replay` on real nodes decides exactly what a plain single-process oracle decides.

The oracle below is written from the rules in docs/replay.md alone. It is played on generated logs whose
lines are out of order, and on the log named by KITH_ACCESS_LOG (default ../shared/data/access.log) when
that file exists.
"""

import collections
import datetime
import json
import os
import random
import re
import subprocess
import sys
import tempfile

KITH = os.path.join(os.environ["KITH_BUILD_DIR"], "bin", "kith")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
QUOTED = rb'"((?:[^"\\]|\\.)*)"'
LINE = re.compile(
    rb"(\S+) (\S+) (\S+) \[(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\] "
    + QUOTED + rb" (\d{3}) (?:\d+|-)(?: " + QUOTED + rb" " + QUOTED + rb")?\s*", re.S)


def parse(line):
    """(time, ip, user, path, status) of a line, or None when it is unreadable."""
    match = LINE.fullmatch(line)
    if not match:
        return None
    ip, _, user, day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()[:12]
    request, status = match.group(13), match.group(14)
    try:
        moment = datetime.datetime(int(year), MONTHS.index(month.decode()) + 1, int(day), int(hour),
                                   int(minute), int(second), tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    offset = (int(zone_hours) * 60 + int(zone_minutes)) * 60
    time = int(moment.timestamp()) - (offset if sign == b"+" else -offset)
    words = request.split(b" ")
    return time, ip, user, words[1] if len(words) > 1 else b"", int(status)


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


def oracle(data, limit, window, by, breaker):
    keys, breakers, unreadable, requests = {}, {}, 0, 0
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        parsed = parse(line)
        if parsed is None:
            unreadable += 1
            continue
        requests += 1
        time, ip, user, path, status = parsed
        key = {"ip": ip, "user": user, "path": path}[by].decode("utf-8", "replace")
        entry = keys.setdefault(key, {"newest": time, "admitted": [], "requests": 0, "limited": 0})
        entry["requests"] += 1
        entry["newest"] = now = max(time, entry["newest"])
        if sum(1 for t in entry["admitted"] if now - window < t <= now) >= limit:
            entry["limited"] += 1
            continue
        entry["admitted"].append(now)
        if breaker:
            name = segment(path).decode("utf-8", "replace")
            breakers.setdefault(name, Breaker()).request(time, 500 <= status <= 599, *breaker)
    return {
        "requests": requests, "unreadable": unreadable,
        "keys": {k: (e["requests"], len(e["admitted"]), e["limited"]) for k, e in keys.items()},
        "breakers": {n: (b.requests, b.failures, b.refused,
                         [(datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
                           .strftime("%Y-%m-%dT%H:%M:%SZ"), to) for at, to in b.transitions])
                     for n, b in breakers.items()},
    }


def replay(path, nodes, limit, window, by, breaker):
    command = [KITH, "replay", path, "--nodes", str(nodes), "--limit", str(limit), "--window", f"{window}s",
               "--by", by, "-o", "json"]
    if breaker:
        command += ["--breaker-by", "path1", "--breaker-failures", str(breaker[0]),
                    "--breaker-open-for", f"{breaker[1]}s"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")
    report = json.loads(done.stdout)
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


def generated_log(seed, lines):
    rng = random.Random(seed)
    paths = ["/", "/a/b", "/a", "/b?x=/c", "http://host/d/e", "/f#g", "//h", "*", "/i/", ""]
    broken = collections.Counter()
    out, time = [], 1_431_857_103
    for _ in range(lines):
        time += rng.choice([0, 0, 1, 1, 2, 30])
        stamp = datetime.datetime.fromtimestamp(time - rng.choice([0, 0, 5, 40]), datetime.timezone.utc)
        ip = f"10.0.0.{int(rng.paretovariate(1)) % 50}"
        path = rng.choice(paths)
        segment_failing = broken[path] > 0 or rng.random() < 0.1
        broken[path] = rng.randint(0, 9) if segment_failing and not broken[path] else max(0, broken[path] - 1)
        status = 503 if segment_failing else rng.choice([200, 200, 304, 404])
        agent = rng.choice(['"curl"', '"a \\"b\\" c"', '"caf\\xe9"'])
        request = f"GET {path} HTTP/1.1" if path else "-"
        line = (f'{ip} - {rng.choice(["-", "anna", "bert"])} [{stamp.day:02}/{MONTHS[stamp.month - 1]}/'
                f'{stamp.year}:{stamp:%H:%M:%S} +0000] "{request}" {status} {rng.choice(["-", 17])}')
        if rng.random() < 0.8:
            line += f' "-" {agent}'
        if rng.random() < 0.01:
            line = line[: rng.randint(1, len(line) - 1)]
        out.append(line.encode())
        if rng.random() < 0.01:
            out.append(b"")
    return b"\n".join(out) + b"\n"


def main():
    seed = int(os.environ.get("KITH_SEED", "7"))
    cases = [(2, 1, 60, "ip", None), (3, 20, 60, "ip", (5, 60)), (1, 7, 3, "user", (2, 10)),
             (5, 3, 600, "path", (1, 1)), (3, 5, 30, "ip", (3, 0))]
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        logs = []
        for i in range(2):
            logs.append(os.path.join(folder, f"generated-{i}.log"))
            with open(logs[-1], "wb") as file:
                file.write(generated_log(seed + i, 4000))
        real = os.environ.get("KITH_ACCESS_LOG", "../shared/data/access.log")
        if os.path.exists(real):
            logs.append(real)
        for log in logs:
            with open(log, "rb") as file:
                data = file.read()
            for nodes, limit, window, by, breaker in cases:
                expected = oracle(data, limit, window, by, breaker)
                got = replay(log, nodes, limit, window, by, breaker)
                for part in expected:
                    if got[part] != expected[part]:
                        wrong = got[part], expected[part]
                        if isinstance(expected[part], dict):
                            wrong = [(k, got[part].get(k), expected[part].get(k))
                                     for k in sorted(set(got[part]) | set(expected[part]))
                                     if got[part].get(k) != expected[part].get(k)][:5]
                        sys.exit(f"KITH_SEED={seed} {log} nodes={nodes} limit={limit} window={window} by={by} "
                                 f"breaker={breaker}: {part} differ: (name, kith, oracle) {wrong}")
                count += 1
    print(f"{count} replays equal the oracle")


if __name__ == "__main__":
    main()
