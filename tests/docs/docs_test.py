#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what the documents tell a reader to type: the tour of the README, the blocks of commands in
docs/, the examples of each command's help, and the C++ programs of the README.

    KITH_BUILD_DIR=build/release tests/docs/docs_test.py [TestClass.test_name ...]

Each test has nodes, ports and a folder of its own; the documents' ports 7400 to 7402 are replaced by
free ones.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("KITH_BUILD_DIR", ROOT / "build/release")).resolve()
KITH = BUILD / "bin/kith"
SECONDS = 120


def blocks(text: str, language: str) -> list:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def section(text: str, title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text,
                      flags=re.MULTILINE | re.DOTALL)
    assert found, f"there is no section '{title}'"
    return found.group(1)


class Sandbox:
    """A folder, a run-time directory and three free ports."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-docs-"))
        held = [socket.socket() for _ in range(3)]
        for each in held:
            each.bind(("127.0.0.1", 0))
        self.ports = [str(each.getsockname()[1]) for each in held]
        for each in held:
            each.close()

    def text(self, script: str) -> str:
        for given, free in zip(("7400", "7401", "7402"), self.ports):
            script = script.replace(f":{given}", f":{free}")
        return script

    def environment(self) -> dict:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
        return {**kept, "KITH_RUNTIME_DIR": str(self.folder / "run"),
                "KITH_NODE": f"127.0.0.1:{self.ports[0]}",
                "PATH": f"{BUILD}/bin:{os.environ['PATH']}"}

    def run(self, script: str) -> subprocess.CompletedProcess:
        """Runs a script as a terminal does (with job control), ends all that it started."""
        ending = "trap 's=$?; kill -9 $(jobs -p) 2>/dev/null || true; exit $s' EXIT\n"
        command = ["bash", "-c", "set -m\n" + ending + self.text(script)]
        with subprocess.Popen(command, cwd=self.folder, env=self.environment(), text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, start_new_session=True) as process:
            try:
                output, _ = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                self.end_all()
                output, _ = process.communicate()
                raise AssertionError(f"not within {SECONDS} s:\n{output}") from None
        return subprocess.CompletedProcess(command, process.returncode, output)

    def end_all(self):
        """Ends every process that has this run-time directory in its environment."""
        mark = f"KITH_RUNTIME_DIR={self.folder / 'run'}".encode()
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                pass  # it has ended, or belongs to another user

    def remove(self):
        self.end_all()
        shutil.rmtree(self.folder, ignore_errors=True)


class DocumentTest(unittest.TestCase):
    def setUp(self):
        self.sandbox = Sandbox()
        self.addCleanup(self.sandbox.remove)

    def runs(self, script: str) -> str:
        """Each command of the script must succeed."""
        done = self.sandbox.run("set -eE; trap 'echo failed: $BASH_COMMAND' ERR\n" + script)
        self.assertEqual(done.returncode, 0, f"{script}\n---\n{done.stdout}")
        return done.stdout


NODE = "kith start --name a --listen 127.0.0.1:7400 --profile local >node.log 2>&1 &\n" \
       "kith health --wait --timeout 30s\n"


class Readme(DocumentTest):
    readme = (ROOT / "README.md").read_text()

    def test_the_tour_runs_as_it_stands(self):
        scripts = [block for block in blocks(section(self.readme, "A tour in five minutes"), "sh")
                   if "cmake" not in block]
        self.assertGreater(len(scripts), 5)
        self.runs("\n".join(scripts))

    def test_the_programs_find_each_other(self):
        """The blocks of the section are files: the first line of each names it."""
        for block in blocks(section(self.readme, "In C++"), "cpp"):
            name = re.match(r"// (\S+):", block).group(1)
            text = block.replace("10.0.0.5:7400", "127.0.0.1:7400")
            text = text.replace("10.0.0.6:7400", "127.0.0.1:7401")
            (self.sandbox.folder / name).write_text(self.sandbox.text(text))
        for program in ("a", "b"):
            self.compiles(program)
        output = self.runs("./a >a.log 2>&1 &\nkith health --wait --timeout 30s\n./b")
        self.assertIn("eu-1", output)

    def compiles(self, program: str):
        library = BUILD / "lib"
        done = subprocess.run(
            ["c++", "-std=c++23", "-Wall", "-Wextra", "-Werror", "-pthread",
             f"-I{BUILD}/include", f"{program}.cpp", "-o", program, f"-L{library}", "-lkith", f"-Wl,-rpath,{library}"],
            cwd=self.sandbox.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


class Documents(DocumentTest):
    def test_blocks_of_commands_run(self):
        count = 0
        for path in sorted((ROOT / "docs").glob("*.md")):
            for block in blocks(path.read_text(), "sh"):
                if not block.startswith("kith "):
                    continue  # containers have a test of their own
                count += 1
                with self.subTest(document=path.name):
                    starts = block.startswith("kith start")
                    self.runs(block if starts else NODE + block)
                    self.sandbox.end_all()
        self.assertGreater(count, 0)


# What must be there before an example can be run.
BEFORE = {
    "call": "kith agent start config",
    "send": "kith agent start config",
    "whereis": "kith agent start config",
    "agent stop": "kith agent start config",
    "join": "kith start --name b --listen 127.0.0.1:7401 --profile local >b.log 2>&1 &\n"
            "kith health --wait --node 127.0.0.1:7401 --timeout 30s",
    "tree": "kith start --name b --listen 127.0.0.1:7401 --seed 127.0.0.1:7400 >b.log 2>&1 &\n"
            "kith health --wait --node 127.0.0.1:7401 --timeout 30s",
    "replay": "kith demo --print-log >access.log",
    "limit show": "kith limit api 10.0.0.7 --limit 100 --window 60s",
    "limit reserve": "kith limit api 10.0.0.7 --limit 100 --window 60s",
    "breaker show": "kith breaker payments failure",
}
USERS = "kith table create users --type ordered_set\nkith table insert users '[\"ann\",7]'"
# Commands that are no question to a node, with the test that runs them.
ELSEWHERE = {"start": "the tour", "demo": "scripts/demo",
             "limit end": "tests/cli/cli_test.py: its ticket is given by another command"}


def commands(*path: str) -> list:
    """All commands and subcommands, as lists of words."""
    text = subprocess.run([KITH, *path, "--help"], capture_output=True, text=True,
                          check=True).stdout
    found = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, flags=re.MULTILINE)
    names = re.findall(r"^  (\S+)", found.group(1), flags=re.MULTILINE) if found else []
    # The same list again below each subcommand would never end.
    return [(*path, name) for name in names] + [
        command for name in names if name != "help" for command in commands(*path, name)]


def example(command: tuple) -> str:
    text = subprocess.run([KITH, *command, "--help"], capture_output=True, text=True,
                          check=True).stdout
    found = re.search(r"^Examples?:\n((?:  .*\n?)+)", text, flags=re.MULTILINE)
    return re.sub(r"^  ", "", found.group(1), flags=re.MULTILINE) if found else ""


class Help(DocumentTest):
    def test_examples_of_the_help_run(self):
        seen = 0
        for command in commands():
            name, script = " ".join(command), example(command)
            if not script or name in ELSEWHERE:
                continue
            with self.subTest(command=name):
                self.runs(NODE + self.prepared(name) + "\n" + self.bounded(script))
                seen += 1
            self.sandbox.end_all()
        self.assertGreater(seen, 20)

    @staticmethod
    def prepared(name: str) -> str:
        if name in BEFORE:
            return BEFORE[name]
        if name == "table load":
            return USERS + "\nkith table save users users.table\nkith table drop users"
        if name.startswith("table ") and name != "table create":
            return USERS
        return ""

    @staticmethod
    def bounded(script: str) -> str:
        """A command that runs until it is ended sees no change for a second; that is exit code 6."""
        return re.sub(r"^(kith table watch .*)$", r"\1 --timeout 1s || test $? -eq 6", script,
                      flags=re.MULTILINE)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
