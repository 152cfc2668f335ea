"""The page about matching runs as it is printed."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs" / "explanation" / "matching.md"


def test_every_example_of_the_page_gives_what_it_prints():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)

    assert (failed, tried) == (0, 8)
