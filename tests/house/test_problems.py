"""A kind of problem is told in the catalogue and raised where it is found; the key of a cause is written, and
a problem resolved, in one place.
"""

import ast
import re
from pathlib import Path

import pytest

from portal.problems import CATALOGUE
from tests.support.parsed import in_each, parsed

ROOT = Path(__file__).resolve().parents[2]
PORTAL = sorted((ROOT / "portal").rglob("*.py"))
MAY_LIST_CODES = {
    "portal/problems": "the catalogue",
}
# How a key begins; that of a record's own has its kind before the Id.
KEY = r"(key|match|fault|push|term|tax|product_tax|account|charge|location|sku|order):\S*"


def test_what_is_true_of_a_kind_stands_in_its_entry() -> None:
    catalogue = {path for room in MAY_LIST_CODES for path in (ROOT / room).rglob("*.py")}
    others = [path for path in PORTAL if path not in catalogue]
    assert in_each(others, lambda path: lists_of_codes(parsed(path))) == {}


def test_a_list_of_kinds_would_be_found() -> None:
    wrong = "ASKS = frozenset({'must_choose', 'edited_in_qbo'})"
    assert lists_of_codes(ast.parse(wrong)) == ["line 1: edited_in_qbo, must_choose"]


def test_the_key_of_a_cause_is_written_by_the_function_for_it() -> None:
    others = [path for path in PORTAL if path != ROOT / "portal/problems/causes.py"]
    assert in_each(others, lambda path: keys_of_causes(parsed(path))) == {}


@pytest.mark.parametrize(
    "wrong", ["f'match:sku:{sku.id}'", "cause.startswith('key:')", "Found('too_old', {}, f'{kind}:{one}')"]
)
def test_a_key_written_elsewhere_would_be_found(wrong: str) -> None:
    assert len(keys_of_causes(ast.parse(wrong))) == 1


def test_nothing_else_resolves_a_problem() -> None:
    others = [path for path in PORTAL if path != ROOT / "portal/problems/records.py"]
    assert in_each(others, lambda path: resolutions(parsed(path))) == {}


def test_there_is_one_that_does() -> None:
    records = ROOT / "portal/problems/records.py"
    assert len(resolutions(ast.parse(records.read_text()))) == 2  # when, and by whom


@pytest.mark.parametrize(
    "wrong",
    [
        "problem.resolved_by = actor.name",
        "problem.push_id, problem.resolved_at = None, now()",
        "update(Problem).values(resolved_at=now())",
        "insert(Problem).values({'resolved_by': 'Ann'})",
        "setattr(problem, 'resolved_at', now())",
    ],
)
def test_another_way_to_resolve_one_would_be_found(wrong: str) -> None:
    assert len(resolutions(ast.parse(wrong))) == 1


def resolutions(tree: ast.AST) -> list[str]:
    """Where something is given to `resolved_at` or `resolved_by`; a bulk run has the former as well."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            word = "" if ast.unparse(node.value) == "run" else node.attr
        elif isinstance(node, ast.keyword):
            word = node.arg or ""
        else:
            word = str(node.value) if isinstance(node, ast.Constant) else ""
        if word in ("resolved_at", "resolved_by"):
            found.append(f"line {getattr(node, 'lineno', 0)}: {word}")
    return found


def keys_of_causes(tree: ast.AST) -> list[str]:
    """Texts that begin as a key does, and texts given as the cause of what is found."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and re.fullmatch(KEY, str(node.value)):
            found.append(f"line {node.lineno}: {node.value!r}")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Found"):
            texts = [one for one in node.args[2:] if isinstance(one, ast.Constant | ast.JoinedStr)]
            found += [f"line {one.lineno}: {ast.unparse(one)}" for one in texts]
    return found


def lists_of_codes(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict):
            words = [str(one.value) for one in ast.walk(node) if isinstance(one, ast.Constant)]
            if len(codes := CATALOGUE.keys() & set(words)) > 1:
                found.append(f"line {node.lineno}: {', '.join(sorted(codes))}")
    return found
