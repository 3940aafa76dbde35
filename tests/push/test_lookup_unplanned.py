"""What is looked up for an order depends on its plan: one that can't be planned holds up no other."""

from datetime import date

from tests.support import distributor
from tests.support.bookkeeping import Books

LAST = date(9999, 12, 31)  # no form takes it: a due date can't be counted from there


def test_an_order_that_cant_be_looked_up_fails_alone(books: Books) -> None:
    with books.working():
        term = distributor.term("Net 30", 30)
        never = distributor.order(
            [(distributor.sku(), "1", "5.00")],
            location=distributor.location(payment_term_id=term.id),
            order_date=LAST,
            delivery_date=LAST,
        ).id
    books.finalize(never)
    other = books.order()
    books.carry()
    assert (books.status(never), books.problems(never)) == ("failed", ["plan_failed"])
    assert books.status(other) == "synced"
