"""Days as an organization counts them, and what is kept of each: calls made, and how pushes ended."""

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.extensions import db
from portal.models import Call, CallDay, Connection, Organization, Push, PushDay, PushHour
from portal.models.base import now
from portal.runtime.crashpoint import crashpoint

AT_ONCE = 5_000  # calls summed in one transaction
# Reasons of pushes that nobody asked for by hand.
AUTOMATIC = ("finalized", "record_changed", "needed_by_order")
HOURS_KEPT = timedelta(days=3)


def today(connection: Connection) -> date:
    """The day it is for the organization of this connection."""
    return now().astimezone(zone(connection)).date()


def today_of(organization: Organization) -> date:
    """The same where no company need be connected."""
    return now().astimezone(organization.zone or UTC).date()


def zone(connection: Connection) -> ZoneInfo:
    """The time zone of the organization of this connection; UTC while it has none, and dates nothing."""
    return own_zone(connection) or ZoneInfo("UTC")


def own_zone(connection: Connection) -> ZoneInfo | None:
    """The same, and None while it has none."""
    # By its id: the session of a page holds it already, as the organization of the signed-in person.
    return db.session.get_one(Organization, connection.organization_id).zone


def count_end(push: Push, how: Literal["synced", "failed"]) -> None:
    """Count a push among those that ended today, in the transaction that ends it."""
    connection = db.session.get_one(Connection, push.connection_id)
    row = {
        "organization_id": connection.organization_id,
        "connection_id": connection.id,
        "day": today(connection),
        "record_kind": push.record_kind,
        "automatic": push.run_id is None and push.reason in AUTOMATIC,
        "synced": int(how == "synced"),
        "failed": int(how == "failed"),
    }
    _add(PushDay, ("connection_id", "day", "record_kind", "automatic"), ("synced", "failed"), [row])
    of_hour = {name: row[name] for name in ("organization_id", "connection_id", "synced", "failed")}
    of_hour["hour"] = hour_of(now(), zone(connection))
    _add(PushHour, ("connection_id", "hour"), ("synced", "failed"), [of_hour])


def hour_of(at: datetime, zone: ZoneInfo) -> datetime:
    """When the hour began, by the clocks of this zone: some are half an hour apart from UTC."""
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def forget_hours() -> None:
    """Of pushes that ended long ago the days remain; over all organizations."""
    old = delete(PushHour).where(PushHour.hour < now() - HOURS_KEPT)
    db.session.execute(old, execution_options={"unscoped": "clock", "synchronize_session": False})


def sum_calls(before: datetime | ColumnElement[datetime]) -> int:
    """Turn the single calls from before then into daily sums, over all organizations; how many this time.

    What is deleted is what is summed, in the caller's one transaction: stopped at any moment, or done by two
    at once, no call is lost or counted twice.
    """
    oldest = select(Call.id).where(Call.started_at < before).order_by(Call.started_at).limit(AT_ONCE)
    gone = db.session.execute(
        delete(Call)
        .where(Call.id.in_(oldest))
        .returning(Call.organization_id, Call.connection_id, Call.started_at, Call.kind, Call.metered),
        execution_options={"unscoped": "clock", "synchronize_session": False},
    ).all()
    crashpoint("calls deleted")
    made: Counter[tuple[uuid.UUID, uuid.UUID, date, str]] = Counter()
    metered: Counter[tuple[uuid.UUID, uuid.UUID, date, str]] = Counter()
    for owner, connection_id, started_at, kind, is_metered in gone:
        of = owner, connection_id, started_at.astimezone(UTC).date(), kind
        made[of] += 1
        metered[of] += int(is_metered)
    rows = [
        {
            "organization_id": of[0],
            "connection_id": of[1],
            "day": of[2],
            "kind": of[3],
            "calls": made[of],
            "metered": metered[of],
        }
        for of in sorted(made)
    ]
    _add(CallDay, ("connection_id", "day", "kind"), ("calls", "metered"), rows, unscoped="clock")
    return len(gone)


def _add(
    table: type[CallDay] | type[PushDay] | type[PushHour],
    key: tuple[str, ...],
    sums: tuple[str, ...],
    rows: Iterable[dict[str, Any]],
    **options: str,
) -> None:
    """Add to the sums of these days, which may not have a row yet."""
    insert: Any = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=key,
        set_={name: getattr(table, name) + getattr(statement.excluded, name) for name in sums},
    )
    for row in rows:
        db.session.execute(statement.values(row), execution_options=options)
