#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that comments, documents and tests cite only what is in the tree.

    tools/references.py [ROOT]    prints one line per finding, exit code 1 if there are any

Checked are paths and folders, links and their #anchors, sections that are cited by title, numbers of
ADRs, codes of behaviours, tests named by documents, and ids of conformance scenarios. Each check is a
function (Tree, File) -> findings, and has a test in references_test.py. An include path may begin with
the folder of its file or with kith/, which stands for the root.
"""

import fnmatch
import functools
import os
import pathlib
import posixpath
import re
import sys
from typing import Iterator, NamedTuple

SKIPPED_FOLDERS = re.compile(r"build.*|__pycache__|\.(?!ci$).*")
# Their content is data: they can be cited, but cite nothing.
DATA = ("tests/fuzz/corpus/", "tests/conformance/scenarios/", "LICENSE")
SCENARIOS = "tests/conformance/scenarios/"
BEHAVIOURS = "docs/behaviours.md"
# Documents in which each `Suite.Name` is a test.
NAME_TESTS = {BEHAVIOURS, "docs/guarantees.md"}
# What the reader is to put another name for, as in tests/FOLDER/NAME_test.cpp.
PLACEHOLDER = re.compile(r"(?<![A-Za-z])(?:FILE|FOLDER|GROUP|NAME|NNNN|SUITE)(?![A-Za-z])")


class Finding(NamedTuple):
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message} [reference]"


def lines_of(text: str) -> str:
    """As many lines as the text has, but empty."""
    return " " + "\n" * text.count("\n")


def keep(pattern: re.Pattern, text: str) -> str:
    """What the groups `kept` of the pattern match, each on its line, without the rest of the text."""
    parts, end = [], 0
    for match in pattern.finditer(text):
        if match.group("kept") is not None:
            parts += [lines_of(text[end:match.start("kept")]), match.group("kept")]
            end = match.end("kept")
    return "".join(parts)


# Strings come before comments in each alternation, so that what looks like one inside the other is
# passed over.
_CPP = re.compile(
    r'(?<![A-Za-z0-9_])(?:u8|[uUL])?R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'|(?P<kept>//[^\n]*|/\*.*?\*/)", re.DOTALL)
_PYTHON = re.compile(
    r'(?P<kept>"""(?:\\.|[^\\])*?"""|\#[^\n]*)|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
_HASH = re.compile(r"(?:^|(?<=\s))(?P<kept>\#[^\n]*)", re.MULTILINE)
_FENCED = re.compile(r"^(?P<kept> *(?P<mark>```|~~~)[^\n]*\n.*?^ *(?P=mark)) *$", re.MULTILINE | re.DOTALL)
_URL = re.compile(r"\b[a-z][a-z+]*://[^\s)>\"`]+")


class File:
    """A file: its text, and its prose (comments, or a document without its blocks of code)."""

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text
        self.is_document = path.endswith(".md")
        self.fenced = ""
        if self.is_document:
            prose = _FENCED.sub(lambda m: lines_of(m.group()), text)
            self.fenced = keep(_FENCED, text)
        elif path.endswith((".cpp", ".hpp")):
            prose = keep(_CPP, text)
        elif path.endswith(".py") or text.startswith("#!/usr/bin/env python"):
            prose = keep(_PYTHON, text)
        else:
            prose = keep(_HASH, text)
        self.prose = _URL.sub(lambda m: lines_of(m.group()), prose)

    def finding(self, match: re.Match, message: str, group: object = 0) -> Finding:
        return Finding(self.path, match.string.count("\n", 0, match.start(group)) + 1, message)


def slug(title: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


class Tree:
    """All files of the tree and what can be cited of them."""

    def __init__(self, texts: dict, further: tuple = ()):
        """`texts` by path; `further` paths exist, but are not read."""
        self.texts = texts
        self.paths = {*texts, *further}
        self.folders = {parent for path in self.paths for parent in parents(path)}
        self.top = {path.split("/")[0] for path in self.folders}
        self.names = {posixpath.basename(path) for path in self.paths}

    @functools.lru_cache(maxsize=None)
    def headings(self, document: str) -> list:
        prose = _FENCED.sub(lambda m: lines_of(m.group()), self.texts[document])
        return re.findall(r"^#{1,6} +(.+?) *#*$", prose, flags=re.MULTILINE)

    @functools.lru_cache(maxsize=None)
    def anchors(self, document: str) -> set:
        found: set = set()
        for heading in self.headings(document):
            anchor, number = slug(heading), 0
            while anchor in found:
                number += 1
                anchor = f"{slug(heading)}-{number}"
            found.add(anchor)
        return found

    @functools.cached_property
    def codes(self) -> set:
        return set(re.findall(r"^\| ([A-Z]-\d{3}) \|", self.texts.get(BEHAVIOURS, ""), flags=re.MULTILINE))

    @functools.cached_property
    def decisions(self) -> set:
        found = (re.match(r"docs/adr/(\d+)-", path) for path in self.paths)
        return {int(match.group(1)) for match in found if match}

    @functools.cached_property
    def tests(self) -> set:
        found = set()
        for path, text in self.texts.items():
            if not path.startswith(("tests/", "tools/")):
                continue
            if path.endswith(".cpp"):
                found |= {f"{suite}.{name}" for suite, name in _TEST.findall(text)}
            elif "unittest" in text:
                for case in re.split(r"^class ", text, flags=re.MULTILINE)[1:]:
                    suite = re.match(r"\w+", case).group()
                    found |= {f"{suite}.{name}" for name in re.findall(r"^    def (test_\w+)", case, re.MULTILINE)}
        return found

    @functools.cached_property
    def suites(self) -> set:
        return {test.split(".")[0] for test in self.tests}

    @functools.cached_property
    def scenarios(self) -> set:
        return {name for path, text in self.texts.items() if path.startswith(SCENARIOS)
                for name in re.findall(r'"id": ?"([^"]+)"', text)}

    def find(self, cited: str, citing: str) -> bool:
        """True when the path (a pattern with *, a folder with / at its end) is in the tree."""
        return PLACEHOLDER.search(cited) is not None or any(self._exists(path) for path in alternatives(cited, citing))

    def _exists(self, path: str) -> bool:
        if "*" in path:
            among = self.paths if "/" in path else self.names
            return any(fnmatch.fnmatchcase(each, path) for each in among)
        if path.endswith("/"):
            return path[:-1] in self.folders
        return path in self.paths or path in self.folders or ("/" not in path and path in self.names)


def parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = posixpath.dirname(path)
        yield path


def alternatives(cited: str, citing: str) -> Iterator[str]:
    """The paths that a citation may mean: from the root, from the folder of the file, below kith/."""
    yield cited
    end = "/" if cited.endswith("/") else ""
    yield posixpath.normpath(posixpath.join(posixpath.dirname(citing), cited)) + end
    for root in ("kith/", "include/kith/"):
        if cited.startswith(root):
            yield cited[len(root):]


# -- paths ----------------------------------------------------------------------------------------

_TEST = re.compile(r"^[ \t]*(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
_BEFORE = r"(?<![\w./<>$~*=:-])"
_PATH = re.compile(_BEFORE + r"(?:[\w.*-]+/)*[\w*][\w.*-]*\.(?:(?:hpp|cpp|md|py|cmake|jsonl|supp|yml)\b|\{[a-z,]+\})")
_FOLDER = re.compile(_BEFORE + r"(?:[\w-][\w.-]*|\.ci)/(?:[\w.-]+/)*(?![\w.*{<\[$-])")
_PLAIN = re.compile(_BEFORE + r"(?:[\w-]+|\.ci)/[\w/-]*\w(?![\w/*{<\[-]|\.[\w*{])")
_INCLUDE = re.compile(r"#\s*include\s*[<\"](?P<path>[^>\"]+\.hpp)[>\"]")


def expanded(cited: str) -> Iterator[str]:
    match = re.search(r"\{([a-z,]+)\}$", cited)
    if not match:
        yield cited
        return
    for ending in match.group(1).split(","):
        yield cited[:match.start()] + ending


def check_paths(tree: Tree, file: File) -> Iterator[Finding]:
    for match in _PATH.finditer(file.prose):
        for cited in expanded(match.group()):
            if not tree.find(cited, file.path):
                yield file.finding(match, f"`{cited}` is not in the tree")


def check_folders(tree: Tree, file: File) -> Iterator[Finding]:
    """Folders, and files without an ending such as scripts: their first folder tells them from words."""
    for pattern in (_FOLDER, _PLAIN):
        for match in pattern.finditer(file.prose):
            cited = match.group()
            if cited.split("/")[0] in tree.top and not tree.find(cited, file.path):
                yield file.finding(match, f"`{cited}` is not in the tree")


def check_examples(tree: Tree, file: File) -> Iterator[Finding]:
    """Blocks of code in documents: includes and paths of this tree; other names belong to the reader."""
    for match in _INCLUDE.finditer(file.fenced):
        cited = match.group("path")
        own = cited.split("/")[0] in tree.top | {"kith"} and "/" in cited
        if own and not tree.find(cited, file.path):
            yield file.finding(match, f"`{cited}` is not in the tree", "path")
    for match in re.finditer(_BEFORE + r"(?:\./)?((?:scripts|tools|tests|examples|bench)/[\w./-]*\w)", file.fenced):
        if not tree.find(match.group(1), ""):
            yield file.finding(match, f"`{match.group(1)}` is not in the tree", 1)


# -- sections -------------------------------------------------------------------------------------

def check_links(tree: Tree, file: File) -> Iterator[Finding]:
    if not file.is_document:
        return
    for match in re.finditer(r"\]\(([^)\s#]*)(?:#([^)\s]*))?\)", file.prose):
        target, anchor = match.groups()
        if not target and not anchor:
            continue  # an address of the web, which is blanked
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), target)) if target else file.path
        if path not in tree.paths and path not in tree.folders:
            yield file.finding(match, f"the link `{target}` leads nowhere", 1)
        elif anchor and path in tree.texts and anchor not in tree.anchors(path):
            yield file.finding(match, f"`{path}` has no section `#{anchor}`", 1)


def document_of(tree: Tree, cited: str, citing: str) -> str:
    return next((path for path in alternatives(cited, citing) if path in tree.texts), "")


def check_sections(tree: Tree, file: File) -> Iterator[Finding]:
    """A document with the anchor or the title of a section, outside of links."""
    for match in re.finditer(r"(?<!\]\()" + _BEFORE + r"([\w./-]+\.md)(?:#([\w-]+)|, \"([^\"]+)\")", file.prose):
        document = document_of(tree, match.group(1), file.path)
        anchor, title = match.group(2), re.sub(r"\s*\n\W*", " ", match.group(3) or "")
        if not document:
            continue  # check_paths finds it
        if anchor and anchor not in tree.anchors(document):
            yield file.finding(match, f"`{document}` has no section `#{anchor}`")
        if title and title not in tree.headings(document):
            yield file.finding(match, f"`{document}` has no section \"{title}\"")
    if file.is_document:
        return  # where capitals are the arguments of an example
    for match in re.finditer(r"\b([A-Z]{5,}),?[\s/]+\"", file.prose):
        if f"{match.group(1)}.md" not in tree.paths:
            yield file.finding(match, f"the document {match.group(1)} is not in the tree")


# -- numbers and names ----------------------------------------------------------------------------

def check_decisions(tree: Tree, file: File) -> Iterator[Finding]:
    for match in re.finditer(r"\bADRs? (\d+(?:(?:, | and | to )\d+)*)", file.prose):
        for number in re.findall(r"\d+", match.group(1)):
            if int(number) not in tree.decisions:
                yield file.finding(match, f"there is no ADR {number}")


def check_codes(tree: Tree, file: File) -> Iterator[Finding]:
    cited = [(match, match.group()) for match in re.finditer(r"\b[A-Z]-\d{3}\b", file.prose)]
    if file.path.startswith("tests/") and file.path.endswith(".cpp"):
        for test in _TEST.finditer(file.text):
            codes = re.findall(r"(?:^|_)([A-Z])(\d{3})(?=_)", test.group(2))
            cited += [(test, f"{letter}-{number}") for letter, number in codes]
    for match, code in cited:
        if code not in tree.codes:
            yield file.finding(match, f"the behaviour {code} is not in {BEHAVIOURS}")
        elif match.re is _TEST and f"`{'.'.join(match.groups())}`" not in tree.texts[BEHAVIOURS]:
            yield file.finding(match, f"{BEHAVIOURS} does not name the test of {code}, {'.'.join(match.groups())}")


def check_tests(tree: Tree, file: File) -> Iterator[Finding]:
    """`Suite.Name` in documents; where other things look so too, what has the shape of a test's name."""
    if not file.is_document:
        return
    for match in re.finditer(r"`([A-Z]\w*)\.(test_\w+|[A-Z]\w*)`", file.prose):
        suite, name = match.groups()
        is_test = file.path in NAME_TESTS or suite in tree.suites or re.fullmatch(r"(?:[A-Z]\w*?[a-z]){2}\w*", name)
        if is_test and f"{suite}.{name}" not in tree.tests:
            yield file.finding(match, f"there is no test {suite}.{name}")


def check_scenarios(tree: Tree, file: File) -> Iterator[Finding]:
    for match in re.finditer(r"\b([a-z_]+)-[a-z]*\d{2,}\b", file.prose):
        if f"{SCENARIOS}{match.group(1)}.jsonl" in tree.paths and match.group() not in tree.scenarios:
            yield file.finding(match, f"there is no scenario {match.group()}")


CHECKS = [
    check_paths, check_folders, check_examples, check_links, check_sections, check_decisions, check_codes,
    check_tests, check_scenarios,
]


# -- the tree -------------------------------------------------------------------------------------

def check_file(tree: Tree, file: File) -> list:
    return [finding for check in CHECKS for finding in check(tree, file)]


def check(tree: Tree) -> list:
    return sorted(finding for path, text in tree.texts.items() if not path.startswith(DATA)
                  for finding in check_file(tree, File(path, text)))


def read_tree(root: pathlib.Path) -> Tree:
    texts, further = {}, []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if not SKIPPED_FOLDERS.fullmatch(name)]
        for name in names:
            path = pathlib.Path(folder, name)
            relative = path.relative_to(root).as_posix()
            try:
                texts[relative] = path.read_text(encoding="utf-8")
            except (UnicodeDecodeError, OSError):
                further.append(relative)
    return Tree(texts, tuple(further))


def main() -> int:
    tree = read_tree(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent))
    findings = check(tree)
    for finding in findings:
        print(finding)
    print(f"{len(tree.texts)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
