"""*Check now* on ticked rows: what came of it is told above the table, which stays ready for ticking."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support import distributor as given
from tests.support.bookkeeping import Books, Opened, bookkeeping
from tests.support.connected import text_of
from tests.support.differing import differ
from tests.support.people import Browser


def test_ticked_rows_are_read_and_told_of(books: Books, bo: Browser) -> None:
    differ(books)
    with books.working():
        stranger = given.location().id
    rows = {"ids": [str(books.place), str(stranger)], "status": ""}
    answer = bo.post("/customers/check", rows, follow_redirects=True)
    told = "1 record read from QuickBooks just now, nothing was sent; 1 waits for a person; "
    assert f"{told}1 is not linked (left out)." in text_of(answer)
    assert 'name="ids"' in answer.text


def test_ticked_orders_are_told_as_they_stand_there(books: Books, bo: Browser) -> None:
    same, edited, voided = (books.synced_order() for _ in range(3))
    waiting = books.order()
    books.edit(edited, TxnDate="2026-11-01")
    books.person("void", "Invoice", id=books.document(voided)["Id"])
    writes = len(books.writes())
    rows = {"ids": [str(one) for one in (same, edited, voided, waiting)]}
    said = text_of(bo.post("/orders/check", rows, follow_redirects=True))
    told = "3 records read from QuickBooks just now, nothing was sent; 2 wait for a person; "
    assert f"{told}1 is not linked (left out)." in said
    assert [books.status(one) for one in (same, edited, voided)] == ["synced", "edited", "failed"]
    assert len(books.writes()) == writes
    books.carry()


@pytest.mark.parametrize("table", ["orders", "customers", "products"])
def test_the_button_stands_in_the_bar_of_each_table(books: Books, bo: Browser, table: str) -> None:
    page = bo.get(f"/{table}?bulk=1").text
    assert f'formaction="/{table}/check"' in page
    assert f'formaction="/{table}/check"' not in bo.get(f"/{table}").text


@pytest.mark.parametrize(
    ("form", "said"),
    [({}, "Tick the rows to read first."), ({"select_all": "1"}, "Tick up to 50 rows")],
)
def test_nothing_or_everything_is_not_read(
    books: Books, bo: Browser, form: dict[str, str], said: str
) -> None:
    before = len(books.simulated.ledger())
    assert said in text_of(bo.post("/products/check", form, follow_redirects=True))
    assert len(books.simulated.ledger()) == before


def test_an_outage_is_said(books: Books, bo: Browser) -> None:
    books.fault("status_before_commit", status=503, times=3, match={"path": "query"})
    answer = bo.post("/products/check", {"ids": str(books.goods)}, follow_redirects=True)
    assert "QuickBooks Online" in text_of(answer)


@pytest.fixture
def books(kept_portal: tuple[Flask, Path], opened: Opened) -> Iterator[Books]:
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made


@pytest.fixture
def bo(books: Books) -> Browser:
    return books.sign_in("bookkeeper")
