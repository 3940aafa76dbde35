"""An order that is reopened while a drain plans it, which locks no push before it is armed."""

import uuid

import pytest
from sqlalchemy import select, update

from portal.extensions import db
from portal.models import Location, Push, Sku
from portal.push import rounds
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books


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
