"""Finalize, reopen and cancel: what they freeze, ask for, take back and refuse."""

import threading
import uuid
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from portal import problems
from portal.extensions import db
from portal.models import Actor, Event, Order, Organization, Push
from portal.models.kinds import RecordRef
from portal.models.pushes import PushState
from portal.outbox import badge, states
from portal.problems import Found
from portal.sales import Refused, orders
from tests.support import distributor as given


def test_finalizing_freezes_what_the_invoice_depends_on(ours: uuid.UUID) -> None:
    term = given.term()
    place = given.location(
        payment_term=term,
        tax_status="exempt",
        exemption_reason="Status card",
        billing_address={"city": "Ottawa"},
        delivery_address={"city": "Hull"},
        currency="USD",
    )
    sold = given.sku(tax_status="zero_rated", kind="service")
    order = given.order([(sold, "3", "1.115")], location=place)

    orders.finalize(order, given.bo())
    place.payment_term, place.tax_status, place.currency = None, "default", "CAD"
    place.billing_address = {"city": "Toronto"}
    sold.tax_status, sold.kind, sold.unit_price = "default", "goods", Decimal(99)
    db.session.commit()

    assert (order.payment_term_id, order.tax_status, order.exemption_reason) == (
        term.id,
        "exempt",
        "Status card",
    )
    assert (order.billing_address, order.delivery_address) == ({"city": "Ottawa"}, {"city": "Hull"})
    assert (order.currency, order.invoice_date) == ("USD", date(2026, 11, 4))
    assert (order.lines[0].tax_status, order.lines[0].kind) == ("zero_rated", "service")
    assert (order.lines[0].unit_price, order.lines[0].amount, order.net_total) == (Decimal("1.115"), 335, 335)


def test_what_comes_to_nothing_or_takes_off_more_than_there_is_can_not_be_finalized(ours: uuid.UUID) -> None:
    empty, larger = given.order([]), given.order([(given.sku(), "1", "5")], discount_amount=501)
    assert orders.what_finalizing_does(empty) == "It has no lines yet: there is nothing to invoice."
    for order, why in ((empty, "has no lines"), (larger, "come to 5.00")):
        with pytest.raises(Refused, match=why), db.session.begin_nested():
            orders.finalize(order, given.bo())
        db.session.refresh(order)
        assert order.status == "delivered"
    charged = given.order([], charges=[(given.charge_kind(), 500)])
    orders.finalize(charged, given.bo())
    assert charged.status == "finalized"


def test_finalizing_raises_the_revision_and_tells_the_history(ours: uuid.UUID) -> None:
    order = given.order()
    bo = given.bo()
    orders.finalize(order, bo)
    assert (order.status, order.revision) == ("finalized", 1)
    event = db.session.scalars(select(Event).where(Event.record_id == order.id)).one()
    assert (event.what, event.user_id, event.actor) == ("finalized", bo.user_id, "Bo Bookkeeper")


def test_a_location_without_a_currency_bills_in_the_organizations_own(ours: uuid.UUID) -> None:
    order = given.order()
    orders.finalize(order, given.bo())
    assert order.currency == "CAD"


def test_while_orders_sync_is_on_finalizing_asks_for_one_push(ours: uuid.UUID) -> None:
    given.connection()
    given.sync(orders_on=True)
    order = given.order()
    assert orders.finalize(order, given.bo())
    assert [(push.reason, push.state, push.revision) for push in given.pushes(order.id)] == [
        ("finalized", "queued", 1)
    ]
    assert order.integration_status == "queued"


@pytest.mark.parametrize(
    ("settings", "values", "status"),
    [
        ({"orders_on": False}, {}, "ready"),
        ({"orders_on": True, "start_date": date(2026, 11, 5)}, {}, "blocked"),
        ({"orders_on": True}, {"not_to_be_sent": "Paid in cash"}, "not_to_be_sent"),
    ],
    ids=["sync off", "before the start date", "kept back"],
)
def test_finalizing_asks_for_no_push(
    ours: uuid.UUID, settings: dict[str, Any], values: dict[str, Any], status: str
) -> None:
    given.connection()
    given.sync(**settings)
    order = given.order(**values)
    assert not orders.finalize(order, given.bo())
    assert given.pushes(order.id) == []
    assert order.integration_status == status


def test_an_order_of_the_start_date_itself_is_pushed(ours: uuid.UUID) -> None:
    given.connection()
    given.sync(orders_on=True, start_date=date(2026, 11, 4))
    assert orders.finalize(given.order(), given.bo())


def test_of_two_tabs_one_finalizes_and_the_other_is_told(app: Flask, ours: uuid.UUID) -> None:
    given.connection()
    given.sync(orders_on=True)
    order_id, bo = given.order().id, given.bo()
    db.session.commit()
    outcomes: list[str] = []
    both_have_read = threading.Barrier(2, timeout=10)

    def click() -> None:
        with app.app_context():
            db.session.info["organization_id"] = ours
            order = db.session.scalars(select(Order).where(Order.id == order_id)).one()
            assert order.status == "delivered"
            db.session.expunge(order)
            db.session.rollback()
            both_have_read.wait()
            try:
                orders.finalize(db.session.merge(order, load=False), bo)
                db.session.commit()
                outcomes.append("finalized")
            except Refused as refused:
                db.session.rollback()
                outcomes.append(refused.sentence)

    tabs = [threading.Thread(target=click) for _ in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(20)

    assert sorted(one == "finalized" for one in outcomes) == [False, True]
    assert any("is finalized already" in one for one in outcomes)
    db.session.expire_all()
    assert [push.revision for push in given.pushes(order_id)] == [1]


@pytest.mark.parametrize(
    ("rule", "day"),
    [("delivery", date(2026, 11, 4)), ("order", date(2026, 11, 2))],
)
def test_the_invoice_is_dated_by_the_rule(ours: uuid.UUID, rule: str, day: date) -> None:
    given.sync(invoice_date_rule=rule)
    order = given.order()
    orders.finalize(order, given.bo())
    assert order.invoice_date == day


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_dated_when_finalized_it_is_the_day_in_the_organizations_zone(ours: uuid.UUID, zone: str) -> None:
    """The two zones are 25 hours apart, so that no day is right in both."""
    db.session.get_one(Organization, ours).timezone = zone
    given.sync(invoice_date_rule="finalized")
    order = given.order()
    before = datetime.now(ZoneInfo(zone)).date()
    orders.finalize(order, given.bo())
    assert order.invoice_date in (before, datetime.now(ZoneInfo(zone)).date())


def test_a_correction_keeps_the_date_it_was_first_finalized_on(ours: uuid.UUID) -> None:
    given.sync(invoice_date_rule="finalized")
    order = given.order(invoice_date=date(2026, 10, 30))
    orders.finalize(order, given.bo())
    assert order.invoice_date == date(2026, 10, 30)


def test_dated_ahead_it_is_said_on_which_day_it_goes(ours: uuid.UUID) -> None:
    given.connection()
    given.sync(orders_on=True)
    said = orders.what_finalizing_does(given.order(delivery_date=date(2099, 12, 1)))
    assert said == "It will be pushed to QuickBooks on 1 Dec 2099, the day that it is dated."


def test_without_a_delivery_date_it_is_refused_with_a_sentence(ours: uuid.UUID) -> None:
    order = given.order(delivery_date=None)
    with pytest.raises(Refused, match="has no delivery date"):
        orders.finalize(order, given.bo())


@pytest.mark.parametrize("status", ["draft", "confirmed", "cancelled", "finalized"])
def test_only_a_delivered_order_is_finalized(ours: uuid.UUID, status: str) -> None:
    order = given.order(status=status)
    with pytest.raises(Refused, match=status):
        orders.finalize(order, given.bo())
    db.session.rollback()


def test_reopening_before_it_was_sent_takes_the_push_back(ours: uuid.UUID) -> None:
    order = _finalized_and_asked()
    orders.reopen(order, given.bo())
    assert order.status == "delivered"
    assert [push.state for push in given.pushes(order.id)] == ["cancelled"]


@pytest.mark.parametrize("state", ["sending", "unsure"])
def test_reopening_and_cancelling_are_refused_while_it_is_under_way(
    ours: uuid.UUID, state: PushState
) -> None:
    order = _finalized_and_asked()
    _carry(given.pushes(order.id)[0], "sending", state)
    db.session.commit()
    for verb in (orders.reopen, orders.cancel):
        with pytest.raises(Refused, match="being sent"):
            verb(order, given.bo())
        db.session.rollback()
        assert order.status == "finalized"


def test_what_is_in_quickbooks_may_be_reopened_and_finalizes_to_the_next_revision(ours: uuid.UUID) -> None:
    order = _finalized_and_asked()
    _carry(given.pushes(order.id)[0], "sending", "synced")
    company_id = given.pushes(order.id)[0].connection_id
    link = given.link(given.db.session.get_one(given.Connection, company_id), "order", order.id)
    orders.reopen(order, given.bo())
    assert orders.document_of(order) is link
    orders.finalize(order, given.bo())
    assert (order.revision, order.integration_status) == (2, "queued")
    assert sorted(push.revision for push in given.pushes(order.id)) == [1, 2]


def test_an_order_that_is_not_finalized_is_not_reopened(ours: uuid.UUID) -> None:
    with pytest.raises(Refused, match="open already"):
        orders.reopen(given.order(), given.bo())


def test_cancelling_is_refused_once_quickbooks_has_it(ours: uuid.UUID) -> None:
    company = given.connection()
    order = given.order()
    given.link(company, "order", order.id, number="1043")
    with pytest.raises(Refused, match="in QuickBooks as number 1043"):
        orders.cancel(order, given.bo())
    assert order.status == "delivered"


def test_what_stands_in_a_company_of_before_is_not_told_of_the_one_that_is_connected(ours: uuid.UUID) -> None:
    before = given.connection()
    order = given.order(status="finalized", revision=1)
    given.link(before, "order", order.id, number="1043", total=11301)
    assert orders.document_of(order) is not None
    before.status = "closed"
    db.session.flush()
    assert orders.document_of(order) is not None  # nobody is connected: the last that is known
    now_is = given.connection()
    assert orders.document_of(order) is None
    orders.cancel(order, given.bo())
    now_is.status = "closed"
    db.session.flush()
    before.status = "active"
    badge.restate("order", [order.id])
    assert (order.integration_status, orders.document_of(order) is not None) == ("still_there", True)


def test_cancelling_takes_the_push_back(ours: uuid.UUID) -> None:
    order = _finalized_and_asked()
    orders.cancel(order, given.bo())
    assert order.status == "cancelled"
    assert [push.state for push in given.pushes(order.id)] == ["cancelled"]


def test_a_voided_document_hinders_no_cancelling(ours: uuid.UUID) -> None:
    order = given.order()
    given.link(given.connection(), "order", order.id, voided=True)
    orders.cancel(order, given.bo())
    assert order.status == "cancelled"


def test_what_would_stand_in_its_way_is_shown_before_anybody_asks_for_a_push(ours: uuid.UUID) -> None:
    given.connection()
    order = given.order(location=given.location(payment_term=given.term("Net 45", 45)))
    assert not orders.finalize(order, given.bo())
    assert order.integration_status == "blocked"
    assert [problem.code for problem in problems.open_for(RecordRef("order", order.id))] == [
        "term_not_mapped"
    ]
    assert given.pushes(order.id) == []


@pytest.mark.parametrize("verb", [orders.reopen, orders.cancel])
def test_an_order_that_failed_is_held_back_no_more_once_it_is_not_to_go(
    ours: uuid.UUID, verb: Callable[[Order, Actor], None]
) -> None:
    order = _finalized_and_asked()
    push = given.pushes(order.id)[0]
    _carry(push, "failed")
    problems.replace(RecordRef("order", order.id), push.id, [Found("closed_period", {}, "closed_period")])
    badge.restate("order", [order.id])
    db.session.refresh(order)
    assert order.integration_status == "failed"

    verb(order, given.bo())

    assert order.integration_status == "not_sent"
    assert problems.ranked(10).causes == []


def _finalized_and_asked() -> Order:
    given.connection()
    given.sync(orders_on=True)
    order = given.order()
    orders.finalize(order, given.bo())
    db.session.commit()
    return order


def _carry(push: Push, *through: PushState) -> None:
    for state in through:
        if push.state != state:
            states.move(push, state)
    db.session.flush()
