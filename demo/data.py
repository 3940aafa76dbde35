"""The demo data: a beverage distributor, what QuickBooks holds beforehand, what must become of each order.

Everything counts back from one day, and the same day always gives the same data.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from demo import customers, orders, products
from demo.books import already_in_quickbooks
from demo.expected import Expected, outcome_of
from demo.records import Distributor, Order

__all__ = ["already_in_quickbooks", "clean_orders", "distributor", "expected", "today"]

TIME_ZONE = "America/Toronto"
CLEAN = 1000


def today() -> date:
    """The distributor's day, or `DEMO_TODAY`, so that several processes mean the same one at midnight too."""
    given = os.environ.get("DEMO_TODAY")
    try:
        return date.fromisoformat(given) if given else datetime.now(ZoneInfo(TIME_ZONE)).date()
    except ValueError:
        raise SystemExit(f"DEMO_TODAY: {given!r} is no day, like 2026-11-30.") from None


@cache
def distributor(today: date) -> Distributor:
    return Distributor(
        customers=customers.customers(),
        locations=customers.locations(),
        products=products.products(),
        skus=products.skus(),
        terms=customers.TERMS,
        charge_kinds=products.CHARGE_KINDS,
        orders=tuple(order for order, _ in orders.written(today)),
    )


@cache
def clean_orders(today: date, n: int = CLEAN) -> tuple[Order, ...]:
    """Orders of today, of customers and items that the first 400 have brought to QuickBooks."""
    standing = [order for order, problem in orders.written(today) if problem is None]
    sold = {line.sku for order in standing for line in order.lines}
    goods = {key for key in sold if products.sku(key).kind == "goods"}
    return orders.clean(today, n, {order.location for order in standing}, goods)


@cache
def expected(today: date) -> dict[str, Expected]:
    """Order number → what must become of it, for the first orders and the clean ones."""
    written = [*orders.written(today), *((order, None) for order in clean_orders(today))]
    return {order.number: outcome_of(order, problem) for order, problem in written}
