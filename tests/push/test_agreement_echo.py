"""QuickBooks takes what it is sent otherwise: told once, and not sent again until ours changes."""

from decimal import Decimal

import pytest

from portal.decisions.differing_fields import keep_all_both
from portal.models.kinds import RecordKind
from tests.support.bookkeeping import Books
from tests.support.both_sides import BOTH_KINDS, DESCRIPTION, PHONE, Case, Pair


def test_a_phone_number_that_is_written_otherwise_is_the_same(books: Books) -> None:
    books.switch(phone_numbers="reformatted")
    pair = Pair(books, PHONE)
    pair.save(PHONE.first)
    pair.push()
    assert (pair.text(), pair.status(), pair.differs()) == ("(416) 555-0101", "synced", {})
    version = pair.version()
    pair.push()
    assert (pair.version(), pair.stands()["Phone"].text) == (version, "(416) 555-0101")


@pytest.mark.parametrize("case", BOTH_KINDS, ids=["customer", "item"])
@pytest.mark.parametrize("how", ["ignored", "cut"])
def test_what_does_not_stand_as_sent_waits_for_a_choice_and_goes_again_once_ours_changes(
    books: Books, case: Case, how: str
) -> None:
    path = "PrimaryPhone.FreeFormNumber" if case is PHONE else "Description"
    if how == "cut":
        books.switch(texts_cut=f"{case.entity}.{path}:4")
    else:
        books.switch(fields_ignored=f"{case.entity}.{case.field}")
    pair = Pair(books, case)
    pair.save(case.first)
    pair.push()
    stands = case.first[:4] if how == "cut" else ""
    assert pair.text() == stands
    assert (pair.status(), pair.differs()) == ("variance", {case.field: "otherwise"})
    [shown] = pair.differing()
    assert (shown.ours, shown.theirs) == (case.first, stands or "nothing")
    version = pair.version()
    pair.push()
    assert (pair.version(), pair.status()) == (version, "variance")
    with books.working():
        assert keep_all_both(case.kind, [pair.id], books.bo) == 1
    assert (pair.status(), pair.differs()) == ("marked", {case.field: "kept"})

    books.switch(texts_cut="", fields_ignored="")
    pair.save(case.then)
    assert pair.status() == "changed"
    pair.push()
    assert (pair.text(), pair.status(), pair.differs()) == (case.then, "synced", {})


@pytest.mark.parametrize(
    ("kind", "ignored", "field"),
    [("location", "Customer.DefaultTaxCodeRef", "Tax"), ("sku", "Item.UnitPrice", "UnitPrice")],
)
def test_money_that_quickbooks_ignored_is_never_green(
    books: Books, kind: RecordKind, ignored: str, field: str
) -> None:
    pair = Pair(books, PHONE if kind == "location" else DESCRIPTION)
    books.switch(fields_ignored=ignored)
    pair.change(**({"tax_status": "exempt"} if kind == "location" else {"unit_price": Decimal(13)}))
    books.carry()
    assert (pair.status(), pair.differs()) == ("variance", {field: "otherwise"})
