"""What is known of an order's delivery beside what it sells: kept with it, and no part of its document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, tzinfo
from typing import Any

from portal.dates import day
from portal.extensions import db
from portal.models import Order, Organization
from portal.models.sales import CollectedBy
from portal.models.types import units
from portal.sales.field_words import plain

COLLECTED_BY: Mapping[CollectedBy, str] = {
    "cash": "Cash",
    "cheque": "Cheque",
    "card": "Card",
    "transfer": "Bank transfer",
    "other": "Other",
}
LABELS: Mapping[str, str] = {
    "route": "Route",
    "stop": "Stop",
    "driver": "Driver",
    "warehouse": "Warehouse",
    "signed_by": "Signed by",
    "signed_at": "Signed at",
    "collected_amount": "Collected",
    "collected_method": "Collected by",
}
"""What the columns are called on pages, in files and in history."""


@dataclass(frozen=True)
class Delivery:
    """As entered, by the order's columns. collected_amount: cents."""

    route: str | None = None
    stop: str | None = None
    driver: str | None = None
    warehouse: str | None = None
    signed_by: str | None = None
    signed_at: datetime | None = None
    collected_amount: int | None = None
    collected_method: str | None = None


NOTHING_KNOWN = Delivery()
COLUMNS = tuple(field.name for field in fields(Delivery))


def delivery_of(order: Order) -> Delivery:
    return Delivery(**{name: getattr(order, name) for name in COLUMNS})


def write(order: Order, delivery: Delivery) -> None:
    for name in COLUMNS:
        setattr(order, name, getattr(delivery, name))


def differing(order: Order, delivery: Delivery) -> Iterator[tuple[str, str, str]]:
    """What each column is called, and how it reads as stored and as entered."""
    for name, label in LABELS.items():
        yield label, text(name, getattr(order, name)), text(name, getattr(delivery, name))


def cell(column: str, value: Any) -> str | None:
    """As a file holds it, which others read again."""
    if isinstance(value, datetime):
        return f"{value.astimezone(_zone()):%Y-%m-%d %H:%M:%S}"
    return None if value is None else text(column, value)


def text(column: str, value: Any) -> str:
    """As a person reads it; times in the organization's zone."""
    if value is None:
        return ""
    if column == "collected_method":
        return COLLECTED_BY.get(value, str(value))
    if isinstance(value, datetime):
        local = value.astimezone(_zone())
        return f"{day(local.date())}, {local:%H:%M}"
    return str(units(value)) if column == "collected_amount" else str(value)


def beside_quantity(line: Any) -> str:
    """What was ordered and refused of a line, as stored or as entered: `ordered 12, 2 refused: broken`."""
    told = [f"ordered {plain(line.ordered_quantity)}"] if line.ordered_quantity is not None else []
    if line.refused_quantity:
        why = f": {line.refused_reason}" if line.refused_reason else ""
        told.append(f"{plain(line.refused_quantity)} refused{why}")
    return ", ".join(told)


def _zone() -> tzinfo:
    organization = db.session.get_one(Organization, db.session.info["organization_id"])
    return organization.zone or UTC
