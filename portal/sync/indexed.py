"""Conditions written so that a partial index answers them: SQLite takes one only for its own words."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam

from portal.models import Push
from portal.models.pushes import OPEN


def open_in(states: Sequence[str]) -> ColumnElement[bool]:
    """Pushes in these states, which are among the open ones; best beside a condition on the connection."""
    among_open = Push.state.in_(bindparam("open_states", OPEN, expanding=True, literal_execute=True))
    return among_open & Push.state.in_(states)
