"""The key settings, and a look at how well our records fit them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.mapping.sections import FROZEN_UNSENT
from portal.models import KeySettings, Location, Order, Sku
from portal.plan.types import Keys

COLUMNS: dict[str, dict[str, Any]] = {
    "order_ours": {"number": Order.number, "external_reference": Order.external_reference},
    "customer_ours": {
        "third_party_id": Location.third_party_id,
        "number": Location.number,
        "name": Location.name,
    },
    "sku_ours": {"code": Sku.code, "barcode": Sku.barcode, "name": Sku.name},
}
# How a changed setting is told.
WORDS = {
    "order_ours": "orders are numbered in QuickBooks by their",
    "customer_ours": "customers are known by their",
    "customer_theirs": "customers of QuickBooks by their",
    "sku_ours": "products are known by their",
    "sku_theirs": "products of QuickBooks by their",
}
VALUES = {"third_party_id": "third-party ID", "external_reference": "external reference"}
EXAMPLES = 3
LISTED = 200


@dataclass(frozen=True)
class Check:
    """How our records fit one key: how many there are, lack it, or share its value with another one."""

    total: int
    empty: int
    doubled: int
    examples: list[str]


def settings() -> KeySettings:
    """The organization's keys; defaults, not stored, before anybody chose."""
    stored = db.session.scalar(select(KeySettings))
    return stored or KeySettings(
        order_ours="number",
        customer_ours="name",
        customer_theirs="DisplayName",
        sku_ours="code",
        sku_theirs="Sku",
    )


def third_party_id() -> str:
    """What a third-party ID is called on forms and tables: where it is the key, that it is the name there."""
    words = Keys.of(db.session.scalar(select(KeySettings))).third_party_id
    return words[0].upper() + words[1:]


def checks(chosen: Mapping[str, str]) -> dict[str, Check]:
    """A check of each of these keys, by the name of its setting: active customers and products, unsent
    orders. What is no field of ours is left out.
    """
    return {
        name: _check(columns[chosen[name]])
        for name, columns in COLUMNS.items()
        if chosen.get(name) in columns
    }


def told(name: str, value: str) -> str:
    """A setting as it now is, in words."""
    return f"{WORDS[name]} {VALUES.get(value, value)}"


def faulty(name: str) -> tuple[Sequence[Any], Sequence[Any]]:
    """Records without a value for this key, and those that share theirs, equal ones together: at most 200
    of each.
    """
    column = COLUMNS[name][getattr(settings(), name)]
    table: Any = column.class_
    records: Select[Any] = select(table).where(*_counted(table)).limit(LISTED)
    if table is not Order:
        records = records.options(joinedload(Location.customer if table is Location else Sku.product))
    value = func.lower(func.trim(column))
    empty = records.where(or_(column.is_(None), func.trim(column) == "")).order_by(table.id)
    doubled = records.where(value.in_(_shared(column))).order_by(value, table.id)
    return db.session.scalars(empty).all(), db.session.scalars(doubled).all()


def _check(column: Any) -> Check:
    table: Any = column.class_
    if column is Order.number:
        # Every order has one of its own: the table sees to it.
        total = db.session.scalar(select(func.count()).where(*_counted(table))) or 0
        return Check(total, 0, 0, _examples(column))
    total, filled = db.session.execute(
        select(func.count(), func.count(func.nullif(func.trim(column), ""))).where(*_counted(table))
    ).one()
    shared = _shared(column).add_columns(func.count().label("records")).subquery()
    doubled = db.session.scalar(select(func.coalesce(func.sum(shared.c.records), 0))) or 0
    return Check(total, total - filled, int(doubled), _examples(column))


def _examples(column: Any) -> list[str]:
    some = select(column).where(*_counted(column.class_), func.trim(column) != "").limit(EXAMPLES)
    return list(db.session.scalars(some))


def _shared(column: Any) -> Select[Any]:
    """Values that more than one record has."""
    value = func.lower(func.trim(column))
    return (
        select(value)
        .where(*_counted(column.class_), func.trim(column) != "")
        .group_by(value)
        .having(func.count() > 1)
    )


def _counted(table: Any) -> tuple[ColumnElement[bool], ...]:
    """Orders that are in QuickBooks as they stand are many, and their number is settled."""
    return FROZEN_UNSENT if table is Order else (table.active,)
