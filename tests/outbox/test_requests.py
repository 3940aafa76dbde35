"""What is wished for and what is taken back: open orders, a sync that was switched off, another company."""

import pytest
from sqlalchemy import update

from portal import decisions, outbox
from portal.connect import switch
from portal.extensions import db
from portal.mapping import sync_settings
from portal.models import Connection, Order, OrderLine
from portal.models.kinds import RecordRef
from portal.models.pushes import Reason
from portal.sales import orders
from tests.support import distributor
from tests.support.bookkeeping import Books


def test_an_open_order_is_not_sent_however_it_was_asked_for(books: Books) -> None:
    """Somebody reopens it in the moment in which somebody else pushes it again."""
    order = books.order()
    with books.working():
        orders.reopen(db.session.get_one(Order, order), books.bo)
    books.decide(decisions.push_again, RecordRef("order", order), books.bo)
    before = len(books.writes())
    books.carry()
    assert (books.status(order), books.pushes(order)) == ("not_sent", ["cancelled", "cancelled"])
    assert len(books.writes()) == before


@pytest.mark.parametrize(
    ("reason", "ends", "order_is"),
    [("needed_by_order", "cancelled", ("failed", ["sku_no_match"])), ("bulk", "synced", ("ready", []))],
)
def test_what_goes_by_itself_ends_with_its_sync_and_nothing_waits_for_it(
    books: Books, reason: Reason, ends: str, order_is: tuple[str, list[str]]
) -> None:
    order = books.order()
    with books.working():
        goods = distributor.sku().id
        db.session.execute(update(OrderLine).where(OrderLine.order_id == order).values(sku_id=goods))
        outbox.ask("sku", [goods], reason=reason, actor=books.bo)
    with books.working():
        sync_settings.save({"products_on": False}, books.bo)
    books.carry()
    assert books.pushes(goods) == [ends]
    assert (books.status(order), books.problems(order)) == order_is


def test_what_is_unsure_at_a_company_of_before_holds_up_nothing_at_another_one(books: Books) -> None:
    order = books.order()
    with books.losing_writes():
        books.carry()
    with books.working():
        company = db.session.get_one(Connection, books.connection_id)
        switch.close(company, books.bo, "Other Inc.")
        distributor.connection()
        switch.restate_all()
    assert books.status(order) == "ready"
    with books.working():
        orders.reopen(db.session.get_one(Order, order), books.bo)
        assert outbox.locked_value(RecordRef("order", order)) is None
    assert books.pushes(order) == ["unsure"]
