"""What a drawer says stands in QuickBooks can be held against its books, value by value."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask

from demo import truth
from demo.pages import Page
from tests.support.bookkeeping import Books, Opened, bookkeeping


@pytest.fixture
def books(kept_portal: tuple[Flask, Path], opened: Opened) -> Iterator[Books]:
    """A whole company, in place of the empty one of other pages' tests."""
    app, home = kept_portal
    with bookkeeping(app, home, opened) as made:
        yield made


def test_of_a_document_that_is_all_it_lists(books: Books) -> None:
    order = books.synced_order()
    address = f"/badges/order/{order}"
    said = truth.told(Page(address, books.sign_in("viewer").get(address).text))
    assert {"TxnDate", "DueDate", "CustomerRef", "SalesTermRef", "Line", "TotalAmt"} <= said.values.keys()
    stood = json.loads(json.dumps(books.document(order)), parse_float=Decimal)
    assert list(truth.untrue(said, stood)) == []
    moved = {**stood, "DueDate": "2030-01-01"}
    assert [lie.split(":")[0] for lie in truth.untrue(said, moved)] == [f"Invoice {stood['Id']}"]
