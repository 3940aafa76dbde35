"""What changed here of an order is told whatever stands in its way."""

from decimal import Decimal

from portal import decisions
from portal.extensions import db
from portal.models import Order
from portal.models.kinds import RecordRef
from portal.sales import orders
from tests.support.bookkeeping import Books


def test_what_it_comes_to_is_told_where_no_document_can_be_planned(books: Books) -> None:
    order = books.synced_order()
    with books.working():
        stored = db.session.get_one(Order, order)
        orders.reopen(stored, books.bo)
        stored.lines[0].quantity, stored.lines[0].amount, stored.net_total = Decimal(6), 7500, 7500
        stored.number = "9" * 25  # longer than QuickBooks takes
    shown = books.decide(decisions.changed_since, RecordRef("order", order))
    assert [(one.what, one.theirs, one.ours) for one in shown] == [("Total before tax", "50.00", "75.00")]


def test_nothing_is_told_of_an_order_without_a_document(books: Books) -> None:
    assert books.decide(decisions.changed_since, RecordRef("order", books.order())) == []
