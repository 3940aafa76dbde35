"""What orders lack since a choice is gone: told on each of them at once, before anybody pushes them."""

import uuid
from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, select

from portal.extensions import db
from portal.mapping.sections import SECTIONS
from portal.mapping.slots import Slot, slots
from portal.models import Connection, ListEntry, Mapping, Order
from portal.outbox import holds
from portal.plan.taxes import province_code
from portal.plan.types import Choice
from portal.problems import Found
from portal.problems.of_mappings import CODES

# The problems of choices that QBO has deactivated, and all that an order may have of its mappings.
INACTIVE = frozenset(CODES[name].inactive for name, section in SECTIONS.items() if section.orders)
LACKING = INACTIVE | {CODES[name].missing for name, section in SECTIONS.items() if section.orders}


def lacking(
    connection: Connection, looked_at: Iterable[Slot], among: Collection[uuid.UUID] | None = None
) -> list[holds.OrderFound]:
    """Each order that uses one of these slots and can't, with what it lacks. among: of these orders alone.

    What only shows when a document is put together is found at the push.
    """
    inactive, own = inactive_choices(connection), _provinces()
    found = []
    for slot in looked_at:
        lacks, condition = _lack(slot, inactive), _condition(slot, connection)
        if lacks is not None and condition is not None:
            orders = _concerned(condition, among)
            found += [(order_id, lacks) for order_id, where in orders if _takes(slot, where, own)]
    return found


def tell_orders(found: Iterable[tuple[uuid.UUID, Found]]) -> int:
    """Tell orders what they lack; how many did not know. The caller commits."""
    return len(holds.tell_orders(found, instead_of=LACKING))


def beside(connection: Connection, touched: Collection[Slot]) -> list[Slot]:
    """The other slots that orders may use, or no longer use, since these were touched.

    A province without its own choice takes the default; in the US, what is chosen for container deposits says
    whether they are taxed by it.
    """
    default, deposits = ("customer_tax", "default"), ("product_tax", "container_deposit")
    sharing = (default, deposits) if connection.is_us else (default,)
    if not any((slot.section, slot.ours) in sharing for slot in touched):
        return []
    keys = {slot.key for slot in touched}
    every = slots(SECTIONS["customer_tax"].page)
    return [slot for slot in every if (slot.section, slot.ours) == default and slot.key not in keys]


def inactive_choices(connection: Connection) -> set[tuple[str, str]]:
    """(list, Id) of what QBO has deactivated or removed since it was first read."""
    inactive = (ListEntry.connection_id == connection.id, ListEntry.active.is_(False))
    rows = db.session.execute(select(ListEntry.list, ListEntry.external_id).where(*inactive))
    return {(name, external_id) for name, external_id in rows}


def _lack(slot: Slot, inactive: Collection[tuple[str, str]]) -> Found | None:
    """What orders of this slot lack; None where its choice holds, or where another one does instead."""
    section = SECTIONS[slot.section]
    if section.usable is None or (slot.province and not slot.chosen):
        return None
    is_active = (section.list, slot.chosen) not in inactive
    choice = Choice(slot.chosen, slot.chosen_label, is_active) if slot.chosen else None
    found = section.usable(slot.ours, choice, slot.label, slot.days)
    return found if isinstance(found, Found) else None


def _condition(slot: Slot, connection: Connection) -> ColumnElement[bool] | None:
    orders = SECTIONS[slot.section].orders
    return orders(slot.ours, connection) if orders else None


def _concerned(
    condition: ColumnElement[bool], among: Collection[uuid.UUID] | None
) -> Iterable[tuple[uuid.UUID, str]]:
    """The orders, each with the province that it is delivered to."""
    orders = select(Order.id, Order.delivery_address).where(holds.FINALIZED, holds.CONCERNED, condition)
    rows = db.session.execute(orders if among is None else orders.where(Order.id.in_(among)))
    for order_id, address in rows:
        yield order_id, province_code(str((address or {}).get("province") or ""))


def _provinces() -> set[str]:
    """Provinces with a choice of their own, in place of the default."""
    own = (Mapping.section == "customer_tax", Mapping.ours == "default", Mapping.province != "")
    return set(db.session.scalars(select(Mapping.province).where(*own)))


def _takes(slot: Slot, province: str, own: Collection[str]) -> bool:
    """Whether the default in this province is this slot's."""
    if (slot.section, slot.ours) != ("customer_tax", "default"):
        return True
    return province == slot.province if slot.province else province not in own
