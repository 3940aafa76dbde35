"""A customer's statement."""

from __future__ import annotations

import re

from tests.simulator.company import CANADA, Company, Control, invoice, sale
from tests.simulator.conftest import BASE


def shown(canada: Company, path: str) -> str:
    """A page as one reads it: without its marks, blanks run together."""
    answer = canada.session.get(f"{BASE}{path}")
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


class TestStatement:
    def test_every_document_and_payment_with_what_was_owed_after_it(
        self, canada: Company, control: Control
    ) -> None:
        made = canada.create("Invoice", invoice(sale("100.00"), DocNumber="I-1"))
        canada.create("CreditMemo", invoice(sale("10.00"), DocNumber="C-1"))
        linked = {"Amount": 50, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}
        canada.create("Payment", {"CustomerRef": {"value": "1"}, "TotalAmt": 50, "Line": [linked]})
        page = shown(canada, f"/app/{CANADA}/statement?nameId=1")
        for row in ("Invoice I-1 113.00 113.00", "Credit memo C-1 -11.30 101.70", "Payment -50.00 51.70"):
            assert row in page
        assert "Amount due 51.70 CAD" in page
        assert str(canada.read("Customer", "1")["Balance"]) == "51.70"

    def test_a_voided_invoice_is_said_to_be_one(self, canada: Company, control: Control) -> None:
        made = canada.create("Invoice", invoice(DocNumber="I-1"))
        control.person(CANADA, "void", "Invoice", id=made["Id"])
        assert "Invoice I-1 (voided) Voided 0.00 0.00" in shown(canada, f"/app/{CANADA}/statement?nameId=1")

    def test_a_customer_who_bought_nothing(self, canada: Company) -> None:
        assert "No activity." in shown(canada, f"/app/{CANADA}/statement?nameId=1")

    def test_a_customer_who_isnt_there(self, canada: Company) -> None:
        assert canada.session.get(f"{BASE}/app/{CANADA}/statement?nameId=99").status_code == 404
