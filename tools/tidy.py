#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the style of the tree that a formatter cannot: floors, sizes, banned words, documentation.

    tools/tidy.py [ROOT]    prints one line a finding, exit code 1 when there is any

Each check is a function (File) -> findings, and has a test in tidy_test.py. Sizes above a limit are
tolerated only where tools/tidy_ratchet.json says so, and its numbers may only shrink.
"""

import json
import pathlib
import re
import sys
from typing import Iterator, NamedTuple

# An include points to a lower floor or stays in its folder; never sideways on the same floor.
FLOORS = {
    "core": 0,
    "actor": 1, "transport": 1,
    "supervision": 2, "cluster": 2,
    "registry": 3, "table": 3,
    "resilience": 4,
    "node": 5,
    "cli": 6, "examples": 6, "bench": 6,
}
ABOVE_ALL = "tests"
# Written like programs outside of this tree: they see <kith/kith.hpp> and files of their own.
APPLICATIONS = ("examples/", "tests/consumer/", "tests/compile/")
LIBRARY = [folder for folder, floor in FLOORS.items() if floor < 6]

HEADER_LINES, SOURCE_LINES, FUNCTION_LINES, COLUMNS = 300, 500, 70, 100

REAL_TIME_TESTS = ["tests/node/", "tests/compose/", "tests/cli/"]
PROGRAMS = ["cli/", "bench/", "tests/"]


class Banned(NamedTuple):
    pattern: str
    instead: str
    allowed: list  # beginnings of the paths where it may stand


BANNED = [
    Banned(r"\bco_(await|return|yield)\b", "blocking calls on fibers (g++ 12 miscompiles coroutines)", []),
    Banned(r"\b(steady|system|high_resolution)_clock::now\b", "the Clock that is handed in",
           ["core/", "bench/", "tests/core/", *REAL_TIME_TESTS]),
    Banned(r"\brandom_device\b", "kith::entropy() or the Random that is handed in", ["core/"]),
    Banned(r"\bthis_thread::sleep_(for|until)\b|\b(u|nano)sleep\s*\(", "a timer of the clock, or waiting for the condition",
           ["core/", "cli/", "bench/", "tests/core/", "tests/actor/", *REAL_TIME_TESTS]),
    Banned(r"\bstd::j?thread\b", "a process; threads start in core/, actor/, transport/",
           ["core/", "actor/", "transport/", *PROGRAMS]),
    Banned(r"#\s*include\s*<(mutex|shared_mutex|atomic|condition_variable)>", "a process that owns the state",
           ["core/", "actor/", "transport/", "registry/", "table/", "resilience/", *PROGRAMS]),
    Banned(r"\bstd::regex\b|#\s*include\s*<regex>", "a small parser of your own", []),
    Banned(r"\bstd::endl\b", r"'\n'", []),
]
THIRD_PARTY = re.compile(
    r"<(zmq|msgpack|asio|boost|spdlog|fmt|nlohmann|toml\+\+|CLI|prometheus|restinio)[/.]|<(zmq|fmt)")
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} [{self.rule}]"


class File:
    """A source file: its text, and its code with comments and the content of strings blanked."""

    def __init__(self, path: str, text: str, has_header: bool = False):
        self.path = path
        self.has_header = has_header  # a source with a header of the same name
        self.text = text
        self.lines = text.split("\n")
        self.code = blank_comments_and_strings(text)
        self.folder = path.split("/")[0]
        self.is_header = path.endswith(".hpp")

    def finding(self, line: int, rule: str, message: str) -> Finding:
        return Finding(self.path, line, rule, message)

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


_BLANKED = re.compile(
    r'//[^\n]*|/\*.*?\*/|(?<![A-Za-z0-9_])(?:u8|[uUL])?R"([^(\s]*)\(.*?\)\1"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def blank_comments_and_strings(text: str) -> str:
    """The same text, line by line, without what the compiler does not read as code."""
    def blank(match: re.Match) -> str:
        return re.sub(r"[^\n]", " ", match.group())
    return _BLANKED.sub(blank, text)


# -- floors ---------------------------------------------------------------------------------------

def check_includes(file: File) -> Iterator[Finding]:
    for match in INCLUDE.finditer(file.text):
        included, line = match.group(1), file.line_of(match.start(1))
        folder = included.split("/")[0]
        if file.path.startswith(APPLICATIONS):
            continue
        if folder not in FLOORS and folder != ABOVE_ALL:
            yield file.finding(line, "include", f'"{included}": include from the root, as "core/pid.hpp"')
            continue
        if "/internal/" in included and not may_see_internals(file.path, folder):
            yield file.finding(line, "internal", f'"{included}" belongs to {folder}/ and its tests')
        if file.folder == ABOVE_ALL or folder == file.folder:
            continue
        if FLOORS.get(folder, 99) >= FLOORS[file.folder]:
            where = "sideways" if FLOORS.get(folder) == FLOORS[file.folder] else "up"
            yield file.finding(line, "floor", f'"{included}" points {where} from {file.folder}/')


def check_own_header(file: File) -> Iterator[Finding]:
    """The first include of a source proves that its header compiles on its own."""
    own = file.path.removesuffix(".cpp") + ".hpp"
    if file.is_header or not file.has_header:
        return
    first = re.search(r'^\s*#\s*include\s*["<]([^">]+)[">]', file.text, re.MULTILINE)
    if not first or first.group(1) != own:
        yield file.finding(1, "own-header", f'include "{own}" first')


def may_see_internals(path: str, owner: str) -> bool:
    return path.startswith((f"{owner}/", f"tests/{owner}/"))


def check_third_party(file: File) -> Iterator[Finding]:
    if not file.is_header or file.folder == ABOVE_ALL:
        return
    for number, line in enumerate(file.lines, 1):
        if re.match(r"\s*#\s*include\s*<", line) and THIRD_PARTY.search(line):
            yield file.finding(number, "third-party", "packages are included by .cpp files only")


# -- sizes ----------------------------------------------------------------------------------------

def check_file_size(file: File) -> Iterator[Finding]:
    limit = HEADER_LINES if file.is_header else SOURCE_LINES
    lines = file.text.count("\n") - file.text.startswith("// SPDX")
    if lines > limit:
        yield file.finding(limit + 1, "file-size", f"{lines} lines, the limit is {limit}")


def check_columns(file: File) -> Iterator[Finding]:
    for number, line in enumerate(file.lines, 1):
        if len(line) > COLUMNS:
            yield file.finding(number, "columns", f"{len(line)} columns, the limit is {COLUMNS}")


def check_function_size(file: File) -> Iterator[Finding]:
    for first, last in functions(file.code):
        if last - first + 1 > FUNCTION_LINES:
            yield file.finding(first, "function-size",
                               f"function of {last - first + 1} lines, the limit is {FUNCTION_LINES}")


_SCOPE = re.compile(r"^(?:export\s+|inline\s+|typedef\s+)*(?:namespace|class|struct|union|enum|extern)\b")
_TEMPLATE = re.compile(r"template\s*<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>")


def functions(code: str) -> Iterator[tuple]:
    """First and last line of each outermost function body; lambdas and blocks count to their owner."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), code,
                  flags=re.MULTILINE)
    stack, head, line = [], "", 1
    for position, char in enumerate(code):
        if char == "\n":
            line += 1
        if char == "{":
            inside = any(kind == "function" for kind, _, _ in stack)
            stack.append(("block" if inside else classify(head), line, head))
            head = ""
        elif char == "}" and stack:
            kind, first, before = stack.pop()
            # `: a_{1}, b_{2} {`: the braces of an initialiser list do not end the head.
            following = code[position + 1:position + 200].lstrip()[:1]
            head = before + "{}" if following in (",", "{") else ""
            if kind == "function":
                yield first, line
        elif char == ";":
            head = ""
        else:
            head += char


def classify(head: str) -> str:
    head = _TEMPLATE.sub("", head).strip()
    head = re.sub(r"^(?:public|protected|private)\s*:\s*", "", head)
    if _SCOPE.match(head) or "(" not in head:
        return "scope"
    return "function"


# -- words ----------------------------------------------------------------------------------------

def check_banned(file: File) -> Iterator[Finding]:
    for banned in BANNED:
        if any(file.path.startswith(beginning) for beginning in banned.allowed):
            continue
        for match in re.finditer(banned.pattern, file.code):
            yield file.finding(file.line_of(match.start()), "banned",
                               f"`{match.group().strip()}`: use {banned.instead}")


def check_using_namespace(file: File) -> Iterator[Finding]:
    if file.is_header:
        for match in re.finditer(r"\busing\s+namespace\b", file.code):
            yield file.finding(file.line_of(match.start()), "banned",
                               "`using namespace` in a header: use qualified names")


def check_catch_all(file: File) -> Iterator[Finding]:
    """A killed process is unwound by an exception; only the runtime may swallow it."""
    if file.folder in ("actor", "cli", ABOVE_ALL):
        return
    for match in re.finditer(r"\bcatch\s*\(\s*\.\.\.\s*\)\s*\{([^{}]*)\}", file.code):
        if not re.search(r"\bthrow\s*;|\bterminate\b|\babort\b|\brethrow", match.group(1)):
            yield file.finding(file.line_of(match.start()), "banned",
                               "`catch (...)` that does not rethrow: catch std::exception")


def check_leftovers(file: File) -> Iterator[Finding]:
    for number, line in enumerate(file.lines, 1):
        if LEFTOVER.search(line):
            yield file.finding(number, "leftover", "leftover reminder: do it or file it")


def check_white_space(file: File) -> Iterator[Finding]:
    for number, line in enumerate(file.lines, 1):
        if "\t" in line or line != line.rstrip():
            yield file.finding(number, "white-space", "tab or trailing white space")
    if file.text and not file.text.endswith("\n"):
        yield file.finding(len(file.lines), "white-space", "no newline at the end")


# -- headers --------------------------------------------------------------------------------------

def check_pragma_once(file: File) -> Iterator[Finding]:
    if file.is_header and not re.search(r"^#pragma once$", file.code, re.MULTILINE):
        yield file.finding(1, "pragma-once", "a header begins with #pragma once")


_DEFINITION = re.compile(r"^(?:class|struct)\s+(?:\[\[.*?\]\]\s*|KITH_\w+(?:\(.*?\))?\s+)*([A-Za-z_]\w*)(\s*<)?")


def check_licence(file: File) -> Iterator[Finding]:
    if not re.search(r"^// SPDX-License-Identifier: Apache-2.0$", file.text, re.MULTILINE):
        yield file.finding(1, "licence", "begin with // SPDX-License-Identifier: Apache-2.0")


def check_documentation(file: File) -> Iterator[Finding]:
    if not file.is_header or file.folder not in LIBRARY or "/internal/" in file.path:
        return
    code = file.code.split("\n")
    for number, line in enumerate(code):
        match = _DEFINITION.match(line)
        if not match or match.group(2) or not is_definition(code, number):
            continue
        if not is_documented(file.lines, number):
            yield file.finding(number + 1, "documentation",
                               f"{match.group(1)}: say in a /// comment what it is")


def is_definition(code: list, number: int) -> bool:
    rest = "\n".join(code[number:number + 8])
    return "{" in rest and (";" not in rest or rest.index("{") < rest.index(";"))


def is_documented(lines: list, number: int) -> bool:
    number -= 1
    while number >= 0 and re.match(r"\s*(template\b|requires\b|\[\[|\s{2,}\S|.*>$)", lines[number]) \
            and not lines[number].startswith("///"):
        number -= 1
    return number >= 0 and lines[number].startswith("///")


CHECKS = [
    check_includes, check_own_header, check_third_party, check_file_size, check_columns, check_function_size,
    check_banned, check_using_namespace, check_catch_all, check_leftovers, check_white_space,
    check_pragma_once, check_licence, check_documentation,
]
RATCHETED = {"file-size", "function-size"}


# -- the tree -------------------------------------------------------------------------------------

def check_file(file: File) -> list:
    return [finding for check in CHECKS for finding in check(file)]


def size_of(finding: Finding) -> int:
    return int(re.search(r"\d+", finding.message).group())


def apply_ratchet(findings: list, ratchet: dict) -> list:
    """Drops what the ratchet tolerates and reports entries that could shrink."""
    kept, largest = [], {}
    for finding in findings:
        key = f"{finding.rule}:{finding.path}"
        if finding.rule not in RATCHETED or size_of(finding) > ratchet.get(key, 0):
            kept.append(finding)
        largest[key] = max(largest.get(key, 0), size_of(finding)) if finding.rule in RATCHETED else 0
    for key, limit in ratchet.items():
        if largest.get(key, 0) < limit:
            rule, path = key.split(":", 1)
            kept.append(Finding(path, 1, "ratchet", f"{rule} shrank: lower or remove the entry {limit}"))
    return kept


def sources(root: pathlib.Path) -> Iterator[File]:
    for folder in [*FLOORS, ABOVE_ALL]:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".hpp", ".cpp") and path.is_file():
                yield File(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"),
                           path.suffix == ".cpp" and path.with_suffix(".hpp").exists())


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    files = list(sources(root))
    findings = [finding for file in files for finding in check_file(file)]
    findings = apply_ratchet(findings, json.loads((root / "tools/tidy_ratchet.json").read_text()))
    for finding in sorted(findings):
        print(finding)
    print(f"{len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
