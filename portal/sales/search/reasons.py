"""The reasons that rows of a table have now, each with how many have it: what it can be narrowed to."""

from typing import Any

from sqlalchemy import ScalarSelect, func, select

from portal.extensions import db
from portal.models.kinds import RECORDS, RecordKind
from portal.problems import reasons

COUNTED = 1_000
"""How many have a reason is exact up to here."""


def present(record_kind: RecordKind) -> dict[str, str]:
    """Each reason with how many rows have it, such as “1,000+”. Of each as many rows are read as are counted,
    and no others.
    """
    table: Any = RECORDS[record_kind].model
    mine = table.organization_id == db.session.info["organization_id"]
    # From one to the next in the index: of all that have one, there may be very many.
    first = select(func.min(table.integration_reason)).where(mine, table.integration_reason.is_not(None))
    each = first.cte("each_reason", recursive=True)
    beyond = select(func.min(table.integration_reason)).where(mine, table.integration_reason > each.c[0])
    each = each.union_all(select(beyond.scalar_subquery()).where(each.c[0].is_not(None)))
    found = [reason for reason in db.session.scalars(select(each.c[0])) if reason is not None]
    if not found:
        return {}
    counts = db.session.execute(select(*(_counted(table, mine, one) for one in found))).one()
    return {reason: _at_most(count) for reason, count in zip(found, counts, strict=True)}


def choices(record_kind: RecordKind, asked: str) -> list[tuple[str, str]]:
    """As options, in the order of their words: what is present, and what is asked for though none has it."""
    found = present(record_kind)
    if asked and asked not in found:
        found[asked] = "0"
    told = [(reason, f"{reasons.begun(reasons.words(reason))} ({count})") for reason, count in found.items()]
    return sorted(told, key=lambda one: one[1])


def _counted(table: Any, mine: Any, reason: str) -> ScalarSelect[int]:
    some = select(table.id).where(mine, table.integration_reason == reason).limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _at_most(count: int) -> str:
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"
