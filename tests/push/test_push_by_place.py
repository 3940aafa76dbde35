"""Tax by where it is delivered and who buys, read from the books there: a Canadian company with several
provinces, and an American one whose tax QuickBooks computes.
"""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal import outbox
from portal.extensions import db
from portal.mapping import save_choices
from portal.mapping.slots import slot_of
from portal.models import Connection, Location, Mapping, SyncSettings
from portal.push.agreement import forget_all
from portal.sales import records
from portal.sales.set_exemptions import Exemption, set_exemption
from tests.support import companies, distributor
from tests.support.bookkeeping import TODAY, Books, Opened
from tests.support.connected import connect, portal_with
from tests.support.people import sign_in_as
from tests.support.queries import queries
from tests.support.simulator import simulator_in_process

CODES = {
    ("default", "ON"): "5",
    ("default", "BC"): "9",
    ("provincial_exempt", "BC"): "7",
    ("abroad", ""): "3",
}


def place(books: Books, **values: Any) -> uuid.UUID:
    with books.working():
        return distributor.location(**values).id


def keg_deposit(books: Books, taxes: dict[str, str]) -> uuid.UUID:
    """One that is on its way there, taxed so by province, and otherwise elsewhere."""
    [liability] = [one for one in books.all("Account") if one["Name"] == "Container Deposits Payable"]
    with books.working():
        chosen = [("product_accounts", "", str(liability["Id"]))]
        chosen += [("product_tax", province, code) for province, code in taxes.items()]
        db.session.add_all(
            Mapping(
                **distributor.owner(),
                section=section,
                ours="container_deposit",
                province=province,
                external_id=code,
            )
            for section, province, code in chosen
        )
        return distributor.sku(name="Keg", kind="container_deposit").id


def order_for(books: Books, of: uuid.UUID, deposit: uuid.UUID | None = None) -> uuid.UUID:
    """Of 100.00 before tax, and a deposit of 50.00."""
    with books.working():
        lines = [(db.session.get_one(distributor.Sku, books.goods), "8", "12.50")]
        if deposit is not None:
            lines.append((db.session.get_one(distributor.Sku, deposit), "1", "50"))
        order = distributor.order(
            lines,
            location=db.session.get_one(Location, of),
            order_date=TODAY,
            delivery_date=TODAY,
        )
        order_id: uuid.UUID = order.id
    books.finalize(order_id)
    return order_id


def taxed(books: Books, order_id: uuid.UUID) -> tuple[set[str], Decimal]:
    """The codes of its lines, and the whole tax, as they stand there."""
    document = books.document(order_id)
    lines = [one["SalesItemLineDetail"] for one in document["Line"] if "SalesItemLineDetail" in one]
    tax = Decimal(str(document.get("TxnTaxDetail", {}).get("TotalTax", 0)))
    return {one["TaxCodeRef"]["value"] for one in lines}, tax


@pytest.fixture
def by_province(books: Books) -> Books:
    with books.working():
        db.session.add_all(
            Mapping(
                **distributor.owner(),
                section="customer_tax",
                ours=ours,
                province=province,
                external_id=code,
                label=code,
            )
            for (ours, province), code in CODES.items()
        )
        forget_all(companies.active(), "location")  # as saving them does
    return books


def test_what_is_delivered_in_each_province_and_abroad_bears_what_was_chosen_for_it(
    by_province: Books,
) -> None:
    books = by_province
    places = {
        "Ont.": place(books, billing_address={"province": "Ont."}),
        "B.C.": place(books, delivery_address={"province": "B.C.", "country": "Canada"}),
        "resale": place(
            books,
            delivery_address={"province": "British Columbia"},
            tax_status="provincial_exempt",
            certificate="PST-1234-5678",
        ),
        "abroad": place(books, delivery_address={"province": "Wash.", "country": "U.S.A."}),
        "N.S.": place(books, delivery_address={"province": "N.S."}),
    }
    orders = {name: order_for(books, one) for name, one in places.items()}
    books.carry()
    books.carry()
    assert {name: taxed(books, orders[name]) for name in places if name != "N.S."} == {
        "Ont.": ({"5"}, Decimal(13)),
        "B.C.": ({"9"}, Decimal(12)),
        "resale": ({"7"}, Decimal(5)),
        "abroad": ({"3"}, Decimal(0)),
    }
    held = orders["N.S."]
    assert (books.status(held), books.problems(held)) == ("failed", ["province_not_mapped"])
    assert all(one["DocNumber"] != books.number(held) for one in books.live())
    with books.working():
        slot = slot_of("tax:default@NS")
        assert slot is not None
        assert slot.is_gap
        assert save_choices.save([slot], {slot.key: "8"}, books.bo).ready == 1
        outbox.ask("order", [held], reason="bulk", actor=books.bo)
    books.carry()
    assert taxed(books, held) == ({"8"}, Decimal(14))


def test_a_deposit_is_taxed_as_was_chosen_for_its_province_and_else_as_elsewhere(by_province: Books) -> None:
    books = by_province
    keg = keg_deposit(books, {"": "6", "BC": "9"})
    places = {
        "Ont.": place(books, billing_address={"province": "Ont."}),
        "B.C.": place(books, delivery_address={"province": "B.C."}),
        "exempt": place(books, delivery_address={"province": "B.C."}, tax_status="exempt"),
        "abroad": place(books, delivery_address={"province": "BC", "country": "Mexico"}),
    }
    orders = {name: order_for(books, one, keg) for name, one in places.items()}
    books.carry()
    books.carry()
    assert {name: taxed(books, one) for name, one in orders.items()} == {
        "Ont.": ({"5", "6"}, Decimal(13)),
        "B.C.": ({"9"}, Decimal(18)),
        "exempt": ({"2", "9"}, Decimal(6)),
        "abroad": ({"3", "6"}, Decimal(0)),
    }
    [item] = [one for one in books.all("Item") if one["Name"].endswith("Keg")]
    assert item["SalesTaxCodeRef"]["value"] == "6"


def test_what_is_dated_after_the_certificate_waits_until_the_next_one_is_entered(by_province: Books) -> None:
    books = by_province
    certified = place(
        books,
        delivery_address={"province": "BC"},
        tax_status="provincial_exempt",
        certificate="PST-1",
        certificate_expires=TODAY - timedelta(days=1),
    )
    order = order_for(books, certified)
    books.carry()
    books.carry()
    assert (books.status(order), books.problems(order)) == ("failed", ["certificate_expired"])
    for later, status in ((TODAY - timedelta(days=1), "failed"), (TODAY, "ready")):
        with books.working():
            location = db.session.get_one(Location, certified)
            location.certificate, location.certificate_expires = f"PST-{later}", later
            records.save_location(location, books.bo)
        assert books.status(order) == status
    with books.working():
        outbox.ask("order", [order], reason="bulk", actor=books.bo)
    books.carry()
    assert taxed(books, order) == ({"7"}, Decimal(5))


class American(Books):
    realm = ""

    def all(self, entity: str) -> list[dict[str, Any]]:
        return list(self.simulated.control("GET", f"books/{self.realm}/{entity}")[entity])

    def switch(self, **switches: Any) -> None:
        self.simulated.control("POST", f"switches/{self.realm}", switches)


@pytest.fixture
def american(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[American]:
    """One whose tax QuickBooks computes, if no other is asked for."""
    company = getattr(request, "param", "US-automated-tax")
    with simulator_in_process(tmp_path / "intuit") as simulated, portal_with(simulated, tmp_path) as app:
        realm = simulated.control("POST", "seed", {"company": company})["realm"]
        administrator = sign_in_as(app, "administrator", "Ours")
        connect(administrator, simulated, realm)
        with distributor.working_in(app, administrator.organization_id):
            owner = distributor.owner()
            db.session.add(SyncSettings(**owner, customers_on=True, products_on=True, orders_on=True))
            accounts = simulated.control("GET", f"books/{realm}/Account")["Account"]
            ids = {one["Name"]: str(one["Id"]) for one in accounts}
            for ours, name in (("income", "Sales of Product Income"), ("expense", "Cost of Goods Sold")):
                row = {"section": "product_accounts", "ours": ours, "external_id": ids[name]}
                db.session.add(Mapping(**owner, **row))
            connection_id, goods = db.session.scalars(select(Connection.id)).one(), distributor.sku().id
            opened = Opened(
                tmp_path, administrator.organization_id, connection_id, goods, goods, distributor.bo()
            )
        books = American(app, simulated, opened)
        books.realm = realm
        yield books
        books.must_tell_the_truth()


@pytest.mark.parametrize("asked_for", ["required", "optional"])
def test_nobody_is_exempt_there_without_a_reason_and_many_get_one_at_once(
    american: American, asked_for: str
) -> None:
    books = american
    books.switch(exemption_reason=asked_for)
    schools = [
        place(books, tax_status="exempt", exemption_reason="School", delivery_address={"province": "CA"})
        for _ in range(2)
    ]
    orders = [order_for(books, one) for one in schools]
    with books.working():
        outbox.ask("location", schools, reason="bulk", actor=books.bo)
    books.carry()
    assert [books.problems(one) for one in (*schools, *orders)] == [["exemption_reason_missing"]] * 4
    assert (books.all("Invoice"), books.all("Customer")) == ([], [])
    with books.working():
        given = Exemption("7", "EX-77", TODAY + timedelta(days=90))
        with queries() as seen:
            assert set_exemption(schools, given, books.bo) == (2, [])
        assert sum('"order".invoice_date, "order".tax_status' in one for one in seen) == 1, "once for all"
        assert set_exemption(schools, given, books.bo) == (0, [])
    assert [books.problems(one) for one in (*schools, *orders)] == [[]] * 4
    with books.working():
        outbox.ask("order", orders, reason="bulk", actor=books.bo)
    books.carry()
    books.carry()
    customers = [one for one in books.all("Customer") if "Bar" in one["DisplayName"]]
    assert [(one["Taxable"], one["TaxExemptionReasonId"], one["ResaleNum"]) for one in customers] == [
        (False, "7", "EX-77")
    ] * 2
    assert [taxed(books, one) for one in orders] == [({"NON"}, Decimal(0))] * 2


@pytest.mark.parametrize("american", ["US"], indirect=True)
def test_a_deposit_is_taxed_in_the_state_where_it_is_said_to_be(american: American) -> None:
    books = american
    keg = keg_deposit(books, {"": "NON", "WA": "TAX"})
    with books.working():
        header = {"section": "customer_tax", "ours": "default", "external_id": "2"}
        db.session.add(Mapping(**distributor.owner(), **header))
    places = {
        "Wash.": place(books, delivery_address={"province": "Wash."}),
        "Ore.": place(books, delivery_address={"province": "Ore."}),
    }
    orders = {name: order_for(books, one, keg) for name, one in places.items()}
    books.carry()
    books.carry()
    assert {name: taxed(books, one) for name, one in orders.items()} == {
        "Wash.": ({"TAX"}, Decimal(12)),
        "Ore.": ({"TAX", "NON"}, Decimal(8)),
    }


def test_a_state_written_out_is_taxed_as_by_its_code(american: American) -> None:
    books = american
    places = [place(books, delivery_address={"province": state}) for state in ("WA", "Wash.")]
    orders = [order_for(books, one) for one in places]
    books.carry()
    books.carry()
    states = [books.document(one)["ShipAddr"]["CountrySubDivisionCode"] for one in orders]
    assert states == ["WA", "WA"]
    assert [taxed(books, one) for one in orders] == [({"TAX"}, Decimal(8))] * 2
