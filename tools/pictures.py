#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the pictures of the documents from text: docs/pictures/NAME.dot becomes NAME.svg.

    tools/pictures.py            writes all pictures; needs graphviz (`dot`)
    tools/pictures.py --check    fails if a picture is not made from its text

Each SVG carries the hash of its text, so that the check works without graphviz. With graphviz it also
compares the labels with those of a fresh picture. Coordinates are ignored: they differ between versions.
"""

import hashlib
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "docs/pictures"


def mark_of(source: pathlib.Path) -> str:
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return f"<!-- made from {source.name}, sha256 {digest} -->"


def render(source: pathlib.Path) -> str:
    """Returns the SVG with the hash in place of the comments of graphviz."""
    svg = subprocess.run(["dot", "-Tsvg", str(source)], check=True, capture_output=True,
                         text=True).stdout
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    return svg.replace("<svg", mark_of(source) + "\n<svg", 1).rstrip() + "\n"


def labels(svg: str) -> list:
    """Returns the labels and the names of nodes and edges, sorted."""
    return sorted(element.text or "" for element in xml.fromstring(svg).iter()
                  if element.tag.endswith(("}text", "}title")))


def problem_of(source: pathlib.Path, with_dot: bool) -> str:
    """Returns what is wrong with the picture of this text; empty if nothing is."""
    picture = source.with_suffix(".svg")
    if not picture.exists():
        return "has no picture"
    svg = picture.read_text(encoding="utf-8")
    if mark_of(source) not in svg:
        return "has changed since its picture was made"
    if with_dot and labels(render(source)) != labels(svg):
        return "gives other labels than its picture has"
    return ""


def problems_in(folder: pathlib.Path, with_dot: bool) -> list:
    problems = [f"{source.name} {why}; run tools/pictures.py" for source in sorted(folder.glob("*.dot"))
                if (why := problem_of(source, with_dot))]
    return problems + [f"{picture.name} has no text; remove it"
                       for picture in sorted(folder.glob("*.svg"))
                       if not picture.with_suffix(".dot").exists()]


def main() -> int:
    with_dot = shutil.which("dot") is not None
    if sys.argv[1:] == ["--check"]:
        problems = problems_in(FOLDER, with_dot)
        print("\n".join([*problems, f"{len(problems)} findings"]))
        return 1 if problems else 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    if not with_dot:
        print("pictures.py: there is no `dot`; install graphviz", file=sys.stderr)
        return 1
    for source in sorted(FOLDER.glob("*.dot")):
        source.with_suffix(".svg").write_text(render(source), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
