"""Conditions on pushes, in words that an index answers: SQLite takes a partial one only for its own."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, func, select

from portal.models import Connection, Push
from portal.models.pushes import OPEN, WISH


def open_in(states: Sequence[str]) -> ColumnElement[bool]:
    """Pushes in these states, which are among the open ones; best beside a condition on the connection."""
    among_open = Push.state.in_(bindparam("open_states", OPEN, expanding=True, literal_execute=True))
    return among_open & Push.state.in_(states)


def ready() -> ColumnElement[bool]:
    """Wishes that wait for no day; best beside a condition on the connection."""
    return wished() & Push.not_before.is_(None)


def dated_ahead() -> ColumnElement[bool]:
    """Wishes that wait for the day of their document; best beside a condition on the connection."""
    return wished() & Push.not_before.is_not(None)


def wished() -> ColumnElement[bool]:
    """Wishes; best beside a condition on the connection."""
    return Push.state.in_(bindparam("wish_states", WISH, expanding=True, literal_execute=True))


def to_the_company() -> ColumnElement[bool]:
    """Pushes to the connected company. Those left unsure at one that was connected before are shown as
    unresolved, and hold up nothing here.
    """
    return Push.connection_id.in_(select(Connection.id).where(Connection.status == "active"))


def of_orders() -> ColumnElement[bool]:
    """Pushes of orders, for a statement that finds them by another index. Nearly all pushes are, and SQLite,
    which can't know how few of them are open, would read all by their kind; inside coalesce it does not.
    """
    return func.coalesce(Push.record_kind, "") == "order"
