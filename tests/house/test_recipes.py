"""What is added in few files stays so: recipes of CONTRIBUTING name all files with a table of such things."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from portal.models.books import MappingPage, SectionName

ROOT = Path(__file__).resolve().parents[2]
PORTAL = sorted((ROOT / "portal").rglob("*.py"))
SECTION = "A section of the mapping"
MOST_NAMED = 2  # more of a kind in one file is a table of it
# Keys of causes that were stored before they followed from the name of their section.
OLDER = {"portal/problems/causes.py"}


def test_a_recipe_names_files_that_are_there_and_few() -> None:
    files = recipe(SECTION)
    assert [file for file in files if not (ROOT / file).exists()] == []
    assert 0 < len(files) <= 5


@pytest.mark.parametrize("words", [get_args(SectionName), get_args(MappingPage)], ids=["sections", "pages"])
def test_no_file_beside_them_has_a_table_of_mapping_sections(words: tuple[str, ...]) -> None:
    tables = {str(path.relative_to(ROOT)) for path in PORTAL if len(named(path, words)) > MOST_NAMED}
    assert tables - OLDER <= set(recipe(SECTION))


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
    texts = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return {str(node.value) for node in texts} & set(words)
