"""The table of orders."""

from collections.abc import Sequence
from typing import Any, get_args

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.extensions import db
from portal.models import Customer, ImportRun, Location, Order
from portal.models.sales import OrderStatus
from portal.models.types import units
from portal.sales import deliveries
from portal.sales.search import delivery_choices
from portal.sales.search.filters import OrderFilter, uuid_in
from portal.sales.search.matching import COUNTED
from portal.sales.search.sums import sums
from portal.web.access import allow, person, render
from portal.web.records.narrowing import Choice, by_integration
from portal.web.records.orders import blueprint
from portal.web.records.tables import Action, Chip, Column, Table, export, show


def cells(order: Sequence[Any], home_currency: str) -> Sequence[Any]:
    *named, status, purchase_order, net, tax, currency, currency_there = order[: -len(deliveries.COLUMNS)]
    delivery = zip(deliveries.COLUMNS, order[-len(deliveries.COLUMNS) :], strict=True)
    return (
        *named,
        status.capitalize(),
        purchase_order,
        units(net),
        None if tax is None else units(tax),
        None if tax is None else units(net + tax),
        currency or currency_there or home_currency,
        *(deliveries.cell(column, value) for column, value in delivery),
    )


MORE = (
    Action(
        "finalize", "changes.finalize", "Finalize", "Delivered orders. Shows first what it comes to.", True
    ),
    Action(
        "finalize-push",
        "changes.finalize_and_push",
        "Finalize and push",
        "Also those that would not go by themselves.",
        True,
    ),
    Action("keep-back", "changes.keep_back", "Don't send", "With a reason. Can be undone.", True),
    Action("send", "changes.send_after_all", "Send after all", "Undoes “Don't send”.", True),
    Action("date", "changes.date_open", "Date on the first open day", "Of a closed period.", True),
    Action("reopen", "changes.reopen", "Reopen", "Finalized ones that QuickBooks doesn't have.", True),
)

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
        "Number", "Order date", "Invoice date", "Customer", "Location", "Status", "Purchase order",
        "Total before tax", "Tax", "Total", "Currency", *deliveries.LABELS.values(),
    ),
    (
        Order.number, Order.order_date, Order.invoice_date, Customer.name, Location.name, Order.status,
        Order.purchase_order_number, Order.net_total, Order.tax_total, Order.currency, Location.currency,
        *(getattr(Order, column) for column in deliveries.COLUMNS),
    ),
    cells,
    MORE,
    sums="orders.sum_up",
    dates=(("", "Order date"), ("invoice", "Invoice date")),
)  # fmt: skip


@blueprint.get("/orders")
@allow("viewer")
def index() -> ResponseReturnValue:
    statuses = [(status, status.capitalize()) for status in get_args(OrderStatus)]
    asked = OrderFilter.from_args(request.args)
    return show(
        ORDERS,
        [
            by_integration(),
            Choice("status", "Status", "Any status", statuses),
            *by_delivery(asked),
        ],
        chips,
        home_currency=person().organization.currency,
    )


@blueprint.get("/orders.csv", endpoint="export")
@allow("viewer")
def as_csv() -> ResponseReturnValue:
    return export(ORDERS)


@blueprint.get("/orders/sums")
@allow("viewer")
def sum_up() -> ResponseReturnValue:
    """What all orders that match come to; asked for by the table once it is shown."""
    narrowed = OrderFilter.from_args(request.args)
    return render(
        "orders/sums.html",
        "orders/_sum_line.html",
        sums=sums(narrowed, person().organization.currency),
        most=f"{COUNTED:,}",
        complaints=narrowed.complaints(),
        back=url_for("orders.index", **narrowed.args()),
    )


def by_delivery(asked: OrderFilter) -> list[Choice]:
    """By route, driver and warehouse, each where some order has one, or one is asked for."""
    found = []
    for name, values in delivery_choices.present().items():
        chosen = getattr(asked, name)
        offered = values if not chosen or chosen in values else [chosen, *values]
        if offered:
            label, choices = deliveries.LABELS[name], [(value, value) for value in offered]
            found.append(Choice(name, label, f"Any {label.lower()}", choices, aside=True))
    return found


def chips(narrowed: OrderFilter) -> list[Chip]:
    """The customer or location that the orders are of, and the file that they came by."""
    found = []
    for argument, word, model, name in (
        ("customer", "Customer", Customer, Customer.name),
        ("location", "Location", Location, Location.name),
        ("imported", "Imported from", ImportRun, ImportRun.file_name),
    ):
        text = getattr(narrowed, argument)
        if text:
            names = select(name).where(model.id == uuid_in(text))
            found.append(Chip(argument, f"{word}: {db.session.scalar(names) or 'unknown'}"))
    return found
