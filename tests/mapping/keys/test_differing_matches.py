"""What turning a sync on would change in matched records, told before; and what then stands there."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from portal import outbox
from portal.extensions import db
from portal.mapping import sync_settings
from portal.mapping.keys import differing_matches
from portal.models import Call, Link, Location, Sku, SyncSettings
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.connected import INTEGRATIONS, text_of

SYNC = f"{INTEGRATIONS}/sync"
TYPED = {
    "closed_period_policy": "hold",
    "invoice_date_rule": "delivery",
    "new_invoice": "nothing",
    "new_item_type": "NonInventory",
}
ANSWERS = {"customers_details": "update", "customers_money": "ask"}


class TestForeseen:
    def test_what_would_change_is_counted_and_listed_by_the_answers_ticked(self, books: Books) -> None:
        pub(books)
        page = checked(books, **ANSWERS)
        text = text_of(page)
        assert "1 of 2 customers that are there already differ" in text
        assert "1 customer would change in QuickBooks" in text
        assert "1 e-mail, 1 phone" in text or "1 phone, 1 e-mail" in text
        assert "1 customer would be asked about" in text
        assert "1 payment term" in text
        assert "(905) 555-7777" in text
        assert re.search(
            r"Phone</td><td[^>]*>\(416\) 555-0100</td><td[^>]*>\(905\) 555-7777", page.get_data(as_text=True)
        )

    def test_other_answers_come_to_something_else(self, books: Books) -> None:
        pub(books)
        text = text_of(checked(books, customers_details="keep", customers_money="update"))
        assert (
            "1 customer would change in QuickBooks, each when it is next pushed or an order needs it: 1 pay"
            in text
        )
        assert re.search(r"1 customer would stay as they are on both sides: [^.]*1 phone", text)

    def test_what_lists_leave_out_is_said_not_to_be_known(self, books: Books) -> None:
        pub(books)
        text = text_of(checked(books, **ANSWERS))
        assert "can't be told yet: QuickBooks leaves it out of lists" in text
        assert "not told in lists" in text

    def test_what_is_linked_is_judged_by_what_both_sides_agreed_on(self, books: Books) -> None:
        """Changed there since, which is asked about whatever the answers are."""
        there = books.link(books.place).external_id
        changed = {"PrimaryPhone": {"FreeFormNumber": "(905) 555-7777"}}
        books.person("update", "Customer", id=there, changes=changed)
        text = text_of(checked(books, customers_details="update", customers_money="update"))
        assert "1 customer would be asked about" in text

    def test_nothing_is_linked_sent_or_stored_by_it(self, books: Books) -> None:
        place = pub(books)
        before = len(books.writes())
        checked(books, **ANSWERS)
        assert len(books.writes()) == before
        with books.working():
            assert db.session.scalar(select(func.count(Link.id)).where(Link.record_id == place)) == 0
            assert db.session.scalars(select(SyncSettings)).one().customers_details is None

    def test_a_long_list_ends_and_says_so(self, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(differing_matches, "LISTED", 2)
        pub(books)
        assert re.search(r"the first 2 of \d, by name", text_of(checked(books, **ANSWERS)))

    def test_it_costs_no_read_more_than_the_match_itself(self, books: Books) -> None:
        pub(books)
        with books.working():
            before = distributor.count(Call)
        checked(books, **ANSWERS)
        with books.working():
            assert distributor.count(Call) - before == 1


class TestWhatThenStandsThere:
    """The rule by the setting, read from the simulator's books after the record was pushed."""

    @pytest.mark.parametrize(
        ("details", "money", "phone", "term"),
        [
            ("update", "ask", "(416) 555-0100", "1"),
            ("ask", "update", "(905) 555-7777", "3"),
            ("keep", "keep", "(905) 555-7777", "1"),
            (None, None, "(905) 555-7777", "1"),
        ],
    )
    def test_a_matched_customer(
        self, books: Books, details: str | None, money: str | None, phone: str, term: str
    ) -> None:
        place = pub(books)
        answer(books, customers_details=details, customers_money=money)
        push(books, "location", place)
        theirs = standing(books, "Customer", place)
        assert theirs["PrimaryPhone"]["FreeFormNumber"] == phone
        assert theirs["SalesTermRef"]["value"] == term
        assert theirs["DisplayName"] == "ELM STREET"

    @pytest.mark.parametrize(
        ("details", "money", "description", "price"),
        [("update", "ask", "Dark", 9), ("ask", "update", "Light", 12.5), ("keep", "keep", "Light", 9)],
    )
    def test_a_matched_product(
        self, books: Books, details: str, money: str, description: str, price: float
    ) -> None:
        goods = stout(books)
        answer(books, products_details=details, products_money=money)
        push(books, "sku", goods)
        theirs = standing(books, "Item", goods)
        assert (theirs["Description"], theirs["UnitPrice"], theirs["Name"]) == (description, price, "STOUT")

    def test_a_matched_one_is_renamed_only_with_the_switch(self, books: Books) -> None:
        place, goods = pub(books), stout(books)
        answer(books, customers_names=True, products_names=True)
        for kind, record_id in (("location", place), ("sku", goods)):
            push(books, kind, record_id)
        assert standing(books, "Customer", place)["DisplayName"] == "Elm Street"
        assert standing(books, "Item", goods)["Name"] == "Stout"


def pub(books: Books) -> uuid.UUID:
    """A location that QuickBooks has by its name, with another phone and term, and without its e-mail."""
    there = {
        "DisplayName": "ELM STREET",
        "PrimaryPhone": {"FreeFormNumber": "(905) 555-7777"},
        "SalesTermRef": {"value": "1"},
    }
    books.person("create", "Customer", object=there)
    with books.working():
        term = db.session.scalar(select(Location.payment_term_id).where(Location.id == books.place))
        ours = {"phone": "(416) 555-0100", "email": "elm@example.com", "payment_term_id": term}
        made = distributor.location(name="Elm Street", **ours)
        return uuid.UUID(str(made.id))


def stout(books: Books) -> uuid.UUID:
    """A SKU that QuickBooks has by its code, with another description and price."""
    account = next(one for one in books.all("Account") if one["AccountType"] == "Income")
    there = {
        "Name": "STOUT",
        "Type": "NonInventory",
        "Sku": "ST-1",
        "Description": "Light",
        "UnitPrice": 9,
        "IncomeAccountRef": {"value": str(account["Id"])},
    }
    books.person("create", "Item", object=there)
    with books.working():
        product = distributor.product(name="Stout", description="Dark")
        made = distributor.sku(code="ST-1", name="Stout", product=product, unit_price=Decimal("12.50"))
        return uuid.UUID(str(made.id))


def checked(books: Books, **typed: str) -> Any:
    """What the page says once it was asked what turning customers on would do."""
    return books.sign_in("administrator").post(f"{SYNC}/check/customers", {**TYPED, **typed})


def answer(books: Books, **values: Any) -> None:
    with books.working():
        db.session.execute(update(SyncSettings).values(customers_on=True, products_on=True))
        sync_settings.save(values, books.bo)


def push(books: Books, kind: Any, record_id: uuid.UUID) -> None:
    with books.working():
        outbox.ask(kind, [record_id], reason="bulk", actor=books.bo)
    books.carry()
    books.carry()


def standing(books: Books, entity: str, record_id: uuid.UUID) -> dict[str, Any]:
    with books.working():
        assert db.session.get(Location, record_id) or db.session.get(Sku, record_id)
    external_id = books.link(record_id).external_id
    return next(one for one in books.all(entity) if one["Id"] == external_id)
