"""Runs over orders of opened books: delivered ones, offered, confirmed."""

import uuid
from typing import Any

from portal.extensions import db
from portal.models.pushes import Verb
from portal.sales.bulk import runs
from portal.sales.bulk.selection import Chosen
from tests.support import distributor as given
from tests.support.bookkeeping import TODAY, Books


def delivered(books: Books, quantity: str | None) -> uuid.UUID:
    """An order of today, of so many cases at 12.50, or without a line."""
    with books.working():
        sold: Any = db.session.get_one(given.Sku, books.goods)
        order = given.order(
            [(sold, quantity, "12.50")] if quantity else [],
            location=db.session.get_one(given.Location, books.place),
            order_date=TODAY,
            delivery_date=TODAY,
        )
        order_id: uuid.UUID = order.id
    return order_id


def offer(books: Books, verb: Verb, ids: list[uuid.UUID]) -> uuid.UUID:
    with books.working():
        return runs.offer(Chosen("order", tuple(ids)), books.bo, verb).id


def started(books: Books, verb: Verb, ids: list[uuid.UUID], reason: str = "") -> uuid.UUID:
    run = offer(books, verb, ids)
    with books.working():
        runs.confirm(run, books.bo, reason)
    return run
