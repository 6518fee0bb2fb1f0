#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each check of tidy.py catches a small bad sample and lets its good neighbour pass."""

import sys
import unittest

sys.dont_write_bytecode = True
import tidy  # noqa: E402


def rules(path: str, text: str) -> set:
    """What is found besides the licence, which most samples do without."""
    return {found.rule for found in tidy.check_file(tidy.File(path, text))} - {"licence"}


def header(body: str) -> str:
    return "#pragma once\n" + body


def function_of(lines: int, head: str = "void f() {") -> str:
    return head + "\n" + "  g();\n" * (lines - 2) + "}\n"


class Floors(unittest.TestCase):
    def test_down_and_within_pass(self):
        text = '#include "core/pid.hpp"\n#include "cluster/ring.hpp"\n'
        self.assertEqual(rules("cluster/ring.cpp", text), set())

    def test_up_fails(self):
        self.assertEqual(rules("core/pid.cpp", '#include "actor/process.hpp"\n'), {"floor"})

    def test_sideways_fails(self):
        for path, included in [("actor/a.cpp", "transport/t.hpp"), ("transport/t.cpp", "actor/a.hpp"),
                               ("cluster/c.cpp", "supervision/s.hpp"), ("table/t.cpp", "registry/r.hpp")]:
            self.assertEqual(rules(path, f'#include "{included}"\n'), {"floor"}, path)

    def test_library_never_sees_tests(self):
        self.assertEqual(rules("node/n.cpp", '#include "tests/support/x.hpp"\n'), {"floor"})

    def test_not_from_the_root_fails(self):
        self.assertEqual(rules("core/pid.cpp", '#include "pid.hpp"\n'), {"include"})

    def test_internals_are_seen_by_their_folder_and_its_tests_only(self):
        text = '#include "actor/internal/fiber.hpp"\n'
        self.assertEqual(rules("actor/process.cpp", text), set())
        self.assertEqual(rules("tests/actor/fiber_test.cpp", text), set())
        self.assertEqual(rules("node/node.cpp", text), {"internal"})
        self.assertEqual(rules("tests/sim/cluster_test.cpp", text), {"internal"})

    def test_an_application_includes_files_of_its_own(self):
        text = '#include <kith/kith.hpp>\n\n#include "check.hpp"\n'
        self.assertEqual(rules("examples/registry.cpp", text), set())

    def test_a_source_includes_its_own_header_first(self):
        def own(text):
            found = tidy.check_file(tidy.File("core/pid.cpp", text, True))
            return {each.rule for each in found} - {"licence"}
        self.assertEqual(own('#include "core/pid.hpp"\n\n#include <string>\n'), set())
        self.assertEqual(own('#include <string>\n\n#include "core/pid.hpp"\n'), {"own-header"})

    def test_a_commented_include_passes(self):
        self.assertEqual(rules("core/pid.cpp", '// #include "actor/process.hpp"\n'), set())


class Licence(unittest.TestCase):
    def test_a_file_names_its_licence(self):
        def found(text):
            return [each.rule for each in tidy.check_licence(tidy.File("core/pid.cpp", text))]
        self.assertEqual(found("// SPDX-License-Identifier: Apache-2.0\n"), [])
        self.assertEqual(found("int x;\n"), ["licence"])


class ThirdParty(unittest.TestCase):
    def test_in_a_header_fails(self):
        for name in ("zmq.hpp", "zmq.h", "msgpack.hpp", "asio/io_context.hpp", "spdlog/spdlog.h",
                     "boost/context/fiber.hpp", "nlohmann/json.hpp", "fmt/format.h"):
            self.assertEqual(rules("node/n.hpp", header(f"#include <{name}>\n")), {"third-party"}, name)

    def test_in_a_source_or_standard_header_passes(self):
        self.assertEqual(rules("transport/z.cpp", "#include <zmq.hpp>\n"), set())
        self.assertEqual(rules("core/z.hpp", header("#include <string>\n")), set())


class Sizes(unittest.TestCase):
    def test_file(self):
        self.assertEqual(rules("core/a.hpp", header("\n" * 299)), set())
        self.assertEqual(rules("core/a.hpp", header("\n" * 300)), {"file-size"})
        self.assertEqual(rules("core/a.cpp", "\n" * 501), {"file-size"})

    def test_columns(self):
        self.assertEqual(rules("core/a.cpp", "// " + "x" * 97 + "\n"), set())
        self.assertEqual(rules("core/a.cpp", "// " + "x" * 98 + "\n"), {"columns"})

    def test_function(self):
        self.assertEqual(rules("core/a.cpp", function_of(70)), set())
        self.assertEqual(rules("core/a.cpp", function_of(71)), {"function-size"})

    def test_function_heads_of_all_kinds(self):
        for head in ("int A::f(int x) const {", "A::A() : b_{1}, c_(2) {", "TEST(Subject, Sentence) {",
                     "template <typename T>\nauto f(T t) -> decltype(t.g()) {", "A::A() : b_{1} {"):
            self.assertEqual(rules("core/a.cpp", function_of(75, head)), {"function-size"}, head)

    def test_scopes_are_no_functions(self):
        for head in ("namespace kith {", "class A : public B {", "enum class Kind : int {",
                     "template <class T> struct A {", "const int table[] = {"):
            self.assertEqual(rules("core/a.cpp", function_of(75, head)), set(), head)

    def test_a_method_in_a_class_in_a_namespace(self):
        text = "namespace kith {\nclass A {\n" + function_of(71) + "};\n}\n"
        self.assertEqual(rules("core/a.cpp", text), {"function-size"})

    def test_a_macro_with_an_open_brace_confuses_nothing(self):
        text = "#define BEGIN if (x) { \\\n  y();\n" + function_of(10) + "\n" * 70
        self.assertEqual(rules("core/a.cpp", text), set())


class Words(unittest.TestCase):
    def assert_banned(self, path: str, text: str):
        self.assertEqual(rules(path, text), {"banned"}, f"{path}: {text}")

    def test_banned_outside_and_allowed_inside(self):
        for text, bad, good in [
            ("auto n = std::chrono::steady_clock::now();\n", "cluster/a.cpp", "core/clock.cpp"),
            ("auto n = std::chrono::system_clock::now();\n", "tests/sim/a.cpp", "tests/node/a.cpp"),
            ("std::random_device d;\n", "node/a.cpp", "core/random.cpp"),
            ("std::this_thread::sleep_for(1s);\n", "table/a.cpp", "cli/demo.cpp"),
            ("std::thread t;\n", "node/a.cpp", "transport/a.cpp"),
            ("std::jthread t;\n", "cluster/a.cpp", "tests/actor/a.cpp"),
            ("#include <atomic>\n", "cluster/a.cpp", "table/a.cpp"),
        ]:
            self.assert_banned(bad, text)
            self.assertEqual(rules(good, text), set(), good)

    def test_banned_everywhere(self):
        for text in ("co_await f();\n", "co_return 1;\n", "std::regex r;\n", "#include <regex>\n",
                     "out << std::endl;\n"):
            self.assert_banned("core/a.cpp", text)

    def test_comments_and_strings_are_free(self):
        text = '// no std::thread\nauto s = "std::endl";\n/* co_await */\nauto r = R"(std::regex)";\n'
        self.assertEqual(rules("node/a.cpp", text), set())

    def test_digit_separators_are_no_quotes(self):
        self.assert_banned("node/a.cpp", "int a = 1'000; std::thread t; int b = 2'000;\n")

    def test_using_namespace(self):
        self.assert_banned("core/a.hpp", header("using namespace std;\n"))
        self.assertEqual(rules("core/a.cpp", "using namespace std::chrono_literals;\n"), set())

    def test_catch_all(self):
        self.assert_banned("node/a.cpp", "void f() { try { g(); } catch (...) { h(); } }\n")
        self.assertEqual(rules("node/a.cpp", "void f() { try { g(); } catch (...) { throw; } }\n"), set())
        self.assertEqual(rules("actor/a.cpp", "void f() { try { g(); } catch (...) { } }\n"), set())

    def test_leftovers(self):
        for word in ("TO" + "DO", "FIX" + "ME"):
            self.assertEqual(rules("core/a.cpp", f"// {word}: later\n"), {"leftover"})

    def test_white_space(self):
        for text in ("int a; \n", "\tint a;\n", "int a;"):
            self.assertEqual(rules("core/a.cpp", text), {"white-space"})


class Headers(unittest.TestCase):
    def test_pragma_once(self):
        self.assertEqual(rules("core/a.hpp", "int a();\n"), {"pragma-once"})

    def test_a_class_needs_a_comment(self):
        self.assertEqual(rules("core/a.hpp", header("class A {\n};\n")), {"documentation"})
        self.assertEqual(rules("core/a.hpp", header("// no\nstruct A final : B {};\n")), {"documentation"})
        self.assertEqual(rules("core/a.hpp", header("/// An a.\nclass A {\n};\n")), set())

    def test_a_comment_stands_above_the_template_line(self):
        text = "/// An a.\ntemplate <typename T,\n          typename U>\n  requires X<T>\nclass A {\n};\n"
        self.assertEqual(rules("core/a.hpp", header(text)), set())
        text = "template <typename T>\nclass A {\n};\n"
        self.assertEqual(rules("core/a.hpp", header(text)), {"documentation"})

    def test_what_needs_none(self):
        self.assertEqual(rules("core/a.hpp", header("class A;\nstruct B;\n")), set())
        self.assertEqual(rules("core/a.hpp", header("template <>\nstruct A<void> {\n};\n")), set())
        self.assertEqual(rules("core/internal/a.hpp", header("class A {\n};\n")), set())
        self.assertEqual(rules("core/a.cpp", "class A {\n};\n"), set())


class Ratchet(unittest.TestCase):
    LONG = [tidy.Finding("core/a.cpp", 1, "file-size", "600 lines, the limit is 500")]

    def test_tolerates_what_it_names(self):
        self.assertEqual(tidy.apply_ratchet(self.LONG, {"file-size:core/a.cpp": 600}), [])

    def test_not_more(self):
        self.assertEqual(tidy.apply_ratchet(self.LONG, {"file-size:core/a.cpp": 550}), self.LONG)

    def test_may_only_shrink(self):
        for findings, limit in ((self.LONG, 650), ([], 550)):
            kept = tidy.apply_ratchet(findings, {"file-size:core/a.cpp": limit})
            self.assertEqual([finding.rule for finding in kept], ["ratchet"])

    def test_only_sizes(self):
        column = [tidy.Finding("core/a.cpp", 1, "columns", "101 columns, the limit is 100")]
        self.assertEqual(tidy.apply_ratchet(column, {"columns:core/a.cpp": 200})[0], column[0])


if __name__ == "__main__":
    unittest.main()
