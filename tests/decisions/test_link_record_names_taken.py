"""A name that something else holds in QuickBooks: a person chooses, nothing is merged (C4, C9, C10)."""

import uuid
from collections.abc import Callable

import pytest

from portal import decisions
from portal.extensions import db
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books

KING = "King St"


def vendor(books: Books) -> None:
    books.person("create", "Vendor", object={"DisplayName": KING})


def inactive(books: Books) -> None:
    theirs = books.person("create", "Customer", object={"DisplayName": KING})
    books.person("update", "Customer", id=theirs["Id"], changes={"Active": False})


def spelled_otherwise(books: Books) -> None:
    books.person("create", "Customer", object={"DisplayName": "KING-st."})


@pytest.mark.parametrize(
    ("held", "problem"),
    [(vendor, "name_taken"), (inactive, "customer_inactive"), (spelled_otherwise, "looks_like_existing")],
)
def test_it_is_a_choice_and_what_waits_flows_once_a_person_has_linked(
    books: Books, held: Callable[[Books], None], problem: str
) -> None:
    held(books)
    order, place = an_order_to(books, KING)
    books.carry()
    books.settle()
    assert (books.problems(place), books.status(order)) == ([problem], "failed")
    theirs = str(books.person("create", "Customer", object={"DisplayName": "King Street Pub"})["Id"])
    with books.working():
        decisions.link(db.session.get_one(distributor.Location, place), theirs, books.bo)
    books.carry()
    books.settle()
    assert (books.status(order), books.link(place).external_id) == ("synced", theirs)
    assert books.document(order)["CustomerRef"]["value"] == theirs


def test_a_twin_that_somebody_enters_meanwhile_is_never_taken_for_ours(books: Books) -> None:
    order, place = an_order_to(books, KING)

    def enter() -> None:
        books.person("create", "Customer", object={"DisplayName": KING})

    with books.before_a_write(enter):
        books.carry()
    books.settle()
    assert (books.problems(place), books.status(order)) == (["name_taken"], "failed")


def test_two_of_ours_with_one_key_are_a_problem_on_both_and_stop_no_other(books: Books) -> None:
    twins = [an_order_to(books, "Twin"), an_order_to(books, "twin ")]
    other, place = an_order_to(books, KING)
    books.carry()
    books.settle()
    assert [books.problems(twin) for _, twin in twins] == [["customer_key_doubled"]] * 2
    assert (books.pushes(place), books.status(other)) == (["synced"], "synced")


def an_order_to(books: Books, name: str) -> tuple[uuid.UUID, uuid.UUID]:
    """A finalized order to a new location, which sync is to create."""
    with books.working():
        place = distributor.location(name=name)
        goods = db.session.get_one(distributor.Sku, books.goods)
        made = distributor.order(
            [(goods, "4", "12.50")], location=place, order_date=TODAY, delivery_date=TODAY
        )
        order, place_id = made.id, place.id
    books.finalize(order)
    return order, place_id
