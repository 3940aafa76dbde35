"""Voided and deleted documents, and credit memos, which know only the second."""

from __future__ import annotations

from decimal import Decimal

from tests.simulator.company import CANADA, Company, Control, fault, invoice, sale

D = Decimal


def test_a_voided_invoice_keeps_number_and_lines_and_loses_amounts(canada: Company) -> None:
    made = canada.create(
        "Invoice",
        invoice(sale("50.00", Qty=4, UnitPrice=12.5), DocNumber="1", PrivateNote="Routeique order 1"),
    )
    answer = canada.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    gone = answer.json()["Invoice"]
    assert (gone["SyncToken"], gone["DocNumber"], len(gone["Line"])) == ("1", "1", 2)
    assert gone["PrivateNote"] == "Voided - Routeique order 1"
    assert gone["TotalAmt"] == gone["Balance"] == gone["TxnTaxDetail"]["TotalTax"] == 0
    assert [line["Amount"] for line in gone["Line"]] == [0, 0]
    assert '"TotalAmt":0,' in answer.text
    assert canada.read("Customer", "1")["Balance"] == 0


def test_a_void_without_a_note_says_so(canada: Company) -> None:
    made = canada.create("Invoice", invoice())
    answer = canada.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    assert answer.json()["Invoice"]["PrivateNote"] == "Voided"


def test_a_deleted_invoice_is_gone(canada: Company, control: Control) -> None:
    made = canada.create("Invoice", invoice(DocNumber="1"))
    named = {"Id": made["Id"], "SyncToken": "0"}
    answer = canada.post("invoice", named, operation="delete")
    assert answer.json()["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert fault(canada.get(f"invoice/{made['Id']}"))[0] == "610"
    assert fault(canada.post("invoice", named, operation="delete"))[0] == "610"
    assert canada.query("SELECT * FROM Invoice") == {}
    assert canada.read("Customer", "1")["Balance"] == 0
    [kept] = control.books(CANADA, "Invoice")
    assert (kept["status"], kept["DocNumber"]) == ("Deleted", "1")


def test_a_credit_memo_lowers_the_balance(canada: Company) -> None:
    canada.create("Invoice", invoice(sale("100.00", "3")))
    memo = canada.create("CreditMemo", invoice(sale("30.00"), DocNumber="RQ-7"))
    assert memo["TotalAmt"] == memo["Balance"] == memo["RemainingCredit"] == D("33.90")
    assert "DueDate" not in memo
    assert canada.read("Customer", "1")["Balance"] == D("66.10")


def test_a_credit_memo_is_deleted_and_never_voided(canada: Company) -> None:
    memo = canada.create("CreditMemo", invoice())
    named = {"Id": memo["Id"], "SyncToken": "0"}
    assert fault(canada.post("creditmemo", named, operation="void"))[0] == "500"
    assert canada.post("creditmemo", named, operation="delete").json()["CreditMemo"]["status"] == "Deleted"
    assert canada.read("Customer", "1")["Balance"] == 0


def test_documents_of_both_types_share_one_row_of_ids(canada: Company) -> None:
    ids = [
        canada.create("Invoice", invoice())["Id"],
        canada.create("CreditMemo", invoice())["Id"],
        canada.create("Invoice", invoice())["Id"],
    ]
    assert ids == ["1", "2", "3"]
