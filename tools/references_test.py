#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each check of the reference checker catches a small bad sample and lets its good neighbour pass."""

import sys
import time
import unittest

sys.dont_write_bytecode = True
import references  # noqa: E402

TREE = {
    "README.md": "# kith\n\n## First steps\n\n## First steps\n",
    "core/error.hpp": "#pragma once\n",
    "core/internal/pool.hpp": "#pragma once\n",
    "core/wire_a.hpp": "#pragma once\n",
    "core/wire_a.cpp": "",
    "kith.hpp": "#pragma once\n",
    "docs/wire.md": "# The wire\n\n## Frames & `bytes`\n\n```sh\n# no heading\n```\n",
    "docs/adr/0007-services.md": "# 7. Services\n",
    "docs/behaviours.md": "| M-001 | It lives. | `Members.M001_Live` |\n",
    "scripts/test": "#!/bin/sh\n",
    "tests/sim/members_test.cpp": "TEST(Members, M001_Live) {}\nTEST_F(Names,\n       AreUnique) {}\n",
    "tests/cli/cli_test.py": "import unittest\nclass Cli(unittest.TestCase):\n    def test_help(self):\n",
    "tests/conformance/scenarios/task.jsonl": '{"id":"task-h0001"}\n',
}


def findings(path: str, text: str) -> list:
    tree = references.Tree({**TREE, path: text})
    return references.check_file(tree, references.File(path, text))


class Case(unittest.TestCase):
    def passes(self, path: str, *texts: str):
        for text in texts:
            self.assertEqual(findings(path, text), [], text)

    def fails(self, path: str, *texts: str):
        for text in texts:
            self.assertEqual(len(findings(path, text)), 1, text)


class Paths(Case):
    def test_from_the_root_or_the_folder_or_by_name(self):
        self.passes("core/a.hpp", "// See core/error.hpp.\n", "// See internal/pool.hpp.\n", "// error.hpp\n")
        self.fails("core/a.hpp", "// See core/errors.hpp.\n", "// See internal/error.hpp.\n", "// errors.hpp\n")

    def test_below_kith(self):
        self.passes("core/a.hpp", "// kith/core/error.hpp\n", "// include/kith/kith.hpp\n", "// `kith/kith.hpp`\n")
        self.fails("core/a.hpp", "// kith/core/errors.hpp\n")

    def test_patterns(self):
        self.passes("README.md", "`core/wire_*.hpp`, `wire_*.hpp`, `core/wire_a.{hpp,cpp}`\n")
        self.passes("README.md", "`core/FOLDER/NAME_test.cpp`, `tests/GROUP/`, `FILE.jsonl`\n")
        self.fails("README.md", "`core/wires_*.hpp`\n", "`core/error.{hpp,cpp}`\n")

    def test_folders_and_scripts(self):
        self.passes("README.md", "`tests/sim/` and `scripts/test`, and/or I/O\n", "/usr/tests/lib/ and ~/scripts/x\n")
        self.fails("README.md", "`tests/simulation/`\n", "run scripts/tests first\n")

    def test_code_and_strings_cite_nothing(self):
        self.passes("core/a.cpp", 'auto a = "core/none.hpp";\n', "int b = 1'000; auto c = R\"(// none.hpp)\";\n")
        self.passes("tools/a.py", 'a = "core/none.hpp"\n')
        self.fails("core/a.cpp", 'auto a = "x";  // core/none.hpp\n', "/* a\n none.hpp */\n")
        self.fails("tools/a.py", "a = 1  # core/none.hpp\n", '"""See core/none.hpp."""\n')
        self.fails("scripts/a", "#!/bin/sh\n# tools/none.py\n")

    def test_blocks_in_documents(self):
        block = "```cpp\n#include \"{}\"\n```\n"
        self.passes("docs/a.md", *(block.format(path) for path in ("core/error.hpp", "kith/kith.hpp", "my_own.hpp")))
        self.fails("docs/a.md", block.format("core/none.hpp"), "```sh\nscripts/none --fast\n```\n")

    def test_addresses_of_the_web_are_passed_over(self):
        self.passes("README.md", "https://example.org/core/none.hpp and [a](https://example.org/x.md)\n")

    def test_the_line_is_said(self):
        found = findings("core/a.hpp", "int a;\n\n// fine\nint b;  // none.hpp\n")
        self.assertEqual(str(found[0]), "core/a.hpp:4: `none.hpp` is not in the tree [reference]")


class Sections(Case):
    def test_links(self):
        self.passes("docs/a.md", "[a](wire.md) [b](../README.md#first-steps-1) [c](#here)\n## Here\n",
                    "[a](wire.md#frames--bytes)\n")
        self.fails("docs/a.md", "[a](none.html)\n", "[b](../README.md#second)\n", "[c](#there)\n## Here\n",
                   "[d](wire.md#no-heading)\n")

    def test_anchors_and_titles_in_comments(self):
        self.passes("core/a.hpp", "// docs/wire.md#frames--bytes\n", '// docs/wire.md, "The wire"\n',
                    '/// docs/wire.md, "The\n/// wire"\n')
        self.fails("core/a.hpp", "// docs/wire.md#frame\n", '// docs/wire.md, "The frame"\n')

    def test_documents_in_capitals(self):
        self.passes("core/a.hpp", '// Source: README, "First steps"\n')
        self.passes("README.md", '["call", SERVER, "x"]\n')
        self.fails("core/a.hpp", '// Source: NOWHERE, "First"\n', '/// Source: NOWHERE,\n/// "First"\n')


class Numbers(Case):
    def test_decisions(self):
        self.passes("core/a.hpp", "// ADR 0007, ADR 7\n")
        self.fails("core/a.hpp", "// ADR 0008\n", "// ADRs 0007 and 0009\n")

    def test_codes(self):
        self.passes("core/a.hpp", "// M-001, UTF-8, X-12\n")
        self.fails("core/a.hpp", "// M-002\n")
        self.passes("tests/sim/a_test.cpp", "TEST(Members, M001_Live) {}\n")
        self.fails("tests/sim/a_test.cpp", "TEST(A, M002_Lives) {}\n")

    def test_the_test_of_a_code_is_named_with_it(self):
        self.fails("tests/sim/a_test.cpp", "TEST_F(A, M001_Dies) {}\n")

    def test_tests(self):
        self.passes("docs/a.md", "`Members.M001_Live`, `Names.AreUnique`, `Cli.test_help`, `Task.Supervisor`\n")
        self.fails("docs/a.md", "`Members.Die`\n", "`Gone.AreUnique`\n", "`Cli.test_none`\n")
        self.fails("docs/guarantees.md", "`Task.Supervisor`\n")

    def test_scenarios(self):
        self.passes("tests/sim/a_test.cpp", "// task-h0001, utf-16\n")
        self.fails("tests/sim/a_test.cpp", "// task-h0002\n")


class Speed(unittest.TestCase):
    def test_the_whole_tree_takes_less_than_three_seconds(self):
        begin = time.process_time()
        references.check(references.read_tree(references.pathlib.Path(__file__).parent.parent))
        self.assertLess(time.process_time() - begin, 3)


if __name__ == "__main__":
    unittest.main()
