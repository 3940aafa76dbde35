"""What holds orders back ends with its cause, everywhere at once: a link that was made, a sync turned on."""

import uuid
from typing import Any

from portal import decisions
from portal.extensions import db
from portal.mapping import sync_settings
from portal.mapping.keys import save_keys
from portal.models import SyncSettings
from portal.models.kinds import RecordRef
from tests.support import distributor as given
from tests.support.bookkeeping import Books


def test_a_link_that_one_orders_push_made_frees_the_others(books: Books) -> None:
    """The customer was missing in QuickBooks; somebody enters it there, and pushes one of the two again."""
    turn(books, customers_on=False)
    one, other = orders_of_a_new_place(books)
    assert codes(books, one, other) == ["customer_no_match"] * 2
    books.person("create", "Customer", object={"DisplayName": "Ossington"})
    push_again(books, one)
    assert books.status(one) == "synced"
    assert (books.status(other), books.problems(other)) == ("ready", [])


def test_a_customer_that_is_created_frees_the_orders_that_lacked_it(books: Books) -> None:
    turn(books, customers_on=False)
    one, other = orders_of_a_new_place(books)
    with books.working():
        db.session.get_one(SyncSettings, books.organization_id).customers_on = True  # not by its page
    push_again(books, one)
    assert books.status(one) == "synced"
    assert (books.status(other), books.problems(other)) == ("ready", [])


ASKED = {"customers_details": "ask", "customers_money": "ask"}


class TestASyncTurnedOn:
    def test_frees_the_orders_that_lacked_what_it_creates(self, books: Books) -> None:
        turn(books, customers_on=False)
        one, other = orders_of_a_new_place(books)
        with books.working():
            saved = sync_settings.save({"customers_on": True, **ASKED}, books.bo)
        assert saved.ready == 2
        assert "2 orders are ready to push now" in saved.sentence()
        assert [books.status(each) for each in (one, other)] == ["ready", "ready"]

    def test_frees_none_where_nothing_is_created(self, books: Books) -> None:
        turn(books, customers_on=False)
        with books.working():
            save_keys.save({"customer_theirs": "Id"}, books.bo)
        one, other = orders_of_a_new_place(books)
        with books.working():
            assert sync_settings.save({"customers_on": True, **ASKED}, books.bo).ready == 0
        assert codes(books, one, other) == ["customer_no_match"] * 2


def turn(books: Books, **switches: Any) -> None:
    with books.working():
        row = db.session.get_one(SyncSettings, books.organization_id)
        for name, value in switches.items():
            setattr(row, name, value)


def orders_of_a_new_place(books: Books) -> tuple[uuid.UUID, uuid.UUID]:
    """Two orders for a location that QuickBooks does not have, pushed and failed."""
    with books.working():
        place = given.location(name="Ossington", customer=given.customer(name="Ossington")).id
        home, books.place = books.place, place
    found = books.order(), books.order()
    books.place = home
    books.carry()
    return found


def push_again(books: Books, order_id: uuid.UUID) -> None:
    books.decide(decisions.push_again, RecordRef("order", order_id), books.bo)
    books.carry()


def codes(books: Books, *orders: uuid.UUID) -> list[str]:
    return [code for order_id in orders for code in books.problems(order_id)]
