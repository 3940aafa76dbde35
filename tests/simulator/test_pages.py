"""The pages that show the books."""

from __future__ import annotations

import pytest

from tests.simulator.company import CANADA, Company, Control, invoice, sale
from tests.simulator.conftest import BASE


def shown(canada: Company, path: str) -> str:
    answer = canada.session.get(f"{BASE}{path}", timeout=10)
    assert answer.status_code == 200
    return answer.text


def test_a_person_finds_the_way_from_the_companies_to_a_document(canada: Company) -> None:
    made = canada.create(
        "Invoice", invoice(sale("50.00", "9"), DocNumber="RQ-1", PrivateNote="Routeique order <1>")
    )
    assert "Maple Beverage Distribution Inc." in shown(canada, "/")
    assert "RQ-1" in shown(canada, f"/app/{CANADA}/invoices")
    page = shown(canada, f"/app/{CANADA}/invoice?txnId={made['Id']}")
    for text in (
        "Invoice RQ-1",
        "GST 5% of 50.00",
        "PST BC 7% of 50.00",
        "56.00",
        "Routeique order &lt;1&gt;",
    ):
        assert text in page


def test_customers_items_and_credit_memos_are_listed(canada: Company) -> None:
    canada.create("CreditMemo", invoice(sale("10.00", "3"), DocNumber="C-1"))
    assert "-10.00" in shown(canada, f"/app/{CANADA}/customers")
    assert "Services" in shown(canada, f"/app/{CANADA}/items")
    assert "C-1" in shown(canada, f"/app/{CANADA}/creditmemos?q=c-")
    assert "C-1" not in shown(canada, f"/app/{CANADA}/creditmemos?q=d-")
    assert "C-1" in shown(canada, f"/app/{CANADA}/customerdetail?nameId=1")
    assert "Credit memo C-1" in shown(canada, f"/app/{CANADA}/creditmemo?txnId=1")


def test_an_opening_balance_and_a_bundle_have_their_pages(canada: Company, control: Control) -> None:
    owing = canada.create("Customer", {"DisplayName": "Owing", "Balance": 12.5})
    [opening] = canada.query(f"SELECT * FROM Invoice WHERE CustomerRef = '{owing['Id']}'")["Invoice"]
    assert "Opening Balance" in shown(canada, f"/app/{CANADA}/invoice?txnId={opening['Id']}")
    contents = {"ItemGroupLine": [{"ItemRef": {"value": "1"}, "Qty": 3}]}
    bundle = control.person(
        CANADA, "create", "Item", object={"Name": "Party", "Type": "Group", "ItemGroupDetail": contents}
    )
    line = {
        "DetailType": "GroupLineDetail",
        "GroupLineDetail": {"GroupItemRef": {"value": bundle["Id"]}, "Line": [sale("7.00", "3")]},
    }
    made = canada.create("Invoice", invoice(line))
    page = shown(canada, f"/app/{CANADA}/invoice?txnId={made['Id']}")
    assert "Party" in page
    assert "7.00" in page


def test_lists_say_what_is_open_paid_and_overdue(canada: Company) -> None:
    for number, fields in (("A-1", {}), ("A-2", {"TxnDate": "2026-10-01", "DueDate": "2026-10-02"})):
        canada.create("Invoice", invoice(sale("50.00", "3"), DocNumber=number, **fields))
    paid = canada.create("Invoice", invoice(sale("50.00", "3"), DocNumber="A-3"))
    linked = {"Amount": 50, "LinkedTxn": [{"TxnId": paid["Id"], "TxnType": "INVOICE"}]}
    canada.create("Payment", {"CustomerRef": {"value": "1"}, "TotalAmt": 50, "Line": [linked]})
    rows = shown(canada, f"/app/{CANADA}/invoices").split("<tr")
    for number, status in (("A-1", "Open"), ("A-2", "Overdue"), ("A-3", "Paid")):
        assert [f">{status}<" in row for row in rows if number in row] == [True]


def test_a_voided_invoice_says_so(canada: Company) -> None:
    made = canada.create("Invoice", invoice())
    canada.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    assert "Voided" in shown(canada, f"/app/{CANADA}/invoice?txnId={made['Id']}")


@pytest.mark.parametrize(
    "path", ["/app/1/items", f"/app/{CANADA}/invoice?txnId=9", f"/app/{CANADA}/customerdetail", "/app/x/y"]
)
def test_what_isnt_there_is_not_found(canada: Company, path: str) -> None:
    assert canada.session.get(f"{BASE}{path}", timeout=10).status_code == 404
