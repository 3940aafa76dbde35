"""Whether QBO is known to refuse a second document of one number.

It tells of no setting for that. Only a refusal (6140) shows it, and only for a while: whoever changes it over
there tells nobody.
"""

from datetime import datetime, timedelta

from portal.models import Connection
from portal.models.base import now
from portal.runtime.times import times


def is_proven(connection: Connection) -> bool:
    """Whether it has refused one within the last 30 days. A time from the future, by a clock that was wrong,
    proves nothing.
    """
    seen = connection.number_guard
    return seen is not None and seen <= now() < _lapses_at(seen)


def proven_until(connection: Connection) -> datetime | None:
    """None where it isn't proven now."""
    seen = connection.number_guard
    return _lapses_at(seen) if seen is not None and is_proven(connection) else None


def _lapses_at(seen: datetime) -> datetime:
    return seen + timedelta(seconds=times().guard_proven)
