"""QuickBooks takes what it is sent otherwise: told once, and not sent again until ours changes."""

import pytest

from tests.support.bookkeeping import Books
from tests.support.both_sides import BOTH_KINDS, PHONE, Case, Pair


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
def test_what_does_not_stand_as_sent_is_marked_and_goes_again_once_ours_changes(
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
    assert (pair.status(), pair.differs()) == ("marked", {case.field: "kept"})
    [shown] = pair.differing()
    assert (shown.ours, shown.theirs) == (case.first, stands or "nothing")
    version = pair.version()
    pair.push()
    assert (pair.version(), pair.status()) == (version, "marked")

    books.switch(texts_cut="", fields_ignored="")
    pair.save(case.then)
    assert pair.status() == "changed"
    pair.push()
    assert (pair.text(), pair.status(), pair.differs()) == (case.then, "synced", {})
