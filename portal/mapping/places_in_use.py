"""Where active locations and unsent orders are delivered, by what taxes them there."""

from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.company import current
from portal.extensions import db
from portal.models import Location, Order, OrderLine, Sku
from portal.outbox.statuses import those
from portal.plan.places import NOT_TOLD, Place, place_of

ADDRESS = ("line1", "line2", "city", "province", "postal_code", "country")
TOLD = ("province", "country")
DEPOSIT = "container_deposit"
FROZEN_UNSENT = (
    func.coalesce(Order.status, "") == "finalized",
    Order.integration_status.in_(those("unsent")),
)

Condition = ColumnElement[bool] | InstrumentedAttribute[bool]
Key = tuple[str, str]
"""(value of customer tax, or that of deposits, province); of deliveries abroad no province."""


def of_locations() -> "Counter[Key]":
    """How many active locations are taxed so."""
    return _counted(Location, Location.active)


def of_orders() -> "Counter[Key]":
    """How many finalized orders that QuickBooks does not have are taxed so, by what was frozen."""
    return _counted(Order, *FROZEN_UNSENT)


def of_deposits() -> "tuple[Counter[Key], Counter[Key]]":
    """Where they may be asked for at home, by province: active locations, and such orders with one on them.
    None while no active SKU is one.
    """
    if not db.session.scalar(select(exists().where(Sku.active, Sku.kind == DEPOSIT))):
        return Counter(), Counter()
    with_one = exists().where(OrderLine.order_id == Order.id, OrderLine.kind == DEPOSIT)
    return _by_province(of_locations()), _by_province(_counted(Order, *FROZEN_UNSENT, with_one))


def _by_province(counted: "Counter[Key]") -> "Counter[Key]":
    """Whoever buys."""
    found: Counter[Key] = Counter()
    for (ours, province), count in counted.items():
        if ours != "abroad" and province != NOT_TOLD:
            found[DEPOSIT, province] += count
    return found


def home() -> str:
    """The country that an address without one is in."""
    connection = current.connection()
    return connection.country if connection is not None else ""


def key_of(status: str, place: Place) -> Key:
    return ("abroad", "") if place.abroad else (status, place.province)


def _counted(table: type[Location | Order], *which: Condition) -> "Counter[Key]":
    found: Counter[Key] = Counter()
    country = home()
    for status, delivery, billing, count in _rows(_grouped(table, *which)):
        if status:
            found[key_of(status, place_of(delivery, billing, country))] += count
    return found


def _grouped(table: type[Location | Order], *which: Condition) -> Select[*tuple[Any, ...]]:
    """In a subquery, since PostgreSQL does not see that two JSON paths given as parameters are one."""
    is_blank = func.trim(_joined(table.delivery_address)) == ""
    parts = [
        address[part].as_string().label(f"{of}_{part}")
        for of, address in (("delivery", table.delivery_address), ("billing", table.billing_address))
        for part in TOLD
    ]
    rows = select(table.tax_status, is_blank.label("is_blank"), *parts).where(*which).subquery()
    return select(*rows.c, func.count()).group_by(*rows.c)


def _joined(address: Any) -> ColumnElement[str]:
    joined: ColumnElement[str] = literal("")
    for part in ADDRESS:
        joined = joined + func.coalesce(address[part].as_string(), "")
    return joined


def _rows(grouped: Select[*tuple[Any, ...]]) -> list[tuple[str, dict[str, str], dict[str, str], int]]:
    return [
        (
            status,
            {} if is_blank else dict(zip(TOLD, (province, country), strict=True)) | {"line1": "there is one"},
            dict(zip(TOLD, billing, strict=True)),
            count,
        )
        for status, is_blank, province, country, *billing, count in db.session.execute(grouped)
    ]
