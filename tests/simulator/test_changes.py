"""Updates: SyncTokens, lines, what a sparse and a full update keep."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.company import Company, fault, invoice, sale

D = Decimal


def test_a_new_sync_token_for_each_change_and_none_for_no_change(canada: Company) -> None:
    made = canada.create("Invoice", invoice(DocNumber="1", PrivateNote="a"))
    changed = canada.update("Invoice", made, PrivateNote="b")
    assert (changed["SyncToken"], changed["PrivateNote"]) == ("1", "b")
    assert canada.update("Invoice", changed, PrivateNote="b", DocNumber="1") == changed


def test_its_own_lines_sent_back_change_nothing(canada: Company) -> None:
    made = canada.create("Invoice", invoice(sale("10.00", Qty=3), sale("20.00", "9")))
    assert canada.update("Invoice", made, Line=_floats(made["Line"])) == made


def test_lines_are_replaced_and_tax_computed_again(canada: Company) -> None:
    made = canada.create("Invoice", invoice(sale("100.00"), sale("50.00")))
    kept = made["Line"][0] | {"Amount": 60.0}
    changed = canada.update("Invoice", made, Line=[_floats(kept), sale("10.00")])
    assert [line.get("Id") for line in changed["Line"]] == ["1", "3", None]
    assert (changed["TxnTaxDetail"]["TotalTax"], changed["TotalAmt"]) == (D("9.10"), D("79.10"))
    assert canada.read("Customer", "1")["Balance"] == D("79.10")


def test_a_tax_line_sent_back_sticks(canada: Company) -> None:
    made = canada.create("Invoice", invoice(sale("100.00")))
    changed = canada.update("Invoice", made, Line=[sale("10.00")], TxnTaxDetail=_floats(made["TxnTaxDetail"]))
    assert changed["TxnTaxDetail"]["TotalTax"] == D("13.00")


def test_a_full_update_keeps_number_and_date(canada: Company) -> None:
    made = canada.create("Invoice", invoice(DocNumber="1", TxnDate="2026-11-01", PrivateNote="a"))
    body = {"Id": made["Id"], "SyncToken": "0", "Line": [sale("5.00")]}
    changed = canada.create("Invoice", body)
    assert (changed["DocNumber"], changed["TxnDate"]) == ("1", "2026-11-01")
    assert "PrivateNote" not in changed


@pytest.mark.parametrize("token", ["0", "7"])
def test_any_other_sync_token_is_stale(canada: Company, token: str) -> None:
    made = canada.create("Invoice", invoice())
    canada.update("Invoice", made, PrivateNote="b")
    answer = canada.post(
        "invoice", {"Id": made["Id"], "SyncToken": token, "sparse": True, "PrivateNote": "c"}
    )
    assert fault(answer) == (
        "5010",
        "Stale Object Error : You and Maria Bookkeeper were working on this at the same time. "
        "Maria Bookkeeper finished before you did, so your work was not saved.",
    )


def test_a_change_needs_a_sync_token_and_something_to_change(canada: Company) -> None:
    assert fault(canada.post("invoice", {"Id": "1", "sparse": True}))[0] == "2020"
    assert fault(canada.post("invoice", {"Id": "75", "SyncToken": "0", "sparse": True}))[0] == "610"
    assert fault(canada.post("invoice", {"Id": "1.5", "SyncToken": "0"}))[0] == "2030"


def test_an_id_that_is_no_number_is_answered_without_a_time(canada: Company) -> None:
    answer = canada.get("customer/1.5")
    assert "time" not in answer.json()
    assert fault(answer) == ("2030", "Id should be a valid number. Supplied value:1.5")


def test_moving_an_invoice_to_another_customer_moves_the_balance(canada: Company) -> None:
    other = canada.create("Customer", {"DisplayName": "Bar"})
    made = canada.create("Invoice", invoice(sale("10.00", "3")))
    canada.update("Invoice", made, CustomerRef={"value": other["Id"]})
    assert canada.read("Customer", "1")["Balance"] == 0
    assert canada.read("Customer", other["Id"])["Balance"] == D("10.00")


def _floats(value: Any) -> Any:
    """What a client that read an entity sends back."""
    if isinstance(value, dict):
        return {key: _floats(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_floats(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value
