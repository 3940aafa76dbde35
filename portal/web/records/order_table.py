"""The table of orders."""

from collections.abc import Sequence
from typing import Any, get_args

from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.extensions import db
from portal.models import Customer, Location, Order
from portal.models.sales import OrderStatus
from portal.models.types import units
from portal.sales.search.filters import OrderFilter, uuid_in
from portal.web.access import allow, person
from portal.web.records.narrowing import Choice, by_integration
from portal.web.records.orders import blueprint
from portal.web.records.tables import Chip, Column, Table, export, show


def cells(order: Sequence[Any], home_currency: str) -> Sequence[Any]:
    *named, status, cents, currency = order
    return *named, status.capitalize(), units(cents), currency or home_currency


ORDERS = Table(
    "order",
    "orders",
    "order",
    "orders",
    (
        Column("Number", "number"),
        Column("Order date", "order_date", aside=True),
        Column("Invoice date", "invoice_date"),
        Column("Customer · location", "customer"),
        Column("Status", aside=True),
        Column("Total before tax", "total", amount=True),
        Column("Integrations"),
    ),
    (
        "Number", "Order date", "Invoice date", "Customer", "Location", "Status", "Total before tax",
        "Currency",
    ),
    (
        Order.number, Order.order_date, Order.invoice_date, Customer.name, Location.name, Order.status,
        Order.net_total, Order.currency,
    ),
    cells,
    dates=(("", "Order date"), ("invoice", "Invoice date")),
)  # fmt: skip


@blueprint.get("/orders")
@allow("viewer")
def index() -> ResponseReturnValue:
    statuses = [(status, status.capitalize()) for status in get_args(OrderStatus)]
    return show(
        ORDERS,
        [
            by_integration(),
            Choice("status", "Status", "Any status", statuses),
        ],
        chips,
        home_currency=person().organization.currency,
    )


@blueprint.get("/orders.csv", endpoint="export")
@allow("viewer")
def as_csv() -> ResponseReturnValue:
    return export(ORDERS)


def chips(narrowed: OrderFilter) -> list[Chip]:
    """The customer or location that the orders are of."""
    found = []
    for argument, word, model in (("customer", "Customer", Customer), ("location", "Location", Location)):
        text = getattr(narrowed, argument)
        if text:
            names = select(model.name).where(model.id == uuid_in(text))
            found.append(Chip(argument, f"{word}: {db.session.scalar(names) or 'unknown'}"))
    return found
