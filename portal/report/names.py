"""Records as people call them."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.extensions import db
from portal.models import Customer, Location, Order, Product, Sku
from portal.models.kinds import RECORDS, RecordRef, ref_of


def name_of(record: Location | Sku | Order) -> str:
    """A record as people call it."""
    if isinstance(record, Order):
        return f"Order {record.number}"
    if isinstance(record, Location):
        return f"{record.customer.name} · {record.name}"
    return f"{record.product.name} · {record.name}"


def names_of(refs: Collection[RecordRef]) -> dict[RecordRef, str]:
    """Of those that are still there, in a query for each kind; of one name, with what tells them apart."""
    loading: dict[str, Any] = {
        "location": selectinload(Location.customer).load_only(Customer.name),
        "sku": selectinload(Sku.product).load_only(Product.name),
    }
    found = {}
    for kind, ours in RECORDS.items():
        ids = [ref.id for ref in refs if ref.kind == kind]
        if not ids:
            continue
        model: Any = ours.model
        statement = select(model).where(model.id.in_(ids))
        if kind in loading:
            statement = statement.options(loading[kind])
        for record in db.session.scalars(statement):
            found[ref_of(record)] = name_of(record)
    called = list(found.values())
    doubled = [ref for ref, name in found.items() if called.count(name) > 1]
    return found | {ref: f"{found[ref]} ({which})" for ref, which in numbers_of(doubled).items()}


def numbers_of(refs: Collection[RecordRef]) -> dict[RecordRef, str]:
    """What tells records of one name apart: the number of a location or order, the code of a SKU."""
    found = {}
    columns: dict[str, Any] = {"order": Order.number, "location": Location.number, "sku": Sku.code}
    for kind, ours in RECORDS.items():
        ids = [ref.id for ref in refs if ref.kind == kind]
        if not ids:
            continue
        for record_id, number in db.session.execute(
            select(ours.model.id, columns[kind]).where(ours.model.id.in_(ids))
        ):
            found[RecordRef(kind, record_id)] = f"{_NUMBERS[kind]} {number or 'none'}"
    return found


_NUMBERS = {"order": "order", "location": "location number", "sku": "SKU code"}
