"""A record that is found in QuickBooks by its key, and differs there: what becomes of each field."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from portal.decisions.differing_fields import put_back
from portal.extensions import db
from portal.models import Connection, Link, Location, Sku, Theirs
from portal.models.books import DifferRule
from portal.plan.fields import EVERY_FIELD
from portal.push import agreement
from tests.support.bookkeeping import Books
from tests.support.both_sides import BOTH_KINDS, DESCRIPTION, PHONE, Case, Pair, found_there, set_rules

each_kind = pytest.mark.parametrize("case", BOTH_KINDS, ids=["customer", "item"])
# Theirs differs in one detail and in what is about money; it lacks the e-mail, or the cost. QuickBooks' lists
# leave the tax code of customers out.
THEIRS: dict[str, dict[str, Any]] = {
    "location": {
        "PrimaryPhone": {"FreeFormNumber": PHONE.other},
        "SalesTermRef": {"value": "1"},
        "DefaultTaxCodeRef": {"value": "3"},
        "Notes": "Pays late",
    },
    "sku": {"Description": DESCRIPTION.other, "UnitPrice": 99.5},
}
MONEY: dict[str, dict[str, Any]] = {
    "location": {"SalesTermRef": {"value": "1"}, "DefaultTaxCodeRef": {"value": "3"}},
    "sku": {"UnitPrice": 99.5},
}
OUR_MONEY: dict[str, dict[str, Any]] = {
    "location": {"SalesTermRef": {"value": "3"}, "DefaultTaxCodeRef": {"value": "5"}},
    "sku": {"UnitPrice": 12.5},
}
ASKED = {
    "location": {"PrimaryPhone": "asked", "SalesTermRef": "asked", "Tax": "asked"},
    "sku": {
        "Name": "kept",
        "Description": "asked",
        "UnitPrice": "asked",
        "Tax": "asked",
        "PurchaseCost": "asked",
    },
}


def matched(books: Books, case: Case, details: DifferRule, money: DifferRule) -> Pair:
    """Not linked yet: the next push finds it."""
    whose = "customers" if case.kind == "location" else "products"
    set_rules(books, **{f"{whose}_details": details, f"{whose}_money": money})
    return found_there(books, case, **THEIRS[case.kind])


def money_there(pair: Pair) -> dict[str, Any]:
    entity = pair.entity()
    return {name: entity.get(name) for name in MONEY[pair.case.kind]}


@each_kind
class TestBySetting:
    def test_update_puts_ours_there_and_what_stood_there_can_be_put_back(
        self, books: Books, case: Case
    ) -> None:
        pair = matched(books, case, "update", "update")
        pair.push()
        assert pair.text() == case.first
        assert money_there(pair) == OUR_MONEY[case.kind]
        assert pair.has_beside()
        assert pair.status() == "synced" if case is PHONE else "marked"  # by its name

        with books.working():
            assert put_back(case.kind, [pair.id], books.bo) == 1
        books.carry()
        assert pair.text() == case.other
        assert money_there(pair) == MONEY[case.kind]
        assert (pair.status(), set(pair.differs().values())) == ("marked", {"kept"}), pair.differs()
        version = pair.version()
        pair.push()
        assert (pair.version(), pair.status()) == (version, "marked")

    def test_ask_fills_gaps_and_leaves_what_differs_to_a_person(self, books: Books, case: Case) -> None:
        pair = matched(books, case, "ask", "ask")
        pair.push()
        assert (pair.text(), money_there(pair)) == (case.other, MONEY[case.kind])
        if case is PHONE:
            assert (pair.has_beside(), pair.entity()["GivenName"]) == (True, "Jo")
            assert pair.entity()["Notes"].startswith("Pays late\n")
        assert (pair.status(), pair.differs()) == ("asked", ASKED[case.kind])
        version = pair.version()
        pair.push()
        assert (pair.version(), pair.status()) == (version, "asked")

    def test_keep_sends_nothing_and_marks_it(self, books: Books, case: Case) -> None:
        pair = matched(books, case, "keep", "keep")
        pair.push()
        assert (pair.text(), money_there(pair), pair.version()) == (case.other, MONEY[case.kind], 0)
        assert (pair.status(), set(pair.differs().values())) == ("marked", {"kept"})

    def test_what_is_empty_here_is_no_difference_and_empties_nothing(self, books: Books, case: Case) -> None:
        pair = matched(books, case, "update", "update")
        with books.working():
            if case is PHONE:
                db.session.get_one(Location, pair.id).phone = ""
            else:
                db.session.get_one(Sku, pair.id).product.description = ""
        pair.push()
        assert pair.text() == case.other
        assert pair.has_beside()
        assert case.field not in pair.differs()


@pytest.mark.parametrize("renaming", [False, True])
def test_a_name_of_theirs_goes_only_where_renaming_is_on(books: Books, renaming: bool) -> None:
    set_rules(books, products_names=renaming)
    pair = matched(books, DESCRIPTION, "update", "update")
    pair.push()
    with books.working():
        sku = db.session.get_one(Sku, pair.id)
        code, ours = sku.code, f"{sku.product.name} – {sku.name}"
    assert pair.entity()["Name"] == (ours if renaming else code)
    assert (pair.status(), pair.differs()) == (("synced", {}) if renaming else ("marked", {"Name": "kept"}))


class TestWhatWasJustEdited:
    def test_it_goes_although_the_record_is_only_found_by_this_push(self, books: Books) -> None:
        pair = matched(books, PHONE, "ask", "ask")
        pair.change(phone=PHONE.then, tax_status="exempt")
        books.carry()
        assert pair.text() == PHONE.then
        assert money_there(pair) == {"SalesTermRef": {"value": "1"}, "DefaultTaxCodeRef": {"value": "2"}}
        assert (pair.status(), pair.differs()) == ("asked", {"SalesTermRef": "asked"})

    def test_it_goes_and_nothing_else_of_what_is_asked(self, books: Books) -> None:
        pair = matched(books, DESCRIPTION, "ask", "ask")
        pair.push()
        pair.change(unit_price=Decimal("13"))
        books.carry()
        assert (pair.entity()["UnitPrice"], pair.text()) == (13, DESCRIPTION.other)
        assert pair.status() == "asked"
        assert "UnitPrice" not in pair.differs()

    def test_it_is_asked_where_theirs_is_not_what_we_last_saw(self, books: Books) -> None:
        """Whoever edited it here had another value of theirs before them."""
        pair = matched(books, DESCRIPTION, "ask", "ask")
        pair.push()
        pair.change_there(UnitPrice=88)
        pair.change(unit_price=Decimal("13"))
        books.carry()
        assert pair.entity()["UnitPrice"] == 88
        assert pair.differs()["UnitPrice"] == "asked"


@each_kind
class TestLinksFromBefore:
    def test_they_are_not_compared_until_theirs_was_read(self, books: Books, case: Case) -> None:
        """Nothing is known of what stands there: never green, and read before the first update."""
        pair = Pair(books, case)
        pair.both_have(case.first)
        pair.edit_there(case.other)
        forget_what_is_known(books, pair)
        assert pair.status() == "uncompared"
        assert not any(one.is_known for one in pair.stands().values())
        version = pair.version()
        pair.push()
        assert (pair.text(), pair.version()) == (case.other, version)
        assert (pair.status(), pair.differs()) == ("asked", {case.field: "asked"})


def forget_what_is_known(books: Books, pair: Pair) -> None:
    """As a link is that was made before both sides were kept."""
    link = books.link(pair.id)
    with books.working():
        db.session.execute(
            update(Link)
            .where(Link.id == link.id)
            .values(differs=None, ours_then=None, theirs_then=None, decided={}, before={})
        )
        of_theirs = Theirs.kind == link.kind, Theirs.external_id == link.external_id
        db.session.execute(update(Theirs).where(*of_theirs).values(fields={}, unread=[EVERY_FIELD]))
    with books.working():
        agreement.compare(db.session.get_one(Connection, books.connection_id), pair.case.kind, [pair.id])
