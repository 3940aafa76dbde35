"""What orders lack since a choice is gone: told on each of them at once, before anybody pushes them."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import replace

from sqlalchemy import ColumnElement, select

from portal.extensions import db
from portal.mapping import order_conditions
from portal.mapping.sections import SECTIONS
from portal.mapping.slots import Key, Slot, slots
from portal.models import Connection, ListEntry, Mapping, Order
from portal.models.books import SectionName
from portal.outbox import holds
from portal.plan.places import NOT_TOLD, Place, place_of
from portal.plan.taxes import taxed_in_the_us, usable_code
from portal.plan.types import Choice, is_by_province, province_for
from portal.problems import Found
from portal.problems.of_mappings import ABROAD, BY_PROVINCE, CODES

# The problems of choices that QBO has deactivated, and all that an order may have of its mappings.
TAXES = ("customer_tax", "product_tax")
DEPOSITS: tuple[SectionName, str] = ("product_tax", "container_deposit")
INACTIVE = frozenset(CODES[name].inactive for name, section in SECTIONS.items() if section.orders)
LACKING = (
    INACTIVE
    | {CODES[name].missing for name, section in SECTIONS.items() if section.orders}
    | {BY_PROVINCE, ABROAD}
)


def lacking(
    connection: Connection, looked_at: Iterable[Slot], among: Collection[uuid.UUID] | None = None
) -> list[holds.OrderFound]:
    """Each order that uses one of these slots and can't, with what it lacks. among: of these orders alone.

    What only shows when a document is put together is found at the push.
    """
    inactive, saved = inactive_choices(connection), _saved()
    found = []
    for slot in looked_at:
        lacks, condition = _lack(slot, inactive), _condition(slot, connection)
        if lacks is not None and condition is not None:
            everywhere = order_conditions.wherever_it_goes(slot.section, slot.ours, connection)
            orders = _concerned(condition, everywhere, connection.country, among)
            found += [
                (order_id, lacks)
                for order_id, place, anyway in orders
                if _takes(slot, place, saved) and (anyway or _taxes_deposits(place, saved))
            ]
    return found


def tell_orders(found: Iterable[tuple[uuid.UUID, Found]]) -> int:
    """Tell orders what they lack; how many did not know. The caller commits."""
    return len(holds.tell_orders(found, instead_of=LACKING))


def beside(connection: Connection, touched: Collection[Slot]) -> list[Slot]:
    """The other slots that orders may use, or no longer use, since these were touched.

    A province without its own choice takes the default as long as no province has one, and what is chosen
    for all deposits whichever have one; in the US, what is chosen for container deposits says whether they
    are taxed by the default.
    """
    default, keys = ("customer_tax", "default"), {slot.key for slot in touched}
    found: list[Slot] = []
    if any((slot.section, slot.ours) == DEPOSITS and slot.province for slot in touched):
        page = slots(SECTIONS["product_tax"].page)
        found = [slot for slot in page if slot.key == (*DEPOSITS, "") and slot.key not in keys]
    sharing = (default, DEPOSITS) if connection.is_us else (default,)
    if not any((slot.section, slot.ours) in sharing for slot in touched):
        return found
    every = slots(SECTIONS["customer_tax"].page)
    if not any(slot.province == NOT_TOLD for slot in every):
        # No choice is offered for it any more, but orders may wait for one.
        every.append(Slot("customer_tax", "default", NOT_TOLD, "", 0, "", falls_back=True))
    return found + [slot for slot in every if (slot.section, slot.ours) == default and slot.key not in keys]


def as_saved(looked_at: Iterable[Slot]) -> list[Slot]:
    """These slots, knowing whether they fall back by what is saved now."""
    saved = _saved()
    return [
        replace(slot, falls_back=bool(slot.province) and not is_by_province(saved, slot.section, slot.ours))
        for slot in looked_at
    ]


def inactive_choices(connection: Connection) -> set[tuple[str, str]]:
    """(list, Id) of what QBO has deactivated or removed since it was first read."""
    inactive = (ListEntry.connection_id == connection.id, ListEntry.active.is_(False))
    rows = db.session.execute(select(ListEntry.list, ListEntry.external_id).where(*inactive))
    return {(name, external_id) for name, external_id in rows}


def _lack(slot: Slot, inactive: Collection[tuple[str, str]]) -> Found | None:
    """What orders of this slot lack; None where its choice holds, or where another one does instead."""
    section = SECTIONS[slot.section]
    if section.usable is None or (slot.falls_back and not slot.chosen):
        return None
    is_active = (section.list, slot.chosen) not in inactive
    choice = Choice(slot.chosen, slot.chosen_label, is_active) if slot.chosen else None
    if slot.province:
        found = usable_code(slot.section, slot.ours, choice, slot.province)
    else:
        found = section.usable(slot.ours, choice, slot.label, slot.days)
    return found if isinstance(found, Found) else None


def _condition(slot: Slot, connection: Connection) -> ColumnElement[bool] | None:
    orders = SECTIONS[slot.section].orders
    return orders(slot.ours, connection) if orders else None


def _concerned(
    condition: ColumnElement[bool],
    everywhere: ColumnElement[bool],
    home: str,
    among: Collection[uuid.UUID] | None,
) -> Iterable[tuple[uuid.UUID, Place, bool]]:
    """The orders, each with where it is delivered, and whether they are concerned wherever that is."""
    orders = select(Order.id, Order.delivery_address, Order.billing_address, everywhere).where(
        holds.FINALIZED, holds.CONCERNED, condition
    )
    rows = db.session.execute(orders if among is None else orders.where(Order.id.in_(among)))
    for order_id, delivery, billing, anyway in rows:
        yield order_id, place_of(delivery, billing, home), bool(anyway)


def _saved() -> dict[Key, str]:
    """What is chosen, by (section, ours, province)."""
    rows = db.session.execute(select(Mapping.section, Mapping.ours, Mapping.province, Mapping.external_id))
    return {(section, ours, province): chosen for section, ours, province, chosen in rows}


def _takes(slot: Slot, place: Place, saved: Collection[Key]) -> bool:
    """Whether what is delivered there takes this slot's choice."""
    if slot.section not in TAXES:
        return True
    if (slot.section, slot.ours) != DEPOSITS and (place.abroad or slot.ours == "abroad"):
        return place.abroad and slot.ours == "abroad"
    return slot.province == province_for(saved, slot.section, slot.ours, place)


def _taxes_deposits(place: Place, saved: dict[Key, str]) -> bool:
    """In the US: whether deposits on what is delivered there say TAX."""
    chosen = saved.get((*DEPOSITS, province_for(saved, *DEPOSITS, place)), "")
    return taxed_in_the_us(*DEPOSITS, Choice(chosen))
