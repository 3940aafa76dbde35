"""What is said of several statuses is said of a group of theirs: one file lists statuses."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from portal.models.pushes import PushState
from portal.outbox.statuses import STATUSES
from tests.support.parsed import in_each, parsed

ROOT = Path(__file__).resolve().parents[2]
LISTS_THEM = ROOT / "portal/outbox/statuses.py"
FILES = sorted({*(ROOT / "portal").rglob("*.py"), *(ROOT / "templates").rglob("*.html")} - {LISTS_THEM})


def test_no_other_file_lists_statuses() -> None:
    """Ask `statuses.those(…)` for a group instead."""
    found = in_each(
        FILES,
        lambda path: in_python(parsed(path)) if path.suffix == ".py" else in_template(path.read_text()),
    )
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        'if status in ("ready", "failed"): pass',
        'HELD = frozenset({"blocked", "edited"})',
        'order.integration_status.in_(["queued", "waiting", "checking"])',
        'RED: Literal["failed", "must_choose"]',
    ],
)
def test_a_list_of_statuses_is_found(line: str) -> None:
    assert len(list(in_python(ast.parse(line)))) == 1


@pytest.mark.parametrize(
    "line",
    [
        'if push.state in ("synced", "failed", "superseded"): pass',  # of pushes, which share these words
        'if status == "ready" or status in those("attention"): pass',
        'WORDS = {"ready": "Nothing is known to stand in its way.", "voided": "Its amounts are 0 there."}',
    ],
)
def test_states_of_pushes_a_single_status_and_a_table_by_status_are_none(line: str) -> None:
    assert list(in_python(ast.parse(line))) == []


def test_a_list_in_a_template_is_found() -> None:
    assert list(in_template("{% if badge.status in ('ready', \"changed\") %}")) == [["ready", "changed"]]
    assert list(in_template("{{ figure('Synced', 'synced', n) }}{{ badge(tone, ['red']) }}")) == []


def in_python(tree: ast.AST) -> Iterator[list[str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            yield from several(
                part.value
                for part in node.elts
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def in_template(source: str) -> Iterator[list[str]]:
    for inside in re.findall(r"[(\[]([^()\[\]]*)[)\]]", source):
        yield from several(re.findall(r"""(?<=["'])\w+(?=["'])""", inside))


def several(words: Iterator[str] | list[str]) -> Iterator[list[str]]:
    """The statuses among these words, if they are several and not all of them states of pushes as well."""
    statuses = [word for word in words if word in STATUSES]
    if len(statuses) > 1 and not set(statuses) <= set(get_args(PushState)):
        yield statuses
