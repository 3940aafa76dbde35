"""The values of ours that are mapped, section by section: how much uses each, and what was chosen for it."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from portal.extensions import db
from portal.mapping import places_in_use
from portal.mapping.places_in_use import home
from portal.mapping.sections import PAGES, SECTIONS, Section, Users
from portal.models import Mapping
from portal.models.books import SectionName
from portal.plan.places import HARMONIZED, NOT_TOLD, is_known
from portal.plan.types import ELSE_FOR_ALL, ONLY_BY_PROVINCE, is_by_province
from portal.plurals import counted
from portal.problems import causes

Key = tuple[SectionName, str, str]
"""(section, ours, province), as a Mapping row has them."""
Places = Counter[tuple[str, str]]
"""(value, province): how many use it."""


@dataclass(frozen=True)
class Slot:
    """One value of ours. `used` counts what makes an empty slot a gap; `days` only of payment terms; `does`:
    what its choice does; `falls_back`: without a choice it takes the one for all provinces.
    """

    section: SectionName
    ours: str
    province: str
    label: str
    used: int
    used_by: str
    chosen: str = ""
    chosen_label: str = ""
    days: int | None = None
    does: str = ""
    falls_back: bool = False

    @property
    def key(self) -> Key:
        return self.section, self.ours, self.province

    @property
    def category(self) -> str:
        """Of a value that one category of products has, which one."""
        return self.ours.partition(":")[2] if self.section == "category_accounts" else ""

    @property
    def else_for_all(self) -> bool:
        """Of one province: without a choice it takes the one for all, whichever others have their own."""
        return bool(self.province) and (self.section, self.ours) in ELSE_FOR_ALL

    @property
    def is_gap(self) -> bool:
        return bool(self.used) and not self.chosen

    @property
    def cause(self) -> str:
        """The cause key that problems of this slot share."""
        return causes.of_mapping(self.section, self.ours, self.province)


def slots(page: str) -> list[Slot]:
    """The slots of one mapping page, in the order they are shown."""
    names = [section.name for section in PAGES[page]]
    saved = {
        (row.section, row.ours, row.province): row
        for row in db.session.scalars(select(Mapping).where(Mapping.section.in_(names)))
    }
    found = []
    for slot in (slot for section in PAGES[page] for slot in _slots(section, saved.keys())):
        choice = saved.get(slot.key)
        if choice is not None:
            slot = replace(slot, chosen=choice.external_id, chosen_label=choice.label)
        found.append(slot)
    return found


def slot_of(cause: str) -> Slot | None:
    """The slot that problems of this cause wait for; None where no slot puts them right."""
    parts = causes.read(cause)
    if parts.mapping is None:
        return None
    key = (*parts.mapping, parts.province)
    return next((slot for slot in slots(SECTIONS[key[0]].page) if slot.key == key), None)


def provinces() -> "Counter[str]":
    """Where active locations are delivered at home, that name a province."""
    found: Counter[str] = Counter()
    for (ours, province), count in places_in_use.of_locations().items():
        if ours != "abroad" and province != NOT_TOLD:
            found[province] += count
    return found


def has_slot(section: SectionName, ours: str, province: str, country: str) -> bool:
    """Whether anything is to be chosen there. A certificate for a provincial tax relieves of none where the
    province's share is part of one tax; in the US the lines say NON."""
    if (section, ours) not in ONLY_BY_PROVINCE:
        return True
    return country != "US" and (country != "CA" or province not in HARMONIZED)


def _slots(section: Section, saved: Collection[Key]) -> Iterator[Slot]:
    used = [(users.noun, _count(users)) for users in section.used_by]
    there = _used_there(section)
    for slot in _unused(section):
        if section.rows is not None and slot.ours in section.values:
            yield slot  # beside the rows, and optional
            continue
        counts = [(count[slot.ours], noun) for noun, count in used]
        if slot.ours in section.by_place:
            counts = [(count[slot.ours, ""], noun) for noun, count in there]
        elif slot.ours in section.by_province and is_by_province(saved, section.name, slot.ours):
            yield replace(slot, used_by="not used: it is chosen by province")
            continue
        yield replace(slot, used=sum(number for number, _ in counts), used_by=_told(counts))
    for ours in section.by_province:
        yield from _slots_by_province(section, ours, saved, there)


def _slots_by_province(
    section: Section,
    ours: str,
    saved: Collection[Key],
    there: Sequence[tuple[str, "Counter[tuple[str, str]]"]],
) -> Iterator[Slot]:
    """Where a value is chosen by province, every one in use needs a choice; none does before that, nor where
    one without takes the choice for all.
    """
    by_province, country = is_by_province(saved, section.name, ours), home()
    every = {province for _, count in there for of, province in count if of == ours}
    every |= {province for of, value, province in saved if (of, value) == (section.name, ours) and province}
    if not by_province:
        every.discard(NOT_TOLD)
    for province in sorted(every):
        if not has_slot(section.name, ours, province, country):
            continue
        counts = [(count[ours, province], noun) for noun, count in there]
        used = sum(number for number, _ in counts) if by_province else 0
        value = section.values[ours]
        label = _label(value.there or value.label, province, country)
        told, falls_back = _told(counts), not by_province
        yield Slot(section.name, ours, province, label, used, told, falls_back=falls_back)


def _used_there(section: Section) -> list[tuple[str, Places]]:
    if not section.by_province:
        return []
    if section.by_province == (places_in_use.DEPOSIT,):
        locations, orders = places_in_use.of_deposits()
        return [("location", locations), ("unsent order", orders)]
    return [("location", places_in_use.of_locations()), ("unsent order", places_in_use.of_orders())]


def _label(value: str, province: str, country: str) -> str:
    if province == NOT_TOLD:
        return f"{value} where the address names no province"
    known = is_known(province, country)
    return f"{value} in {province}" if known else f"{value} in “{province}”, which is no province we know"


def _unused(section: Section) -> Iterator[Slot]:
    """Its slots without a province, before it is known what uses them."""
    for ours, value in section.values.items():
        if (section.name, ours) in ONLY_BY_PROVINCE:
            continue
        yield Slot(section.name, ours, "", value.label, 0, "", does=value.does)
    for ours, label, *days in db.session.execute(section.rows) if section.rows is not None else ():
        yield Slot(section.name, str(ours), "", label, 0, "", days=days[0] if days else None)


def _count(users: Users) -> "Counter[str]":
    rows = users.rows.subquery()
    ours, user = rows.c
    found = db.session.execute(select(ours, func.count(user.distinct())).group_by(ours))
    return Counter({str(value): count for value, count in found if value is not None})


def _told(counts: Sequence[tuple[int, str]]) -> str:
    if not counts:
        return ""
    parts = [counted(number, noun) for number, noun in counts if number]
    return " and ".join(parts) or "not used"
