"""Voided or deleted in QuickBooks: a person has the document made again, and exactly one counts."""

import uuid

import pytest
from sqlalchemy import select

from portal import decisions
from portal.extensions import db
from portal.models import Connection, Event, Link, Order, Theirs
from portal.models.kinds import RecordRef
from portal.sales import orders
from tests.support.bookkeeping import Books
from tests.support.undecided import found_gone


@pytest.fixture
def voided(books: Books) -> uuid.UUID:
    return found_gone(books, "void")


def test_a_deleted_document_is_created_again_under_its_number(books: Books) -> None:
    order = found_gone(books, "delete")
    create_again(books, order)
    books.carry()
    assert books.status(order) == "synced"
    assert counting(books, order) == [books.number(order)]
    with books.working():
        told = select(Event.text, Event.actor).where(Event.record_id == order, Event.what == "created_again")
        [(text, actor)] = db.session.execute(told)
        assert (actor, "as a new document" in text) == (books.bo.name, True)


def test_a_voided_one_keeps_its_number_so_the_order_takes_another(books: Books, voided: uuid.UUID) -> None:
    with pytest.raises(decisions.CantDecide, match="keeps its number"):
        create_again(books, voided)
    assert books.problems(voided) == ["found_voided"]
    renumber(books, voided)
    create_again(books, voided)
    books.carry()
    assert books.status(voided) == "synced"
    assert counting(books, voided) == [books.number(voided)]
    with pytest.raises(decisions.CantDecide, match="nothing to create again"):
        create_again(books, voided)


def test_two_people_have_it_created_again_at_once(books: Books, voided: uuid.UUID) -> None:
    renumber(books, voided)
    with (
        books.before_a_call("FROM CreditMemo", lambda: create_again(books, voided)),
        pytest.raises(decisions.CantDecide),
    ):
        create_again(books, voided)
    books.carry()
    assert len(counting(books, voided)) == 1


@pytest.mark.parametrize("carried", [False, True])
def test_while_a_drain_looks_at_the_voided_one(books: Books, voided: uuid.UUID, carried: bool) -> None:
    """The drain goes on with what it read before the person decided; or the person decides on what was
    carried over meanwhile."""
    renumber(books, voided)
    if carried:
        with (
            books.before_a_call("FROM CreditMemo", lambda: again_and_carried(books, voided)),
            pytest.raises(decisions.CantDecide),
        ):
            create_again(books, voided)
    else:
        books.decide(decisions.push_again, RecordRef("order", voided), books.bo)
        with books.before_a_call("/invoice/", lambda: create_again(books, voided)):
            books.carry()
    books.carry()
    assert books.status(voided) == "synced"
    assert len(counting(books, voided)) == 1


@pytest.mark.parametrize("renumbers", [False, True])
@pytest.mark.parametrize("lands", [False, True])
def test_its_answer_is_lost(books: Books, voided: uuid.UUID, lands: bool, renumbers: bool) -> None:
    """Where documents are looked for by the time they were made, the voided one is found too."""
    renumber(books, voided)
    create_again(books, voided)
    with books.working():
        db.session.scalars(select(Connection)).one().renumbers = renumbers
    with books.losing_writes() as underway:
        books.carry()
    if lands:
        underway.land()
    books.settle()
    books.settle()
    assert books.status(voided) == "synced", books.problems(voided)
    assert len(counting(books, voided)) == 1


def test_nothing_is_made_beside_a_document_that_counts(books: Books) -> None:
    order = found_gone(books, "delete")
    books.enter_by_hand(books.number(order))
    with pytest.raises(decisions.CantDecide, match="does not come from here"):
        create_again(books, order)
    with pytest.raises(decisions.CantDecide, match="nothing to create again"):
        create_again(books, books.synced_order())


def test_one_that_landed_and_was_voided_before_anybody_looked_is_never_made_again_by_itself(
    books: Books,
) -> None:
    order = books.order()
    with books.losing_writes() as underway:
        books.carry()
    underway.land()
    books.person("void", "Invoice", id=books.document(order)["Id"])
    books.settle()
    books.change(order, "6")
    books.carry()
    assert books.problems(order) == ["found_voided"]
    assert counting(books, order) == []


@pytest.mark.parametrize(
    ("number", "proposed"),
    [("10023", "10023-2"), ("10023-2", "10023-3"), ("A" * 21, "A" * 19 + "-2"), ("9-99", "9-100"), ("", "")],
)
def test_the_number_that_is_proposed(number: str, proposed: str) -> None:
    assert decisions.number_for_another(Link(theirs=Theirs(gone=False)), number) == proposed
    deleted = Link(theirs=Theirs(gone=True))
    assert decisions.number_for_another(deleted, number) == number  # its number is free


def renumber(books: Books, order: uuid.UUID) -> None:
    with books.working():
        orders.renumber(db.session.get_one(Order, order), f"{books_number(order)}-2", books.bo)


def books_number(order: uuid.UUID) -> str:
    return str(db.session.get_one(Order, order).number)


def create_again(books: Books, order: uuid.UUID) -> None:
    books.decide_order(decisions.create_again, order, books.bo)


def again_and_carried(books: Books, order: uuid.UUID) -> None:
    create_again(books, order)
    books.carry()


def counting(books: Books, order: uuid.UUID) -> list[str]:
    """The numbers of all documents of this order that count."""
    with books.working():
        reference = db.session.get_one(Order, order).reference
    mine = [one for one in books.live() if f"(ref {reference}-" in str(one.get("PrivateNote"))]
    return [str(one["DocNumber"]) for one in mine]
