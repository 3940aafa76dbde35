"""From connecting to a corrected document in each kind of company: what stands in its books, to the cent.

One order has a line of every kind: beer 50.00 and milk 10.00 (zero-rated), less 10 %, deposits of 0.30, fees
of 0.10 and a delivery of 15.00: 69.40 before tax, of which 60.10 are taxed.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Order
from portal.sales import corrections, orders
from tests.support.bookkeeping import TODAY
from tests.support.companies_of_kinds import Trade, trading

Opens = Callable[..., AbstractContextManager[Trade]]

YESTERDAY = TODAY - timedelta(days=1)
DUE = (TODAY + timedelta(days=30)).isoformat()
PRODUCTS = {"Default": "HST ON", "Zero-rated": "Zero-rated", "Container deposits": "Out of Scope"}
CUSTOMERS = {"Exempt": "Exempt", "Deliveries abroad": "Zero-rated"}
AMERICAN = {
    "customer-tax": {"Zero-rated": "NON", "Exempt": "NON", "Deliveries abroad": "NON"},
    "product-tax": {"Default": "TAX", "Zero-rated": "NON", "Container deposits": "NON"},
}
UNTAXED = {"GST/HST ZR": (0, 9), "NOTAXS": (0, 0.3)}  # milk and deposits, wherever they go in Canada
RESALE = {"tax_status": "provincial_exempt", "certificate": "PST-1234-5678"}


@pytest.fixture(scope="session", autouse=True)
def fork_server_knows_postgresql() -> None:
    """Nothing is forked here."""


@pytest.fixture
def opens(kept_portal: tuple[Flask, Path]) -> Opens:
    return partial(trading, kept_portal)


def test_canada_by_province(opens: Opens) -> None:
    places = {
        "Halifax": at("N.S."),
        "Victoria": at("British Columbia"),
        "Nanaimo": {**at("BC"), **RESALE},
        "Ottawa": {**at("Ont."), "tax_status": "exempt"},
        "Boston": at("Mass.", "USA"),
    }
    by_province = {
        "Sales in BC": "GST/PST BC", "Sales in NS": "HST NS", "Provincial tax exempt in BC": "GST ·",
    }  # fmt: skip
    chosen = {"customer-tax": {**CUSTOMERS, **by_province}, "product-tax": PRODUCTS}
    with opens("CA", places, chosen, close_date=None) as trade:
        books = trade.books
        halifax, victoria, nanaimo, ottawa, boston = map(books.document, trade.sold(*places))
        assert figures(halifax) == (77.81, 8.41, DUE)
        assert trade.taxes(halifax) == {"HST NS": (8.41, 60.1), **UNTAXED}
        assert figures(victoria) == (76.61, 7.21, DUE)
        assert trade.taxes(victoria) == {"GST": (3.01, 60.1), "PST BC": (4.2, 60.1), **UNTAXED}
        assert figures(nanaimo) == (72.41, 3.01, DUE)
        assert trade.taxes(nanaimo) == {"GST": (3.01, 60.1), **UNTAXED}
        assert trade.codes(ottawa) == ["Exempt", "Exempt", "Out of Scope", "Exempt", "Exempt"]
        assert trade.codes(boston) == ["Zero-rated", "Zero-rated", "Out of Scope", "Zero-rated", "Zero-rated"]
        assert figures(ottawa) == figures(boston) == (69.4, 0, DUE)


def test_the_rate_of_nova_scotia_is_that_of_the_day(opens: Opens) -> None:
    chosen = {"customer-tax": {"Default": "HST NS", **CUSTOMERS}, "product-tax": PRODUCTS}
    with opens("CA", {"Halifax": at("NS")}, chosen, close_date=None) as trade:
        [order] = trade.sold("Halifax")
        for day, total, tax in ((date(2025, 3, 31), 78.42, 9.02), (date(2025, 4, 1), 77.81, 8.41)):
            change(trade, order, delivery_date=day)
            found = trade.books.document(order)
            assert figures(found) == (total, tax, (day + timedelta(days=30)).isoformat())


def test_canada_with_one_tax(opens: Opens) -> None:
    chosen = {"customer-tax": {"Default": "HST ON", **CUSTOMERS}, "product-tax": PRODUCTS}
    with opens("CA", {"Toronto": at("ON")}, chosen) as trade:
        books, [order] = trade.books, trade.sold("Toronto")
        assert figures(books.document(order)) == (77.21, 7.81, DUE)
        assert trade.taxes(books.document(order)) == {"HST ON": (7.81, 60.1), **UNTAXED}
        books.change(order, "3")
        trade.carry_until_synced(order)
        assert figures(books.document(order)) == (64.5, 6.35, DUE)


def test_a_credit_memo_corrects_what_the_customer_holds(opens: Opens) -> None:
    chosen = {"customer-tax": {"Default": "HST ON", **CUSTOMERS}, "product-tax": PRODUCTS}
    with opens("CA", {"Toronto": at("ON")}, chosen) as trade:
        books, order = trade.books, trade.order("Toronto", order_date=YESTERDAY, delivery_date=YESTERDAY)
        trade.carry_until_synced(order)
        with books.working():
            reopened = db.session.get_one(Order, order)
            orders.reopen(reopened, books.bo)
            reopened.lines[0].quantity, reopened.lines[0].amount = 3, 3750  # type: ignore[assignment]  # stored alike
            corrections.correct(reopened, "credit", "Broken", books.bo)
        trade.carry_until_synced(order)
        [memo] = books.live("CreditMemo")
        assert (memo["TotalAmt"], trade.taxes(memo)) == (12.71, {"HST ON": (1.46, 11.25)})
        assert books.document(order)["TotalAmt"] == 77.21


@pytest.mark.parametrize(
    ("seed", "header", "default"),
    [("US", "2", {"Default": "State sales tax"}), ("US-automated-tax", None, {})],
    ids=["manual", "automated"],
)
def test_the_united_states(opens: Opens, seed: str, header: str | None, default: dict[str, str]) -> None:
    exempt = {"tax_status": "exempt", "exemption_reason_id": "9", "tax_registration_number": "R-123"}
    places = {"Seattle": at("WA"), "Tacoma": {**at("WA"), **exempt}}
    chosen = {**AMERICAN, "customer-tax": {**AMERICAN["customer-tax"], **default}}
    with opens(seed, places, chosen) as trade:
        books = trade.books
        seattle, tacoma = trade.sold(*places)
        first = books.document(seattle)
        assert figures(first) == (74.21, 4.81, DUE)
        preview = books.sign_in("viewer").get(f"/orders/{seattle}/preview").text
        assert 'data-tax="481"' in preview
        assert 'data-total="7421"' in preview
        assert trade.codes(first) == ["TAX", "NON", "NON", "TAX", "TAX"]
        assert trade.taxes(first) == {"State sales tax": (4.81, 60.1)}
        assert figures(books.document(tacoma)) == (69.4, 0, DUE)
        assert trade.codes(books.document(tacoma)) == ["NON"] * 5
        books.change(seattle, "3")
        trade.carry_until_synced(seattle)
        assert figures(books.document(seattle)) == (62.06, 3.91, DUE)


def test_the_united_states_without_sales_tax(opens: Opens) -> None:
    with opens("US", {"Seattle": at("WA")}, {}, sales_tax=False) as trade:
        [order] = trade.sold("Seattle")
        assert trade.books.document(order)["TotalAmt"] == 69.4


def test_several_currencies(opens: Opens) -> None:
    places = {"Toronto": at("ON"), "Buffalo": {**at("ON"), "currency": "USD"}}
    chosen = {"customer-tax": {"Default": "HST ON", **CUSTOMERS}, "product-tax": PRODUCTS}
    with opens("multicurrency", places, chosen, exchange_rates="of_the_day") as trade:
        books = trade.books
        enters(trade, 1.4012)
        toronto, buffalo = trade.sold(*places)
        assert figures(books.document(toronto)) == figures(books.document(buffalo)) == (77.21, 7.81, DUE)
        assert in_home_currency(books.document(buffalo)) == ("USD", 1.4012, 108.19)
        enters(trade, 1.5)
        books.change(buffalo, "3")
        trade.carry_until_synced(buffalo)
        assert figures(books.document(buffalo)) == (64.5, 6.35, DUE)
        # With the rate that stands there, whatever was entered since.
        assert in_home_currency(books.document(buffalo)) == ("USD", 1.4012, 90.38)


def at(province: str, country: str = "") -> dict[str, Any]:
    return {"delivery_address": {"line1": "1 Main St", "province": province, "country": country}}


def figures(document: dict[str, Any]) -> tuple[float, float, str]:
    """Total, tax and due date."""
    return document["TotalAmt"], document["TxnTaxDetail"]["TotalTax"], document["DueDate"]


def in_home_currency(document: dict[str, Any]) -> tuple[str, float, float]:
    return document["CurrencyRef"]["value"], document["ExchangeRate"], document["HomeTotalAmt"]


def enters(trade: Trade, rate: float) -> None:
    body = {"SourceCurrencyCode": "USD", "AsOfDate": TODAY.isoformat(), "Rate": rate}
    trade.books.person("create", "ExchangeRate", object=body)


def change(trade: Trade, order_id: Any, **values: Any) -> None:
    with trade.books.working():
        order = db.session.get_one(Order, order_id)
        orders.reopen(order, trade.books.bo)
        for name, value in values.items():
            setattr(order, name, value)
    trade.books.finalize(order_id, change_document=True)
    trade.carry_until_synced(order_id)
