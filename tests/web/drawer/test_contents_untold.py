"""What is not mapped can't be compared: said so in grey, and judged once it is mapped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Location
from tests.support.bookkeeping import Books, Opened, bookkeeping
from tests.support.both_sides import PHONE, Pair
from tests.support.connected import text_of
from tests.support.mapping_pages import save


def test_a_linked_customer_whose_term_is_not_mapped_is_not_green(books: Books) -> None:
    pair = Pair(books, PHONE)
    assert pair.status() == "synced"
    bookkeeper = books.sign_in("bookkeeper")
    with books.working():
        term = db.session.get_one(Location, pair.id).payment_term
        assert term is not None
        name = term.name
    save(bookkeeper, "payment-terms", {name: ""})
    books.carry()
    drawer = bookkeeper.get(f"/badges/{pair.ref}")
    assert (pair.status(), pair.differs()) == ("uncompared", {"SalesTermRef": "untold"})
    said = text_of(drawer)
    assert "Linked · payment term can't be compared" in said
    assert f"It can't be compared. The payment term {name} has no counterpart in QuickBooks yet." in said
    assert 'href="/settings/integrations/mapping/payment-terms">Map it' in drawer.get_data(as_text=True)
    assert "Keep both as they are" not in said

    pair.change_there(SalesTermRef={"value": "1"})
    bookkeeper.post(f"/badges/{pair.ref}/check")
    assert pair.status() == "uncompared"
    save(bookkeeper, "payment-terms", {name: "Net 30"})
    books.carry()
    assert (pair.status(), pair.differs()) == ("edited", {"SalesTermRef": "there"})


@pytest.fixture
def books(kept_portal: tuple[Flask, Path], opened: Opened) -> Iterator[Books]:
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made
