"""Currencies: the list of a company, rates by day, and documents in a foreign one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unittest.mock import ANY

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
        assert not {"Id", "SyncToken"} & set(canada.query("select * from ExchangeRate")["ExchangeRate"][0])
        body = {"SourceCurrencyCode": "USD", "AsOfDate": "2026-11-10", "Rate": 1.45}
        only(canada.post("exchangerate", body), "ExchangeRate")
        assert only(canada.get("exchangerate", **later), "ExchangeRate")["Rate"] == D("1.45")
        assert only(canada.get("exchangerate", **asked), "ExchangeRate")["Rate"] == D("1.41")

    def test_of_a_day_a_query_answers_all_of_them_and_the_home_currency(
        self, canada: Books, control: Control
    ) -> None:
        control.switch(canada.realm, multicurrency=True)
        canada.customer(CurrencyRef={"value": "USD"})
        only(
            canada.post(
                "exchangerate", {"SourceCurrencyCode": "USD", "AsOfDate": "2026-11-01", "Rate": 1.4012}
            ),
            "ExchangeRate",
        )
        answer = canada.query("select * from exchangerate where asofdate = '2026-11-05' maxresults 1000")
        rows = {row["SourceCurrencyCode"]: row for row in answer["ExchangeRate"]}
        assert {code: row["Rate"] for code, row in rows.items()} == {"CAD": 1, "USD": D("1.4012")}
        assert {row["AsOfDate"] for row in rows.values()} == {"2026-11-05"}
        assert all(not {"Id", "SyncToken"} & set(row) for row in rows.values())
        one = "select * from ExchangeRate where AsOfDate = '2026-11-05' and SourceCurrencyCode = 'USD'"
        assert canada.query(one)["ExchangeRate"] == [rows["USD"] | {"MetaData": ANY}]
        assert canada.query(one.replace("*", "count(*)")) == {"totalCount": 1}

    def test_a_day_without_one_has_the_last_or_none(self, canada: Books, control: Control) -> None:
        control.switch(canada.realm, multicurrency=True, exchange_rates="last_entered")
        canada.customer(CurrencyRef={"value": "USD"})
        asked = {"sourcecurrencycode": "USD", "asofdate": "2026-11-05"}
        statement = "select * from ExchangeRate where AsOfDate = '2026-11-05'"

        def told() -> list[str]:
            return [row["SourceCurrencyCode"] for row in canada.query(statement)["ExchangeRate"]]

        assert told() == ["CAD"]
        assert fault(canada.get("exchangerate", **asked))[0] == "610"
        canada.post("exchangerate", {"SourceCurrencyCode": "USD", "AsOfDate": "2026-11-01", "Rate": 1.4})
        assert told() == ["CAD", "USD"]
        control.switch(canada.realm, exchange_rates="of_the_day")
        assert told() == ["CAD"]


class TestDocuments:
    def test_where_there_are_several_a_document_may_have_to_name_its_own(
        self, canada: Books, control: Control
    ) -> None:
        control.switch(canada.realm, multicurrency=True)
        assert canada.sell()["CurrencyRef"]["value"] == "CAD"
        control.switch(canada.realm, currency_required=True)
        assert fault(canada.post("invoice", canada.invoice())) == (
            "2020", "Required parameter CurrencyRef is missing in the request",
        )  # fmt: skip

    def test_it_is_the_customers_at_the_rate_it_names_or_at_one(
        self, canada: Books, control: Control
    ) -> None:
        control.switch(canada.realm, multicurrency=True)
        canada.post("exchangerate", {"SourceCurrencyCode": "USD", "AsOfDate": "2026-11-01", "Rate": 1.4})
        customer = canada.customer(CurrencyRef={"value": "USD"})["Id"]
        usd: Any = {"CurrencyRef": {"value": "USD"}, "TxnDate": "2026-11-02"}
        line = canada.sale(100.0, canada.code("HST ON"))
        made = canada.sell(line, customer=customer, **usd)
        assert (made["ExchangeRate"], made["TotalAmt"]) == (1, 113)
        assert (made["HomeTotalAmt"], made["HomeBalance"]) == (113, 113)
        paid = canada.create("Payment", {"CustomerRef": {"value": customer}, "TotalAmt": 13, **usd})
        assert (paid["ExchangeRate"], paid["HomeTotalAmt"]) == (1, 13)
        control.switch(canada.realm, rate_not_sent="table")
        looked_up = canada.sell(line, customer=customer, **usd)
        assert (looked_up["HomeTotalAmt"], looked_up["HomeBalance"]) == (D("158.20"), D("158.20"))
        given = canada.sell(line, customer=customer, ExchangeRate=1.5, **usd)
        assert given["HomeTotalAmt"] == D("169.50")
        assert canada.read("Customer", customer)["Balance"] == 326
        wrong = canada.invoice(line, customer=customer, CurrencyRef={"value": "EUR"})
        assert fault(canada.post("invoice", wrong)) == (
            "6000", "Business Validation Error: You can only use one foreign currency per transaction",
        )  # fmt: skip

    def test_an_update_without_a_rate_keeps_it_or_loses_it(self, canada: Books, control: Control) -> None:
        control.switch(canada.realm, multicurrency=True)
        customer = canada.customer(CurrencyRef={"value": "USD"})["Id"]
        line = canada.sale(100.0, canada.code("HST ON"))
        made = canada.sell(line, customer=customer, CurrencyRef={"value": "USD"}, ExchangeRate=1.4012)
        kept = canada.update("Invoice", made, PrivateNote="x")
        assert (kept["ExchangeRate"], kept["HomeTotalAmt"]) == (D("1.4012"), D("158.34"))
        control.switch(canada.realm, rate_of_updates="as_not_sent")
        assert canada.update("Invoice", kept, PrivateNote="y")["HomeTotalAmt"] == 113

    def test_with_one_currency_there_is_no_rate(self, books: Books) -> None:
        if books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
            lacks("a company without multicurrency")
        assert not {"ExchangeRate", "HomeTotalAmt"} & set(books.sell(ExchangeRate=1))
