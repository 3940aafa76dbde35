"""Right requests with something wrong in them: each gets a fault of QuickBooks' and no traceback."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from tests.simulator.company import CANADA, Body, Company, Control, invoice, sale

SEED = 20261122
REQUESTS = 330
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 7.005, 1e300, 10**25, "", " ", "1", "5", "99999999", "x" * 5000, "a:b",
    "é\u2028", "2026-11-01", "2026-02-30", "TAX", "NON", "CustomSalesTax", [], {}, [{}], {"value": "1"},
    {"value": "99"}, {"value": None}, {"value": ""}, [None], [5], "SHIPPING_ITEM_ID", "TaxInclusive",
    "NotApplicable",
)  # fmt: skip
SWITCHES: tuple[dict[str, Any], ...] = (
    {},
    {"multicurrency": True, "currency_required": False},
    {"automated_sales_tax": True},
    {"country": "US"},
    {"country": "CA", "sales_tax": False},
    {"sales_tax": True, "classes_per_line": True, "departments": True},
    {"auto_apply_credit": True},
    {"allow_deposit": True, "allow_shipping": True},
    {"tax_rounding": "document"},
    {"address_reflow": True, "account_numbers": True},
    {"amount_tolerance": "a cent", "item_accounts": "both"},
)


def test_a_mutated_request_is_answered_as_quickbooks_would(canada: Company, control: Control) -> None:
    chance = random.Random(SEED)
    rights = _right_requests(canada)
    yes = 0
    for number in range(REQUESTS):
        if number % (REQUESTS // len(SWITCHES)) == 0:
            control.switch(CANADA, **SWITCHES[(number * len(SWITCHES) // REQUESTS) % len(SWITCHES)])
        path, body = chance.choice(rights)
        wrong = _mutated(chance, _fresh(canada, path, body, number))
        operation = chance.choice([""] * 12 + ["update", "void", "delete"])
        include = chance.choice(["invoiceLink", "allowduplicatedocnum", "", "void"])
        answer = canada.post(path, wrong, operation=operation, include=include)
        said = f"request {number} of seed {SEED}: {path} {json.dumps(wrong)[:600]} → {answer.text[:300]}"
        assert answer.status_code in (200, 400), said
        assert '"10000"' not in answer.text, said
        yes += answer.status_code == 200
    assert yes > REQUESTS // 10, "hardly any was still right: this says little"
    owed = {body["Id"]: body["Balance"] for body in control.books(CANADA, "Customer")}
    assert owed == _owed_by_documents(control)


OWED = (("Invoice", "Balance", 1), ("CreditMemo", "Balance", -1), ("Payment", "UnappliedAmt", -1))


def _owed_by_documents(control: Control) -> dict[str, Any]:
    """Whatever was asked, a customer owes what the documents say."""
    owed = {body["Id"]: 0 for body in control.books(CANADA, "Customer")}
    for entity, field, sign in OWED:
        for body in control.books(CANADA, entity):
            if body.get("status") != "Deleted":
                owed[body["CustomerRef"]["value"]] += sign * body[field]
    return owed


def _right_requests(canada: Company) -> list[tuple[str, Body]]:
    account = canada.query("SELECT * FROM Account WHERE AccountType = 'Income'")["Account"][0]["Id"]
    sold = canada.create("Invoice", invoice(sale("80.00", "5"), sale("10.00", "9", Qty=2)))
    memo = canada.create("CreditMemo", invoice(sale("30.00", "3")))
    offer = canada.create("Estimate", invoice(sale("5.00", "3")))
    links = [
        {"Amount": 20, "LinkedTxn": [{"TxnId": sold["Id"], "TxnType": "Invoice"}]},
        {"Amount": 10, "LinkedTxn": [{"TxnId": memo["Id"], "TxnType": "CreditMemo"}]},
    ]
    paid = {"CustomerRef": {"value": "1"}, "TotalAmt": 10, "Line": links}
    words = {"DetailType": "DescriptionOnly", "Description": "Subtotal:", "DescriptionLineDetail": {}}
    off = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }
    tax_line = {"Amount": 1, "DetailType": "TaxLineDetail", "TaxLineDetail": {"TaxRateRef": {"value": "11"}}}
    full = invoice(
        sale("9.99", "5", Qty=3, UnitPrice=3.33), words, off, DocNumber="77", DueDate="2026-12-01",
        GlobalTaxCalculation="TaxExcluded", SalesTermRef={"value": "3"}, ShipAddr={"Line1": "Dock"},
        CurrencyRef={"value": "CAD"}, BillEmail={"Address": "a@b.ca"}, EmailStatus="NeedToSend", Deposit=1,
        CustomField=[{"DefinitionId": "1", "StringValue": "x"}], TxnTaxDetail={"TaxLine": [tax_line]},
        LinkedTxn=[{"TxnId": offer["Id"], "TxnType": "Estimate"}], ClassRef={"value": "1"},
    )  # fmt: skip
    rate = {"TaxRateName": "r", "RateValue": 5, "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
    named = {"SyncToken": "0", "sparse": True}
    changes = {"Entities": "Invoice", "ChangedSince": "2026-11-01"}
    return [
        ("invoice", full),
        ("invoice", invoice(sale("12.00", "5"), GlobalTaxCalculation="TaxInclusive")),
        ("invoice", {**named, "Id": sold["Id"], "Line": [sale("20.00", "5")], "PrivateNote": "x"}),
        ("creditmemo", {**named, "Id": memo["Id"], "Line": [sale("5.00", "3")]}),
        ("estimate", {**named, "Id": offer["Id"], "TxnStatus": "Accepted"}),
        ("creditmemo", full),
        ("salesreceipt", full),
        ("estimate", full),
        ("payment", paid),
        ("payment", paid | {"Line": links[:1], "TotalAmt": 500, "DepositToAccountRef": {"value": "1"}}),
        ("customer", {"DisplayName": "New", "ParentRef": {"value": "1"}, "Job": True, "Balance": 5,
                      "BillAddr": {"Line1": "x"}, "CurrencyRef": {"value": "USD"}, "Taxable": True,
                      "DefaultTaxCodeRef": {"value": "5"}, "TaxExemptionReasonId": "9"}),
        ("customer", {**named, "Id": "1", "Active": False, "PrimaryEmailAddr": {"Address": "a@b.ca"}}),
        ("vendor", {"DisplayName": "Mill", "TermRef": {"value": "1"}}),
        ("employee", {"GivenName": "Jo", "PrimaryAddr": {"Line1": "x"}}),
        ("item", {"Name": "Keg", "Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": 3,
                  "InvStartDate": "2026-01-01", "IncomeAccountRef": {"value": account}, "UnitPrice": 5}),
        ("item", {"Name": "Beer", "Type": "Category", "ParentRef": {"value": "1"}, "SubItem": True}),
        ("item", {**named, "Id": "1", "IncomeAccountRef": {"value": account}, "Sku": "S"}),
        ("account", {"Name": "Fees", "AccountType": "Income", "AcctNum": "5",
                     "ParentRef": {"value": account}}),
        ("term", {"Name": "Net 9", "DueDays": 9, "DayOfMonthDue": None}),
        ("term", {"Name": "The 31st", "DayOfMonthDue": 31, "DueNextMonthDays": 5}),
        ("class", {"Name": "Kegs", "ParentRef": None}),
        ("department", {"Name": "West", "Address": {"Line1": "x"}}),
        ("taxagency", {"DisplayName": "Agency", "TaxTrackedOnSales": True}),
        ("taxservice/taxcode", {"TaxCode": "Code", "TaxRateDetails": [rate]}),
        ("companycurrency", {"Code": "EUR"}),
        ("exchangerate", {"SourceCurrencyCode": "USD", "AsOfDate": "2026-11-01", "Rate": 1.4}),
        ("companyinfo", {**named, "Id": "1", "LegalName": "x", "LegalAddr": {"Line1": "x"}}),
        ("batch", {"BatchItemRequest": [{"bId": "1", "operation": "create", "Invoice": full},
                                        {"bId": "2", "Query": "select * from Item"},
                                        {"bId": "3", "CDCQuery": changes}]}),
    ]  # fmt: skip


def _fresh(canada: Company, path: str, body: Body, number: int) -> Body:
    """Under a name of its own, at the version that stands."""
    fresh: Body = copy.deepcopy(body)
    for field in ("Name", "DisplayName", "GivenName", "TaxCode", "DocNumber"):
        if field in fresh:
            fresh[field] = f"{fresh[field]} {number}"
    for detail in fresh.get("TaxRateDetails", []):
        detail["TaxRateName"] = f"rate {number}"
    if "Id" in fresh:
        answer = canada.get(f"{path}/{fresh['Id']}").json()
        [entity] = [each for name, each in answer.items() if name != "time"]
        fresh["SyncToken"] = entity.get("SyncToken", "0")
    return fresh


def _mutated(chance: random.Random, body: Body) -> Body:
    """One or two values replaced, taken away or doubled, wherever they stand."""
    wrong: Body = copy.deepcopy(body)
    for _ in range(chance.choice([0, 1, 1, 1, 2])):
        if not (places := list(_places(wrong))):
            break
        holder, key = chance.choice(places)
        if isinstance(holder, list):
            holder[key] = _instead(chance, holder[key])
            if chance.random() < 0.3:
                holder.append(copy.deepcopy(holder[key]))
        elif chance.random() < 0.2:
            del holder[key]
        else:
            holder[key] = _instead(chance, holder[key])
    return wrong


def _instead(chance: random.Random, value: Any) -> Any:
    """Mostly something of the same type."""
    alike = [each for each in VALUES if type(each) is type(value)]
    return copy.deepcopy(chance.choice(alike if alike and chance.random() < 0.7 else VALUES))


def _places(value: Any) -> Any:
    """Every holder and key inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in list(inside):
        yield value, key
        if isinstance(each, dict | list):
            yield from _places(each)
