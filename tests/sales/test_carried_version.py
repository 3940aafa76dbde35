"""What an order was when it was last carried over: kept whole, and put back whole."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import inspect

from portal.extensions import db
from portal.models import Order
from portal.models.base import now
from portal.models.sales import net_total
from portal.sales.carried_version import STAYS, keep_version, kept_version, put_back_version
from tests.support import distributor as given

EDITED: dict[str, Any] = {
    "order_date": date(2026, 1, 2),
    "delivery_date": None,
    "invoice_date": None,
    "purchase_order_number": "another",
    "discount_percent": None,
    "discount_amount": 500,
    "notes": "edited",
    "currency": "USD",
    "delivery_address": {"city": "Elsewhere"},
}


@pytest.mark.usefixtures("ours")
def test_whatever_was_edited_is_put_back_as_it_was() -> None:
    order = finalized()
    before = told(order)
    for name, value in EDITED.items():
        setattr(order, name, value)
    order.lines = order.lines[:1]
    order.lines[0].quantity = Decimal("0.5")
    order.charges = []
    db.session.flush()
    assert told(order) != before
    put_back_version(order)
    db.session.expire_all()
    assert told(order) == before


@pytest.mark.usefixtures("ours")
def test_what_was_not_carried_over_is_not_kept_in_its_place() -> None:
    order = finalized()
    kept = kept_version(order)
    order.revision += 1
    order.notes = "never sent"
    keep_version(order, None)
    assert kept_version(order) == kept


def finalized() -> Order:
    """An order that was carried over and kept: two lines, a charge, a discount."""
    order = given.order(
        [(given.sku(), "4", "12.50"), (given.sku(kind="container_deposit"), "24", "0.10")],
        [(given.charge_kind(), 900)],
        status="finalized",
        revision=1,
        invoice_date=date(2026, 11, 4),
        discount_percent=Decimal("2.5"),
        delivery_address={"line1": "1 Quay", "province": "NS"},
        billing_address={},
        currency="CAD",
        tax_status="default",
        finalized_at=now(),
    )
    for line in order.lines:
        line.tax_status, line.kind = "default", line.sku.kind
    order.net_total = net_total(order)
    company = given.connection()
    keep_version(order, given.link(company, "order", order.id, revision=1))
    db.session.flush()
    return order


def told(order: Order) -> Any:
    """All that can be edited of it."""

    def columns(record: Any, without: frozenset[str]) -> dict[str, Any]:
        names = [one.key for one in inspect(record).mapper.column_attrs]
        return {name: getattr(record, name) for name in names if name not in without}

    rows = frozenset({"id"})
    return (
        columns(order, STAYS),
        [columns(line, rows) for line in order.lines],
        [columns(charge, rows) for charge in order.charges],
    )
