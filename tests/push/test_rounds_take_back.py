"""A wish to take back beside what is on its way: it wins where it is newer, and nothing forgets it."""

import uuid
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from portal import outbox
from portal.extensions import db
from portal.models import BulkRun, Link, Order, Push
from portal.plan.types import Linked
from portal.plan.voids import void_of
from portal.push import delivery
from portal.sales import orders
from tests.support import distributor
from tests.support.bookkeeping import Books


def test_what_is_not_there_is_not_taken_back(books: Books) -> None:
    order = books.order()
    before = len(books.writes())
    take_back(books, order)
    books.carry()
    assert (books.pushes(order), len(books.writes())) == (["cancelled"], before)


@pytest.mark.parametrize("lands", [True, False])
def test_what_is_unsure_is_waited_for_and_then_taken_back(books: Books, lands: bool) -> None:
    order = books.order()
    with books.losing_writes() as underway:
        books.carry()
    take_back(books, order)
    books.carry()
    assert sorted(books.pushes(order)) == ["queued", "unsure"]
    if lands:
        underway.land()
    books.settle()
    books.settle()
    assert live(books, order) == []
    assert books.pushes(order) == ["synced", "synced"]


def test_what_rejoins_a_newer_wish_to_take_back_is_not_sent_again(books: Books) -> None:
    """An update meets a document that moved on, while somebody has it taken back."""
    order = books.synced_order()
    books.change(order, "5")

    def meddle() -> None:
        books.edit(order, PrintStatus="NeedToPrint")
        take_back(books, order)

    with books.before_a_write(meddle):
        books.carry()
    books.settle()
    assert sorted(books.pushes(order)) == ["superseded", "synced", "synced"]
    assert live(books, order) == []


@pytest.mark.parametrize("how", ["taken back", "cancelled", "open", "still wanted"])
def test_the_other_kind_follows_only_while_it_is_wanted(books: Books, how: str) -> None:
    """An invoice becomes a return: while it is being voided, somebody has all of it taken back."""
    order = books.synced_order()
    books.change(order, "-3")
    with books.losing_writes() as underway:
        books.carry()
    if how == "taken back":
        take_back(books, order)
    elif how != "still wanted":
        status = {"cancelled": "cancelled", "open": "delivered"}[how]
        with books.working():
            db.session.execute(update(Order).where(Order.id == order).values(status=status))
    asked = len(books.pushes(order))
    underway.land()
    books.settle()
    books.settle()
    assert live(books, order) == []
    assert len(books.live("CreditMemo")) == (1 if how == "still wanted" else 0)
    assert not {"queued", "waiting", "sending", "unsure"} & set(books.pushes(order))
    assert len(books.pushes(order)) == asked + (how == "still wanted")


def test_the_newer_wish_says_what_is_wished_for_by_whom_and_in_no_run(books: Books) -> None:
    order = books.synced_order()
    books.change(order, "5")
    with books.working():
        run = BulkRun(**distributor.owner(), connection_id=books.connection_id)
        db.session.add(run)
        db.session.flush()
        outbox.ask("order", [order], reason="bulk", actor=books.bo, run=run)
        assert the_wish(order).run_id == run.id
    take_back(books, order)
    with books.working():
        wish = the_wish(order)
        assert wish.run_id is None
        assert (wish.intent, wish.reason, wish.actor) == ("take_back", "cancelled", books.bo.name)
        outbox.withdraw_automatic("order")
        assert the_wish(order).intent == "take_back"
        outbox.ask("order", [order], reason="finalized", actor=books.bo)
    with books.working():
        assert (the_wish(order).intent, the_wish(order).reason) == ("carry", "finalized")
    books.carry()
    assert (books.status(order), len(live(books, order))) == ("synced", 1)


def test_a_cancelled_order_is_not_asked_to_be_carried_over(books: Books) -> None:
    order = books.synced_order()
    with books.working():
        orders.cancel_and_take_back(db.session.get_one(Order, order), "It", books.bo)
    with books.working():
        assert outbox.ask("order", [order], reason="retry", actor=books.bo) == 0
        assert the_wish(order).intent == "take_back"


@pytest.mark.parametrize(("since", "armed"), [("take_back", True), ("carry", False)])
def test_a_void_is_not_armed_once_the_wish_is_to_carry_over(books: Books, since: str, armed: bool) -> None:
    order = books.synced_order()
    take_back(books, order)
    with books.working():
        wish, link = the_wish(order), db.session.scalars(select(Link).where(Link.record_id == order)).one()
        planned = [(wish, void_of(Linked(kind="invoice", external_id=link.external_id)))]
        elsewhere = update(Push).where(Push.id == wish.id).values(intent=since)
        db.session.execute(elsewhere, execution_options={"synchronize_session": False})
        assert bool(delivery._take(cast(Any, planned))) is armed
        db.session.rollback()


def the_wish(order: uuid.UUID) -> Push:
    wishes = select(Push).where(Push.record_id == order, Push.state == "queued")
    return db.session.scalars(wishes.execution_options(populate_existing=True)).one()


def take_back(books: Books, order: uuid.UUID) -> None:
    """As undoing a run of pushes asks for it: whatever the order's status is."""
    with books.working():
        outbox.ask("order", [order], reason="cancelled", actor=books.bo, intent="take_back")


def live(books: Books, order: uuid.UUID) -> list[str]:
    number = books.number(order)
    return [str(one["Id"]) for one in books.live() if one.get("DocNumber") == number]
