"""An order whose customer or products are linked and behind has them brought up to date first; nothing but
an update on its way holds it, and that no longer than a minute."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from portal.extensions import db
from portal.models import Push
from portal.models.base import now
from portal.runtime.times import times
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.both_sides import BOTH_KINDS, PHONE, Case, Pair, set_rules
from tests.support.queries import queries

TOO_LONG = "4" * 31  # for a phone number, there
MORE = 6  # orders that wait for one customer


@pytest.fixture
def place(books: Books) -> Pair:
    return Pair(books, PHONE)


class TestBroughtUpToDateFirst:
    @pytest.mark.parametrize("case", BOTH_KINDS, ids=["customer", "item"])
    def test_what_changed_here_travels_before_the_order(self, books: Books, case: Case) -> None:
        pair = Pair(books, case)
        pair.save(case.first)
        assert pair.status() == "changed"
        order, before = books.order(), len(writes(books))
        while_it_travels: list[Any] = []
        with books.before_a_write(lambda: while_it_travels.append(needs_of(books, order))):
            books.carry()
        assert while_it_travels == [("waiting", [[case.kind, str(pair.id), "behind"]])]
        assert writes(books)[before:] == [case.entity, "Invoice"]
        assert (pair.text(), pair.status(), books.status(order)) == (case.first, "synced", "synced")

    def test_however_many_orders_wait_their_customer_is_asked_for_at_once(
        self, books: Books, place: Pair
    ) -> None:
        place.save(PHONE.first)
        place.ask()
        with books.working():
            held = now() + timedelta(hours=1)
            db.session.execute(update(Push).where(Push.record_id == place.id).values(due_at=held))

        def statements(more: int) -> int:
            orders = [books.order() for _ in range(more)]
            with queries() as seen:
                books.carry()
            assert [books.status(one) for one in orders] == ["waiting"] * more
            return sum("FROM push" in one for one in seen)

        # On a busy machine a drain may have time for a round more, which takes a few, but not one for each.
        assert min(statements(1), statements(1)) + MORE > min(statements(1 + MORE), statements(1 + MORE))

    def test_what_changed_while_the_sync_was_off_travels_once_it_is_on(
        self, books: Books, place: Pair
    ) -> None:
        set_rules(books, customers_on=False)
        place.change(phone=PHONE.first, tax_status="exempt")
        order = books.synced_order()
        assert (place.text(), place.status(), place.version()) == ("", "changed", 0)
        set_rules(books, customers_on=True)
        order = books.synced_order()
        assert (place.text(), place.status()) == (PHONE.first, "synced")
        assert place.entity()["DefaultTaxCodeRef"] == {"value": "2"}
        assert books.document(order)["CustomerRef"]["value"] == place.entity()["Id"]

    def test_what_is_not_there_yet_is_told_as_missing(self, books: Books) -> None:
        with books.working():
            made = distributor.order([(distributor.sku(), "1", "5.00")], location=distributor.location())
            order, customer, item = made.id, made.location_id, made.lines[0].sku_id
        books.finalize(order)
        while_it_waits: list[Any] = []
        with books.before_a_write(lambda: while_it_waits.append(needs_of(books, order))):
            books.carry()
        [(state, needs)] = while_it_waits
        assert state == "waiting"
        assert sorted(needs) == sorted(
            [["location", str(customer), "missing"], ["sku", str(item), "missing"]]
        )
        assert books.status(order) == "synced"


class TestLetGo:
    def test_by_an_update_that_fails(self, books: Books, place: Pair) -> None:
        place.save(TOO_LONG)
        order = books.synced_order()
        assert (place.status(), place.text()) == ("failed", "")
        assert place.pushes()[1:] == ["failed"]  # asked for once
        assert books.problems(order) == []

    def test_by_an_update_of_which_nobody_knows_whether_it_landed(self, books: Books, place: Pair) -> None:
        place.save(PHONE.first)
        with books.losing_writes():
            books.synced_order()
        assert place.status() == "checking"
        books.settle()
        assert (place.text(), place.status()) == (PHONE.first, "synced")

    def test_by_a_difference_that_waits_for_a_person(self, books: Books, place: Pair) -> None:
        place.both_have(PHONE.first)
        place.edit_there(PHONE.other)
        place.save(PHONE.then)
        books.synced_order()
        assert (place.text(), place.status()) == (PHONE.other, "edited")
        before = len(place.pushes())
        books.synced_order()
        assert (place.text(), place.status(), len(place.pushes())) == (PHONE.other, "edited", before)

    def test_after_a_minute_whatever_holds_the_update_up(self, books: Books, place: Pair) -> None:
        place.save(PHONE.first)
        place.ask()
        with books.working():
            held = now() + timedelta(hours=1)
            db.session.execute(update(Push).where(Push.record_id == place.id).values(due_at=held))
            behind = times().behind
        order = books.order()
        books.carry()
        assert needs_of(books, order) == ("waiting", [["location", str(place.id), "behind"]])
        passes(books, order, behind - 5)
        books.carry()
        assert books.status(order) == "waiting"
        passes(books, order, 5)
        books.carry()
        assert (books.status(order), place.status(), place.text()) == ("synced", "queued", "")


def writes(books: Books) -> list[str]:
    """What our writes changed over there, in that order."""
    return [effect["entity"] for entry in books.writes() for effect in entry["effects"]]


def needs_of(books: Books, order: uuid.UUID) -> tuple[str, list[Any]]:
    """How its push stands, and what it waits for."""
    with books.working():
        push = distributor.pushes(order)[-1]
        return push.state, push.needs


def passes(books: Books, order: uuid.UUID, seconds: float) -> None:
    """As if so much more time had passed since it began to wait; it is looked at again."""
    with books.working():
        push = distributor.pushes(order)[-1]
        assert push.waits_since is not None
        push.waits_since -= timedelta(seconds=seconds)
        push.due_at = now() - timedelta(seconds=1)
