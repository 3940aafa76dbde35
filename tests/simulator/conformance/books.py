"""A company under test, wherever it is: names nobody has used and Ids looked up, so any books will do."""

from __future__ import annotations

import os
import secrets
from decimal import Decimal
from functools import cached_property
from typing import Any, NoReturn

import pytest

from tests.simulator.company import Body, Company, loads

UNTAXED = ("Zero-rated", "Exempt", "Out of Scope")


def lacks(what: str) -> NoReturn:
    """Somebody's company may lack it, which leaves a test untried; the simulator's own must have it."""
    if os.environ.get("QBO_BASE_URL"):
        pytest.skip(what)
    pytest.fail(what)


class Books(Company):
    """Finds or makes what a test needs, and skips the test where the company can't have it."""

    @cached_property
    def country(self) -> str:
        return str(loads(self.get(f"companyinfo/{self.realm}"))["CompanyInfo"]["Country"])

    @property
    def preferences(self) -> Body:
        found: Body = loads(self.get("preferences"))["Preferences"]
        return found

    def new(self, name: str) -> str:
        """A name nobody has."""
        return f"{name} {secrets.token_hex(4)}"

    def customer(self, **fields: Any) -> Body:
        return self.create("Customer", {"DisplayName": self.new("Bistro"), **fields})

    def account(self, account_type: str, sub_type: str | None = None) -> Body:
        """A reference to an account of the type, made where there is none."""
        and_sub_type = f" AND AccountSubType = '{sub_type}'" if sub_type else ""
        found = self.query(f"SELECT * FROM Account WHERE AccountType = '{account_type}'{and_sub_type}")
        if found:
            return {"value": found["Account"][0]["Id"]}
        given = {"AccountSubType": sub_type} if sub_type else {}
        made = self.create("Account", {"Name": self.new(account_type), "AccountType": account_type, **given})
        return {"value": made["Id"]}

    def service(self, name: str = "Service", **fields: Any) -> Body:
        """A body for a new Item."""
        return {
            "Name": self.new(name),
            "Type": "Service",
            "IncomeAccountRef": self.account("Income", "ServiceFeeIncome"),
            **fields,
        }

    def inventory(self, name: str = "Keg", **fields: Any) -> Body:
        """A body for a new Item that is kept in stock."""
        return {
            "Name": self.new(name),
            "Type": "Inventory",
            "TrackQtyOnHand": True,
            "QtyOnHand": 100,
            "InvStartDate": "2026-01-01",
            "AssetAccountRef": self.account("Other Current Asset", "Inventory"),
            "IncomeAccountRef": self.account("Income", "SalesOfProductIncome"),
            "ExpenseAccountRef": self.account("Cost of Goods Sold"),
            **fields,
        }

    @cached_property
    def item(self) -> str:
        return str(self.create("Item", self.service())["Id"])

    def code(self, name: str) -> str:
        """The Id of a tax code, which outside the US is every line's."""
        found = self.query(f"SELECT * FROM TaxCode WHERE Name = '{name}'")
        if not found:
            lacks(f"the company has no tax code {name}")
        return str(found["TaxCode"][-1]["Id"])

    @cached_property
    def untaxed(self) -> str:
        if self.country == "US":
            return "NON"
        for name in UNTAXED:
            if found := self.query(f"SELECT * FROM TaxCode WHERE Name = '{name}'"):
                return str(found["TaxCode"][0]["Id"])
        lacks("the company has no tax code of nothing")

    def sale(self, amount: float, code: str | None = None, **detail: Any) -> Body:
        """A line that sells the item, untaxed unless a code says otherwise."""
        inside = {"ItemRef": {"value": self.item}, "TaxCodeRef": {"value": code or self.untaxed}, **detail}
        given = {key: value for key, value in inside.items() if value is not None}
        return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": given}

    def invoice(self, *lines: Body, customer: str | None = None, **fields: Any) -> Body:
        """A body for a document of a customer, a new one unless given."""
        who = customer or self.customer()["Id"]
        return {"CustomerRef": {"value": who}, "Line": list(lines) or [self.sale(100.0)], **fields}

    def sell(self, *lines: Body, **fields: Any) -> Body:
        return self.create("Invoice", self.invoice(*lines, **fields))

    def pay(self, invoice: Body, amount: float, total: float | None = None) -> Body:
        line = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
        whole = amount if total is None else total
        return self.create(
            "Payment", {"CustomerRef": invoice["CustomerRef"], "TotalAmt": whole, "Line": [line]}
        )


def named(entity: Body, **changes: Any) -> Body:
    """What tells which one is meant, at which version."""
    return {"Id": entity["Id"], "SyncToken": entity["SyncToken"], **changes}


def off(amount: float) -> Body:
    """A line that takes an amount off."""
    return {
        "Amount": amount,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False},
    }


def taxes(made: Body) -> dict[Decimal, Decimal]:
    """Percent → amount, of its tax lines."""
    return {
        line["TaxLineDetail"]["TaxPercent"]: line["Amount"]
        for line in made["TxnTaxDetail"].get("TaxLine", [])
    }
