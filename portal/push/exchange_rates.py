"""Exchange rates for documents about to be planned: read once for each day, and kept with their orders."""

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import update

from portal.extensions import db
from portal.models import Order
from portal.plan.rates import RateWanted, pair

Table = Mapping[str, Decimal]
"""Home units for one unit of each currency."""
Found = dict[tuple[str, date], Decimal | None]


class Rates:
    """The tables of one drain. One that lacks a currency that is asked for is read again: a person may just
    have entered it."""

    def __init__(self, read: Callable[[date], Table]) -> None:
        self._read = read
        self._tables: dict[date, Table] = {}

    def of(self, wanted: Collection[RateWanted]) -> Found:
        """None for a currency that QBO has no rate of. Raises what reading does."""
        found: Found = {}
        for day in sorted({one.day for one in wanted}):
            currencies = {one.currency for one in wanted if one.day == day}
            if not currencies <= self._tables.get(day, {}).keys():
                self._tables[day] = self._read(day)
            found |= {(currency, day): self._tables[day].get(currency) for currency in currencies}
        return found


def keep(home: str, wanted: Mapping[uuid.UUID, RateWanted], found: Found) -> None:
    """On the orders they were read for, in the current transaction: what is planned again reads no other."""
    for (currency, day), rate in found.items():
        orders = [each for each, one in wanted.items() if (one.currency, one.day) == (currency, day)]
        if rate is not None:
            kept = {
                "exchange_rate": rate,
                "exchange_rate_pair": pair(currency, home),
                "exchange_rate_date": day,
            }
            db.session.execute(update(Order).where(Order.id.in_(orders)).values(**kept))
