"""Invoices: what QuickBooks fills in and what it refuses."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.simulator.company import CANADA, Body, Company, Control, fault, invoice, sale

D = Decimal


def test_an_american_invoice_as_it_was_recorded(america: Company) -> None:
    line = {
        "Amount": 100.0,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
    }
    made = america.create("Invoice", {"Line": [line], "CustomerRef": {"value": "1"}, "TxnDate": "2026-09-29"})
    for unsettled in ("Id", "MetaData", "CustomField"):
        del made[unsettled]
    del made["Line"][0]["SalesItemLineDetail"]["ItemAccountRef"]
    assert made == {
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
        "domain": "QBO",
        "sparse": False,
        "SyncToken": "0",
        "DocNumber": "1001",
        "TxnDate": "2026-09-29",
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "LinkedTxn": [],
        "Line": [
            {
                "Id": "1",
                "LineNum": 1,
                "Amount": D("100.00"),
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {
                    "ItemRef": {"value": "1", "name": "Services"},
                    "TaxCodeRef": {"value": "NON"},
                },
            },
            {"Amount": D("100.00"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
        ],
        "TxnTaxDetail": {"TotalTax": 0},
        "CustomerRef": {"value": "1", "name": "Amy's Bistro"},
        "DueDate": "2026-10-29",
        "TotalAmt": D("100.00"),
        "ApplyTaxAfterDiscount": False,
        "PrintStatus": "NeedToPrint",
        "EmailStatus": "NotSet",
        "Balance": D("100.00"),
    }


def test_money_has_two_decimals_and_zero_is_bare(canada: Company) -> None:
    text = canada.post("invoice", invoice(sale("50", "3", Qty=4, UnitPrice=12.50))).text
    assert '"Amount":50.00' in text
    assert '"Qty":4,"UnitPrice":12.5,' in text
    assert '"TotalTax":0,' in text


def test_the_answer_is_wrapped_stamped_and_named(canada: Company) -> None:
    answer = canada.post("invoice", invoice())
    assert answer.status_code == 200
    assert set(answer.json()) == {"Invoice", "time"}
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert answer.headers["intuit_tid"].startswith("1-")
    assert canada.get("invoice/999").headers["Content-Type"] == "application/json"


def test_terms_and_addresses_come_from_the_customer(canada: Company) -> None:
    customer = canada.create(
        "Customer",
        {
            "DisplayName": "Bar",
            "SalesTermRef": {"value": "2"},
            "BillAddr": {"Line1": "1 King", "City": "Toronto"},
        },
    )
    made = canada.create("Invoice", invoice(customer=customer["Id"], TxnDate="2026-11-01"))
    assert (made["SalesTermRef"], made["DueDate"]) == ({"value": "2"}, "2026-11-16")
    assert made["BillAddr"] == made["ShipAddr"] == customer["BillAddr"]


def test_a_given_address_is_another_address(canada: Company) -> None:
    made = canada.create("Invoice", invoice(ShipAddr={"Line1": "Dock 3"}))
    assert made["ShipAddr"]["Line1"] == "Dock 3"
    assert "BillAddr" not in made


def test_the_custom_field_comes_back_with_its_name(canada: Company) -> None:
    given = [{"DefinitionId": "1", "Type": "StringType", "StringValue": "PO 99"}]
    made = canada.create("Invoice", invoice(CustomField=given))
    assert made["CustomField"] == [
        {"DefinitionId": "1", "Name": "P.O. Number", "Type": "StringType", "StringValue": "PO 99"}
    ]
    given[0]["StringValue"] = "x" * 32
    assert fault(canada.post("invoice", invoice(CustomField=given)))[0] == "2050"


def test_amount_is_quantity_times_price_to_the_cent(canada: Company) -> None:
    assert fault(canada.post("invoice", invoice(sale("10.00", Qty=3, UnitPrice=3.33)))) == (
        "6070",
        "Amount is not equal to UnitPrice * Qty. Supplied value:10",
    )
    made = canada.create("Invoice", invoice(sale("9.99", Qty=3, UnitPrice=3.33)))
    assert made["Line"][0]["SalesItemLineDetail"]["UnitPrice"] == D("3.33")


def test_a_price_that_doesnt_give_the_amount_is_derived_again(canada: Company) -> None:
    made = canada.create("Invoice", invoice(sale("229.96", Qty=9.39, UnitPrice=24.49), sale("10.00", Qty=3)))
    prices = [line["SalesItemLineDetail"]["UnitPrice"] for line in made["Line"][:2]]
    assert prices == [D("24.4898829"), D("3.3333333")]


@pytest.mark.parametrize(
    ("wrong", "code", "detail"),
    [
        ({"CustomerRef": None}, "2020", "Required parameter CustomerRef is missing in the request"),
        ({"Line": []}, "2020", "Required parameter Line is missing in the request"),
        ({"CustomerRef": {"value": "75"}}, "2500", "Invalid Reference Id : Names element id 75 not found"),
        (
            {"Line": [sale("1.00", item="75")]},
            "2500",
            "Invalid Reference Id : Line.SalesItemLineDetail.ItemRef",
        ),
        ({"SalesTermRef": {"value": "75"}}, "2500", "Invalid Reference Id : SalesTermRef"),
        (
            {"DocNumber": "RQ-1234567890123456789012"[:24]},
            "2050",
            "String length specified does not match the supported length. Min:0 Max:21 supported. "
            "Supplied length:24",
        ),
        (
            {"Line": [sale("-1.00")]},
            "6000",
            "Business Validation Error: Transaction amount must be 0 or greater",
        ),
        ({"PrintStatus": "Maybe"}, "2170", "Invalid Enumeration : Maybe"),
        (
            {"LinkedTxn": [{"TxnId": "75", "TxnType": "Estimate"}]},
            "6000",
            "Business Validation Error: The entity Estimate 75 that you are trying to link does not exist. "
            "Estimate 75",
        ),
        (
            {"CurrencyRef": {"value": "USD"}},
            "6000",
            "Business Validation Error: You can only use one foreign currency per transaction",
        ),
    ],
)
def test_refusals(canada: Company, wrong: Body, code: str, detail: str) -> None:
    assert fault(canada.post("invoice", invoice() | wrong)) == (code, detail)


@pytest.mark.parametrize(
    ("body", "class_name", "name"),
    [
        ({"BadJson": 1}, "Invoice", "BadJson"),
        ({"Line": [{"Quantity": 1}]}, "Line", "Quantity"),
        ({"BillAddr": {"Street": "x"}}, "PhysicalAddress", "Street"),
        ({"Invoice": {}}, "Invoice", "Invoice"),
    ],
)
def test_an_unknown_property_is_refused_with_its_class(
    canada: Company, body: Body, class_name: str, name: str
) -> None:
    code, detail = fault(canada.post("invoice", invoice() | body))
    assert code == "2010"
    assert detail.startswith(
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{class_name}), '
        "not marked as ignorable ("
    )
    assert detail.endswith(" specified is unsupported or invalid")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"Line": 5}',
        '{"CustomerRef": "1"}',
        '{"a": NaN}',
        '{"Line": 1e99999999999999999999}',
        "[" * 5000,
    ],
)
def test_what_isnt_the_right_json_is_refused(canada: Company, text: str) -> None:
    assert fault(canada.post_text("invoice", text))[0] == "2010"


@pytest.mark.parametrize("raw", [b'{"PrivateNote": "\xff"}', b'{"PrivateNote": "\\ud800"}'])
def test_broken_text_is_refused(canada: Company, raw: bytes) -> None:
    assert fault(canada.post_text("invoice", raw))[0] == "500"


def test_read_only_fields_are_ignored(canada: Company) -> None:
    made = canada.create(
        "Invoice", invoice(sale("5.00", "3"), TotalAmt=7, Balance=0, MetaData={}, domain="X")
    )
    assert made["TotalAmt"] == made["Balance"] == D("5.00")


def test_inactive_customers_and_items_are_refused(canada: Company, control: Control) -> None:
    made = canada.create("Invoice", invoice(DocNumber="1"))
    control.person(CANADA, "deactivate", "Item", id="1")
    assert fault(canada.post("invoice", invoice()))[1].startswith(
        "Invalid Reference Id : Something you're trying to use has been made inactive."
    )
    assert canada.update("Invoice", made, PrivateNote="still editable")["SyncToken"] == "1"
    control.person(CANADA, "deactivate", "Customer", id="1")
    assert fault(canada.post("invoice", invoice(sale("1.00", item="2"))))[0] == "2500"


def test_a_closed_period_refuses_create_update_void_and_delete(canada: Company, control: Control) -> None:
    made = canada.create("Invoice", invoice(TxnDate="2026-10-15"))
    control.switch(CANADA, close_date="2026-10-31")
    named = {"Id": made["Id"], "SyncToken": "0"}
    tries = [
        canada.post("invoice", invoice(TxnDate="2026-10-31")),
        canada.post("invoice", named | {"sparse": True, "TxnDate": "2026-11-15"}),
        canada.post("invoice", named, operation="void"),
        canada.post("invoice", named, operation="delete"),
    ]
    assert {fault(answer)[0] for answer in tries} == {"6210"}
    assert "through through" in fault(tries[0])[1]
    assert canada.create("Invoice", invoice(TxnDate="2026-11-01"))["TxnDate"] == "2026-11-01"


@pytest.mark.parametrize(
    "path", ["invoice/1/5", "unicorn", "unicorn/1", "invoice", "reports/ProfitAndLoss", ""]
)
def test_an_address_that_isnt_there_is_an_unsupported_operation(canada: Company, path: str) -> None:
    answer = canada.get(path)
    code, detail = fault(answer)
    assert code == "500"
    assert detail.startswith("Operation Could not find resource for relative : ")
    assert "intuit_tid" in answer.headers
