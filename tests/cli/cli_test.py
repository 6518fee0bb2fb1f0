#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The `kith` command as a user meets it: real daemons on loopback, every command, every exit code.

    KITH_BUILD_DIR=build/release tests/cli/cli_test.py [TestClass.test_name ...]

Nothing waits for a fixed time: what takes time is looked at until it is so, or a deadline has passed.
"""

import gzip
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KITH = pathlib.Path(os.environ.get("KITH_BUILD_DIR", ROOT / "build/release")).resolve() / "bin/kith"
SECONDS = 30

OK, FAILED, USAGE, UNREACHABLE, NOT_FOUND, UNAUTHORISED, TIMEOUT, CONFLICT = range(8)


def environment(runtime: str, **extra: str) -> dict:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
    return {**kept, "KITH_RUNTIME_DIR": runtime, **extra}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what: str, look, seconds: float = SECONDS):
    """Gives what `look` gives as soon as that is true."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def processes_with(mark: str) -> list:
    """The processes that have this in their environment."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(process.name)
        except OSError:
            pass  # it has ended, or is not ours
    return found


class Daemon:
    """A `kith start` that is killed when the test ends."""

    def __init__(self, runtime: str, *arguments: str, **extra: str):
        descriptor, path = tempfile.mkstemp(dir=runtime)
        self.errors = pathlib.Path(path)
        self.process = subprocess.Popen(
            [KITH, "start", *arguments], env=environment(runtime, **extra), text=True,
            stdout=subprocess.PIPE, stderr=descriptor)
        os.close(descriptor)
        self.line = self.process.stdout.readline()
        found = re.fullmatch(r"node (\S+) listens on ([^\s,]+)(?:, reachable at (\S+))? \(cluster (\S+)\)\n",
                             self.line)
        if not found:
            self.stop()
            raise AssertionError(f"it said {self.line!r} and {self.said()!r}")
        self.name, self.address, self.advertised, self.cluster = found.groups()

    def said(self) -> str:
        return self.errors.read_text()

    def stop(self, how: int = signal.SIGKILL) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=SECONDS)
        self.process.stdout.close()
        return code


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.runtime = tempfile.mkdtemp(prefix="kith-cli-")
        self.addCleanup(shutil.rmtree, self.runtime, ignore_errors=True)

    def start(self, name: str, *arguments: str, listen: str = "127.0.0.1:0", **extra: str) -> Daemon:
        daemon = Daemon(self.runtime, "--name", name, "--listen", listen, "--profile", "local",
                        *arguments, **extra)
        self.addCleanup(daemon.stop)
        return daemon

    def kith(self, *arguments: str, code: int = OK, **extra: str) -> subprocess.CompletedProcess:
        done = subprocess.run([KITH, *arguments], env=environment(self.runtime, **extra), text=True,
                              capture_output=True, timeout=120)
        self.assertEqual(done.returncode, code, f"kith {arguments}: {done.stdout}{done.stderr}")
        return done

    def json(self, *arguments: str, code: int = OK):
        return json.loads(self.kith(*arguments, "-o", "json", code=code).stdout)

    def up(self, address: str) -> set:
        done = subprocess.run([KITH, "--node", address, "members", "-o", "json"],
                              env=environment(self.runtime), capture_output=True, text=True, timeout=60)
        if done.returncode != OK:
            return set()
        return {m["name"] for m in json.loads(done.stdout)["members"] if m["status"] == "up"}

    def wait_for_members(self, daemons: list, names: set):
        for daemon in daemons:
            wait_until(f"{daemon.name} has {names}", lambda: self.up(daemon.address) == names)


class WithoutNode(CommandTest):
    def refused(self, *arguments: str, says: str):
        done = self.kith(*arguments, code=USAGE)
        self.assertIn(says, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith("kith: "), done.stderr)

    def test_help_says_exit_codes_and_each_command_has_an_example(self):
        text = self.kith("--help").stdout
        for word in ["0 ok", "2 usage error", "3 unreachable", "7 conflict"]:
            self.assertIn(word, text)
        commands = ("start join leave members ping names tree whereis send call limit limits breaker "
                    "breakers table replay health info demo version").split()
        for command in commands:
            self.assertIn(command, text)
            self.assertIn("Example:", self.kith(command, "--help").stdout)
        self.assertIn("Example:", self.kith("agent", "start", "--help").stdout)

    def test_help_is_a_command_and_a_flag(self):
        self.assertRegex(self.kith("--help").stdout, r"(?m)^  help ")
        self.assertEqual(self.kith("help").stdout, self.kith("--help").stdout)
        for words in (["members"], ["agent"], ["agent", "start"]):
            self.assertEqual(self.kith("help", *words).stdout, self.kith(*words, "--help").stdout)
        self.refused("help", "membrs", says="did you mean 'members'?")
        self.refused("help", "agent", "strat", says="did you mean 'start'?")

    def test_version(self):
        self.assertRegex(self.kith("version").stdout, r"^kith \d+\.\d+\.\d+\n$")
        for flag in ("--version", "-V"):
            self.assertRegex(self.kith(flag).stdout, r"^kith \d+\.\d+\.\d+\n$")
        self.assertIn("version", self.json("version"))

    def test_no_command_shows_the_help(self):
        self.assertIn("members", self.kith(code=USAGE).stderr)

    def test_mistyped_words_are_answered_with_the_nearest(self):
        self.refused("membrs", says="did you mean 'members'?")
        self.refused("members", "--nod", "x", says="did you mean '--node'?")
        self.refused("replay", "x.log", "--limt", "20", says="did you mean '--limit'?")
        self.refused("limit", "a", "b", "--limt=20", says="did you mean '--limit'?")
        self.refused("agent", "strat", "x", says="did you mean 'start'?")
        self.refused("agent", says="needs a command: start")

    def test_mistyped_choices_are_answered_with_the_nearest(self):
        self.refused("members", "-o", "jsno", says="'jsno' is not one of table, json; did you mean 'json'?")
        self.refused("limit", "a", "b", "--algorithm", "gcr", says="did you mean 'gcra'?")

    def test_numbers_out_of_range_are_told_the_range(self):
        self.refused("replay", "x.log", "--nodes", "0", says="'0' is not a number from 1 to ")
        self.refused("table", "select", "t", "[]", "--limit", "0", says="'0' is not a number of at least 1")

    def test_a_flag_with_nothing_after_its_sign_has_an_empty_value(self):
        self.refused("start", "--profile=", "--insecure", says="--profile: must not be empty")
        self.refused("members", "--timeout=", "--node", "x", says="'' is not a duration")
        self.refused("members", "--output=", "--node", "x", says="'' is not one of table, json")

    def test_wrong_usage(self):
        self.refused("whereis", says="NAME is required")
        self.refused("whereis", "a", "b", says="unexpected argument 'b'")
        self.refused("members", "-o", "xml", says="xml")
        self.refused("members", "--timeout", "soon", says="'soon' is not a duration")
        self.refused("limit", "a", "b", "--limit", "many", says="many")
        self.refused("limit", "a", "b", "--limit", "-1", says="-1")
        self.refused("limit", "a", "b", "--window", "60", says="'60' is not a duration")
        self.refused("limit", "a", "b", "--window", "0", says="a window of 0 never limits")
        self.refused("limit", "a", "b", "--algorithm", "gcr", says="did you mean 'gcra'?")
        self.refused("limit", "a", "b", "--calendar", "moth", "--algorithm", "fixed_window",
                     says="did you mean 'month'?")
        self.refused("limit", "a", "b", "--calendar", "month", says="fixed_window")
        self.refused("limit", "a", "", says="KEY is empty")
        self.refused("limit", "", "a", says="NAME is empty")
        self.refused("limit", "reserve", "a", "b", "--cost", "0", says="at least 1")
        self.refused("limit", "end", "a", "b", says="--ticket")
        self.refused("breaker", "", says="NAME is empty")
        self.refused("breaker", "show", "", says="NAME is empty")
        self.refused("breaker", "a", "success", "--permit", "x", says="x")
        self.refused("breaker", "a", "sucess", says="did you mean 'success'?")
        self.refused("breaker", "a", "open", says="open")
        self.refused("table", "t", "put", "k", says="needs a value")
        self.refused("table", "t", "get", "k", "v", says="takes no value")
        self.refused("table", "t", "update-counter", "k", "much", says="'much'")
        self.refused("call", "a", "get", "{broken", says="JSON object")
        self.refused("call", "a", "get", "[1]", says="JSON object")
        self.refused("--node", "nowhere", "members", says="nowhere")

    def test_wrong_usage_of_replay(self):
        log = str(pathlib.Path(self.runtime) / "access.log")
        for arguments, says in [
                (["--nodes", "2", "--node", "127.0.0.1:1"], "--nodes"),
                (["--nodes", "0"], "--nodes"),
                (["--window", "1000000h"], "100 years"),
                (["--by", "agent"], "agent"),
                (["--format", "xml"], "xml"),
                (["--format", "json", "--format-string", "$msec"], "--format"),
                (["--format-string", "$remote_addr $request"], "has no time"),
                (["--format-string", "$msec $request"], "has no client address"),
                (["--format-string", "$remote_addr$msec"], "no text separates $remote_addr"),
                (["--format-string", "$remote_addr $msec", "--breaker-by", "path1"], "has no path"),
                (["--breaker-failures", "3"], "--breaker-by"),
                (["--breaker-by", "host"], "host"),
                (["--breaker-by", "path1", "--breaker-policy", "sometimes"], "sometimes"),
                (["--breaker-by", "path1", "--breaker-failure-rate", "101"], "failure_rate"),
                (["--compare", "exact"], "exact"),
                (["--compare", "gcra", "--nodes", "2"], "--nodes"),
                (["--breaker-by", "path1", "--failure-status", "abc"], "abc")]:
            self.refused("replay", log, *arguments, says=says)

    def test_errors_are_json_on_request(self):
        error = json.loads(self.kith("membrs", "-o", "json", code=USAGE).stderr)["error"]
        self.assertEqual(error["code"], "invalid_argument")
        nobody = f"127.0.0.1:{free_port()}"
        error = json.loads(
            self.kith("members", "--node", nobody, "-o", "json", code=UNREACHABLE).stderr)["error"]
        self.assertEqual(error["code"], "no_connection")
        self.assertIn(nobody, error["text"])

    def test_no_node_is_unreachable_and_says_what_to_do(self):
        nobody = f"127.0.0.1:{free_port()}"
        for arguments in (["--node", nobody, "members"], ["members", "--node", nobody]):
            error = self.kith(*arguments, code=UNREACHABLE).stderr
            self.assertIn(f"no node answers: {nobody} refused the connection", error)
            self.assertIn("kith start", error)
        self.assertIn(nobody, self.kith("ping", code=UNREACHABLE, KITH_NODE=nobody).stderr)

    def test_beyond_loopback_only_with_insecure(self):
        error = self.kith("start", "--listen", "0.0.0.0:0", code=UNAUTHORISED).stderr
        self.assertIn("--insecure", error)

    def test_wrong_configuration_is_named(self):
        config = pathlib.Path(self.runtime) / "kith.toml"
        config.write_text("name = 'a'\nclustr = 'b'\n")
        error = self.kith("start", "--config", str(config), code=USAGE).stderr
        self.assertIn("kith.toml:2", error)
        self.assertIn("did you mean 'cluster'?", error)
        self.kith("start", "--config", "/nowhere.toml", code=NOT_FOUND)
        self.assertIn("KITH_PROFILE", self.kith("start", code=USAGE, KITH_PROFILE="fast").stderr)
        self.assertIn("--listen", self.kith("start", "--listen", "here", code=USAGE).stderr)
        self.assertIn("--name", self.kith("start", "--name", "a b", code=USAGE).stderr)
        self.assertIn("KITH_SEEDS?", self.kith("start", code=USAGE, KITH_SEED="127.0.0.1:1").stderr)

    def test_an_address_that_nobody_can_dial_is_not_advertised(self):
        error = self.kith("start", "--listen", "127.0.0.1:0", "--advertise", "0.0.0.0:0", code=USAGE).stderr
        self.assertIn("cannot dial 0.0.0.0:0", error)

    def test_a_port_in_use_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.assertIn(address, self.kith("start", "--listen", address, code=FAILED).stderr)


class OneNode(CommandTest):
    def test_start_without_arguments_records_itself_and_takes_a_free_port(self):
        first = Daemon(self.runtime)
        self.addCleanup(first.stop)
        second = Daemon(self.runtime)
        self.addCleanup(second.stop)
        self.assertNotEqual(first.address, second.address)
        self.assertTrue(second.address.startswith("127.0.0.1:"))
        self.assertEqual(self.json("ping")["name"], second.name)
        self.assertEqual(second.stop(signal.SIGTERM), OK)
        self.assertEqual(self.json("ping")["name"], first.name)
        first.stop(signal.SIGKILL)
        self.assertEqual(list(pathlib.Path(self.runtime).glob("*.draft")), [])

    def test_an_empty_runtime_directory_means_no_record(self):
        daemon = Daemon(self.runtime, "--listen", "127.0.0.1:0", "--runtime-dir=", "--insecure")
        self.addCleanup(daemon.stop)
        self.assertFalse(pathlib.Path("--insecure").exists())
        self.assertEqual(list(pathlib.Path(self.runtime).glob("*.json")), [])

    def test_every_line_of_the_log_names_the_node(self):
        daemon = Daemon(self.runtime)
        daemon.stop(signal.SIGTERM)
        lines = [json.loads(line) for line in daemon.said().splitlines()]
        self.assertEqual({line["node"] for line in lines}, {daemon.name})

    def test_it_says_where_it_listens_and_what_others_dial(self):
        daemon = self.start("a", "--advertise", "localhost:0")
        self.assertRegex(daemon.address, r"^127\.0\.0\.1:[1-9]")
        self.assertEqual(daemon.advertised, daemon.address.replace("127.0.0.1", "localhost"))
        self.assertEqual(self.json("info")["address"], daemon.advertised)

    def test_a_closed_terminal_does_not_end_a_node(self):
        node = self.start("a")
        node.process.send_signal(signal.SIGHUP)
        wait_until("the log says so", lambda: "SIGHUP does nothing" in node.said())
        self.assertEqual(self.json("ping")["name"], "a")

    def test_of_several_nodes_the_one_that_is_asked_is_named(self):
        a = self.start("a")
        self.assertEqual(self.kith("ping").stderr, "")
        self.start("b")
        self.assertIn("asking node b at ", self.kith("ping").stderr)
        self.assertEqual(self.kith("ping", "--node", a.address).stderr, "")

    def test_nodes_of_several_clusters_are_not_guessed_between(self):
        a, b = self.start("a"), self.start("b", "--cluster", "other")
        error = self.kith("members", code=USAGE).stderr
        for node in (a, b):
            self.assertIn(f"--node {node.address}  (node {node.name} of cluster {node.cluster})", error)

    def test_a_refused_twin_leaves_the_record_of_the_other_alone(self):
        a = self.start("a")
        other = self.start("x")
        twin = self.start("a", "--seed", a.address)
        self.assertEqual(twin.process.wait(timeout=SECONDS), CONFLICT)
        other.stop()
        found = self.json("ping")
        self.assertEqual((found["name"], found["address"]), ("a", a.address))

    def test_the_flag_goes_before_the_environment_before_the_record(self):
        a, b, c = (self.start(name) for name in "abc")
        self.assertEqual(self.json("ping")["name"], "c")
        self.assertIn("node b ", self.kith("ping", KITH_NODE=b.address).stdout)
        self.assertIn("node a ", self.kith("ping", "--node", a.address, KITH_NODE=b.address).stdout)
        self.assertIn("node a ", self.kith("--node", a.address, "ping", KITH_NODE=b.address).stdout)
        self.assertEqual(c.cluster, "kith")

    def test_settings_come_from_flag_then_environment_then_file(self):
        config = pathlib.Path(self.runtime) / "kith.toml"
        config.write_text("name = 'file'\ncluster = 'file'\nlisten = '127.0.0.1:0'\n")
        daemon = Daemon(self.runtime, "--name", "flag", KITH_CONFIG=str(config),
                        KITH_NAME="variable", KITH_LOG_LEVEL="off")
        self.addCleanup(daemon.stop)
        self.assertEqual((daemon.name, daemon.cluster), ("flag", "file"))

    def test_status_commands(self):
        node = self.start("a")
        members = self.json("members")["members"]
        self.assertEqual([(m["name"], m["status"], m["self"]) for m in members], [("a", "up", True)])
        self.assertRegex(self.kith("members").stdout, r"^a  127\.0\.0\.1:\d+  up ")
        self.assertTrue(self.json("health")["ready"])
        self.assertIn("ready", self.kith("health").stdout)
        info = self.json("info")
        self.assertEqual((info["name"], info["address"]), ("a", node.address))
        self.assertEqual(info["process"], node.process.pid)
        self.assertIn("transport.messages_sent", self.kith("info").stdout)

    def test_agent_send_and_call(self):
        self.start("a")
        self.kith("agent", "start", "config")
        self.kith("call", "config", "put", '{"key":"region","value":"eu-1"}')
        self.kith("send", "config", "set", '{"key":"zone","value":7}')
        self.assertEqual(self.json("call", "config", "get", '{"key":"zone"}'), {"reply": 7})
        self.assertEqual(self.json("call", "config", "get", '{"key":"region"}'), {"reply": "eu-1"})
        self.assertEqual(self.kith("call", "config", "get", '{"key":"region"}').stdout, "eu-1\n")
        self.assertEqual([n["name"] for n in self.json("names")["names"]], ["config"])
        self.assertEqual(self.json("whereis", "config")["node"], "a")
        self.assertIn("config", self.kith("whereis", "config").stdout)

    def test_the_examples_of_send_and_call_do_something(self):
        self.start("a")
        self.kith("agent", "start", "config")
        for command in ("send", "call"):
            example = re.search(rf"(?m)^  kith {command} (\S+) (\S+) '(.*)'$", self.kith(command, "--help").stdout)
            self.kith(command, *example.groups())
            self.assertEqual(self.json("call", "config", "get", '{"key":"region"}'), {"reply": "eu-1"})
            self.kith("call", "config", "erase", '{"key":"region"}')

    def test_an_agent_is_stopped_by_its_name_from_any_node(self):
        a = self.start("a")
        b = self.start("b", "--seed", a.address)
        self.kith("--node", a.address, "agent", "start", "config")
        wait_until("b knows the name", lambda: self.json("--node", b.address, "names")["names"])
        self.kith("--node", b.address, "agent", "stop", "config")
        wait_until("the name is gone", lambda: not self.json("--node", a.address, "names")["names"])
        self.kith("--node", a.address, "agent", "stop", "config", code=NOT_FOUND)

    def test_tree_shows_what_runs_under_the_root_of_the_node_asked(self):
        a = self.start("a")
        b = self.start("b", "--seed", a.address)
        self.kith("--node", a.address, "agent", "start", "config")
        top = self.json("--node", a.address, "tree")
        self.assertEqual(top["node"], "a")
        self.assertEqual(top["trees"][0]["id"], "root")
        self.assertIn("limits", [entry["id"] for entry in top["trees"][0]["children"]])
        self.assertIn("config", [entry["id"] for entry in top["trees"]])
        text = self.kith("--node", a.address, "tree").stdout
        self.assertRegex(text, r"(?m)^root +\S")
        self.assertRegex(text, r"(?m)^config +\S+ +idle")
        self.assertRegex(self.kith("--node", a.address, "tree", "--children", "1").stdout, r"(?m)^└─ and \d+ more$")
        other = self.json("--node", b.address, "tree")
        self.assertEqual(other["node"], "b")
        self.assertNotIn("config", [entry["id"] for entry in other["trees"]])

    def test_long_lists_are_bounded_and_come_by_prefix(self):
        self.start("a")
        for name in ("w.1", "w.2", "w.3", "w.4", "x"):
            self.kith("agent", "start", name)
        self.assertEqual([n["name"] for n in self.json("names", "--prefix", "w.")["names"]], ["w.1", "w.2", "w.3", "w.4"])
        self.assertEqual(self.json("names", "--prefix", "none"), {"names": []})
        self.assertEqual(len(self.kith("names").stdout.splitlines()), 5)
        some = self.json("tree", "--children", "2")
        self.assertEqual((len(some["trees"]), some["complete"]), (3, False))
        self.assertRegex(self.kith("tree", "--children", "2").stdout, r"(?m)^and more: \d+ processes in all")
        self.assertTrue(self.json("tree")["complete"])

    def test_foreign_text_does_not_steer_the_terminal(self):
        self.start("a")
        evil = "\x1b]0;title\x07\x1b[31m"
        self.kith("agent", "start", evil)
        self.kith("call", evil, "put", json.dumps({"key": "k", "value": evil}))
        shown = [self.kith("names").stdout, self.kith("tree").stdout, self.kith("whereis", evil).stdout,
                 self.kith("call", evil, "get", '{"key":"k"}').stdout,
                 self.kith("whereis", evil + "x", code=NOT_FOUND).stderr,
                 self.kith("table", "lookup", evil, "k", code=NOT_FOUND).stderr,
                 self.kith(evil, code=USAGE).stderr]
        for text in shown:
            self.assertNotRegex(text, r"[\x00-\x09\x0b-\x1f\x7f]")
            self.assertIn("\\x1b", text)
        self.assertLess(len(self.kith("whereis", "x" * 100_000, code=NOT_FOUND).stderr), 500)

    def test_what_is_not_there(self):
        self.start("a")
        self.assertIn("nobody", self.kith("whereis", "nobody", code=NOT_FOUND).stderr)
        self.kith("call", "nobody", "get", code=NOT_FOUND)
        self.kith("send", "nobody", "get", code=NOT_FOUND)
        self.kith("whereis", "members", code=NOT_FOUND)  # a name that is also a command
        self.kith("agent", "start", "config")
        self.assertIn("did you mean 'config'?", self.kith("whereis", "confg", code=NOT_FOUND).stderr)
        self.assertIn("there are: 'config'", self.kith("whereis", "nobody", code=NOT_FOUND).stderr)

    def test_a_name_that_is_taken(self):
        self.start("a")
        self.kith("agent", "start", "config")
        error = self.kith("agent", "start", "config", code=CONFLICT).stderr
        self.assertIn("config", error)

    def test_limit(self):
        self.start("a")
        count = ["limit", "api", "anna", "--limit", "2", "--window", "10m"]
        self.assertEqual(self.json(*count)["remaining"], 1)
        self.assertIn("admitted: 0 of 2 left", self.kith(*count).stdout)
        self.assertFalse(self.json(*count, code=FAILED)["admitted"])
        self.assertIn("limited", self.kith(*count, code=FAILED).stdout)
        self.kith("limit", "api", "berta", "--limit", "2", "--window", "10m")

    def test_several_keys_of_a_limit(self):
        self.start("a")
        count = ["limit", "api", "anna", "berta", "anna", "--limit", "2", "--window", "10m"]
        lines = self.kith(*count).stdout.splitlines()
        self.assertEqual([line.split(" left")[0] for line in lines],
                         ["anna: admitted, 1 of 2", "berta: admitted, 1 of 2", "anna: admitted, 0 of 2"])
        answers = self.json(*count, code=FAILED)["answers"]
        self.assertEqual([answer["admitted"] for answer in answers], [False, True, False])
        too_many = self.kith("limit", "api", *map(str, range(1001)), code=USAGE)
        self.assertIn("1000", too_many.stderr)

    def test_a_limit_is_counted_by_the_definition_in_force(self):
        self.start("a")
        error = self.kith("limit", "api", "anna", code=NOT_FOUND).stderr
        self.assertIn("'api' is not defined", error)
        self.assertIn("--limit", error)
        self.kith("limit", "show", "api", code=NOT_FOUND)
        self.kith("limit", "api", "anna", "--limit", "5", "--window", "10m")
        self.assertEqual(self.json("limit", "api", "berta")["limit"], 5)
        self.assertEqual(self.json("limit", "api", "anna", "--cost", "0")["remaining"], 4)
        self.assertEqual(self.json("limit", "api", "anna", "--cost", "-5")["remaining"], 9)
        self.assertIn("anna: 0 used, 9 left", self.kith("limit", "show", "api", "anna").stdout)
        for _ in range(2):
            seen = self.json("limit", "show", "api", "carl")
            self.assertEqual((seen["keys"], seen["key"]["used"]), (2, 0))
        self.assertEqual(seen["definition"],
                         {"limit": 5, "window_ns": 600 * 10**9, "algorithm": "sliding_log", "burst": 0,
                          "calendar": "none", "shadow": False})

    def test_all_parts_of_a_limit_can_be_defined(self):
        self.start("a")
        self.kith("limit", "mail", "anna", "--limit", "10", "--algorithm", "token_bucket", "--burst", "3",
                  "--window", "1m")
        self.assertIn("10 per 1 m, token_bucket, burst 3", self.kith("limit", "show", "mail").stdout)
        self.kith("limit", "sms", "anna", "--algorithm", "fixed_window", "--calendar", "month", "--limit", "9")
        self.assertIn("9 per month (UTC), fixed_window", self.kith("limit", "show", "sms").stdout)
        shadow = ["limit", "try", "anna", "--limit", "1", "--shadow"]
        self.kith(*shadow)
        self.assertIn("would be limited", self.kith(*shadow).stdout)
        self.assertTrue(self.json(*shadow)["shadowed"])
        listed = self.json("limits")["limits"]
        self.assertEqual([limit["name"] for limit in listed], ["mail", "sms", "try"])
        self.assertEqual(listed[0]["nodes"], [{"node": "a", "keys": 1}])
        self.assertEqual([l["name"] for l in self.json("limits", "--prefix", "s")["limits"]], ["sms"])
        self.assertIn("9 per month (UTC), fixed_window", self.kith("limits").stdout)

    def test_units_are_reserved_and_counted_or_given_back(self):
        self.start("a")
        reserve = ["limit", "reserve", "api", "anna", "--cost", "3"]
        self.kith(*reserve, code=NOT_FOUND)
        self.kith("limit", "api", "berta", "--limit", "5", "--window", "10m")
        ticket = str(self.json(*reserve, "--hold-for", "10m")["ticket"])
        self.assertIn("limited", self.kith(*reserve, code=FAILED).stdout)
        self.assertEqual(self.kith("limit", "end", "api", "anna", ticket, "--commit").stdout, "counted\n")
        self.assertIn("holds nothing", self.kith("limit", "end", "api", "anna", ticket, code=FAILED).stdout)
        self.assertEqual(self.json("limit", "show", "api", "anna")["key"]["used"], 3)
        shown = self.kith("limit", "reserve", "api", "anna", "--cost", "2").stdout
        ticket = re.search(r"ticket (\d+)", shown).group(1)
        self.assertEqual(self.kith("limit", "end", "api", "anna", "--ticket", ticket).stdout, "given back\n")
        self.assertEqual(self.json("limit", "show", "api", "anna")["key"]["remaining"], 2)

    def test_a_limit_may_be_called_like_a_command(self):
        self.start("a")
        self.kith("limit", "check", "show", "anna", "--limit", "5")
        done = self.kith("limit", "-o", "json", "--cost", "2", "--", "show", "anna")
        self.assertEqual(json.loads(done.stdout)["remaining"], 2)
        self.assertEqual(self.json("limit", "show", "show", "anna")["key"]["used"], 3)

    def test_breaker(self):
        self.start("a")
        options = ["--failures", "2", "--open-for", "10m"]
        self.assertEqual(self.json("breaker", "payments", *options)["state"], "closed")
        permit = self.json("breaker", "payments", "acquire", *options)["permit"]
        self.kith("breaker", "payments", "failure", "--permit", str(permit), *options)
        self.kith("breaker", "payments", "failure", *options)
        self.assertEqual(self.json("breaker", "payments", *options)["state"], "open")
        self.assertFalse(self.json("breaker", "payments", "acquire", *options, code=FAILED)["permitted"])
        self.assertEqual(self.json("breaker", "payments", "reset", *options)["state"], "closed")

    def test_to_look_at_a_breaker_changes_nothing(self):
        self.start("a")
        self.assertIn("'pay' is not defined", self.kith("breaker", "show", "pay", code=NOT_FOUND).stderr)
        self.assertFalse(self.json("breaker", "pay")["defined"])
        self.assertEqual(self.json("breakers")["breakers"], [])
        self.kith("breaker", "pay", "failure", "--failures", "2", "--open-for", "10m")
        for _ in range(2):
            seen = self.json("breaker", "show", "pay")
            self.assertEqual((seen["state"], seen["failures"], seen["requests"]), ("closed", 1, 1))
            self.assertEqual(seen["definition"]["failure_threshold"], 2)
            self.assertEqual(seen["node"], "a")
        self.assertIn("1 of 2 failures in a row", self.kith("breaker", "show", "pay").stdout)
        self.assertEqual([b["name"] for b in self.json("breakers")["breakers"]], ["pay"])
        self.assertIn("1 of 2 failures in a row", self.kith("breakers", "--prefix", "p").stdout)

    def test_a_breaker_is_used_by_the_definition_in_force(self):
        self.start("a")
        self.kith("breaker", "pay", "failure", "--failures", "2", "--open-for", "10m")
        self.assertEqual(self.json("breaker", "pay", "failure")["state"], "open")
        told = self.kith("breaker", "pay", "success", code=FAILED).stdout
        self.assertIn("refused, the result was not counted: again in", told)
        self.assertIn("open: again in", told)
        self.assertNotIn("0 failures in a row", told)
        self.kith("breaker", "pay", "forced_open")
        told = self.kith("breaker", "pay", "success", code=FAILED).stdout
        self.assertIn("forced_open: refuses everything until it is reset", told)
        self.assertEqual(self.json("breaker", "show", "pay")["state"], "forced_open")
        self.assertEqual(self.json("breaker", "pay", "reset")["state"], "closed")
        self.assertEqual(self.json("breaker", "show", "pay")["definition"]["failure_threshold"], 2)

    def test_a_permit_that_is_not_out_is_an_error(self):
        self.start("a")
        for permit in ("0", "4711"):
            error = self.kith("breaker", "pay", "success", "--permit", permit, code=NOT_FOUND).stderr
            self.assertIn(f"no outstanding permit {permit}", error)
        permit = str(self.json("breaker", "pay", "acquire")["permit"])
        self.assertTrue(self.json("breaker", "pay", "success", "--permit", permit)["counted"])

    def test_breaker_that_opens_at_a_rate(self):
        self.start("a")
        options = ["--policy", "count_window", "--minimum-calls", "2", "--failure-rate", "50"]
        self.kith("breaker", "mail", "success", *options)
        self.assertEqual(self.json("breaker", "mail", *options)["state"], "closed")
        self.assertIn("no rate below 2 calls", self.kith("breaker", "mail").stdout)
        self.kith("breaker", "mail", "failure", *options)
        self.assertEqual(self.json("breaker", "mail", *options)["state"], "open")
        self.assertIn("opened by 1 of 2 calls failed, 50 %", self.kith("breaker", "mail").stdout)

    def test_table(self):
        self.start("a")
        self.kith("table", "settings", "put", "region", "eu-1")
        self.assertEqual(self.kith("table", "settings", "get", "region").stdout, "eu-1\n")
        self.kith("table", "settings", "put", "sizes", "[1,2]")
        self.assertEqual(self.json("table", "settings", "get", "sizes")["value"], [1, 2])
        self.kith("table", "views", "update-counter", "/docs")
        self.assertEqual(self.kith("table", "views", "update_counter", "/docs", "41").stdout, "42\n")
        self.kith("table", "views", "update-counter", "/docs", "--", "-2")
        self.assertEqual(self.json("table", "views", "get", "/docs")["value"], 40)
        self.kith("table", "views", "erase", "/docs")
        self.assertIn("/docs", self.kith("table", "views", "get", "/docs", code=NOT_FOUND).stderr)

    def test_a_node_that_hangs_is_told_from_one_that_is_not_there(self):
        node = self.start("a")
        node.process.send_signal(signal.SIGSTOP)
        error = self.kith("members", "--timeout", "300ms", code=UNREACHABLE).stderr
        self.assertIn(f"the node at {node.address} accepts connections but does not answer", error)
        node.stop()
        error = self.kith("members", "--node", node.address, code=UNREACHABLE).stderr
        self.assertIn("nothing listens there", error)

    def test_a_node_that_stood_still_says_so(self):
        node = self.start("a")
        node.process.send_signal(signal.SIGSTOP)
        self.kith("members", "--timeout", "2s", code=UNREACHABLE)
        node.process.send_signal(signal.SIGCONT)
        wait_until("the log says so", lambda: "this node stood still for " in node.said())

    def test_what_ends_a_line_is_no_space(self):
        self.start("a")
        for command in ("tree", "members", "info"):
            for line in self.kith(command).stdout.splitlines():
                self.assertEqual(line, line.rstrip(), command)

    def test_health_waits_until_the_node_is_ready(self):
        seed = f"127.0.0.1:{free_port()}"
        waiting = self.start("b", "--seed", seed)
        error = self.kith("health", "--wait", "--timeout", "2s", code=TIMEOUT).stderr
        self.assertIn("not ready", error)
        self.start("a", listen=seed)
        self.assertIn("ready", self.kith("health", "--wait", "--node", waiting.address).stdout)
        self.assertEqual(self.up(waiting.address), {"a", "b"})

    def test_colour_and_header_on_a_terminal_only(self):
        self.start("a")
        self.assertNotIn("\x1b", self.kith("members").stdout)
        self.assertNotIn("NAME", self.kith("members").stdout)
        self.assertIn("\x1b[32mup", self.on_terminal("members"))
        self.assertIn("NAME", self.on_terminal("members"))
        self.assertIn("a *", self.on_terminal("members"))
        self.assertNotIn("\x1b", self.on_terminal("members", NO_COLOR="1"))

    def on_terminal(self, *arguments: str, **extra: str) -> str:
        ours, theirs = pty.openpty()
        environ = {**environment(self.runtime), "TERM": "xterm", **extra}
        if "NO_COLOR" not in extra:
            environ.pop("NO_COLOR", None)
        process = subprocess.Popen([KITH, *arguments], env=environ, stdout=theirs)
        os.close(theirs)
        text = b""
        try:
            while part := os.read(ours, 65536):
                text += part
        except OSError:
            pass  # the terminal is closed
        os.close(ours)
        self.assertEqual(process.wait(timeout=SECONDS), OK)
        return text.decode()

    def test_a_disk_that_is_full_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([KITH, "version"], env=environment(self.runtime), stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=SECONDS)
        self.assertEqual(done.returncode, FAILED)


class ThreeNodes(CommandTest):
    def cluster(self) -> list:
        a = self.start("a")
        b = self.start("b", "--seed", a.address)
        c = self.start("c", "--seed", f"{a.address},{b.address}")
        self.wait_for_members([a, b, c], {"a", "b", "c"})
        return [a, b, c]

    def test_all_commands_work_from_any_node(self):
        a, b, c = self.cluster()
        self.kith("--node", a.address, "agent", "start", "config")
        wait_until("b knows the name", lambda: self.json("--node", b.address, "names")["names"])
        wait_until("c knows the name", lambda: self.json("--node", c.address, "names")["names"])
        self.kith("--node", b.address, "call", "config", "put", '{"key":"region","value":"eu-1"}')
        got = self.json("--node", c.address, "call", "config", "get", '{"key":"region"}')
        self.assertEqual(got["reply"], "eu-1")
        limit = ["limit", "api", "anna", "--limit", "2", "--window", "10m"]
        for daemon, code in ((a, OK), (b, OK), (c, FAILED)):
            self.kith("--node", daemon.address, *limit, code=code)
        for daemon in (a, b, c):
            self.kith("--node", daemon.address, "table", "views", "update-counter", "/docs")
        self.assertEqual(self.json("--node", a.address, "table", "views", "get", "/docs")["value"], 3)

    def test_a_killed_node_goes_and_returns(self):
        a, b, c = self.cluster()
        c.stop(signal.SIGKILL)
        self.wait_for_members([a, b], {"a", "b"})
        self.kith("--node", c.address, "members", code=UNREACHABLE)
        again = self.start("c", "--seed", a.address, listen=c.address)
        self.wait_for_members([a, b, again], {"a", "b", "c"})

    def test_leave_ends_the_daemon_and_the_others_forget_it(self):
        a, b, c = self.cluster()
        self.kith("--node", c.address, "leave")
        self.assertEqual(c.process.wait(timeout=SECONDS), OK)
        self.wait_for_members([a, b], {"a", "b"})

    def test_a_call_without_an_answer_is_a_timeout(self):
        a, b, c = self.cluster()
        self.kith("--node", c.address, "agent", "start", "config")
        wait_until("a knows the name", lambda: self.json("--node", a.address, "names")["names"])
        c.process.send_signal(signal.SIGSTOP)
        self.kith("--node", a.address, "call", "config", "all", "--timeout", "200ms", code=TIMEOUT)
        self.assertEqual(b.process.poll(), None)

    def test_join(self):
        a, b = self.start("a"), self.start("b")
        joined = self.json("--node", b.address, "join", a.address)
        self.assertEqual({m["name"] for m in joined["members"]}, {"a", "b"})
        self.wait_for_members([a, b], {"a", "b"})

    def test_join_of_another_name_of_the_same_machine(self):
        a, b = self.start("a"), self.start("b")
        self.kith("--node", b.address, "join", a.address.replace("127.0.0.1", "localhost"))
        self.wait_for_members([a, b], {"a", "b"})

    def test_join_says_why_it_cannot_be(self):
        node = self.start("a")
        nobody = f"127.0.0.1:{free_port()}"
        for address, code, says in [
                (nobody, UNREACHABLE, f"{nobody} refused the connection (nothing listens there)"),
                ("no-such-host.invalid:7400", UNREACHABLE, "names a host that is not known"),
                ("foo", USAGE, "'foo' is not an address; write HOST:PORT")]:
            error = self.kith("--node", node.address, "join", address, code=code).stderr
            self.assertIn(says, error)

    def test_a_node_that_cannot_join_says_why(self):
        stranger = self.start("x", "--cluster", "other")
        nobody = f"127.0.0.1:{free_port()}"
        for seed, says in [(nobody, "refused the connection (nothing listens there)"),
                           (stranger.address, "belongs to the cluster 'other', this one to 'kith'")]:
            node = self.start("b", "--seed", seed)
            line = f"seed {seed} {says}"
            wait_until("the log says why", lambda: f"not joined: {line}" in node.said())
            self.assertIn(f"{line} for ", self.kith("--node", node.address, "health", code=FAILED).stdout)
            self.assertIn(f"{line} for ", self.kith("--node", node.address, "members").stderr)
            trouble = json.loads(self.kith("--node", node.address, "health", "-o", "json", code=FAILED).stdout)
            self.assertEqual(trouble["join_troubles"][0]["seed"], seed)
            node.stop()

    def test_join_is_refused_for_a_taken_name_and_another_cluster(self):
        a, twin = self.start("a"), self.start("a")
        error = self.kith("--node", twin.address, "join", a.address, code=CONFLICT).stderr
        self.assertIn("'a' is taken", error)
        self.assertIn(a.address, error)
        other = self.start("b", "--cluster", "other")
        error = self.kith("--node", other.address, "join", a.address, code=CONFLICT).stderr
        self.assertIn("belongs to the cluster 'kith', this one to 'other'", error)

    def test_a_second_node_of_the_same_name_is_told_so(self):
        a, b, c = self.cluster()
        twin = self.start("b", "--seed", a.address)
        self.assertEqual(twin.process.wait(timeout=20), CONFLICT)
        self.assertIn(f"the name 'b' is taken by a running node at {b.address}", twin.said())
        self.assertEqual(self.up(a.address), {"a", "b", "c"})
        listed = {m["name"]: m["address"] for m in self.json("--node", a.address, "members")["members"]}
        self.assertEqual(listed["b"], b.address)
        self.assertEqual(c.process.poll(), None)

    def test_of_two_nodes_of_one_name_that_start_at_once_one_stays(self):
        ports = [f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"]
        twins = [self.start("b", "--seed", ",".join(ports), listen=port) for port in ports]
        ended = wait_until("one of them ends", lambda: [t for t in twins if t.process.poll() is not None])
        self.assertEqual([t.process.returncode for t in ended], [CONFLICT])
        stays = next(t for t in twins if t not in ended)
        self.assertEqual(self.up(stays.address), {"b"})

    def test_a_node_that_was_suspected_shows_its_new_incarnation(self):
        a, b, c = self.cluster()
        c.process.send_signal(signal.SIGSTOP)
        wait_until("c is suspected", lambda: self.up(a.address) == {"a", "b"})
        c.process.send_signal(signal.SIGCONT)
        self.wait_for_members([a, b, c], {"a", "b", "c"})

        def incarnation(node: Daemon) -> int:
            listed = self.json("--node", node.address, "members")["members"]
            return next(m["incarnation"] for m in listed if m["name"] == "c")
        wait_until("all show the same", lambda: incarnation(a) == incarnation(b) == incarnation(c) > 0)


LINES = """\
10.0.0.1 - - [17/May/2015:10:05:00 +0000] "GET /a HTTP/1.1" 200 10
10.0.0.1 - - [17/May/2015:10:05:01 +0000] "GET /a HTTP/1.1" 500 10
10.0.0.2 - - [17/May/2015:10:05:02 +0000] "GET /b HTTP/1.1" 200 10
this is no line of a log
10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 10
"""


class Replay(CommandTest):
    def log(self, text: str = LINES) -> str:
        path = pathlib.Path(self.runtime) / "access.log"
        path.write_text(text)
        return str(path)

    def test_report_does_not_depend_on_the_number_of_nodes(self):
        arguments = ["replay", self.log(), "--limit", "2", "--breaker-by", "path1",
                     "--breaker-failures", "1", "--breaker-open-for", "60s"]
        reports = []
        for nodes in ("1", "2", "3"):
            report = self.json(*arguments, "--nodes", nodes)
            self.assertEqual(len(report.pop("nodes")), int(nodes))
            del report["seconds"], report["requests_per_second"]
            reports.append(report)
        self.assertEqual(reports[0], reports[1])
        self.assertEqual(reports[0], reports[2])
        report = reports[0]
        self.assertEqual((report["requests"], report["unreadable"]), (4, 1))
        self.assertEqual(report["limiter"]["keys"][0],
                         {"key": "10.0.0.1", "requests": 3, "admitted": 2, "limited": 1})
        self.assertEqual(report["breakers"][0]["transitions"],
                         [{"at": "2015-05-17T10:05:01Z", "to": "open"}])

    def test_compare_shows_how_algorithms_differ_without_nodes(self):
        compared = self.json("replay", self.log(), "--limit", "2", "--compare", "sliding_log,token")
        self.assertEqual((compared["requests"], compared["unreadable"]), (4, 1))
        exact, bucket = compared["algorithms"]
        self.assertEqual((exact["algorithm"], exact["admitted"], exact["limited"]), ("sliding_log", 3, 1))
        self.assertEqual(sum(bucket["admitted_over_time"] + bucket["limited_over_time"]), 4)
        shown = self.kith("replay", self.log(), "--limit", "2", "--compare", "sliding_log,token").stdout
        self.assertIn("token_bucket     admitted |", shown)

    def test_breakers_open_as_their_policy_says(self):
        log = self.log("".join(
            f'10.0.0.1 - - [17/May/2015:10:05:{second:02} +0000] "GET /a HTTP/1.1" {status} 1\n'
            for second, status in enumerate([200, 500, 200, 500])))
        arguments = ["replay", log, "--nodes", "2", "--breaker-by", "path1", "--breaker-failures", "2"]
        rows = self.json(*arguments)["breakers"][0]["transitions"]
        self.assertEqual(rows, [])
        for more in (["--breaker-policy", "failures_in_time", "--breaker-window", "3s"],
                     ["--breaker-policy", "count_window", "--breaker-window-calls", "4"]):
            rows = self.json(*arguments, *more)["breakers"][0]["transitions"]
            self.assertEqual(rows, [{"at": "2015-05-17T10:05:03Z", "to": "open"}])

    def test_unreadable_lines_are_reported_with_their_numbers(self):
        done = self.kith("replay", self.log(), "--nodes", "1")
        self.assertIn("line 4", done.stderr)
        self.assertIn("10.0.0.1", done.stdout)
        compared = self.kith("replay", self.log(), "--compare", "gcra")
        self.assertIn("line 4 is unreadable: the time is not in brackets", compared.stderr)

    def test_paths_of_any_length_are_keys(self):
        log = self.log("".join(f'a - - [17/May/2015:10:05:00 +0000] "GET /{"x" * size} y" 200 1\n'
                               for size in (1, 5000, 5001, 5000)))
        arguments = ["replay", log, "--limit", "1", "--by", "path"]
        self.assertEqual(self.json(*arguments, "--nodes", "1")["limiter"]["limited"], 1)
        self.assertEqual(self.json(*arguments, "--compare", "gcra")["algorithms"][0]["limited"], 1)

    def test_runs_on_running_nodes_have_limits_of_their_own(self):
        a = self.start("a")
        b = self.start("b", "--seed", a.address)
        self.wait_for_members([a, b], {"a", "b"})
        for nodes in (["--node", a.address, b.address], ["--node", a.address, "--node", b.address], []):
            report = self.json("replay", self.log(), "--limit", "2", *nodes)
            self.assertEqual(report["limiter"]["limited"], 1, nodes)
            self.assertEqual(len(report["nodes"]), len([n for n in nodes if n != "--node"]) or 1)

    def test_says_which_nodes_it_uses(self):
        own = self.kith("replay", self.log(), "--nodes", "2")
        self.assertIn("replaying on 2 nodes started for this run", own.stderr)
        a = self.start("a")
        found = self.kith("replay", self.log(), "-o", "json")
        self.assertRegex(found.stderr, f"replaying on the running cluster '.+', through 'a' at {a.address} "
                                       "\\(this user's newest daemon\\)")
        self.assertIn("(named by --node)", self.kith("replay", self.log(), "--node", a.address).stderr)
        self.assertIn("(named by KITH_NODE)", self.kith("replay", self.log(), KITH_NODE=a.address).stderr)
        self.assertNotIn("replaying on", self.kith("replay", self.log(), "-q").stderr)
        self.assertIn("WITHOUT --nodes AND --node", self.kith("replay", "--help").stdout)

    def test_lines_of_another_format_are_read(self):
        log = self.log("a|17/May/2015:10:05:00 +0000|GET /x y|any thing\n"
                       "b|17/May/2015:10:05:00 +0000\n")
        report = self.json("replay", log, "--nodes", "1", "--by", "path",
                           "--format-string", "$remote_addr|$time_local|$request|$upstream_addr")
        self.assertEqual((report["requests"], report["unreadable"]), (1, 1))
        self.assertEqual(report["limiter"]["keys"][0]["key"], "/x")

    def test_only_breakers_need_a_status(self):
        log = self.log('{"time":1,"ip":"a","path":"/"}\n{"time":2,"ip":"a","path":"/","status":200}\n')
        arguments = ["replay", log, "--nodes", "1"]
        self.assertEqual(self.json(*arguments)["unreadable"], 0)
        self.assertEqual(self.json("replay", log, "--compare", "gcra")["unreadable"], 0)
        done = self.kith(*arguments, "--breaker-by", "path1")
        self.assertIn("line 1 is unreadable: the status is missing", done.stderr)

    def test_nothing_is_left_running(self):
        mark = f"KITH_TEST_MARK={self.runtime}"
        self.kith("replay", self.log(), "--nodes", "2", KITH_TEST_MARK=self.runtime)
        self.assertEqual(processes_with(mark), [])

    def test_nodes_end_when_the_command_is_killed(self):
        mark = f"KITH_TEST_MARK={self.runtime}"
        command = subprocess.Popen([KITH, "replay", "-", "--nodes", "2"], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=environment(self.runtime, KITH_TEST_MARK=self.runtime))
        command.stdin.write(LINES.encode() * 1000)  # its first part is read before nodes start
        command.stdin.flush()
        wait_until("the nodes run", lambda: len(processes_with(mark)) == 3)
        command.kill()
        command.communicate()
        wait_until("the nodes are gone", lambda: processes_with(mark) == [])

    def test_what_is_no_log(self):
        self.assertIn("/nowhere.log", self.kith("replay", "/nowhere.log", code=NOT_FOUND).stderr)
        self.assertIn("directory", self.kith("replay", self.runtime, code=USAGE).stderr)
        self.assertIn("device", self.kith("replay", "/dev/zero", code=USAGE).stderr)
        packed = pathlib.Path(self.runtime) / "access.log.gz"
        packed.write_bytes(gzip.compress(LINES.encode()))
        self.assertIn("zcat", self.kith("replay", str(packed), code=USAGE).stderr)
        text = self.log("hello\nworld\n")
        self.assertIn("not an access log", self.kith("replay", text, "--nodes", "1", code=FAILED).stderr)
        self.assertEqual(self.json("replay", self.log(""), "--nodes", "1")["requests"], 0)

    def test_dead_nodes_are_unreachable(self):
        nobody = f"127.0.0.1:{free_port()}"
        self.kith("replay", self.log(), "--node", nobody, code=UNREACHABLE)


if __name__ == "__main__":
    if not KITH.exists():
        sys.exit(f"{KITH} is not built")
    unittest.main(verbosity=2)
