#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles the examples in the comments of the public headers.

Usage: comment_examples_test.py COMPILER INCLUDE_DIR. An example is a run of lines of a `///` comment
that are indented by five spaces or more, as in node/node.hpp. Definitions at its beginning go to a
namespace, the rest into a function that has a `kith::System& system` and a `kith::Node& node`; what
else examples use is declared by comment_examples.cpp. All are one translation unit, which must
compile without a warning.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE_LINE = re.compile(r"\s*///     (.*)")
EMPTY_LINE = re.compile(r"\s*///\s*$")
DEFINITION = re.compile(r"(struct|class|template|enum|using|int main)\b")
# Examples have no room to use each result.
NO_WARNINGS = ["-Wno-unused-variable", "-Wno-unused-but-set-variable", "-Wno-unused-function",
               "-Wno-unused-local-typedefs", "-Wno-unused-result"]


class Example(NamedTuple):
    header: str
    line: int
    lines: list


def examples_of(header: str, text: str) -> list:
    """The examples of a header. An empty comment line between two of their lines belongs to them."""
    found, lines = [], text.split("\n")
    for number, line in enumerate(lines, 1):
        match = EXAMPLE_LINE.match(line)
        if match:
            if found and found[-1].line + len(found[-1].lines) == number:
                found[-1].lines.append(match.group(1))
            else:
                found.append(Example(header, number, [match.group(1)]))
        elif (EMPTY_LINE.match(line) and found and number < len(lines)
              and found[-1].line + len(found[-1].lines) == number
              and EXAMPLE_LINE.match(lines[number])):
            found[-1].lines.append("")
    return found


def definitions_of(lines: list) -> int:
    """How many lines at the beginning define types or functions, as code at namespace scope does."""
    end = at = 0
    while at < len(lines) and (DEFINITION.match(lines[at]) or not lines[at]
                               or lines[at].startswith("//")):
        if DEFINITION.match(lines[at]):
            while at < len(lines) - 1 and not re.match(r"\S.*;\s*(//.*)?$|\};?$", lines[at]):
                at += 1
            end = at + 1
        at += 1
    return end


def is_statement(line: str) -> bool:
    code = re.sub(r"\s//.*", "", line).rstrip()
    return not code or code.endswith((";", "}")) or code.startswith("//")


def source_of(example: Example, number: int) -> str:
    split = definitions_of(example.lines)
    body = example.lines[split:]
    if body and not is_statement(body[-1]):
        body[-1] += "\n;"
    return "\n".join([
        f"namespace example_application::example_{number} {{",
        f'#line {example.line} "{example.header}"', *example.lines[:split],
        "[[maybe_unused]] static Anything example([[maybe_unused]] System& system,"
        " [[maybe_unused]] Node& node) {{",
        f'#line {example.line + split} "{example.header}"', *body,
        "} return {}; }", "}", ""])


def translation_unit(examples: list) -> str:
    headers = sorted({example.header for example in examples})
    return "\n".join(['#include "comment_examples.cpp"',
                      *(f"#include <kith/{header}>" for header in headers), "",
                      *(source_of(example, number) for number, example in enumerate(examples))])


def main():
    compiler, include = sys.argv[1], pathlib.Path(sys.argv[2])
    folder = include / "kith"
    examples = [example for path in sorted(folder.rglob("*.hpp"))
                for example in examples_of(str(path.relative_to(folder)), path.read_text())]
    with tempfile.TemporaryDirectory(prefix="kith-examples-") as scratch:
        source = pathlib.Path(scratch) / "examples.cpp"
        source.write_text(translation_unit(examples))
        run = subprocess.run([compiler, "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra",
                              *NO_WARNINGS, "-fdiagnostics-color=never", f"-I{include}",
                              f"-I{HERE}", str(source)],
                             capture_output=True, text=True, check=False)
    compiles = run.returncode == 0 and not run.stderr
    print(f"{run.stderr}{len(examples)} examples compiled, {'no' if compiles else 'with'} findings")
    return 0 if examples and compiles else 1


if __name__ == "__main__":
    sys.exit(main())
