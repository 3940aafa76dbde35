"""The values of ours that are mapped, section by section: how much uses each, and what was chosen for it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from portal.extensions import db
from portal.mapping.sections import PAGES, SECTIONS, Section, Users
from portal.models import Location, Mapping
from portal.models.books import SectionName
from portal.plan.taxes import province_code
from portal.plurals import counted
from portal.problems import causes

Key = tuple[SectionName, str, str]
"""(section, ours, province), as a Mapping row has them."""


@dataclass(frozen=True)
class Slot:
    """One value of ours. `used` counts what makes an empty slot a gap; `days` only of payment terms; `does`:
    what its choice does.
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

    @property
    def key(self) -> Key:
        return self.section, self.ours, self.province

    @property
    def category(self) -> str:
        """Of a value that one category of products has, which one."""
        return self.ours.partition(":")[2] if self.section == "category_accounts" else ""

    @property
    def is_gap(self) -> bool:
        return bool(self.used) and not self.chosen

    @property
    def cause(self) -> str:
        """The cause key that problems of this slot share."""
        return causes.of_mapping(self.section, self.ours)


def slots(page: str) -> list[Slot]:
    """The slots of one mapping page, in the order they are shown."""
    names = [section.name for section in PAGES[page]]
    saved = {
        (row.section, row.ours, row.province): row
        for row in db.session.scalars(select(Mapping).where(Mapping.section.in_(names)))
    }
    found = []
    for slot in (slot for section in PAGES[page] for slot in _slots(section)):
        choice = saved.get(slot.key)
        if choice is not None:
            slot = replace(slot, chosen=choice.external_id, chosen_label=choice.label)
        found.append(slot)
    return found


def slot_of(cause: str) -> Slot | None:
    """The slot that problems of this cause wait for; None where no slot puts them right."""
    waiting = causes.read(cause).mapping
    if waiting is None:
        return None
    return next((slot for slot in slots(SECTIONS[waiting[0]].page) if slot.key == (*waiting, "")), None)


def provinces() -> "Counter[str]":
    """Where active locations are delivered, and every province that has a choice already."""
    # In a subquery, since PostgreSQL does not see that two JSON paths given as parameters are one.
    where = (
        select(Location.delivery_address["province"].as_string().label("province"))
        .where(Location.active)
        .subquery()
    )
    rows = db.session.execute(select(where.c.province, func.count()).group_by(where.c.province))
    found: Counter[str] = Counter()
    for value, count in rows:
        if value and value.strip():
            found[province_code(value)[:10]] += count
    chosen = db.session.scalars(
        select(Mapping.province).where(Mapping.section == "customer_tax", Mapping.province != "")
    )
    for value in chosen:
        found[value] += 0
    return found


def _slots(section: Section) -> Iterator[Slot]:
    used = [(users.noun, _count(users)) for users in section.used_by]
    for slot in _unused(section):
        if section.rows is not None and slot.ours in section.values:
            yield slot  # beside the rows, and optional
            continue
        counts = [(count[slot.ours], noun) for noun, count in used]
        yield replace(slot, used=sum(number for number, _ in counts), used_by=_told(counts))
    for province, number in sorted(provinces().items()) if section.by_province else ():
        label = f"{section.values[section.by_province].label} in {province}"
        # Without a choice of its own a province takes the default: never a gap.
        yield Slot(section.name, section.by_province, province, label, 0, _told([(number, "location")]))


def _unused(section: Section) -> Iterator[Slot]:
    """Its slots without a province, before it is known what uses them."""
    for ours, value in section.values.items():
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
