#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kith table` on a real node: the tables of that node, and how they stand beside the shared one.

    KITH_BUILD_DIR=build/release tests/cli/table_cli_test.py [TestClass.test_name ...]
"""

import json
import pathlib
import signal
import subprocess
import sys
import unittest

from cli_test import (CONFLICT, KITH, NOT_FOUND, OK, SECONDS, TIMEOUT, UNREACHABLE, USAGE,
                      CommandTest, environment, free_port)


class TableTest(CommandTest):
    def table(self, *arguments: str, code: int = OK) -> str:
        done = self.kith("table", *arguments, code=code)
        if code != OK:
            self.assertTrue(done.stderr.startswith("kith: "), done.stderr)
        return done.stdout if code == OK else done.stderr

    def insert(self, name: str, *rows):
        self.table("insert", name, *(json.dumps(row) for row in rows))

    def rows(self, name: str) -> list:
        return self.json("table", "select", name, "--limit", "1000000")["results"]

    def watch(self, *arguments: str) -> subprocess.Popen:
        """A watch that has begun."""
        process = subprocess.Popen([KITH, "table", "watch", *arguments], text=True,
                                   env=environment(self.runtime), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertIn("watching", process.stderr.readline())
        return process


class Rows(TableTest):
    def setUp(self):
        super().setUp()
        self.start("a")

    def test_a_table_from_its_begin_to_its_end(self):
        self.assertIn("created users", self.table("create", "users"))
        self.assertEqual(self.table("insert", "users", '["ann",7]', '["bob",3]'), "inserted 2\n")
        self.assertEqual(self.table("lookup", "users", "ann"), '["ann",7]\n')
        self.assertEqual(self.json("table", "lookup", "users", "ann"), {"rows": [["ann", 7]]})
        self.assertIn('"carl"', self.table("lookup", "users", "carl", code=NOT_FOUND))
        self.assertEqual(self.table("delete", "users", "ann"), "deleted 1\n")
        self.table("delete", "users", "ann", code=NOT_FOUND)
        self.assertEqual(self.json("table", "info", "users")["rows"], 1)
        self.table("drop", "users")
        self.table("info", "users", code=NOT_FOUND)

    def test_what_is_shown_is_what_is_written(self):
        self.table("create", "t", "--type", "ordered_set")
        rows = [[1, None, True, 2.5, [1, [2]], {"a": {"b": []}}], [{"$pid": "<1f.12.1>"}, "pid"],
                ["ä\n", {"$map": {"$bytes": 1}}], [{"$bytes": "00ff"}, {"$reference": "#Ref<1f.7>"}]]
        self.insert("t", *rows)
        self.assertEqual(self.rows("t"), rows)
        lines = self.table("select", "t").splitlines()
        self.assertEqual([json.loads(line) for line in lines], rows)
        self.table("create", "again", "--type", "ordered_set")
        self.table("insert", "again", *lines)
        self.assertEqual(self.rows("again"), rows)
        self.assertEqual(self.json("table", "lookup", "t", '{"$bytes":"00ff"}')["rows"], rows[3:])
        self.table("lookup", "t", "1")
        self.table("lookup", "t", '"1"', code=NOT_FOUND)

    def test_types_and_key_position(self):
        self.table("create", "b", "--type", "bag", "--key-position", "2")
        self.insert("b", [1, "k"], [2, "k"], [1, "k"], [3, "other"])
        self.assertEqual(self.table("lookup", "b", "k"), '[1,"k"]\n[2,"k"]\n')
        self.assertIn("element 2", self.table("insert", "b", "[1]", code=USAGE))
        info = self.json("table", "info", "b")
        self.assertEqual((info["type"], info["key_position"], info["access"]), ("bag", 2, "public"))

    def test_counters(self):
        self.table("create", "c")
        self.table("incr", "c", "hits", code=NOT_FOUND)
        self.assertEqual(self.table("incr", "c", "hits", "--default", '["hits",0,10]'), "1\n")
        self.assertEqual(self.table("incr", "c", "hits", "--by", "-5"), "-4\n")
        self.assertEqual(
            self.json("table", "incr", "c", "hits", "--by", "2", "--position", "3")["values"], [12])
        self.assertIn("key", self.table("incr", "c", "hits", "--position", "1", code=USAGE))

    def test_inserting_only_what_is_new(self):
        self.table("create", "n")
        self.table("insert", "n", '["a",1]', "--new")
        self.assertIn("already", self.table("insert", "n", '["b",1]', '["a",2]', "--new", code=CONFLICT))
        self.assertEqual(self.rows("n"), [["a", 1]])

    def test_selections(self):
        self.table("create", "s", "--type", "ordered_set")
        self.insert("s", *([i, i * i] for i in range(50)))
        spec = '[{"match":[{"var":1},{"var":2}],"where":[[">",{"var":2},2000]],"return":{"var":1}}]'
        self.assertEqual(self.json("table", "select", "s", spec), {"results": [45, 46, 47, 48, 49], "more": False})
        self.assertEqual(self.table("select", "s", spec, "--limit", "2", "--reverse"), "49\n48\n")
        self.assertTrue(self.json("table", "select", "s", spec, "--limit", "4")["more"])
        self.assertFalse(self.json("table", "select", "s", spec, "--limit", "5")["more"])
        self.assertIn("--limit 3", self.kith("table", "select", "s", "--limit", "3").stderr)
        true = '[{"match":[{"any":true},{"var":2}],"where":[["<",{"var":2},100]],"return":true}]'
        self.assertEqual(self.table("select", "s", true, "--count"), "10\n")
        self.assertEqual(self.table("select", "s", "--count"), "50\n")

    def test_another_name(self):
        self.table("create", "old")
        self.insert("old", ["ann", 1])
        self.table("create", "taken")
        self.assertIn("renamed old to new", self.table("rename", "old", "new"))
        self.assertEqual(self.rows("new"), [["ann", 1]])
        self.table("info", "old", code=NOT_FOUND)
        self.assertIn("taken", self.table("rename", "new", "taken", code=CONFLICT))
        self.table("rename", "new", code=USAGE)
        self.table("rename", "new", "", code=USAGE)

    def test_a_large_table_is_shown_and_saved_in_pages(self):
        self.table("create", "large")
        for begin in range(0, 24_000, 2_000):
            self.insert("large", *([i, "some text"] for i in range(begin, begin + 2_000)))
        self.assertEqual(sorted(row[0] for row in self.rows("large")), list(range(24_000)))
        self.assertEqual(len(self.table("select", "large", "--limit", "23000").splitlines()), 23_000)
        file = str(pathlib.Path(self.runtime) / "copy.table")
        self.assertIn("24000", self.table("save", "large", file))
        self.assertIn("24000", self.table("load", file))
        self.assertEqual(sorted(self.rows("copy")), sorted(self.rows("large")))

    def test_the_list_of_tables(self):
        self.assertEqual(self.json("table", "ls"),
                         {"node": "a", "tables": [], "shared": [], "unreachable": []})
        for name in ["b", "a"]:
            self.table("create", name)
        self.assertEqual([t["name"] for t in self.json("table", "ls")["tables"]], ["a", "b"])
        self.table("views", "get", "/", code=NOT_FOUND)  # to look makes no table
        self.assertEqual(self.json("table", "ls")["shared"], [])
        self.table("views", "update-counter", "/")
        self.table("views", "put", "/about", "2")
        self.assertEqual([line.split()[:3] + line.split()[-1:] for line in self.table("ls").splitlines()],
                         [["a", "set", "0", "a"], ["b", "set", "0", "a"], ["views", "shared", "2", "a"]])
        shared, = self.json("table", "ls")["shared"]
        self.assertEqual((shared["name"], shared["rows"], shared["nodes"]),
                         ("views", 2, [{"node": "a", "rows": 2}]))

    def test_the_shared_table_stands_beside_those_of_the_node(self):
        self.table("create", "settings")
        self.kith("table", "settings", "put", "insert", "shared")
        self.assertEqual(self.table("settings", "get", "insert"), "shared\n")
        self.assertEqual(self.table("shared", "settings", "get", "insert"), "shared\n")
        self.table("lookup", "settings", "insert", code=NOT_FOUND)
        self.kith("-o", "json", "table", "settings", "get", "insert")
        self.table("shared", "info", "put", "k", "1")  # a shared table with the name of a command
        self.assertEqual(self.table("shared", "info", "get", "k"), "1\n")
        self.table("create", "get")  # a table of the node with the name of an action
        self.table("insert", "get", '["k",1]')
        self.assertEqual(self.table("lookup", "get", "k"), '["k",1]\n')


class Mistakes(TableTest):
    def setUp(self):
        super().setUp()
        self.start("a")
        self.table("create", "users")

    def test_wrong_names(self):
        for arguments in [("lookup", "usrs", "k"), ("insert", "usrs", "[1]"), ("select", "usrs"),
                          ("incr", "usrs", "k"), ("delete", "usrs", "k"), ("drop", "usrs"),
                          ("info", "usrs"), ("save", "usrs", "f"), ("watch", "usrs")]:
            self.assertIn("did you mean 'users'?", self.table(*arguments, code=NOT_FOUND), arguments)
        self.assertIn("kith table ls", self.table("info", "nothing-like-it", code=NOT_FOUND))
        self.assertIn("kith table info users", self.table("create", "users", code=CONFLICT))
        self.assertIn("did you mean 'insert'?", self.table("inser", "users", "[1]", code=USAGE))
        self.assertIn("'foo' is not an action", self.table("views", "foo", code=USAGE))
        self.assertIn("did you mean 'get'?", self.table("views", "gte", "/", code=USAGE))
        error = json.loads(self.kith("table", "info", "usrs", "-o", "json", code=NOT_FOUND).stderr)
        self.assertEqual(error["error"]["code"], "not_found")

    def test_wrong_json_says_where_and_what_is_expected(self):
        for arguments, says in [
                (("insert", "users", '["ann",7'), "line 1, column 9"),
                (("insert", "users", '["ann"]', "ann"), "row 2: 'ann'"),
                (("insert", "users", "{}"), """a row is an array such as '["ann",7]'"""),
                (("insert", "users", "[]"), "element 1"),
                (("insert", "users", '[{"$bytes":"0"}]'), "two hexadecimal digits"),
                (("lookup", "users", "[1"), "line 1, column 3"),
                (("incr", "users", "k", "--default", "7"), "not an array"),
                (("select", "users", "[{"), "line 1, column 3"),
                (("select", "users", "{}"), "an array of clauses"),
                (("select", "users", '[{"match":[1]}]'), '"return"'),
                (("select", "users", "--reverse"), "ordered_set"),
                (("watch", "users", "--key", "{"), "line 1, column 2")]:
            self.assertIn(says, self.table(*arguments, code=USAGE), arguments)

    def test_wrong_flags(self):
        for arguments, says in [
                (("create", "t", "--type", "heap"), "heap"),
                (("create", "t", "--key-position", "0"), "--key-position"),
                (("create",), "NAME is required"), (("insert", "users"), "ROW is required"),
                (("lookup", "users"), "KEY is required"), (("incr", "users", "k", "--by", "x"), "x"),
                (("select", "users", "--limit", "0"), "--limit"),
                (("select", "users", "--count", "--reverse"), "--count"),
                (("watch", "users", "--key", "a", "--prefix", "b"), "--prefix"),
                (("frob", "users", "k"), "has no command 'frob'"), ((), "needs a command: create")]:
            self.assertIn(says, self.table(*arguments, code=USAGE), arguments)

    def test_no_node(self):
        nobody = f"127.0.0.1:{free_port()}"
        for arguments in [("ls",), ("info", "t"), ("select", "t"), ("watch", "t"), ("save", "t", "f")]:
            self.kith("table", *arguments, "--node", nobody, code=UNREACHABLE)


class Files(TableTest):
    def setUp(self):
        super().setUp()
        self.node = self.start("a")
        self.file = pathlib.Path(self.runtime) / "users.table"

    def test_a_table_comes_back_from_its_file(self):
        for kind in ["set", "ordered_set", "bag", "duplicate_bag"]:
            self.table("create", "users", "--type", kind, "--key-position", "2")
            self.insert("users", [1, "a"], [2, "a"], [{"$bytes": "00"}, {"$pid": "<1f.2.3>"}], [2, "a"])
            before = sorted(map(json.dumps, self.rows("users")))
            self.assertIn(f"saved {len(before)} rows", self.table("save", "users", str(self.file)))
            self.table("drop", "users")
            self.assertIn(f"loaded {len(before)} rows into users", self.table("load", str(self.file)))
            self.assertEqual(sorted(map(json.dumps, self.rows("users"))), before)
            info = self.json("table", "info", "users")
            self.assertEqual((info["type"], info["key_position"]), (kind, 2))
            self.table("drop", "users")

    def test_the_file_lies_beside_the_command(self):
        self.table("create", "users")
        work = pathlib.Path(self.runtime) / "work"
        work.mkdir()
        done = subprocess.run([KITH, "table", "save", "users", "here"], cwd=work, timeout=60,
                              env=environment(self.runtime), capture_output=True)
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertTrue((work / "here").exists())

    def test_a_loaded_table_does_not_touch_one_that_is_there(self):
        self.table("create", "users")
        self.insert("users", ["ann", 1])
        self.table("save", "users", str(self.file))
        self.insert("users", ["bob", 2])
        self.assertIn("--as", self.table("load", str(self.file), code=CONFLICT))
        self.assertEqual(len(self.rows("users")), 2)
        self.table("load", str(self.file), "--as", "old")
        self.assertEqual(self.rows("old"), [["ann", 1]])
        self.assertEqual([t["name"] for t in self.json("table", "ls")["tables"]], ["old", "users"])

    def test_a_file_that_was_cut_or_changed_is_refused_with_its_place(self):
        self.table("create", "users")
        self.insert("users", *([i, "text"] for i in range(100)))
        self.table("save", "users", str(self.file))
        good = self.file.read_bytes()
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 1
        for wrong in [b"", good[:-1], bytes(flipped), good + b"x", b"not a table"]:
            self.file.write_bytes(wrong)
            done = self.kith("table", "load", str(self.file), "--as", "t", code=1)
            self.assertRegex(done.stderr, "users.table.*at byte [0-9]+")
        self.assertEqual([t["name"] for t in self.json("table", "ls")["tables"]], ["users"])
        self.table("load", str(self.file) + ".none", code=NOT_FOUND)


    def saved(self, *arguments: str, **how) -> subprocess.CompletedProcess:
        return subprocess.run([KITH, "table", "save", *arguments], env=environment(self.runtime), timeout=60,
                              stderr=subprocess.PIPE, **how)

    def test_standard_output_and_standard_input(self):
        self.table("create", "users")
        self.insert("users", ["ann", 1])
        self.table("save", "users", str(self.file))
        for name in ["-", "/dev/stdout", "/dev/fd/1"]:
            done = self.saved("users", name, stdout=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stdout), (OK, self.file.read_bytes()), name)
            self.assertIn(b"saved 1 rows", done.stderr)
        self.assertFalse(pathlib.Path("-").exists())
        with open(self.file, "rb") as content:
            done = subprocess.run([KITH, "table", "load", "-", "--as", "copy"], stdin=content, timeout=60,
                                  env=environment(self.runtime), capture_output=True)
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertEqual(self.rows("copy"), [["ann", 1]])
        self.assertIn("--as", self.table("load", "-", code=USAGE))
        with open(self.file.with_name("appended"), "wb") as out:
            out.write(b"before ")
            out.flush()
            self.assertEqual(self.saved("users", "/dev/stdout", stdout=out).returncode, OK)
        self.assertEqual(self.file.with_name("appended").read_bytes(), b"before " + self.file.read_bytes())

    def test_nothing_that_is_named_is_destroyed(self):
        self.table("create", "users")
        self.insert("users", *([i, "text"] for i in range(1000)))
        self.assertIn("No space left", self.table("save", "users", "/dev/full", code=1))
        self.assertTrue(pathlib.Path("/dev/full").is_char_device())
        self.table("save", "users", "/dev/null")
        self.assertTrue(pathlib.Path("/dev/null").is_char_device())
        self.file.write_bytes(b"old")
        self.file.chmod(0o600)
        link = self.file.with_name("link")
        link.symlink_to(self.file.name)
        self.table("save", "users", str(link))
        self.assertTrue(link.is_symlink())
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)
        self.table("load", str(link), "--as", "copy")
        self.assertEqual(len(self.rows("copy")), 1000)
        self.assertIn("folder", self.table("save", "users", self.runtime, code=1))

    def test_a_file_that_grows_too_large_leaves_the_old_one(self):
        self.table("create", "users")
        self.insert("users", *([i, "text"] for i in range(1000)))
        self.file.write_bytes(b"old")
        before = sorted(self.file.parent.iterdir())
        done = subprocess.run(["bash", "-c", 'ulimit -f 4; exec "$0" "$@"', KITH, "table", "save", "users",
                               str(self.file)], env=environment(self.runtime), capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"the old file is as it was", done.stderr)
        self.assertEqual(self.file.read_bytes(), b"old")
        self.assertEqual(sorted(self.file.parent.iterdir()), before)

    def test_a_device_without_end_is_no_table(self):
        self.assertIn("KITHTAB1", self.table("load", "/dev/zero", "--as", "t", code=1))


class Watches(TableTest):
    def setUp(self):
        super().setUp()
        self.node = self.start("a")
        self.table("create", "t")

    def test_each_change_is_a_line_until_the_table_ends(self):
        everything = self.watch("t")
        of_key = self.watch("t", "--key", "user:1", "-o", "json")
        of_prefix = self.watch("t", "--prefix", "user:", "--changes", "2")
        self.insert("t", ["user:1", 1])
        self.insert("t", ["other", 1])
        self.table("incr", "t", "user:1")
        self.table("delete", "t", "user:1")
        self.assertEqual(of_prefix.communicate(timeout=SECONDS)[0],
                         'written ["user:1",1]\nwritten ["user:1",2]\n')
        self.assertEqual(of_prefix.returncode, OK)
        self.table("drop", "t")
        self.assertEqual(everything.communicate(timeout=SECONDS)[0].splitlines(),
                         ['written ["user:1",1]', 'written ["other",1]', 'written ["user:1",2]',
                          'erased ["user:1",2]', "ended"])
        self.assertEqual(everything.returncode, OK)
        changes = [json.loads(line) for line in of_key.communicate(timeout=SECONDS)[0].splitlines()]
        self.assertEqual([change["event"] for change in changes], ["written", "written", "erased", "ended"])
        self.assertEqual(changes[0], {"event": "written", "key": "user:1", "row": ["user:1", 1]})

    def test_a_reader_that_stands_still_is_told_what_it_has_missed(self):
        watch = self.watch("t")  # one page may be on its way to it
        watch.send_signal(signal.SIGSTOP)
        for begin in range(0, 16_000, 2_000):
            self.insert("t", *([i] for i in range(begin, begin + 2_000)))
        watch.send_signal(signal.SIGCONT)
        seen = []
        while not seen or not seen[-1].startswith("missed"):
            seen.append(watch.stdout.readline().strip())
            self.assertTrue(seen[-1])
        missed = int(seen[-1].split()[1].rstrip(":"))
        self.assertEqual(len(seen) - 1 + missed, 16_000)
        self.insert("t", ["after"])
        self.assertEqual(watch.stdout.readline(), 'written ["after"]\n')

    def test_a_watch_ends_when_nothing_changes_or_its_node_is_gone(self):
        self.kith("table", "watch", "t", "--timeout", "300ms", code=TIMEOUT)
        watch = self.watch("t")
        self.node.stop()
        watch.communicate(timeout=SECONDS)
        self.assertEqual(watch.returncode, UNREACHABLE)


if __name__ == "__main__":
    if not KITH.exists():
        sys.exit(f"{KITH} is not built")
    unittest.main(verbosity=2)
