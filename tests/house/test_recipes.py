"""What is added in few files stays so: recipes of CONTRIBUTING name all files with a table of such things."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from portal.models.books import MappingPage, SectionName
from portal.models.kinds import DOCUMENTS
from tests.support.parsed import parsed

ROOT = Path(__file__).resolve().parents[2]
PORTAL = sorted((ROOT / "portal").rglob("*.py"))
SECTION, DOCUMENT = "A section of the mapping", "A type of document"
# Recipe → how many files it may take at most.
RECIPES = {SECTION: 5, "A problem": 2, DOCUMENT: 2, "A field of a record": 4, "A page": 3}
MOST_NAMED = 2  # more of a kind in one file is a table of it
# Keys of causes that were stored before they followed from the name of their section.
OLDER = {"portal/problems/causes.py"}


@pytest.mark.parametrize("what", RECIPES)
def test_a_recipe_names_files_that_are_there_and_few(what: str) -> None:
    files = recipe(what)
    assert [file for file in files if not (ROOT / file).exists()] == []
    assert 0 < len(files) <= RECIPES[what]


def test_every_recipe_is_looked_at() -> None:
    rows = (ROOT / "CONTRIBUTING.md").read_text().partition("## Recipes")[2].partition("\n## ")[0]
    assert re.findall(r"^\| ([A-Z][^|]+) \|", rows, re.MULTILINE) == [*RECIPES]


@pytest.mark.parametrize("words", [get_args(SectionName), get_args(MappingPage)], ids=["sections", "pages"])
def test_no_file_beside_them_has_a_table_of_mapping_sections(words: tuple[str, ...]) -> None:
    tables = {str(path.relative_to(ROOT)) for path in PORTAL if len(named(path, words)) > MOST_NAMED}
    assert tables - OLDER <= set(recipe(SECTION))


def test_no_file_beside_them_tells_documents_apart_by_listing_them() -> None:
    both = {str(path.relative_to(ROOT)) for path in PORTAL if named(path, tuple(DOCUMENTS)) == set(DOCUMENTS)}
    assert both <= set(recipe(DOCUMENT))


def test_a_table_would_be_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text('TITLES = {"customer_tax": "", "product_tax": "", "charge_kinds": "Charges"}')
    assert len(named(wrong, get_args(SectionName))) > MOST_NAMED


def recipe(what: str) -> list[str]:
    """The files that the row of this name tells."""
    rows = (ROOT / "CONTRIBUTING.md").read_text().splitlines()
    (row,) = [row for row in rows if row.startswith(f"| {what} |")]
    return re.findall(r"`(\S+\.py)`", row)


def named(path: Path, words: tuple[str, ...]) -> set[str]:
    """Those of the words that stand in a file as texts of their own."""
    texts = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant))
    return {str(node.value) for node in texts} & set(words)
