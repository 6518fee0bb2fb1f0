#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of pictures.py: what its check finds, with and without graphviz."""

import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import pictures  # noqa: E402


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-pictures-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.source = self.folder / "a.dot"
        self.source.write_text("digraph { a -> b }\n")
        self.picture = self.folder / "a.svg"

    def draw(self, label: str = "a"):
        self.picture.write_text(f'{pictures.mark_of(self.source)}\n'
                                f'<svg xmlns="http://www.w3.org/2000/svg"><text>{label}</text></svg>\n')

    def found(self, with_dot: bool = False) -> str:
        return "\n".join(pictures.problems_in(self.folder, with_dot))

    def test_a_picture_made_from_its_text_passes(self):
        self.draw()
        self.assertEqual(self.found(), "")

    def test_a_text_without_a_picture_is_found(self):
        self.assertIn("a.dot has no picture", self.found())

    def test_a_text_changed_afterwards_is_found(self):
        self.draw()
        self.source.write_text("digraph { a -> c }\n")
        self.assertIn("a.dot has changed", self.found())

    def test_a_picture_without_a_text_is_found(self):
        self.draw()
        self.source.unlink()
        self.assertIn("a.svg has no text", self.found())

    @unittest.skipUnless(shutil.which("dot"), "needs graphviz")
    def test_a_picture_edited_by_hand_is_found(self):
        self.draw("something else")
        self.assertIn("a.dot gives other labels", self.found(with_dot=True))

    @unittest.skipUnless(shutil.which("dot"), "needs graphviz")
    def test_a_picture_just_made_passes(self):
        self.picture.write_text(pictures.render(self.source))
        self.assertEqual(self.found(with_dot=True), "")


if __name__ == "__main__":
    sys.exit(unittest.main())
