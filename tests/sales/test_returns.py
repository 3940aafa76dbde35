"""What comes back of an order is an order of its own, at the price, discount and tax that it was sold at."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Order
from portal.sales import Refused, finalizing, orders, returns
from tests.support import distributor as given
from tests.support.bookkeeping import Books


def test_a_return_becomes_a_credit_memo_once_it_is_finalized_and_not_before(books: Books) -> None:
    sold = books.synced_order()
    made = returned(books, sold, "3")
    books.carry()
    with books.working():
        order = db.session.get_one(Order, made)
        assert (order.status, order.returns_id, order.net_total) == ("delivered", sold, -3750)
        assert order.number == f"{db.session.get_one(Order, sold).number}-R1"
        assert [one.id for one in returns.returns_of(db.session.get_one(Order, sold))] == [made]
    assert books.live("CreditMemo") == []
    taxed(books, "zero_rated", "exempt")  # what is edited since changes nothing of it

    books.finalize(made)
    books.carry()
    taxed(books, "default", "default")

    [memo] = books.live("CreditMemo")
    assert (memo["DocNumber"], memo["TotalAmt"]) == (books.number(made), 42.38)  # with HST of 13 %
    assert books.document(sold)["TotalAmt"] == 56.5


def test_no_more_comes_back_than_was_sold_less_what_came_back_before(books: Books) -> None:
    sold = books.synced_order()
    first = returned(books, sold, "3")
    with pytest.raises(Refused, match="at most 1 can be returned"):
        returned(books, sold, "2")
    assert books.number(returned(books, sold, "1")).endswith("-R2")
    with books.working():
        order = db.session.get_one(Order, sold)
        assert not returns.is_returnable(order)
        orders.cancel(db.session.get_one(Order, first), books.bo)
        assert [one.left for one in returns.returnable(order)] == [3]


@pytest.mark.parametrize(
    ("discount", "quantity", "net"),
    [
        ({}, "2", -2500),
        ({"discount_percent": Decimal(10)}, "2", -2250),
        ({"discount_amount": 1000}, "2", -2000),
        ({"discount_amount": 1000}, "4", -4000),
        ({"discount_amount": 1001}, "4", -3999),
    ],
)
def test_the_discount_of_the_order_comes_back_with_it(
    ours: uuid.UUID, discount: dict[str, Any], quantity: str, net: int
) -> None:
    order = given.order([(given.sku(), "4", "12.50")], **discount)
    orders.finalize(order, given.bo())
    made = returns.make_return(order, {order.lines[0].id: Decimal(quantity)}, given.bo())
    assert made.net_total == net
    orders.finalize(made, given.bo())
    assert made.net_total == net


def test_in_bulk_a_return_bears_the_taxes_of_what_it_returns_as_well(ours: uuid.UUID) -> None:
    order = given.order()
    orders.finalize(order, given.bo())
    made = returns.make_return(order, {order.lines[0].id: Decimal(1)}, given.bo())
    order.location.tax_status, order.lines[0].sku.tax_status = "exempt", "zero_rated"
    finalizing.finalize_these([made.id, given.order().id], given.bo())
    assert (made.tax_status, made.lines[0].tax_status) == ("default", "default")


def test_only_what_is_finalized_is_returned_and_something_of_it(ours: uuid.UUID) -> None:
    order = given.order()
    with pytest.raises(Refused, match="only what is finalized"):
        returns.make_return(order, {}, given.bo())
    orders.finalize(order, given.bo())
    for quantities in ({}, {order.lines[0].id: Decimal(0)}):
        with pytest.raises(Refused, match="all of them say 0"):
            returns.make_return(order, quantities, given.bo())
    with pytest.raises(Refused, match="at most 2"):
        returns.make_return(order, {order.lines[0].id: Decimal(-1)}, given.bo())


def taxed(books: Books, goods: str, place: str) -> None:
    with books.working():
        db.session.get_one(given.Sku, books.goods).tax_status = goods
        db.session.get_one(given.Location, books.place).tax_status = place


def returned(books: Books, order_id: uuid.UUID, quantity: str) -> uuid.UUID:
    with books.working():
        order = db.session.get_one(Order, order_id)
        return returns.make_return(order, {order.lines[0].id: Decimal(quantity)}, books.bo).id
