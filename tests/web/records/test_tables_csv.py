"""The tables as files: all that matches, in the order of the page, and nothing a spreadsheet would run."""

import csv
import io
import re
from datetime import UTC, date, datetime
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

TOO_OLD = {"date": "2026-01-02"}


def test_the_export_holds_all_that_matches_in_the_order_of_the_page(
    app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_pages, "LISTED", 2)
    viewer = signed_in("viewer")
    with given.working_in(app, viewer.organization_id):
        pub = given.customer(name="Café, “Nord”")
        place = given.location(customer=pub, name="=cmd|' /C calc'!A0")
        for number in ("7", "8", "9"):
            order = given.order(number=number, location=place, order_date=date(2026, 11, 2))
        order.route, order.stop, order.driver, order.warehouse = "North 7", "=2", "Dana", "Main"
        order.signed_by, order.signed_at = "M. Côté", datetime(2026, 11, 4, 19, 5, 9, tzinfo=UTC)
        order.collected_amount, order.collected_method = 4000, "transfer"
        refund = given.order([], number="-10", location=place, currency="USD", status="finalized")
        refund.net_total, refund.tax_total, refund.invoice_date = -1250, -163, date(2026, 11, 4)
        given.order(number="20", status="draft")
        for code, values in (("no_lines", {}), ("too_old", TOO_OLD)):
            problems.tell(ref_of(refund), Found(code, values, code))
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
        "Number", "Order date", "Invoice date", "Customer", "Location", "Status", "Purchase order",
        "Total before tax", "Tax", "Total", "Currency",
        "Route", "Stop", "Driver", "Warehouse", "Signed by", "Signed at", "Collected", "Collected by",
        "QuickBooks number", "QuickBooks Id", "QuickBooks total",
        "Integrations", "Reason", "Problem", "Cause",
    ]  # fmt: skip
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    assert [row["Number"] for row in rows] == ["-10", "9", "8", "7"]
    assert {row["Location"] for row in rows} == {"'=cmd|' /C calc'!A0"}
    given_back, first, *_ = rows
    assert {name: text for name, text in given_back.items() if text} == {
        "Number": "-10", "Order date": "2026-11-02", "Invoice date": "2026-11-04",
        "Customer": "Café, “Nord”", "Location": "'=cmd|' /C calc'!A0", "Status": "Finalized",
        "Total before tax": "-12.50", "Tax": "-1.63", "Total": "-14.13", "Currency": "USD",
        "Integrations": "No lines + 1", "Reason": "No lines",
        "Problem": f"{problems.sentence('no_lines', {})} {problems.sentence('too_old', TOO_OLD)}",
        "Cause": "no_lines; too_old",
    }  # fmt: skip
    assert {name: text for name, text in first.items() if text} == {
        "Number": "9", "Order date": "2026-11-02", "Customer": "Café, “Nord”",
        "Location": "'=cmd|' /C calc'!A0", "Status": "Delivered", "Total before tax": "25.00",
        "Currency": "CAD", "Integrations": "Not sent",
        "Route": "North 7", "Stop": "'=2", "Driver": "Dana", "Warehouse": "Main", "Signed by": "M. Côté",
        "Signed at": "2026-11-04 14:05:09", "Collected": "40.00", "Collected by": "Bank transfer",
    }  # fmt: skip


def test_a_file_tells_what_quickbooks_last_said_of_each_record(app: Flask, signed_in: SignIn) -> None:
    """A credit memo with its sign; what it has no more is given no amount."""
    viewer = signed_in("viewer")
    with given.working_in(app, viewer.organization_id):
        company, closed = given.connection(), given.connection(status="closed", realm_id="2")
        for number, kind, there in (
            ("1", "invoice", {"number": "1001", "total": 2825}),
            ("2", "credit_memo", {"number": "=1+1", "total": 2825}),
            ("3", "invoice", {"number": "1003", "total": 2825, "gone": True}),
        ):
            order = given.order(number=number)
            given.link(company, "order", order.id, kind=kind, external_id=f"7{number}", **there)
        elsewhere = given.order(number="4")
        given.link(closed, "order", elsewhere.id, kind="invoice", external_id="99", total=100)
        place = given.location(name="Zoo")
        given.link(company, "location", place.id, kind="customer", external_id="12", name="Pub – Zoo")
    text = viewer.get("/orders.csv?sort=number").data.decode().removeprefix("\ufeff")
    found = [
        (row["QuickBooks number"], row["QuickBooks Id"], row["QuickBooks total"])
        for row in csv.DictReader(io.StringIO(text))
    ]
    assert found == [("1001", "71", "28.25"), ("'=1+1", "72", "-28.25"), ("1003", "73", ""), ("", "", "")]
    rows = csv.DictReader(io.StringIO(viewer.get("/customers.csv?q=zoo").data.decode()))
    assert [(row["QuickBooks name"], row["QuickBooks Id"]) for row in rows] == [("Pub – Zoo", "12")]


def test_customers_and_products_are_exported_too(app: Flask, signed_in: SignIn) -> None:
    bo = signed_in("bookkeeper")
    with given.working_in(app, bo.organization_id):
        given.location(number="L1", name="Bar", customer=given.customer(name="Pub"), tax_status="zero_rated")
        whole = given.product(name="Ale", category="Beer")
        given.sku(
            product=whole, code=None, name="Keg", unit_price=Decimal("-0.125"), kind="container_deposit"
        )
    customers = bo.get("/customers.csv").data.decode().splitlines()
    assert customers[1] == "L1,Pub,Bar,,,Zero rated,yes,,,Not sent,,,"
    products = bo.get("/products.csv").data.decode().splitlines()
    assert products[1] == ",Ale,Keg,,Beer,Container deposit,Default,-0.125,yes,,,Not sent,,,"
