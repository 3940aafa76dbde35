"""Currencies: the list of a company, rates by day, and documents in a foreign one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.simulator.company import Control, fault, only
from tests.simulator.conformance.books import Books, lacks

D = Decimal


class TestCurrencies:
    def test_they_need_multicurrency(self, canada: Books) -> None:
        if canada.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
            lacks("a company without multicurrency")
        answer = canada.post("customer", {"DisplayName": canada.new("Bar"), "CurrencyRef": {"value": "USD"}})
        assert fault(answer)[0] == "6000"
        assert fault(canada.post("companycurrency", {"Code": "USD"}))[0] == "5030"

    def test_an_unknown_one_joins_the_list_with_its_receivables_account(
        self, canada: Books, control: Control
    ) -> None:
        control.switch(canada.realm, multicurrency=True)
        made = canada.customer(CurrencyRef={"value": "USD"})
        assert made["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}
        [listed] = canada.query("select * from CompanyCurrency where Code = 'USD'")["CompanyCurrency"]
        assert listed["Name"] == "United States Dollar"
        [account] = canada.query("select * from Account where Name = 'Accounts Receivable (A/R) - USD'")[
            "Account"
        ]
        assert account["CurrencyRef"]["value"] == "USD"

    def test_that_of_a_customer_is_fixed_when_it_is_made(self, canada: Books, control: Control) -> None:
        control.switch(canada.realm, multicurrency=True)
        made = canada.customer(CurrencyRef={"value": "USD"})
        changed = canada.update("Customer", made, CurrencyRef={"value": "EUR"}, Notes="x")
        assert changed["CurrencyRef"]["value"] == "USD"

    def test_a_rate_is_asked_for_and_set_by_day(self, canada: Books, control: Control) -> None:
        control.switch(canada.realm, multicurrency=True)
        asked = {"sourcecurrencycode": "USD", "asofdate": "2026-11-01"}
        table = only(canada.get("exchangerate", **asked), "ExchangeRate")
        assert (table["SourceCurrencyCode"], table["TargetCurrencyCode"]) == ("USD", "CAD")
        assert table["Rate"] > 1
        for rate in (1.4, 1.41):
            body = {"SourceCurrencyCode": "USD", "AsOfDate": "2026-11-01", "Rate": rate}
            only(canada.post("exchangerate", body), "ExchangeRate")
        assert only(canada.get("exchangerate", **asked), "ExchangeRate")["Rate"] == D("1.41")
        later = {**asked, "asofdate": "2026-11-20"}
        assert only(canada.get("exchangerate", **later), "ExchangeRate")["Rate"] == D("1.41")
        assert canada.query("select count(*) from ExchangeRate") == {"totalCount": 1}
        body = {"SourceCurrencyCode": "USD", "AsOfDate": "2026-11-10", "Rate": 1.45}
        only(canada.post("exchangerate", body), "ExchangeRate")
        assert only(canada.get("exchangerate", **later), "ExchangeRate")["Rate"] == D("1.45")
        assert only(canada.get("exchangerate", **asked), "ExchangeRate")["Rate"] == D("1.41")


class TestDocuments:
    def test_where_there_are_several_a_document_must_name_its_own(
        self, canada: Books, control: Control
    ) -> None:
        control.switch(canada.realm, multicurrency=True)
        assert fault(canada.post("invoice", canada.invoice())) == (
            "2020", "Required parameter CurrencyRef is missing in the request",
        )  # fmt: skip
        control.switch(canada.realm, currency_required=False)
        assert canada.sell()["CurrencyRef"]["value"] == "CAD"

    def test_it_is_the_customers_at_the_days_rate(self, canada: Books, control: Control) -> None:
        control.switch(canada.realm, multicurrency=True)
        canada.post("exchangerate", {"SourceCurrencyCode": "USD", "AsOfDate": "2026-11-01", "Rate": 1.4})
        customer = canada.customer(CurrencyRef={"value": "USD"})["Id"]
        usd: Any = {"CurrencyRef": {"value": "USD"}, "TxnDate": "2026-11-02"}
        line = canada.sale(100.0, canada.code("HST ON"))
        made = canada.sell(line, customer=customer, **usd)
        assert (made["ExchangeRate"], made["TotalAmt"]) == (D("1.4"), 113)
        assert (made["HomeTotalAmt"], made["HomeBalance"]) == (D("158.20"), D("158.20"))
        given = canada.sell(line, customer=customer, ExchangeRate=1.5, **usd)
        assert given["HomeTotalAmt"] == D("169.50")
        assert canada.read("Customer", customer)["Balance"] == 226
        wrong = canada.invoice(line, customer=customer, CurrencyRef={"value": "EUR"})
        assert fault(canada.post("invoice", wrong)) == (
            "6000", "Business Validation Error: You can only use one foreign currency per transaction",
        )  # fmt: skip

    def test_with_one_currency_there_is_no_rate(self, books: Books) -> None:
        if books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
            lacks("a company without multicurrency")
        assert not {"ExchangeRate", "HomeTotalAmt"} & set(books.sell(ExchangeRate=1))
