"""What holds orders back ends with its cause, everywhere at once: a link that was made, a sync turned on."""

import uuid
from typing import Any

from portal import decisions, problems
from portal.extensions import db
from portal.mapping import sync_settings
from portal.mapping.keys import save_keys
from portal.models import Push, SyncSettings
from portal.models.kinds import RecordRef
from portal.outbox import badge, holds
from portal.problems import Found
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


def test_a_badge_gives_the_next_reason_once_the_first_is_gone(books: Books) -> None:
    turn(books, customers_on=False)
    one, _ = orders_of_a_new_place(books)
    with books.working():
        holds.tell_orders([(one, Found("too_old", {}, "a cause of its own"))])
        db.session.commit()
        assert badge.badges("order", [one])[one].label == "Failed · no customer matches + 1"
        holds.end_causes([cause for cause in problems.open_causes() if "match" in cause], "Ann")
        shown = badge.badges("order", [one])[one]
        assert (shown.label, shown.reason) == ("Failed · too old", "Too old")
        holds.tell_orders([(one, Found("in_future", {}, "a cause of its own"))], instead_of=["too_old"])
        assert badge.badges("order", [one])[one].label == "Failed · dated in the future"
        db.session.rollback()


def test_an_order_that_waits_for_what_failed_gives_that_ones_reason(ours: uuid.UUID) -> None:
    company = given.connection()
    order = given.order(status="finalized", revision=1)
    place = RecordRef("location", order.location_id)
    of_order = {"record_kind": "order", "record_id": order.id, "revision": 1, "reason": "bulk"}
    needs = [["location", str(place.id), "missing"]]
    db.session.add(Push(**given.owner(), **of_order, state="waiting", connection_id=company.id, needs=needs))
    for code, label in (
        ("customer_key_missing", "Failed · customer: no third-party ID"),
        ("name_taken", "Failed · customer: name taken"),
    ):
        problems.replace(place, None, [Found(code, {}, "c")])
        badge.restate("location", [place.id])
        shown = badge.badges("order", [order.id])[order.id]
        assert (shown.status, shown.label) == ("failed", label)
    problems.replace(place, None, [])
    badge.restate("location", [place.id])
    assert badge.badges("order", [order.id])[order.id].label.startswith("Waiting for ")


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
