"""What saving a record changes, and what its history tells of that."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState

from portal.extensions import db
from portal.models import Actor
from portal.runtime.history import remember
from portal.sales.field_words import differences, sentence


@dataclass(frozen=True)
class Changes:
    """What is about to be saved of a record: whether it is new, and by column, what was and what is now."""

    is_new: bool
    columns: dict[str, tuple[Any, Any]]

    def __bool__(self) -> bool:
        return self.is_new or bool(self.columns)

    def touch(self, *columns: str) -> bool:
        """Whether a stored record changes in one of these."""
        return not self.is_new and not self.columns.keys().isdisjoint(columns)


def changes_of(record: Any) -> Changes:
    """Which columns of a record hold another value than the database. Before it is flushed."""
    state: InstanceState[Any] = inspect(record)
    changed = {}
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if history.has_changes() and list(history.deleted) != list(history.added):
            changed[attribute.key] = next(iter(history.deleted), None), next(iter(history.added), None)
    return Changes(not state.persistent, changed)


def remember_saved(kind: str, record: Any, changes: Changes, actor: Actor) -> None:
    """Add the event of a record that was entered or edited, flushed before; the caller commits."""
    if changes.is_new:
        remember(actor, "created", (kind, record.id), f"Entered {record.name}.")
        return
    with db.session.no_autoflush:
        found = differences(
            {column: was for column, (was, _) in changes.columns.items()},
            {column: becomes for column, (_, becomes) in changes.columns.items()},
        )
    told = sentence(found) if found else "Saved without a change."
    remember(actor, "edited", (kind, record.id), told)
