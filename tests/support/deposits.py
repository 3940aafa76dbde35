"""A container deposit that is matched with an item of QuickBooks which books income."""

import uuid
from typing import Any

from portal.company import facts
from portal.company.reader import Reader
from portal.extensions import db
from portal.models import Connection, Mapping
from tests.support import distributor
from tests.support.bookkeeping import ACCOUNTS, TODAY, Books

INCOME = ACCOUNTS["income"]


def deposit_that_books_income(books: Books) -> tuple[uuid.UUID, uuid.UUID]:
    """The deposit, and a finalized order with it that was to be carried over."""
    theirs = books.person("create", "Item", object=item(books, "KEG-DEP"))
    assert theirs["IncomeAccountRef"]["value"] == income(books)
    with books.working():
        connection = db.session.get_one(Connection, books.connection_id)
        facts.keep_lists(connection, facts.read_lists(Reader(connection)))
        deposit = distributor.sku(code="KEG-DEP", name="Keg deposit", kind="container_deposit")
        untaxed = {"section": "product_tax", "ours": "container_deposit", "external_id": "6"}
        db.session.add(Mapping(**distributor.owner(), **untaxed))
        order = distributor.order(
            [(deposit, "3", "50")],
            location=db.session.get_one(distributor.Location, books.place),
            order_date=TODAY,
            delivery_date=TODAY,
        )
        found = deposit.id, order.id
    books.finalize(found[1])
    books.carry()
    return found


def item(books: Books, code: str) -> dict[str, Any]:
    return {
        "Name": "Keg deposit",
        "Sku": code,
        "Type": "Service",
        "UnitPrice": 50,
        "IncomeAccountRef": {"value": income(books)},
        "ExpenseAccountRef": {"value": account(books, "Cost of Goods Sold")},
    }


def income(books: Books) -> str:
    return next(str(one["Id"]) for one in books.all("Account") if one["Name"] == INCOME)


def account(books: Books, kind: str) -> str:
    return next(str(one["Id"]) for one in books.all("Account") if one["AccountType"] == kind)
