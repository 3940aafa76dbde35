"""The key settings, and a look at how well our records fit them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from portal.extensions import db
from portal.models import KeySettings, Location, Order, Sku

COLUMNS: dict[str, dict[str, Any]] = {
    "order_ours": {"number": Order.number, "external_reference": Order.external_reference},
    "customer_ours": {
        "third_party_id": Location.third_party_id,
        "number": Location.number,
        "name": Location.name,
    },
    "sku_ours": {"code": Sku.code, "barcode": Sku.barcode, "name": Sku.name},
}
NOUNS = {"order_ours": "order", "customer_ours": "location", "sku_ours": "SKU"}
EXAMPLES = 3


@dataclass(frozen=True)
class Check:
    """How our records fit one key: how many there are, lack it, or share its value with another one."""

    noun: str
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


def checks() -> dict[str, Check]:
    """A check of each key, by the name of its setting."""
    chosen = settings()
    return {name: _check(name, columns[getattr(chosen, name)]) for name, columns in COLUMNS.items()}


def _check(name: str, column: Any) -> Check:
    table: Any = column.class_
    counted = table.status != "cancelled" if table is Order else table.active
    total, filled = db.session.execute(
        select(func.count(), func.count(func.nullif(func.trim(column), ""))).where(counted)
    ).one()
    value = func.lower(func.trim(column))
    shared = (
        select(func.count().label("records"))
        .where(counted, func.trim(column) != "")
        .group_by(value)
        .having(func.count() > 1)
        .subquery()
    )
    doubled = db.session.scalar(select(func.coalesce(func.sum(shared.c.records), 0))) or 0
    examples = db.session.scalars(
        select(column).where(counted, func.trim(column) != "").order_by(column).limit(EXAMPLES)
    ).all()
    return Check(NOUNS[name], total, total - filled, int(doubled), list(examples))
