"""The database comes back from a copy that knows nothing of what was sent since (D4)."""

import pytest
from sqlalchemy import delete, update

from portal.extensions import db
from portal.models import Link, Order, Push
from tests.support.bookkeeping import Books


@pytest.mark.parametrize("said", [True, False], ids=["told by flask restored", "not told"])
def test_what_was_sent_since_is_found_before_it_is_sent_again(books: Books, said: bool) -> None:
    books.switch(docnumber_check=False)
    books.refused_a_number(days_ago=1)  # else each order is looked up, restored or not
    order = books.synced_order()
    as_of_yesterday(books, order)
    if said:
        with books.app.app_context():
            assert books.app.test_cli_runner().invoke(args=["restored"]).exit_code == 0
    books.finalize(order)
    books.carry()
    books.settle()
    numbers = [one["DocNumber"] for one in books.live()]
    assert numbers.count(books.number(order)) == (1 if said else 2)
    assert len(books.all("Customer")) == len({one["DisplayName"] for one in books.all("Customer")})
    assert [books.pushes(record) for record in (books.place, books.goods)] == [["synced"], ["synced"]]


def as_of_yesterday(books: Books, order: object) -> None:
    """Nothing was sent, and the order is only delivered."""
    with books.working():
        for table in (Link, Push):
            db.session.execute(delete(table).where(table.record_id.in_((order, books.place, books.goods))))
        values = {"status": "delivered", "revision": 0, "integration_status": "not_sent"}
        db.session.execute(update(Order).where(Order.id == order).values(**values))
