"""A PDF whose table leads to its objects."""

from __future__ import annotations

import re
from decimal import Decimal

from simulator import pdf
from simulator.wire import Body


def test_every_object_of_a_pdf_stands_where_its_table_says() -> None:
    line = {"DetailType": "SalesItemLineDetail", "Amount": Decimal("5.00"), "Description": "(a) \\ é – 漢"}
    body: Body = {
        "TxnDate": "2026-11-01",
        "TotalAmt": Decimal("500.00"),
        "CurrencyRef": {"value": "CAD"},
        "Line": [line] * 100,
    }
    written = pdf.of_document("Invoice", {"CompanyName": "Maple"}, body)
    start = int(re.search(rb"startxref\n(\d+)", written)[1])  # type: ignore[index]  # or the test fails here
    assert written[start:].startswith(b"xref")
    places = re.findall(rb"(\d{10}) 00000 n", written[start:])
    for number, place in enumerate(places, start=1):
        assert written[int(place) :].startswith(b"%d 0 obj" % number)
    assert written.count(b"/Type /Page ") == 3
    assert rb"(\(a\) \\ " in written
