"""Events are made in one place, which is told who acted; and few places may say that it was no person."""

import ast
import inspect
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from portal.models import Actor
from portal.runtime import history
from tests.support.parsed import parsed

ROOT = Path(__file__).resolve().parents[2]
PORTAL = sorted((ROOT / "portal").rglob("*.py"))
MAKES_EVENTS = {"portal/runtime/history.py"}
# Where an actor is made, and how often; all others are handed one.
MAKES_ACTORS = {
    "portal/models/people.py": 1,  # of a person
    "portal/models/pushes.py": 1,  # of the person who began a bulk run
    "portal/models/bulk_decisions.py": 1,  # of the person who decided about many
    "portal/models/imports.py": 1,  # of the person who imports a file
    "portal/cli.py": 1,  # of the command line, which imports a file
    "portal/accounts/people.py": 1,  # of the command line
    "portal/connect/connections.py": 1,  # of nobody: what another organization may know
    "portal/mapping/refresh.py": 1,  # of QuickBooks
    "portal/push/gone.py": 1,  # of QuickBooks
}
WAYS_TO_WRITE = [
    "Event(user_id=None)",
    "models.Event(user_id=actor.user_id)",
    "db.session.execute(insert(Event), rows)",
    "sqlite.insert(models.Event)",
    "Event.__table__.insert()",
]


def test_events_are_made_in_one_place() -> None:
    assert {place(path) for path in PORTAL if written(parsed(path))} == MAKES_EVENTS


@pytest.mark.parametrize("wrong", WAYS_TO_WRITE)
def test_each_way_to_write_one_is_seen(wrong: str) -> None:
    assert written(ast.parse(wrong))


def test_that_place_gives_each_its_person() -> None:
    tree = ast.parse((ROOT / "portal/runtime/history.py").read_text())
    [made] = written(tree)
    given = {one.arg: ast.unparse(one.value) for one in made.keywords}
    assert given["organization_id"] == "actor.organization_id"
    assert given["user_id"] == "actor.user_id"


def test_who_acts_can_not_be_left_out() -> None:
    assert inspect.signature(history.remember).parameters["actor"].default is inspect.Parameter.empty
    assert [one.name for one in fields(Actor) if one.default is not MISSING] == []


def test_actors_are_made_in_few_places() -> None:
    made = {place(path): len(called(parsed(path), "Actor")) for path in PORTAL}
    assert {name: count for name, count in made.items() if count} == MAKES_ACTORS


def test_whoever_acts_is_passed_on_as_an_actor() -> None:
    """A name instead of it would be a person that nobody can tell from another of that name."""
    names = [
        f"{place(path)}:{node.lineno}"
        for path in PORTAL
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.arg) and node.arg == "actor"
        if node.annotation is None or ast.unparse(node.annotation) != "Actor"
    ]
    assert names == []


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def written(tree: ast.AST) -> list[ast.Call]:
    """The calls that make an event, or are given the table to insert into it."""
    inserts = [
        one
        for one in calls(tree)
        if ast.unparse(one.func).endswith("insert")
        and "Event" in [name.split(".")[-1] for name in (*map(ast.unparse, one.args), *table_of(one))]
    ]
    made = [one for one in called(tree, "Event") if ast.unparse(one.func) != "threading.Event"]
    return made + inserts


def table_of(call: ast.Call) -> list[str]:
    """`Event` of `Event.__table__.insert()`."""
    return [ast.unparse(call.func).partition(".__table__")[0]]


def called(tree: ast.AST, name: str) -> list[ast.Call]:
    return [one for one in calls(tree) if ast.unparse(one.func).split(".")[-1] == name]


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
