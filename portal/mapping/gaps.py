"""What the mapping pages still lack: values in use without a choice, and choices that QBO has no more."""

from collections import Counter
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, func, or_, select

from portal.extensions import db
from portal.mapping.places_in_use import home, of_locations
from portal.mapping.sections import PAGES, SECTIONS, Section
from portal.mapping.slots import Key, has_slot
from portal.models import Connection, ListEntry, Mapping, Problem
from portal.models.books import SectionName
from portal.plan.types import ELSE_FOR_ALL, ONLY_BY_PROVINCE, is_by_province
from portal.problems import causes


def gaps() -> dict[str, int]:
    """How many slots of each page are used and empty, as `slots` has them; nothing is counted for it, but
    where locations are.
    """
    mapped: dict[SectionName, list[str]] = {name: [] for name in SECTIONS}
    saved = {
        (section, ours, province)
        for section, ours, province in db.session.execute(
            select(Mapping.section, Mapping.ours, Mapping.province)
        )
    }
    for name, ours, province in saved:
        if not province:
            mapped[name].append(ours)
    found = dict.fromkeys(PAGES, 0)
    counted = db.session.execute(_unmapped_and_used(), _as_stored(mapped)).one()
    for (section, value), used in zip(_asked(), counted, strict=True):
        if value is not None and is_by_province(saved, section.name, value):
            continue
        found[section.page] += used if value is None else bool(used) and value not in mapped[section.name]
    for section in SECTIONS.values():
        if {(section.name, ours) for ours in section.by_province} - ELSE_FOR_ALL:
            found[section.page] += len(_used_there(section, saved) - saved)
    return found


def lost(connection: Connection | None) -> dict[str, int]:
    """How many choices of each page QBO has deactivated or removed since they were made."""
    found: Counter[str] = Counter()
    if connection is not None:
        rows = db.session.execute(
            select(Mapping.section, ListEntry.list)
            .join(ListEntry, ListEntry.external_id == Mapping.external_id)
            .where(ListEntry.connection_id == connection.id, ListEntry.active.is_(False))
        )
        found.update(SECTIONS[section].page for section, name in rows if SECTIONS[section].list == name)
    return dict(found)


def _used_there(section: Section, saved: Collection[Key]) -> set[Key]:
    """What needs a choice for where something is delivered: known of orders once one has failed for it."""
    country = home()
    used = {(section.name, ours, province) for ours, province in of_locations()}
    open_causes = select(Problem.cause).where(
        Problem.cause.startswith(causes.of_mapping(section.name, "")), Problem.resolved_at.is_(None)
    )
    for cause in db.session.scalars(open_causes.distinct()):
        parts = causes.read(cause)
        if parts.mapping is not None and parts.mapping[0] == section.name:
            used.add((*parts.mapping, parts.province))
    return {
        (name, ours, province)
        for name, ours, province in used
        if ours in section.by_place
        or (
            ours in section.by_province
            and province
            and is_by_province(saved, name, ours)
            and has_slot(name, ours, province, country)
        )
    }


def _asked() -> list[tuple[Section, str | None]]:
    """What is asked for together: of each section its values, and of one with rows how many of them."""
    return [
        (section, ours)
        for section in SECTIONS.values()
        if section.used_by
        for ours in (_everywhere(section) if section.rows is None else [None])
    ]


def _everywhere(section: Section) -> list[str]:
    """The values that are not asked for by where something is delivered alone."""
    return [
        ours
        for ours in section.values
        if ours not in section.by_place and (section.name, ours) not in ONLY_BY_PROVINCE
    ]


@cache
def _unmapped_and_used() -> Select[*tuple[Any, ...]]:
    """For each that is asked for, whether it is used; of rows how many are used and not among those mapped.
    Kept, since so large a statement takes longer to put together than to answer.
    """
    return select(
        *(_count(section) if ours is None else _is_used(section, ours) for section, ours in _asked())
    )


def _count(section: Section) -> ScalarSelect[int]:
    assert section.rows is not None
    ours = section.rows.order_by(None).subquery().c[0]
    others = ours.not_in(bindparam(section.name, expanding=True))
    return select(func.count(ours)).where(others, _is_used(section, ours)).scalar_subquery()


def _is_used(section: Section, ours: Any) -> ColumnElement[bool]:
    """Whether anything uses this value, found by the first that does."""
    users = []
    for each in section.used_by:
        if each.found_by_problem:
            known = Problem.cause == causes.of_mapping(section.name, ours), Problem.resolved_at.is_(None)
            users.append(select(Problem.id).where(*known).exists())
        else:
            rows = each.rows.subquery()
            users.append(select(rows.c[1]).where(rows.c[0] == ours).exists())
    return or_(*users)


def _as_stored(mapped: dict[SectionName, list[str]]) -> dict[str, list[Any]]:
    """The values that have a choice, of sections with rows, as their column holds them."""
    found: dict[str, list[Any]] = {}
    for section in SECTIONS.values():
        if section.rows is not None:
            stored = section.rows.selected_columns[0].type.python_type
            of_rows = [ours for ours in mapped[section.name] if ours not in section.values]
            found[section.name] = [stored(ours) for ours in of_rows]
    return found
