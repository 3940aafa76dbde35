"""What is planned is taken by QuickBooks as it is, and its own arithmetic, written apart, agrees."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests

from portal.company.entities import is_voided
from portal.company.facts import LISTS
from portal.models import Location, Order, Sku
from portal.models.kinds import RecordRef, ref_of
from portal.plan import Choice, Context, Linked, Match, NothingToDo, Plan, TaxCode, plan
from portal.plan.document_amounts import compare, same_document
from portal.plan.three_way import Sides, agreements
from portal.plan.types import Rules
from portal.quickbooks.client import decode, encode
from simulator import create_app
from tests import factories
from tests.plan import planning
from tests.plan.planning import but, goods, planned
from tests.simulator.company import AMERICA, CANADA, Company, Control, connect, loads, only
from tests.support.wsgi_adapter import WsgiAdapter

ENTITIES = {"customer": "Customer", "item": "Item", "invoice": "Invoice", "credit_memo": "CreditMemo"}
TODAY = datetime.now(UTC).date()
CHOSEN_TAXES: dict[tuple[str, str], dict[str, str | None]] = {
    ("customer_tax", "default"): {"CA": "HST ON", "US": None},
    ("customer_tax", "zero_rated"): {"CA": "Zero-rated", "US": "NON"},
    ("customer_tax", "exempt"): {"CA": "Exempt", "US": "NON"},
    ("product_tax", "default"): {"CA": "HST ON", "US": "TAX"},
    ("product_tax", "zero_rated"): {"CA": "Zero-rated", "US": "NON"},
    ("product_tax", "container_deposit"): {"CA": "Out of Scope", "US": "NON"},
}
ACCOUNTS = {
    "income": "Sales of Product Income",
    "expense": "Cost of Goods Sold",
    "asset": "Inventory Asset",
    "container_deposit": "Container Deposits Payable",
}


@pytest.mark.parametrize("item_type", ["NonInventory", "Service", "Inventory"])
def test_customers_and_items_are_taken_and_then_left_alone(books: "Books", item_type: str) -> None:
    books.context = but(books.context, new_item_type=item_type)
    for record in (*SHELF, PUB, EMBASSY):
        books.carry(record)
        assert isinstance(plan(record, books.context), NothingToDo)


def test_a_change_is_taken_as_a_sparse_update(books: "Books") -> None:
    pub = factories.location("Snug", third_party_id="FOX-9", number="L9", phone="(416) 555-0100")
    before = books.carry(pub)
    pub.phone = "(416) 555-0199"
    after = books.carry(pub)
    assert (after["Id"], after["SyncToken"]) == (before["Id"], "1")
    assert after["PrimaryPhone"] == {"FreeFormNumber": "(416) 555-0199"}
    assert after["BillAddr"]["City"] == before["BillAddr"]["City"] == "Toronto"


def test_a_long_row_of_orders_come_to_the_same_cents(books: "Books") -> None:
    books.stock()
    chance = Random("orders that QuickBooks reckons too")
    kinds = set()
    for number in range(60):
        made, entity = books.order(_order(chance, f"{books.country}-{number}"))
        assert compare({**made.expected(), "sent": made.sent}, entity) == {}, made.payload
        assert same_document(made.payload, entity)
        assert same_document(made.sent, entity)
        kinds.add(made.kind)
    assert kinds == {"invoice", "credit_memo"}


def test_an_order_finalized_again_updates_the_same_document(books: "Books") -> None:
    books.stock()
    order = _order(Random("twice"), "10023", sign=1)
    _, before = books.order(order)
    order.revision, order.lines[0].quantity, order.lines[0].amount = 2, Decimal(9), 101_25
    order.lines[0].unit_price = Decimal("11.25")
    made, after = books.order(order)
    assert made.operation == "update"
    assert (after["Id"], after["SyncToken"]) == (before["Id"], "1")
    assert _line_ids(after) == _line_ids(before)
    assert compare({**made.expected(), "sent": made.sent}, after) == {}
    assert after["PrivateNote"].endswith("-2)")


def test_an_order_that_changes_its_sign_ends_as_the_other_kind(books: "Books") -> None:
    books.stock()
    order = _order(Random("turned"), "10024", sign=1)
    books.order(order)
    for line in order.lines:
        line.quantity, line.amount = -line.quantity, -line.amount
    order.revision = 2
    turned, voided = books.order(order)
    assert (turned.operation, turned.then_create, is_voided(voided)) == ("void", True, True)
    books.unlink(order)
    made, entity = books.order(order)
    assert (made.kind, made.operation) == ("credit_memo", "create")
    assert compare({**made.expected(), "sent": made.sent}, entity) == {}


@pytest.mark.parametrize("books", ["CA"], indirect=True)
def test_a_rate_that_changes_is_the_one_of_the_documents_day_in_their_books(books: "Books") -> None:
    """Nova Scotia: 15 % on 31 March 2025 and 14 % on 1 April, of 100.00."""
    books.stock()
    Control(books.company.session, books.company.base).switch(CANADA, close_date=None)
    halifax = Choice(books._id("TaxCode", "HST NS"))
    choices = {**books.context.choices, ("customer_tax", "default", ""): halifax}
    books.context = but(books.context, choices=choices, today=date(2025, 4, 10))
    assert books.tax_of(_keg("A-1", date(2025, 3, 31))) == ("Invoice", "15.00")
    assert books.tax_of(_keg("A-2", date(2025, 4, 1))) == ("Invoice", "14.00")
    assert books.tax_of(_keg("A-3", date(2025, 3, 31), "-1")) == ("CreditMemo", "15.00")
    assert books.tax_of(_keg("A-4", date(2025, 4, 1), "-1")) == ("CreditMemo", "14.00")
    moved = _keg("A-5", date(2025, 3, 31))
    assert books.tax_of(moved) == ("Invoice", "15.00")
    moved.invoice_date, moved.revision = date(2025, 4, 1), 2
    assert books.tax_of(moved) == ("Invoice", "14.00")
    books.context = but(books.context, closing_date=date(2025, 3, 31), closed_period_policy="first_open_day")
    assert books.tax_of(_keg("A-6", date(2025, 3, 31))) == ("Invoice", "14.00")


class Books:
    """A company of the simulator, and what we know of it: every yes is written down as a link."""

    def __init__(self, company: Company, country: str) -> None:
        self.company, self.country = company, country
        start = planning.CANADA if country == "CA" else planning.US
        self.context: Context = but(
            start,
            today=TODAY,
            choices=self._choices(),
            tax_codes=self._tax_codes(),
            customer_ours="third_party_id",
            closing_date=None,
        )

    def stock(self) -> None:
        for record in (*SHELF, PUB, EMBASSY):
            self.carry(record)

    def carry(self, record: Location | Sku) -> dict[str, Any]:
        self.context = but(self.context, matches={ref_of(record): Match()})
        return self._write(record, planned(record, self.context))

    def order(self, order: Order) -> tuple[Plan, dict[str, Any]]:
        made = planned(order, self.context)
        return made, self._write(order, made)

    def tax_of(self, order: Order) -> tuple[str, str]:
        """What became of it, and the tax that stands in their books; ours says the same."""
        made, entity = self.order(order)
        assert compare({**made.expected(), "sent": made.sent}, entity) == {}
        read = self.company.read(ENTITIES[made.kind], str(entity["Id"]))
        assert read["TxnDate"] == made.payload["TxnDate"]
        return ENTITIES[made.kind], f"{read['TxnTaxDetail']['TotalTax']:f}"

    def unlink(self, order: Order) -> None:
        self._link({key: link for key, link in self.context.links.items() if key != ref_of(order)})

    def _write(self, record: Location | Sku | Order, made: Plan) -> dict[str, Any]:
        entity = ENTITIES[made.kind]
        alone = {"operation": made.operation} if made.operation in ("void", "delete") else {}
        answer = self.company.post_text(entity.lower(), encode(made.payload), **alone)
        found = only(answer, entity)
        link = Linked(
            made.kind,
            str(found["Id"]),
            str(found["SyncToken"]),
            ours_then=made.sent,
            revision=record.revision,
            theirs=decode(encode(found)),
        )
        if made.kind in ("customer", "item"):
            ours, theirs, _ = agreements(link, Sides(made.sent), Rules(), made.payload, "", "")
            link = replace(link, ours_then=ours, theirs_then=theirs)
        self._link({**self.context.links, ref_of(record): link})
        return found

    def _link(self, links: dict[RecordRef, Linked]) -> None:
        self.context = but(self.context, links=links)

    def _choices(self) -> dict[tuple[str, str, str], Choice]:
        chosen = {
            (section, ours, ""): Choice(self._id("TaxCode", names[self.country] or self._us_group()))
            for (section, ours), names in CHOSEN_TAXES.items()
        }
        for ours, name in ACCOUNTS.items():
            chosen["product_accounts", ours, ""] = Choice(self._id("Account", name))
        chosen["payment_terms", str(factories.term().id), ""] = Choice(self._id("Term", "Net 30"))
        chosen["charge_kinds", str(factories.charge_kind().id), ""] = Choice(self._id("Item", "Services"))
        return chosen

    def _us_group(self) -> str:
        codes = self._all("TaxCode")
        groups = [code for code in codes if code.get("TaxGroup") and code["Id"].isdigit()]
        return str(groups[0]["Name"])

    def _tax_codes(self) -> dict[str, TaxCode]:
        return {row.external_id: TaxCode.of(row.name, row.details) for row in LISTS["tax_codes"](self)}  # type: ignore[arg-type]  # asks as a reader does

    def rows(self, entity: str, where: str = "") -> Sequence[dict[str, Any]]:
        return self._all(entity)

    def _id(self, entity: str, name: str) -> str:
        return str(next(row["Id"] for row in self._all(entity) if row["Name"] == name))

    def _all(self, entity: str) -> Sequence[dict[str, Any]]:
        answer = self.company.get("query", query=f"SELECT * FROM {entity} MAXRESULTS 1000")
        rows: Sequence[dict[str, Any]] = loads(answer)["QueryResponse"].get(entity, [])
        return rows


def _keg(number: str, day: date, quantity: str = "1") -> Order:
    """One line of 100.00 that bears the default tax."""
    line = factories.line(SHELF[0], quantity=quantity, unit_price="100")
    return factories.order(
        number, lines=[line], location=PUB, invoice_date=day, order_date=day, delivery_date=day
    )


SHELF = (
    goods("Ale", cost=Decimal("7.125")),
    goods("Coffee", tax_status="zero_rated"),
    goods("Cleaning", kind="service"),
    factories.deposit(),
)
PUB = factories.location(third_party_id="FOX-7", payment_term=factories.term(), email="bar@fox.example")
EMBASSY = factories.location("Residence", number="L1002", third_party_id="EMB-1", tax_status="exempt")


def _order(chance: Random, number: str, sign: int = 0) -> Order:
    """One to six lines, odd prices, quantities and discounts; now and then more comes back than goes out."""
    sign = sign or (1 if chance.random() < 0.7 else -1)
    lines = [
        factories.line(
            chance.choice(SHELF),
            str(sign * Decimal(chance.randint(1, 40_000)) / 1000),
            str(Decimal(chance.randint(1, 500_000)) / 10_000),
            discount=chance.choice(["0", "0", "5", "12.5", "33.333333"]),
        )
        for _ in range(chance.randint(1, 6))
    ]
    return factories.order(
        number,
        location=chance.choice([PUB, PUB, PUB, EMBASSY]),
        lines=lines,
        charges=[factories.charge(cents=chance.randint(100, 5000))] if chance.random() < 0.4 else [],
        percent_off=chance.choice([None, "2.5", "7.5", "10"]),
        invoice_date=TODAY,
        delivery_date=TODAY,
        order_date=date.min,
        purchase_order_number=chance.choice([None, "4711", "É-99 “x”"]),
    )


def _line_ids(entity: dict[str, Any]) -> list[str]:
    return [line["Id"] for line in entity["Line"] if "Id" in line]


@pytest.fixture(params=["CA", "US"])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    app = create_app(tmp_path, control=True, limits="off")
    session = requests.Session()
    session.mount("http://", WsgiAdapter(app))
    realm = CANADA if request.param == "CA" else AMERICA
    yield Books(connect(session, "http://quickbooks.test", realm), request.param)
    app.extensions["simulator"].store.close()
