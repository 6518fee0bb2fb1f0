#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles the mistakes beside this file: each is one error, which names its cause and the type.

Usage: compile_errors_test.py COMPILER INCLUDE_DIR. Each file begins with `// error: TEXT`, which the
only error must contain, and `// type: TEXT`, which must stand within the lines that GCC prints for it.
`// no error` means that the file must compile without a warning.
"""

import pathlib
import subprocess
import sys

LINES_MAX = 35  # of the whole output: what a person reads without scrolling


def compile_file(compiler, include, path):
    command = [compiler, "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic",
               "-fdiagnostics-color=never", f"-I{include}", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def problem_of(run, expected, type_text):
    lines = run.stderr.splitlines()
    errors = [line for line in lines if " error: " in line]
    if len(errors) != 1:
        return f"{len(errors)} errors instead of one"
    if expected not in errors[0]:
        return f"the error is: {errors[0]}"
    if type_text not in run.stderr:
        return f"'{type_text}' is not named"
    if len(lines) > LINES_MAX:
        return f"{len(lines)} lines of output, at most {LINES_MAX} are wanted"
    return None


def check(compiler, include, path):
    head = path.read_text().splitlines()
    run = compile_file(compiler, include, path)
    if head[0] == "// no error":
        problem = None if run.returncode == 0 and not run.stderr else "it does not compile cleanly"
    else:
        problem = problem_of(run, head[0].removeprefix("// error: "),
                             head[1].removeprefix("// type: "))
    if problem:
        print(f"{path.name}: {problem}\n{run.stderr}")
    return problem is None


def main():
    compiler, include = sys.argv[1], sys.argv[2]
    paths = sorted(pathlib.Path(__file__).parent.glob("*.cpp"))
    failed = [path.name for path in paths if not check(compiler, include, path)]
    print(f"{len(paths) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
