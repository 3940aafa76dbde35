"""What docs/decisions holds: a page each, numbered without a gap, listed, naming tests that are there."""

import re
from pathlib import Path

import pytest

from bootstrap_tools import ROOT

FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
PARTS = ("Decided", "Why", "Turned down", "What it costs", "Held by")
MOST_LINES = 45


def test_they_are_numbered_without_a_gap_and_each_is_listed_by_its_title() -> None:
    assert [path.name[:4] for path in RECORDS] == [f"{number:03}-" for number in range(1, len(RECORDS) + 1)]
    listed = re.findall(r"^\* \[(.+)\]\((.+)\)$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert listed == [(title(path), path.name) for path in RECORDS]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_each_is_one_page_and_leaves_nothing_out(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MOST_LINES
    assert tuple(re.findall(r"^\*\*(.+)\.\*\*", text, re.MULTILINE)) == PARTS


def test_each_test_that_one_names_is_there() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    there = {name for file in files for name in re.findall(r"^ *def (test_\w+)\(", file.read_text(), re.M)}
    named = {path.name: set(re.findall(r"`(test_\w+)`", path.read_text())) for path in RECORDS}
    assert [name for name, tests in named.items() if not tests] == []
    assert {name: tests - there for name, tests in named.items() if tests - there} == {}


def title(path: Path) -> str:
    return path.read_text().splitlines()[0].removeprefix("# ")
