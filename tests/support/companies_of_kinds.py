"""A company of any kind, connected and mapped by the pages, and a distributor's goods to sell to it."""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Connection, KeySettings, Location, Sku, SyncSettings
from portal.models.sales import net_total
from simulator.seed_others import COMPANIES
from tests.support import distributor, tables
from tests.support.bookkeeping import TODAY, Books, Opened
from tests.support.connected import connect, text_of
from tests.support.mapping_pages import create_item, save
from tests.support.people import sign_in_as
from tests.support.simulator import simulator_in_process

GOODS: Mapping[str, Mapping[str, Any]] = {
    "beer": {"unit_price": Decimal("12.50")},
    "milk": {"tax_status": "zero_rated"},
    "keg": {"kind": "container_deposit"},
    "recycling": {"kind": "container_fee"},
}
SOLD = (("beer", "4", "12.50"), ("milk", "1", "10.00"), ("keg", "3", "0.10"), ("recycling", "2", "0.05"))
DELIVERY = 1_500  # cents
DISCOUNT = Decimal(10)  # per cent of beer and milk


@dataclass(frozen=True)
class Trade:
    """A connected company, and what is sold through it: one order with a line of every kind."""

    books: Books
    skus: Mapping[str, uuid.UUID]
    places: Mapping[str, uuid.UUID]
    delivery: uuid.UUID

    def order(self, place: str, **values: Any) -> uuid.UUID:
        """Finalized today: beer 50.00 and milk 10.00 less 10 %, deposits of 0.30, fees of 0.10, delivery."""
        with self.books.working():
            made = distributor.order(
                [(db.session.get_one(Sku, self.skus[name]), *sold) for name, *sold in SOLD],  # type: ignore[misc]
                [(db.session.get_one(distributor.ChargeKind, self.delivery), DELIVERY)],
                location=db.session.get_one(Location, self.places[place]),
                discount_percent=DISCOUNT,
                **{"order_date": TODAY, "delivery_date": TODAY} | values,
            )
            made.net_total = net_total(made)
            order: uuid.UUID = made.id
        self.books.finalize(order)
        return order

    def sold(self, *places: str) -> list[uuid.UUID]:
        """An order of each of these places, carried over."""
        orders = [self.order(place) for place in places]
        self.carry_until_synced(*orders)
        return orders

    def carry_until_synced(self, *orders: uuid.UUID) -> None:
        self.books.carry()
        for order in orders:
            assert self.books.status(order) == "synced", self.books.problems(order)

    def taxes(self, document: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
        """What a document bears, by the name of the rate: tax, and of what."""
        names = {one["Id"]: one["Name"] for one in self.books.all("TaxRate")}
        lines = [(one, one["TaxLineDetail"]) for one in document["TxnTaxDetail"].get("TaxLine", ())]
        return {
            names[detail["TaxRateRef"]["value"]]: (line["Amount"], detail["NetAmountTaxable"])
            for line, detail in lines
        }

    def codes(self, document: Mapping[str, Any]) -> list[str]:
        """The code of each line, by its name, in their order."""
        names = {one["Id"]: one["Name"] for one in self.books.all("TaxCode")}
        details = [one.get("SalesItemLineDetail") for one in document["Line"]]
        return [names[detail["TaxCodeRef"]["value"]] for detail in details if detail]


@contextmanager
def trading(
    kept: tuple[Flask, Path],
    seed: str,
    places: Mapping[str, Mapping[str, Any]],
    chosen: Mapping[str, Mapping[str, str]],
    **switches: Any,
) -> Iterator[Trade]:
    """The company of this seed, through the pages of Intuit and ours. places: locations by name. chosen: by
    mapping page, what is chosen on it beside what all have in common. What green records say is held against
    the books at the end.

    kept: a portal that others used before, and its home; nothing of theirs is left.
    """
    (app, home), realm = kept, COMPANIES[seed][0].realm
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    shutil.rmtree(home)
    home.mkdir()
    tables.make(app)
    with simulator_in_process(home / "intuit", seed=seed) as simulated:
        app.extensions["intuit_http"] = simulated.session
        if switches:
            simulated.control("POST", f"switches/{realm}", switches)
        person = sign_in_as(app, "administrator", "Ours")
        connect(person, simulated, realm)
        with distributor.working_in(app, person.organization_id):
            owner, term = distributor.owner(), distributor.term()
            syncs = {"customers_on": True, "products_on": True, "orders_on": True}
            db.session.add_all([SyncSettings(**owner, **syncs), KeySettings(**owner)])
            skus = {name: distributor.sku(code=name, name=name, **given).id for name, given in GOODS.items()}
            there = {
                name: distributor.location(name=name, payment_term_id=term.id, **given).id
                for name, given in places.items()
            }
            delivery, bo, term_name = distributor.charge_kind().id, distributor.bo(), term.name
            connection = db.session.scalars(select(Connection.id)).one()
        for page, wanted in {**_common(term_name), **chosen}.items():
            shown = save(person, page, dict(wanted))
            assert shown.status_code == 200, text_of(shown)
        create_item(person, delivery)
        place = next(iter(there.values()))
        opened = Opened(home, person.organization_id, connection, place, skus["beer"], bo, realm)
        trade = Trade(Books(app, simulated, opened), skus, there, delivery)
        yield trade
        trade.books.must_tell_the_truth()


def _common(term: str) -> dict[str, dict[str, str]]:
    return {
        "payment-terms": {term: "Net 30"},
        "customer-accounts": {"Income": "Delivery Income", "Expense": "Cost of Goods Sold"},
        "product-accounts": {
            "Income": "Sales of Product Income",
            "Expense": "Cost of Goods Sold",
            "Container deposit liability": "Container Deposits Payable",
            "Container fees": "Beer Sales",
        },
    }
