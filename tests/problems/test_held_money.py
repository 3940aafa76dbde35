"""The money that a cause holds back, with tax where that is known."""

import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask

from portal import problems
from portal.extensions import db
from portal.models import Connection, Order, Push
from portal.models.kinds import RecordRef
from portal.problems import Found
from portal.problems.held_money import Held
from tests import factories
from tests.support import distributor as given

TERM = Found("term_not_mapped", {"term": "Net 45", "days": 45}, "term:45")
TAX = Found("tax_not_mapped", {"what": "zero-rated customers", "section": "customer_tax"}, "tax:zero_rated")


class TestTheMoneyOfACause:
    def test_tax_is_counted_where_it_is_known(self, ours: uuid.UUID) -> None:
        """100.00 + 13.00, and 50.00 of which the tax is not known: 163.00."""
        self.held("100", tax=1300)
        self.held("50", tax=None)
        (cause,) = problems.ranked(10).causes
        assert (cause.orders, cause.money) == (2, [Held("CAD", 2, 16300, untaxed=1)])

    def test_each_currency_stands_alone(self, ours: uuid.UUID) -> None:
        self.held("100", tax=1300)
        self.held("200", tax=1600, currency="USD")
        (cause,) = problems.ranked(10).causes
        assert cause.money == [Held("CAD", 1, 11300), Held("USD", 1, 21600)]

    def test_credit_memos_take_nothing_off_what_is_held_back_in_invoices(self, ours: uuid.UUID) -> None:
        """113.00, and a return of 10.00 + 1.30."""
        self.held("100", tax=1300)
        self.held("-10", tax=-130)
        (cause,) = problems.ranked(10).causes
        assert cause.money == [Held("CAD", 2, 11300, credited=1130)]

    def held(self, net: str, *, tax: int | None, currency: str = "CAD") -> None:
        sign = "-1" if net.startswith("-") else "1"
        price = str(abs(Decimal(net)))
        order = given.order([(given.sku(), sign, price)], currency=currency, tax_total=tax)
        problems.replace(RecordRef("order", order.id), None, [TERM])


def test_causes_are_ranked_by_the_money_they_hold_back(organization: uuid.UUID) -> None:
    place, keg = factories.location(currency="CAD"), factories.sku(unit_price="100")
    small = factories.order("1", location=place, lines=[factories.line(keg)])
    large = factories.order("2", location=place, lines=[factories.line(keg, "5")])
    foreign = factories.order("3", location=place, lines=[factories.line(keg, "2")], currency="USD")
    db.session.add_all([small, large, foreign])
    db.session.flush()
    problems.replace(RecordRef("order", small.id), None, [TERM])
    problems.replace(RecordRef("order", foreign.id), None, [TERM])
    problems.replace(RecordRef("order", large.id), None, [TAX])
    first, second = problems.ranked(10).causes
    assert (first.cause, first.records, first.orders) == ("tax:zero_rated", 1, 1)
    assert first.money == [Held("CAD", 1, 50000, untaxed=1)]
    assert (second.cause, second.records, second.orders) == ("term:45", 2, 2)
    assert second.money == [Held("CAD", 1, 10000, untaxed=1), Held("USD", 1, 20000, untaxed=1)]
    assert second.sentence == "The payment term Net 45 has no counterpart in QuickBooks yet."
    assert [cause.cause for cause in problems.ranked(1).causes] == ["tax:zero_rated"]


def test_an_order_that_waits_for_a_location_counts_among_what_its_problem_holds_back(
    organization: uuid.UUID,
) -> None:
    order = factories.order(location=factories.location(currency="CAD"))
    db.session.add(order)
    db.session.flush()
    _wait(order)
    missing = Found(
        "customer_key_missing", {"location": "Bloor St", "key": "third-party ID"}, "key:location:1"
    )
    problems.replace(RecordRef("location", order.location_id), None, [missing])
    (cause,) = problems.ranked(10).causes
    assert (cause.records, cause.orders) == (1, 1)
    assert cause.money == [Held("CAD", 1, 11250, untaxed=1)]


def _wait(order: Order) -> None:
    connection = Connection(organization_id=order.organization_id, realm_id="1")
    db.session.add(connection)
    db.session.flush()
    db.session.add(
        Push(
            organization_id=order.organization_id,
            connection_id=connection.id,
            record_kind="order",
            record_id=order.id,
            revision=1,
            reason="finalized",
            state="waiting",
        )
    )
    db.session.flush()


def _stored(row: object) -> uuid.UUID:
    db.session.add(row)
    db.session.commit()
    found: uuid.UUID = row.id  # type: ignore[attr-defined]  # an Organization
    return found


@pytest.fixture
def organization(app: Flask) -> Iterator[uuid.UUID]:
    with app.app_context():
        db.session.info["organization_id"] = found = _stored(factories.organization())
        yield found
