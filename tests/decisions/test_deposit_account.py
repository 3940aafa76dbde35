"""A container deposit is not booked as income in silence: held until it is put right, or somebody may say."""

import uuid

import pytest

from portal import decisions
from portal.extensions import db
from portal.models import Sku
from portal.models.kinds import RecordRef
from portal.sales import records
from tests.support.bookkeeping import Books
from tests.support.deposits import INCOME, account, deposit_that_books_income, income

Held = tuple[uuid.UUID, uuid.UUID]


@pytest.fixture
def held(books: Books) -> Held:
    return deposit_that_books_income(books)


def test_it_is_held_and_says_where_it_would_be_booked(books: Books, held: Held) -> None:
    _, order = held
    assert (books.problems(order), books.status(order)) == (["deposit_books_income"], "failed")
    assert [one for one in books.live() if one.get("DocNumber") == books.number(order)] == []
    page = books.sign_in("administrator").get(f"/badges/order/{order}").get_data(as_text=True)
    assert f"would be booked as income in {INCOME}" in page
    assert f"Let it be booked as income in {INCOME}" in page


def test_a_bookkeeper_can_not_accept_it(books: Books, held: Held) -> None:
    sku, order = held
    bookkeeper = books.sign_in("bookkeeper")
    page = bookkeeper.get(f"/badges/order/{order}").get_data(as_text=True)
    assert "Let it be booked" not in page
    assert bookkeeper.post(f"/badges/sku/{sku}/accept-income", {"account": "1"}).status_code == 403


def test_an_administrator_may(books: Books, held: Held) -> None:
    sku, order = held
    administrator = books.sign_in("administrator")
    administrator.post(f"/badges/sku/{sku}/accept-income", {"account": "not this one"})
    assert books.problems(order) == ["deposit_books_income"]
    administrator.post(f"/badges/sku/{sku}/accept-income", {"account": income(books)})
    assert books.problems(order) == []
    administrator.post(f"/badges/order/{order}/push")
    books.carry()
    assert (books.status(order), books.document(order)["TotalAmt"]) == ("synced", 150)


def test_or_the_item_is_put_right_there(books: Books, held: Held) -> None:
    sku, order = held
    where = {"IncomeAccountRef": {"value": account(books, "Other Current Liability")}}
    books.person("update", "Item", id=books.link(sku).external_id, changes=where)
    books.sign_in("bookkeeper").post(f"/badges/sku/{sku}/check")
    assert (books.problems(sku), books.problems(order)) == ([], [])


def test_or_it_is_a_fee_and_no_deposit(books: Books, held: Held) -> None:
    sku, order = held
    with books.working():
        kept = db.session.get_one(Sku, sku)
        kept.kind = "container_fee"
        records.save_sku(kept, books.bo)
    assert (books.problems(sku), books.problems(order)) == ([], [])


def test_what_was_accepted_holds_for_that_account_alone(books: Books, held: Held) -> None:
    sku, order = held
    with books.working():
        decisions.accept_income(db.session.get_one(Sku, sku), income(books), books.bo)
    other = next(
        one["Id"] for one in books.all("Account")
        if one["AccountType"] == "Income" and one["Id"] != income(books) and one.get("Active", True)
    )  # fmt: skip
    books.person(
        "update", "Item", id=books.link(sku).external_id, changes={"IncomeAccountRef": {"value": other}}
    )
    books.sign_in("bookkeeper").post(f"/badges/sku/{sku}/check")
    with books.working():
        decisions.push_again(RecordRef("order", order), books.bo)
    books.carry()
    assert books.problems(order) == ["deposit_books_income"]
