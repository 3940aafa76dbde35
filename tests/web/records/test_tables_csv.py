"""The tables as files: all that matches, in the order of the page, and nothing a spreadsheet would run."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from portal import problems
from portal.models.kinds import ref_of
from portal.outbox import badge
from portal.problems import Found
from portal.sales.search import table_pages
from tests.support import distributor as given
from tests.support.people import SignIn
from tests.support.queries import queries


def test_the_export_holds_all_that_matches_in_the_order_of_the_page(
    app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_pages, "LISTED", 2)
    viewer = signed_in("viewer")
    with given.working_in(app, viewer.organization_id):
        pub = given.customer(name="Café, “Nord”")
        place = given.location(customer=pub, name="=cmd|' /C calc'!A0")
        for number in ("7", "8", "9"):
            given.order(number=number, location=place, order_date=date(2026, 11, 2))
        refund = given.order([], number="-10", location=place, currency="USD", status="finalized")
        refund.net_total, refund.invoice_date = -1250, date(2026, 11, 4)
        given.order(number="20", status="draft")
        for code in ("no_lines", "too_old"):
            problems.tell(ref_of(refund), Found(code, {}, code))
        badge.restate("order", [refund.id])
    with queries() as seen:
        answer = viewer.get("/orders.csv?sort=-number&q=cafe")
        text = answer.data.decode()
    assert "BEGIN" in seen
    assert "BEGIN IMMEDIATE" not in seen, "nobody waits for an export"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="orders-\d{4}-\d\d-\d\d.csv"', answer.headers["Content-Disposition"]
    )
    assert text.startswith("\ufeffNumber,"), "so that Excel reads it as UTF-8"
    header, *lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert header == [
        "Number", "Order date", "Invoice date", "Customer", "Location", "Status", "Total before tax",
        "Currency",
        "Integrations", "Reason",
    ]  # fmt: skip
    cell = "'=cmd|' /C calc'!A0"
    assert lines == [
        [
            "-10",
            "2026-11-02",
            "2026-11-04",
            "Café, “Nord”",
            cell,
            "Finalized",
            "-12.50",
            "USD",
            "No lines + 1",
            "No lines",
        ],
        ["9", "2026-11-02", "", "Café, “Nord”", cell, "Delivered", "25.00", "CAD", "Not sent", ""],
        ["8", "2026-11-02", "", "Café, “Nord”", cell, "Delivered", "25.00", "CAD", "Not sent", ""],
        ["7", "2026-11-02", "", "Café, “Nord”", cell, "Delivered", "25.00", "CAD", "Not sent", ""],
    ]


def test_customers_and_products_are_exported_too(app: Flask, signed_in: SignIn) -> None:
    bo = signed_in("bookkeeper")
    with given.working_in(app, bo.organization_id):
        given.location(number="L1", name="Bar", customer=given.customer(name="Pub"), tax_status="zero_rated")
        whole = given.product(name="Ale", category="Beer")
        given.sku(
            product=whole, code=None, name="Keg", unit_price=Decimal("-0.125"), kind="container_deposit"
        )
    customers = bo.get("/customers.csv").data.decode().splitlines()
    assert customers[1] == "L1,Pub,Bar,,,Zero rated,yes,Not sent,"
    products = bo.get("/products.csv").data.decode().splitlines()
    assert products[1] == ",Ale,Keg,,Beer,Container deposit,Default,-0.125,yes,Not sent,"
