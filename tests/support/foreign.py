"""A customer who pays in a foreign currency, in books of several: what is told of it by the books there."""

import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from portal.extensions import db
from portal.models import Connection, Location, Order, Sku
from portal.sales import orders
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books
from tests.support.simulator import CANADA

YESTERDAY = TODAY - timedelta(days=1)
RATES = "FROM ExchangeRate"


class Foreign:
    """Books with several currencies, and a customer who pays in US dollars."""

    def __init__(self, books: Books) -> None:
        self.books = books
        books.switch(multicurrency=True, exchange_rates="of_the_day")
        with books.working():
            db.session.execute(update(Connection).values(multicurrency=True))
            self.place = distributor.location(name="Buffalo", third_party_id="Buffalo", currency="USD").id
        self.enters("1.4012")

    def enters(self, rate: str, day: date = TODAY) -> None:
        """Somebody enters a rate in QuickBooks."""
        body = {"SourceCurrencyCode": "USD", "AsOfDate": day.isoformat(), "Rate": float(rate)}
        self.books.person("create", "ExchangeRate", object=body)

    def order(self, quantity: str = "4", day: date = TODAY, place: uuid.UUID | None = None) -> uuid.UUID:
        """Finalized: cases at 12.50 in US dollars, with HST of 13 %."""
        with self.books.working():
            goods = db.session.get_one(Sku, self.books.goods)
            made = distributor.order(
                [(goods, quantity, "12.50")],
                location=db.session.get_one(Location, place or self.place),
                order_date=day,
                delivery_date=day,
            ).id
        self.books.finalize(made)
        return made

    def synced(self, quantity: str = "4", day: date = TODAY) -> uuid.UUID:
        order = self.order(quantity, day)
        self.carry_until_synced(order)
        return order

    def carry_until_synced(self, *made: uuid.UUID) -> None:
        self.books.carry()
        assert [self.books.status(each) for each in made] == ["synced"] * len(made)

    def redate(self, order_id: uuid.UUID, day: date) -> None:
        with self.books.working():
            order = db.session.get_one(Order, order_id)
            orders.reopen(order, self.books.bo)
            order.delivery_date = day
        self.books.finalize(order_id)

    def pays(self, order: uuid.UUID) -> None:
        """Somebody enters a payment of 5.00 in QuickBooks."""
        body = {"action": "pay", "id": self.books.document(order)["Id"], "amount": 5}
        self.books.simulated.control("POST", f"person/{CANADA}", body)

    def booked(self, order: uuid.UUID) -> tuple[str, str]:
        """The rate of its document, and what it comes to in the home currency."""
        document = self.books.document(order)
        return str(document["ExchangeRate"]), f"{document['HomeTotalAmt']:.2f}"

    def kept(self, order_id: uuid.UUID) -> tuple[Any, ...]:
        with self.books.working():
            order = db.session.get_one(Order, order_id)
            return order.exchange_rate, order.exchange_rate_pair, order.exchange_rate_date

    def reads(self) -> int:
        """How often rates were asked for."""
        return sum(RATES in str(entry["query"]) for entry in self.books.simulated.ledger())
