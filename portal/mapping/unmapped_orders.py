"""What orders lack since a choice is gone: told on each of them at once, before anybody pushes them."""

import uuid
from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from portal.company import current
from portal.extensions import db
from portal.mapping.choices import LIST_OF_SECTION
from portal.mapping.slots import Slot
from portal.models import Connection, Link, ListEntry, Order, OrderCharge, OrderLine
from portal.models import Mapping as SavedMapping
from portal.outbox import holds
from portal.plan.taxes import LABELS, TAXED, province_code
from portal.problems import Found

# Section → the problem of an empty slot, and of a choice that QBO has deactivated.
CODES = {
    "payment_terms": ("term_not_mapped", "term_inactive"),
    "customer_tax": ("tax_not_mapped", "tax_code_inactive"),
    "product_tax": ("tax_not_mapped", "tax_code_inactive"),
    "charge_kinds": ("charge_not_mapped", "charge_item_inactive"),
}
INACTIVE = frozenset(inactive for _, inactive in CODES.values())


def look(slots: Iterable[Slot]) -> int:
    """Tell each order that uses one of these slots what it lacks, if it does; how many. The caller commits.

    What only shows when a document is put together is found at the push.
    """
    connection = current.connection()
    if connection is None:
        return 0
    inactive, own = gone(connection), _provinces()
    lacking: set[uuid.UUID] = set()
    for slot in slots:
        found = _lack(slot, inactive)
        conditions = _users(slot, connection)
        if found is not None and conditions is not None:
            orders = [order_id for order_id, where in _concerned(conditions) if _takes(slot, where, own)]
            lacking |= holds.tell((order_id, found) for order_id in orders)
    return len(lacking)


def gone(connection: Connection) -> set[tuple[str, str]]:
    """(list, Id) of what QBO has deactivated or removed since it was first read."""
    inactive = (ListEntry.connection_id == connection.id, ListEntry.active.is_(False))
    rows = db.session.execute(select(ListEntry.list, ListEntry.external_id).where(*inactive))
    return {(name, external_id) for name, external_id in rows}


def _lack(slot: Slot, inactive: Collection[tuple[str, str]]) -> Found | None:
    """What orders of this slot lack; None where its choice holds, or where another one does instead."""
    is_gone = (LIST_OF_SECTION[slot.section], slot.chosen) in inactive
    if slot.section not in CODES or (slot.chosen and not is_gone) or (slot.province and not slot.chosen):
        return None
    about: dict[str, Any] = {"term": slot.label, "days": slot.days}
    if slot.section == "charge_kinds":
        about = {"charge": slot.label}
    elif slot.section != "payment_terms":
        about = {"what": LABELS[slot.section, slot.ours], "section": slot.section}
    if is_gone:
        about["label"] = slot.chosen_label
    return Found(CODES[slot.section][is_gone], about, slot.cause)


def _users(slot: Slot, connection: Connection) -> list[ColumnElement[bool]] | None:
    """Which orders use the slot as they were frozen; None where no order does by itself."""
    if slot.section == "payment_terms":
        return [Order.payment_term_id == uuid.UUID(slot.ours)]
    if slot.section == "charge_kinds":
        return [_has(OrderCharge, OrderCharge.charge_kind_id == uuid.UUID(slot.ours))]
    if not connection.sales_tax:
        return None
    if connection.is_us:
        return _users_in_the_us(slot, connection)
    if (slot.section, slot.ours) == ("product_tax", "container_deposit"):
        return [_has(OrderLine, OrderLine.kind == "container_deposit")]
    if (slot.section, slot.ours) == ("product_tax", "default"):
        return None
    if slot.section == "customer_tax" and slot.ours != "default":
        return [Order.tax_status == slot.ours, _sells(lambda status: status.is_not(None))]
    return [Order.tax_status == "default", _sells(lambda status: status == slot.ours)]


def _users_in_the_us(slot: Slot, connection: Connection) -> list[ColumnElement[bool]] | None:
    """There a line says no more than whether it is taxed; the default is the code that the header of a taxed
    document carries, unless QBO computes the tax or its customer has a code of its own.
    """
    if (slot.section, slot.ours) != ("customer_tax", "default") or connection.automated_tax:
        return None
    taxed = (Order.tax_status == "default") & _sells(lambda status: status == "default")
    deposits = select(SavedMapping.external_id).where(
        SavedMapping.section == "product_tax", SavedMapping.ours == "container_deposit"
    )
    if db.session.scalar(deposits) == TAXED:
        taxed |= _has(OrderLine, OrderLine.kind == "container_deposit")
    own_code = exists().where(
        Link.connection_id == connection.id,
        Link.record_kind == "location",
        Link.record_id == Order.location_id,
        Link.theirs["DefaultTaxCodeRef"]["value"].as_string().is_not(None),
    )
    return [taxed, ~own_code]


def _sells(of_status: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether anything on it has this tax status of its own; a container deposit is no sale."""
    goods = _has(OrderLine, OrderLine.kind != "container_deposit", of_status(OrderLine.tax_status))
    return or_(goods, _has(OrderCharge, of_status(OrderCharge.tax_status)))


def _has(table: type[OrderLine | OrderCharge], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(table.id).where(table.order_id == Order.id, *conditions).exists()


def _concerned(conditions: Collection[ColumnElement[bool]]) -> Iterable[tuple[uuid.UUID, str]]:
    """The orders, each with the province that it is delivered to."""
    rows = db.session.execute(
        select(Order.id, Order.delivery_address).where(
            holds.FINALIZED, Order.integration_status.in_(holds.CONCERNED), *conditions
        )
    )
    for order_id, address in rows:
        yield order_id, province_code(str((address or {}).get("province") or ""))


def _provinces() -> set[str]:
    """Provinces with a choice of their own, in place of the default."""
    own = (
        SavedMapping.section == "customer_tax",
        SavedMapping.ours == "default",
        SavedMapping.province != "",
    )
    return set(db.session.scalars(select(SavedMapping.province).where(*own)))


def _takes(slot: Slot, province: str, own: Collection[str]) -> bool:
    """Whether the default in this province is this slot's."""
    if (slot.section, slot.ours) != ("customer_tax", "default"):
        return True
    return province == slot.province if slot.province else province not in own
