"""A kind of problem is told in the catalogue and raised where it is found; nothing else lists it."""

import ast
from pathlib import Path

import pytest

from portal.problems import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
PORTAL = sorted((ROOT / "portal").rglob("*.py"))
MAY_LIST_CODES = {
    "portal/problems": "the catalogue",
    "portal/mapping/unmapped_orders.py": "what a slot lacks, by section",
}


@pytest.mark.parametrize("path", PORTAL, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_true_of_a_kind_stands_in_its_entry(path: Path) -> None:
    place = str(path.relative_to(ROOT))
    if not any(place == room or place.startswith(f"{room}/") for room in MAY_LIST_CODES):
        assert lists_of_codes(ast.parse(path.read_text())) == []


def test_a_list_of_kinds_would_be_found() -> None:
    wrong = "ASKS = frozenset({'must_choose', 'edited_in_qbo'})"
    assert lists_of_codes(ast.parse(wrong)) == ["line 1: edited_in_qbo, must_choose"]


def lists_of_codes(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict):
            words = [str(one.value) for one in ast.walk(node) if isinstance(one, ast.Constant)]
            if len(codes := CATALOGUE.keys() & set(words)) > 1:
                found.append(f"line {node.lineno}: {', '.join(sorted(codes))}")
    return found
