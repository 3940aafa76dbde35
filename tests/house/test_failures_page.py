"""What docs/failures.md says of tests: each it names is there, and each row names one or says why not."""

import re

import pytest

from bootstrap_tools import ROOT

NONE_YET = "not yet"


def test_each_test_that_is_named_is_there() -> None:
    there = {name for file in (ROOT / "tests").rglob("test_*.py") for name in defined_in(file.read_text())}
    assert sorted(named(page()) - there) == []


def test_each_row_names_a_test_or_says_that_there_is_none() -> None:
    assert [row for row in rows(page()) if not says_what_shows_it(row)] == []


def test_no_row_stands_twice() -> None:
    ids = [row["#"] for row in rows(page()) if "#" in row]
    assert ids
    assert [each for each in ids if ids.count(each) > 1 or not re.fullmatch(r"[A-Z]\d+", each)] == []


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("`test_it`, `test_that`", True),
        ("part: `test_it`; missing: the rest", True),
        ("not yet: it is not built", True),
        ("", False),
        ("not yet", False),
        ("somewhere", False),
    ],
)
def test_an_empty_word_for_a_test_would_be_seen(cell: str, says: bool) -> None:
    [row] = rows(f"| # | failure | test |\n|---|---|---|\n| N1 | it is cut | {cell} |\n")
    assert (row["#"], row["test"]) == ("N1", cell)
    assert says_what_shows_it(row) is says


def test_a_row_of_too_few_cells_would_be_seen() -> None:
    with pytest.raises(ValueError, match="shorter"):
        rows("| # | failure | test |\n|---|---|---|\n| N1 | `test_it` |\n")


def test_a_test_is_known_by_its_definition_and_not_by_its_name_alone() -> None:
    assert defined_in("def test_a(): ...\nclass T:\n    def test_b(self) -> None:\n# test_c()\n") == {
        "test_a",
        "test_b",
    }


def says_what_shows_it(row: dict[str, str]) -> bool:
    """A row without a test says why."""
    cell = row["test"]
    return bool(named(cell)) or cell.removeprefix(NONE_YET) not in (cell, "")


def rows(text: str) -> list[dict[str, str]]:
    """Every row of every table, by the words of its head."""
    found: list[dict[str, str]] = []
    head: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            head = []
        elif not head:
            head = cells(line)
        elif not re.fullmatch(r"\|(-+\|)+", line):
            found.append(dict(zip(head, cells(line), strict=True)))
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def named(text: str) -> set[str]:
    return set(re.findall(r"`(test_\w+)`", text))


def defined_in(source: str) -> set[str]:
    return set(re.findall(r"^ *def (test_\w+)\(", source, re.MULTILINE))


def page() -> str:
    return (ROOT / "docs" / "failures.md").read_text()
