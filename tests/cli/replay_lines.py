# SPDX-License-Identifier: Apache-2.0
"""What a line of an access log says, by the rules in docs/replay.md alone: the oracle's own reader.

A line is (time in nanoseconds, ip, user, path, status) or None when it is unreadable; texts are bytes.
"""

import datetime
import ipaddress
import json
import re

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
SECOND = 10**9
QUOTED = rb'"(?:[^"\\]|\\.)*"'
NUMBER = rb"(?:-|\d+(?:\.\d+)?)"
TAIL = re.compile(rb'((?:[^"\\]|\\.)*)" (\S+) (\d+|-)((?: (?:' + QUOTED + rb"|" + NUMBER + rb"))*)\s*", re.S)
APACHE = re.compile(rb"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d\d)(\d\d)")
RFC3339 = re.compile(rb"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-]\d\d):(\d\d))")
UNIX = re.compile(rb"(-?)(\d+)(?:\.(\d+))?")


def moment(year, month, day, hour, minute, second, fraction, zone_hours, zone_minutes):
    if not 1678 <= int(year) <= 2261 or int(second) > 60 or abs(int(zone_hours)) > 23 or int(zone_minutes) > 59:
        return None
    try:
        at = datetime.datetime(int(year), month, int(day), int(hour), int(minute), min(int(second), 59),
                               tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    ahead = abs(int(zone_hours)) * 3600 + int(zone_minutes) * 60
    seconds = (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(seconds=1)
    return (seconds - (-ahead if zone_hours.startswith(b"-") else ahead)) * SECOND + nanoseconds(fraction)


def nanoseconds(digits):
    return int((digits or b"").ljust(9, b"0")[:9])


def read_time(text):
    if match := APACHE.fullmatch(text):
        day, month, year, hour, minute, second, zone_hours, zone_minutes = match.groups()
        if month.decode() not in MONTHS:
            return None
        return moment(year, MONTHS.index(month.decode()) + 1, day, hour, minute, second, b"", zone_hours,
                      zone_minutes)
    if match := RFC3339.fullmatch(text):
        year, month, day, hour, minute, second, fraction, zone_hours, zone_minutes = match.groups()
        return moment(year, int(month), day, hour, minute, second, fraction, zone_hours or b"+00",
                      zone_minutes or b"00")
    if match := UNIX.fullmatch(text):
        sign, seconds, fraction = match.groups()
        at = int(seconds) * SECOND + nanoseconds(fraction)
        return None if int(seconds) > 9_214_646_400 else -at if sign else at
    return None


def read_status(text, needed):
    """The number; 0 for none, None when it is unreadable."""
    if re.fullmatch(rb"\d{3}", text):
        return int(text)
    return 0 if text in (b"", b"-", b"0") and not needed else None


def first_address(text):
    if b"," not in text:
        return text
    return next((part.strip() for part in text.split(b",") if part.strip()), b"")


def second_word(request):
    words = request.split()
    return words[1] if len(words) > 1 else b""


def is_address(text):
    try:
        return bool(ipaddress.ip_address(text.decode()))
    except ValueError:
        return False


def read_head(head, vhost):
    words = head.split(b" ")
    if vhost is None:
        named = re.fullmatch(rb"(?:[^:]+|.*\]):\d+", words[0]) is not None
        vhost = (len(words) > 3 and words[1] != b"-" and not words[0].endswith(b",")
                 and (named or is_address(words[1].removesuffix(b","))))
    if vhost and not words.pop(0):
        return None
    hosts = []
    while words:
        hosts.append(words.pop(0))
        if not hosts[-1].endswith(b","):
            break
    host = first_address(b" ".join(hosts))
    if not host or len(words) < 2 or not words[0]:
        return None
    return host, b" ".join(words[1:])


def read_text(line, needs, vhost=None):
    before, request_follows, after = line.partition(b'] "')
    head, bracket, time_text = before.rpartition(b" [")
    match = TAIL.fullmatch(after)
    if not (request_follows and bracket and match):
        return None
    who, at, status = read_head(head, vhost), read_time(time_text), read_status(match[2], "status" in needs)
    if who is None or at is None or status is None or len(re.findall(QUOTED, match[4], re.S)) == 1:
        return None
    return at, *who, second_word(match[1]), status


NAMES = {
    "time": ["time", "ts", "msec", "time_iso8601", "time_local"],
    "ip": ["ip", "remote_addr", "request.client_ip", "request.remote_ip", "proxy_protocol_addr", "http_x_real_ip",
           "http_x_forwarded_for"],
    "user": ["user", "remote_user", "user_id"],
    "path": ["path", "request_uri", "request.uri", "request", "uri", "document_uri"],
    "status": ["status"],
}


def read_json(line, needs):
    text, value = line.decode("utf-8", "surrogateescape"), None
    for each in text, re.sub(r"\\(.)", lambda escape: "\\" * (1 + (escape[1] == "x")) + escape[1], text):
        try:
            value = json.loads(each, parse_float=str, parse_int=str)
            break
        except ValueError:
            pass
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("request"), dict):
        value |= {f"request.{name}": member for name, member in value.pop("request").items()}
    found = {}
    for field, names in NAMES.items():
        present = [(name, value[name]) for name in names if name in value]
        name, member = next(((n, m) for n, m in present if m is not None), (None, None))
        if member is not None and not isinstance(member, str) or not present and field in needs:
            return None
        text = (member or "").encode("utf-8", "surrogateescape")
        found[field] = second_word(text) if name == "request" else text
    at, status = read_time(found["time"]), read_status(found["status"], "status" in needs)
    if at is None or status is None:
        return None
    return at, first_address(found["ip"]), found["user"], found["path"], status


TYPED = {"time_local": rb"(\S+ [+-]\d{4})", "time_iso8601": rb"(\S+)", "msec": rb"([\d.]+)", "status": rb"(\d{3}|-)"}


def format_reader(format_string):
    """A reader of lines as a format of nginx describes them."""
    pieces = re.split(r"\$(\w+)", format_string)
    pattern = re.escape(pieces[0].encode())
    for variable, after in zip(pieces[1::2], pieces[2::2]):
        anything = rb'((?:[^"\\]|\\.)*?)' if after.startswith('"') else rb"(.*?)"
        pattern += TYPED.get(variable, anything) + re.escape(after.encode())
    compiled = re.compile(pattern + rb"\s*", re.S)

    def read(line, needs):
        match = compiled.fullmatch(line)
        if match is None:
            return None
        values = dict(zip(pieces[1::2], match.groups()))
        first = {field: next(((n, values[n]) for n in names if n in values), (None, b""))
                 for field, names in NAMES.items()}
        at, status = read_time(first["time"][1]), read_status(first["status"][1], "status" in needs)
        ip, (name, path) = first_address(first["ip"][1]), first["path"]
        if at is None or status is None or "ip" in values and not ip:
            return None
        return at, ip, first["user"][1], second_word(path) if name == "request" else path, status

    return read


def lines_of(data, read, needs):
    """What each line says that is not empty."""
    for line in data.split(b"\n"):
        if line.strip():
            line = line.lstrip(b"\0")
            yield read(line, needs) if line.strip() else None
