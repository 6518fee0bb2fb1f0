# SPDX-License-Identifier: Apache-2.0
"""Made-up access logs as servers write them, damaged as they are found: cut off by rotation, with holes, control
bytes, bytes that are not UTF-8. Equal seeds give equal logs."""

import collections
import datetime
import json
import random

from replay_lines import MONTHS

PATHS = ["/", "/a/b", "/a", "/b?x=/c", "http://host/d/e", "/f#g", "//h", "*", "/i/", "", '/q\\"r', "/\udce9/x",
         "/long/" + "l" * 5000, "/long/" + "l" * 4999 + "m"]
ADDRESSES = ["10.0.0.1, 10.9.9.9", "2001:db8::7", "2001:db8::7, 10.0.0.3"]
USERS = ["-", "-", "anna", "bert", "ann lee", "caf\udce9", "x [y"]
FORMAT_STRING = '$http_host|$remote_addr|$upstream_addr $status "$request" [$time_iso8601] <$remote_user> $request_time'


def records(seed, count):
    """Requests, a little out of order, with failures in rows."""
    rng = random.Random(seed)
    failing = collections.Counter()
    time = 1_431_857_103
    for _ in range(count):
        time += rng.choice([0, 0, 1, 1, 2, 30])
        path = rng.choice(PATHS)
        fails = failing[path] > 0 or rng.random() < 0.1
        failing[path] = rng.randint(0, 9) if fails and not failing[path] else max(0, failing[path] - 1)
        at = datetime.datetime.fromtimestamp(time - rng.choice([0, 0, 5, 40]), datetime.timezone.utc)
        leap = at.second == 59 and rng.random() < 0.5
        yield {
            "at": at, "clock": at.strftime("%H:%M:") + ("60" if leap else at.strftime("%S")), "leap": leap,
            "ip": rng.choice(ADDRESSES) if rng.random() < 0.2 else f"10.0.0.{int(rng.paretovariate(1)) % 50}",
            "user": rng.choice(USERS), "path": path,
            "request": f"GET {path} HTTP/1.1" if path else rng.choice(["-", "", "\\x16\\x03", "\udcff\x01"]),
            "status": "503" if fails else rng.choice(["200", "200", "304", "404", "499"]),
            "agent": rng.choice(["curl", 'a \\"b\\" c', "caf\udce9", ""]), "size": rng.choice(["-", "17"]),
            "rng": rng,
        }


def apache_time(record):
    at = record["at"]
    return f"{at.day:02}/{MONTHS[at.month - 1]}/{at.year}:{record['clock']} +0000"


def iso_time(record):
    return record["at"].strftime("%Y-%m-%dT") + record["clock"] + record["rng"].choice(["Z", "+00:00"])


def common(record):
    return (f'{record["ip"]} - {record["user"]} [{apache_time(record)}] "{record["request"]}" '
            f'{record["status"]} {record["size"]}')


def combined(record):
    more = f' "-" "{record["agent"]}"' if record["rng"].random() < 0.8 else ""
    return common(record) + more


def main(record):
    return f'{common(record)} "-" "{record["agent"]}" "{record["rng"].choice(["-", "10.9.9.9, 10.8.8.8"])}"'


def vhost_combined(record):
    host = record["rng"].choice(["www.example.com:80", "shop.example.com:443", "[2001:db8::1]:80"])
    return f'{host} {common(record)} "-" "{record["agent"]}"'


def request_time(record):
    return f'{common(record)} "-" "{record["agent"]}" {record["rng"].choice(["0.003", "1431", "-"])}'


def to_json(members):
    return json.dumps(members, ensure_ascii=False)


def json_own(record):
    return to_json({"time": iso_time(record), "ip": record["ip"], "user": record["user"], "path": record["path"],
                    "status": int(record["status"]), "extra": {"time": [1]}})


def json_nginx(record):
    rng = record["rng"]
    time = rng.choice([{"time_local": apache_time(record)}, {"time_iso8601": iso_time(record)},
                       {"time_local": "x", "msec": f'{record["at"].timestamp():.3f}'}])
    path = rng.choice([{"request": record["request"]}, {"request_uri": record["path"], "request": "GET /no x"}])
    status = {} if rng.random() < 0.02 else {"status": rng.choice([record["status"], int(record["status"])])}
    line = to_json({"remote_addr": record["ip"], "remote_user": record["user"], "request_method": "GET",
                    "request_time": 0.003} | time | path | status)
    return line.replace("\\\\x", "\\x") if rng.random() < 0.5 else line


def json_caddy(record):
    at = record["at"].timestamp() + record["rng"].choice([0, 0.25, 0.5])
    request = {"remote_ip": "127.0.0.1", "client_ip": record["ip"], "method": "GET", "uri": record["path"],
               "headers": {"uri": ["/no"]}}
    return to_json({"level": "info", "ts": at, "request": request, "user_id": record["user"], "duration": 0.0009,
                    "status": int(record["status"])})


def format_string(record):
    upstream = record["rng"].choice(["-", "10.7.7.7:80", "10.7.7.7:80, 10.7.7.8:80"])
    return (f'www.example.com|{record["ip"]}|{upstream} {record["status"]} "{record["request"]}" '
            f'[{iso_time(record)}] <{record["user"]}> 0.003')


def damaged(rng, line):
    kind = rng.random()
    if kind < 0.01:
        return line[: rng.randint(1, len(line) - 1)]
    if kind < 0.02:
        return line[rng.randint(1, len(line) - 1):]
    if kind < 0.03:
        return b"\0" * rng.randint(1, 5000) + line
    if kind < 0.035:
        return rng.randbytes(40).replace(b"\n", b"") + b"x"
    if kind < 0.04:
        return rng.choice([b"", b"  \r", b"\0\0\0", line + b" more"])
    return line + rng.choice([b"", b"", b"\r", b"  "])


def log(write, seed, count):
    """The bytes of a log whose lines `write` makes."""
    rng = random.Random(seed)
    lines = [damaged(rng, write(record).encode("utf-8", "surrogateescape")) for record in records(seed, count)]
    return b"\n".join(lines) + rng.choice([b"", b"\n"])
