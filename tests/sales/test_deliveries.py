"""Only what was delivered is invoiced, and nothing else of a delivery reaches QuickBooks."""

from datetime import UTC, datetime
from decimal import Decimal

from portal.extensions import db
from portal.models import Order, OrderLine
from portal.sales import deliveries, orders
from portal.sales.deliveries import Delivery
from tests.support.bookkeeping import Books

WHOLE = Delivery(
    route="North 7",
    stop="12",
    driver="Dana Driver",
    warehouse="Main hall",
    signed_by="M. Côté",
    signed_at=datetime(2026, 11, 4, 19, 5, tzinfo=UTC),
    collected_amount=4000,
    collected_method="cash",
)


def test_what_was_refused_stands_on_its_line_with_nothing_and_adds_nothing(books: Books) -> None:
    order_id = books.order("4")
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        deliveries.write(order, WHOLE)
        [line] = order.lines
        line.ordered_quantity, line.refused_quantity, line.refused_reason = Decimal(6), Decimal(2), "leaking"
        order.lines.append(
            OrderLine(
                organization_id=order.organization_id, position=1, sku=line.sku, quantity=Decimal(0),
                refused_quantity=Decimal(5), refused_reason="not ordered", unit_price=Decimal(10), amount=0,
            )
        )  # fmt: skip
        db.session.flush()
    books.finalize(order_id)
    books.carry()
    assert books.status(order_id) == "synced"
    invoice = books.document(order_id)
    assert invoice["TotalAmt"] == 56.5
    sold = [one for one in invoice["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    assert [(one["SalesItemLineDetail"]["Qty"], one["Amount"]) for one in sold] == [(4, 50), (0, 0)]
    for word in ("North 7", "Dana", "Main hall", "Côté", "leaking", "not ordered", "40.00"):
        assert word not in str(invoice)


def test_what_is_told_of_the_delivery_later_sends_nothing(books: Books) -> None:
    order_id = books.synced_order()
    before = len(books.writes())
    with books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, books.bo)
        deliveries.write(order, WHOLE)
        db.session.flush()
    books.finalize(order_id)
    books.carry()
    assert (books.status(order_id), len(books.writes())) == ("synced", before)
    with books.working():
        assert deliveries.delivery_of(db.session.get_one(Order, order_id)) == WHOLE
