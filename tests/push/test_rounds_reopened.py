"""An order that is reopened or changed while a drain plans it, which locks no push before it is armed."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import outbox
from portal.extensions import db
from portal.models import Location, Order, Push, Sku
from portal.push import rounds
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books

LONG_AGO = TODAY - timedelta(days=400)


def test_its_push_stays_withdrawn_where_it_would_have_waited(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    with books.working():
        goods, place = db.session.get_one(Sku, books.goods), db.session.get_one(Location, books.place)
        new = distributor.location(name="King St", customer=place.customer)
        made: uuid.UUID = distributor.order(
            [(goods, "1", "5.00")], location=new, order_date=TODAY, delivery_date=TODAY
        ).id
    books.finalize(made)
    asked = rounds._have_pushed

    def withdraw_meanwhile(*given: object) -> None:
        """As another transaction would on PostgreSQL, of which this one's rows know nothing."""
        monkeypatch.undo()
        asked(*given)  # type: ignore[arg-type]
        withdrawn = update(Push).where(Push.record_id == made).values(state="cancelled")
        db.session.execute(withdrawn, execution_options={"synchronize_session": False})

    monkeypatch.setattr(rounds, "_have_pushed", withdraw_meanwhile)
    books.carry()
    with books.working():
        assert db.session.scalars(select(Push.state).where(Push.record_id == made)).all() == ["cancelled"]


@pytest.mark.parametrize("ends", ["failed", "unchanged", "not_to_go"])
@pytest.mark.parametrize("meanwhile", ["withdrawn", "asked for anew"])
def test_what_becomes_of_its_push_meanwhile_is_not_written_over(
    books: Books, monkeypatch: pytest.MonkeyPatch, ends: str, meanwhile: str
) -> None:
    """Else the newer wish would end with the older plan, and nothing would carry what it was made for."""
    order = books.synced_order() if ends == "unchanged" else books.order()
    with books.working():
        if ends == "unchanged":
            outbox.ask("order", [order], reason="bulk", actor=books.bo)
        elif ends == "failed":
            held = update(Order).where(Order.id == order).values(order_date=LONG_AGO, invoice_date=LONG_AGO)
            db.session.execute(held)
        else:
            db.session.execute(update(Order).where(Order.id == order).values(status="delivered"))
        wished = db.session.scalars(select(Push).where(Push.record_id == order, Push.state == "queued")).one()
        wish, revision = wished.id, wished.revision
    decided = rounds._is_not_to_go

    def change_meanwhile(push: Push, *given: object) -> bool:
        """As another transaction would on PostgreSQL, of which this one's rows know nothing."""
        monkeypatch.undo()
        values = {"state": "cancelled"} if meanwhile == "withdrawn" else {"revision": revision + 1}
        changed = update(Push).where(Push.id == wish).values(**values)
        db.session.execute(changed, execution_options={"synchronize_session": False})
        if meanwhile != "withdrawn":
            raise_order = update(Order).where(Order.id == order).values(status="finalized", order_date=TODAY)
            later = {"invoice_date": TODAY, "revision": revision + 1}
            db.session.execute(raise_order.values(**later), execution_options={"synchronize_session": False})
        return decided(push, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(rounds, "_is_not_to_go", change_meanwhile)
    books.carry()
    with books.working():
        became = db.session.get_one(Push, wish)
        assert (became.state, became.revision, became.claims) == (
            ("cancelled", revision, 0) if meanwhile == "withdrawn" else ("synced", revision + 1, 0)
        )
    assert books.problems(order) == []
    there = [one for one in books.live() if one["DocNumber"] == books.number(order)]
    assert len(there) == (0 if meanwhile == "withdrawn" and ends != "unchanged" else 1)
