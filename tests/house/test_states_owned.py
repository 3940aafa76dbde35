"""Only outbox/states.py changes the state of a push or of a delivery: its tables are then true for all."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.parsed import in_each, parsed

ROOT = Path(__file__).resolve().parents[2]
OWNER = ROOT / "portal" / "outbox" / "states.py"
FILES = sorted(set((ROOT / "portal").rglob("*.py")) - {OWNER})
OWNED = {"Push", "Delivery"}
# What else is given values by names that a variable holds.
OTHERS = {"order", "record", "row"}
WRITES = {"update", "insert", "query", "values", "ordered_values", "on_conflict_do_update", "replace", *OWNED}
RAW = re.compile(r"\bupdate\s+\"?(push|delivery)\b", re.IGNORECASE)


def test_no_other_file_changes_a_state() -> None:
    assert in_each(FILES, lambda path: changes(parsed(path))) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        "push.state = 'synced'",
        "push.state: str = 'synced'",
        "first.needs, first.state = [], 'queued'",
        "for delivery.state in ('answered',): pass",
        "pushes_of(delivery)[0].state = 'failed'",
        "setattr(push, 'state', 'failed')",
        "push.__setattr__('state', 'failed')",
        "for name, value in news.items(): setattr(push, name, value)",
        "push.__dict__['state'] = 'failed'",
        "db.session.execute(update(Push).where(Push.id == one).values(state='failed'))",
        "update(Push).where(Push.connection_id == connection.id).values(state='cancelled')",
        "statement = update(Delivery)\nstatement = statement.values(\n    state='answered')",
        "db.session.execute(update(Push).values({'state': 'failed'}))",
        "db.session.execute(update(Push).values({Push.state: 'failed'}))",
        "db.session.execute(update(Push), [{'id': one, 'state': 'failed'}])",
        "news = {'state': 'failed'}\nupdate(Push).values(**news)",
        "insert(Push).on_conflict_do_update(set_={'state': 'queued'})",
        "Push.__table__.update().values(state='failed')",
        "db.session.query(Push).update({'state': 'failed'})",
        "db.session.execute(text('UPDATE push SET state = :state'), {})",
        "db.session.add(Push(record_id=one, state='synced'))",
        "dataclasses.replace(push, state='synced')",
    ],
)
def test_a_change_would_be_found(wrong: str) -> None:
    assert list(changes(ast.parse(wrong)))


@pytest.mark.parametrize(
    "right",
    [
        "connection.state = 'reconnect'",
        "update(Connection).where(Connection.id == one).values(state='reconnect')",
        "move(push, 'failed')",
        "select(Push).where(Push.state == 'failed', Push.state.in_(WISH))",
        "update(Push).where(Push.state == 'waiting').values(due_at=now())",
        "render('_run.html', state=push.state)",
        "setattr(order, field, number)",
        "setattr(push, 'claims', 0)",
        "update(Order).values(**news)\njsonify({'state': push.state})",
        "was = push.state",
    ],
)
def test_what_changes_none_is_let_by(right: str) -> None:
    assert list(changes(ast.parse(right))) == []


def test_the_owner_itself_is_seen_to_change_them() -> None:
    assert len(list(changes(parsed(OWNER)))) >= 4


def changes(tree: ast.AST) -> Iterator[str]:
    """Each place that may change the state of a push or delivery, with its line."""
    writes_rows = any(is_write(node) and OWNED & names_in(node) for node in ast.walk(tree))
    for node in ast.walk(tree):
        if is_change(node) or (writes_rows and is_new_state(node)):
            yield f"line {getattr(node, 'lineno', '?')}: {ast.unparse(node)}"


def is_change(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="state", ctx=ast.Store()):
            return ast.unparse(node.value) != "connection"
        case ast.Subscript(slice=ast.Constant("state"), ctx=ast.Store()):
            return True
        case (
            ast.Call(func=ast.Name("setattr"), args=[of, name, *_])
            | ast.Call(func=ast.Attribute(value=of, attr="__setattr__"), args=[name, *_])
        ):
            is_held = not isinstance(name, ast.Constant) and ast.unparse(of) not in OTHERS
            return is_held or is_state(name)
        case ast.Call(keywords=words) if is_write(node):
            is_connections = "update(Connection)" in ast.unparse(node)
            return any(word.arg == "state" for word in words) and not is_connections
        case ast.Constant(str(text)):
            return RAW.search(text) is not None
    return False


def is_new_state(node: ast.AST) -> bool:
    """A dictionary of new values, wherever it is handed on to."""
    return isinstance(node, ast.Dict) and any(key is not None and is_state(key) for key in node.keys)


def is_state(name: ast.AST) -> bool:
    match name:
        case ast.Constant("state") | ast.Attribute(attr="state"):
            return True
    return False


def is_write(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(called) | ast.Attribute(attr=called)):
            return called in WRITES
    return False


def names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
