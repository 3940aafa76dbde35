"""What is told from memory alone, simulated by default, and the other reading of it behind a switch."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.simulator.company import (
    CALLBACK,
    CLIENT,
    Control,
    ask_for_tokens,
    authorization_code,
    fault,
    only,
)
from tests.simulator.conformance.books import Books, named


class TestTokens:
    def test_a_wrong_secret_is_a_401_or_a_400(self, books: Books, control: Control) -> None:
        for status in (401, 400):
            control.switch_all(bad_client_status=status)
            answer = self.asked(books, ("nobody", "knows"), grant_type="refresh_token", refresh_token="x")
            assert (answer.status_code, answer.text) == (status, '{"error":"invalid_client"}')

    def test_what_lacks_something_may_be_told_what(self, books: Books, control: Control) -> None:
        assert self.asked(books, grant_type="refresh_token").json() == {"error": "invalid_request"}
        control.switch_all(invalid_request_described=True)
        for form, described in (
            ({"grant_type": "authorization_code", "code": "x"}, "Missing required parameter: redirect_uri"),
            ({}, "Unsupported or missing grant_type"),
        ):
            told = {"error": "invalid_request", "error_description": described}
            assert self.asked(books, CLIENT, **form).json() == told

    def test_a_revoked_one_may_be_told_as_expired(self, books: Books, control: Control) -> None:
        control.revoke_tokens(books.realm)
        for text, detail in (("revoked", "Token revoked"), ("expired", f"Token expired: {books.token}")):
            control.switch_all(revoked_token_text=text)
            [error] = books.get("preferences").json()["fault"]["error"]
            assert (error["code"], error["detail"]) == ("3200", detail)

    def test_they_may_be_as_long_as_they_can_be(self, books: Books, control: Control) -> None:
        for access, refresh in ((371, 49), (4096, 512)):
            control.switch_all(access_token_characters=access, refresh_token_characters=refresh)
            code = authorization_code(books.session, books.base, books.realm)
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
            given = ask_for_tokens(books.session, books.base, **form).json()
            assert (len(given["access_token"]), len(given["refresh_token"])) == (access, refresh)
            books.token = given["access_token"]
            assert books.get("preferences").status_code == 200

    def asked(self, books: Books, /, client: tuple[str, str] = CLIENT, **form: str) -> requests.Response:
        return books.session.post(f"{books.base}/oauth2/v1/tokens/bearer", data=form, auth=client, timeout=30)


class TestQueries:
    def test_two_quotes_are_a_mistake_or_one(self, books: Books, control: Control) -> None:
        made = books.customer(DisplayName=books.new("Amy's"))
        doubled = made["DisplayName"].replace("'", "''")
        statement = f"select Id from Customer where DisplayName = '{doubled}'"
        assert books.query_fault(statement)[0] == "4000"
        control.switch(books.realm, doubled_quotes="escaped")
        assert books.query(statement)["Customer"][0]["Id"] == made["Id"]

    def test_numbers_without_quotes_are_taken_or_refused_as_was_seen(
        self, books: Books, control: Control
    ) -> None:
        statement = "SELECT * FROM Vendor WHERE Id NOT IN (1, 2)"
        assert books.query(statement) == {}
        control.switch(books.realm, bare_numbers="refused")
        assert books.query_fault(statement) == (
            "4000",
            'QueryParserError: Encountered " <INTEGER> "1 "" at line 1, column 39.\n'
            'Was expecting one of:\n    "false" ...\n    "true" ...\n    <DATETIME> ...\n    <ID> ...\n'
            "    <STRING> ...\n    ",
        )

    @pytest.mark.parametrize(("reading", "found"), [("escape", "AB"), ("literal", "A\\B")])
    def test_a_backslash_is_taken_away_or_stands_for_itself(
        self, books: Books, control: Control, reading: str, found: str
    ) -> None:
        control.switch(books.realm, query_backslash=reading)
        for name in ("AB", "A\\B", "it's"):
            books.customer(DisplayName=name)
        for literal, name in (("A\\B", found), ("it\\'s", "it's")):
            [row] = books.query(f"select DisplayName from Customer where DisplayName = '{literal}'")[
                "Customer"
            ]
            assert row["DisplayName"] == name


class TestLists:
    def test_blanks_around_a_name_are_trimmed_or_kept(self, books: Books, control: Control) -> None:
        control.switch(books.realm, blanks_around_names="kept")
        assert books.customer(DisplayName=" Bar ")["DisplayName"] == " Bar "
        assert books.create("Item", books.service(Name=" Keg "))["Name"] == " Keg "
        assert fault(books.post("term", {"Name": "  ", "DueDays": 1}))[0] == "2020"

    def test_a_sku_may_be_one_items_alone(self, books: Books, control: Control) -> None:
        control.switch(books.realm, sku_unique=True)
        made = books.create("Item", books.service(Sku="K-1"))
        assert fault(books.post("item", books.service(Sku="k-1")))[0] == "6240"
        assert books.update("Item", made, Description="the same")["Sku"] == "K-1"

    @pytest.mark.parametrize("code", ["500", "2010"])
    def test_a_list_refuses_to_delete_in_one_way_or_the_other(
        self, books: Books, control: Control, code: str
    ) -> None:
        control.switch(books.realm, list_delete_code=code)
        assert fault(books.post("customer", named(books.customer()), operation="delete"))[0] == code

    def test_several_addresses_are_taken_or_refused(self, books: Books, control: Control) -> None:
        several = {"Address": "a@b.example, c@d.example"}
        assert books.customer(PrimaryEmailAddr=several)["PrimaryEmailAddr"] == several
        control.switch(books.realm, several_addresses="refused")
        body = {"DisplayName": books.new("Bar"), "PrimaryEmailAddr": several}
        assert fault(books.post("customer", body))[0] == "2210"

    def test_a_reason_to_be_exempt_is_a_known_one_or_any(self, america: Books, control: Control) -> None:
        control.switch(america.realm, automated_sales_tax=True)
        body = {"DisplayName": america.new("Bar"), "TaxExemptionReasonId": "99"}
        assert fault(america.post("customer", body))[0] == "2170"
        control.switch(america.realm, exemption_reasons="any")
        assert america.create("Customer", body)["TaxExemptionReasonId"] == "99"

    def test_who_pays_no_automated_tax_says_why_or_needn_t(self, america: Books, control: Control) -> None:
        body = {"DisplayName": america.new("Bar"), "Taxable": False}
        made = america.create("Customer", body)
        control.switch(america.realm, automated_sales_tax=True)
        assert america.update("Customer", made, Notes="x")["Taxable"] is False
        control.switch(america.realm, exemption_reason="required")
        other = body | {"DisplayName": america.new("Bar")}
        told = ("2020", "Required parameter TaxExemptionReasonId is missing in the request")
        assert fault(america.post("customer", other)) == told
        assert america.create("Customer", other | {"TaxExemptionReasonId": "9"})["Taxable"] is False


class TestDocuments:
    def test_lines_replace_what_stands_or_change_the_one_of_their_id(
        self, books: Books, control: Control
    ) -> None:
        for reading, amounts in (("replaced", [5, 3]), ("merged", [5, 20, 3])):
            control.switch(books.realm, sparse_lines=reading)
            sold = books.sell(books.sale(10.0), books.sale(20.0))
            changed = books.update(
                "Invoice", sold, Line=[books.sale(5.0) | {"Id": sold["Line"][0]["Id"]}, books.sale(3.0)]
            )
            assert [line["Amount"] for line in changed["Line"][:-1]] == amounts
            assert changed["TotalAmt"] == sum(amounts)

    def test_a_token_of_the_future_is_stale_or_taken(self, books: Books, control: Control) -> None:
        ahead = named(books.customer()) | {"SyncToken": "7", "sparse": True, "Notes": "x"}
        assert fault(books.post("customer", ahead))[0] == "5010"
        control.switch(books.realm, newer_version="accepted")
        assert only(books.post("customer", ahead), "Customer")["SyncToken"] == "1"
        assert fault(books.post("customer", ahead | {"SyncToken": "0"}))[0] == "5010"

    def test_a_due_date_before_the_date_is_taken_or_refused(self, america: Books, control: Control) -> None:
        control.switch(america.realm, due_before_date="refused")
        body = america.invoice(TxnDate="2026-11-20", DueDate="2026-11-19")
        assert fault(america.post("invoice", body))[0] == "6000"
        assert america.create("Invoice", body | {"DueDate": "2026-11-20"})["DueDate"] == "2026-11-20"

    def test_what_needs_to_be_sent_waits_or_is_sent(self, books: Books, control: Control) -> None:
        for reading, status in (("waits", "NeedToSend"), ("sends", "EmailSent")):
            control.switch(books.realm, need_to_send=reading)
            made = books.sell(EmailStatus="NeedToSend", BillEmail={"Address": "a@b.example"})
            assert (made["EmailStatus"], "DeliveryInfo" in made) == (status, reading == "sends")

    @pytest.mark.parametrize(
        ("field", "value", "most"),
        [("ShipMethodRef", {"value": "x" * 31}, 30), ("TrackingNum", "9" * 32, 31)],
    )
    def test_ways_of_shipping_are_short_or_as_long_as_they_are(
        self, books: Books, control: Control, field: str, value: Any, most: int
    ) -> None:
        code, detail = fault(books.post("invoice", books.invoice(**{field: value})))
        assert (code, f"Max:{most} " in detail) == ("2050", True)
        control.switch(books.realm, shipping_lengths="any")
        assert books.sell(**{field: value})[field] == value

    @pytest.mark.parametrize(
        ("reading", "voided", "deleted"),
        [("voided_kept", False, True), ("both_kept", False, False), ("both_freed", True, True)],
    )
    def test_who_is_gone_keeps_its_number_or_frees_it(
        self, books: Books, control: Control, reading: str, *, voided: bool, deleted: bool
    ) -> None:
        control.switch(books.realm, numbers_of_the_gone=reading)
        for number, operation, is_free in (("V-1", "void", voided), ("D-1", "delete", deleted)):
            books.post("invoice", named(books.sell(DocNumber=number)), operation=operation)
            answer = books.post("invoice", books.invoice(DocNumber=number))
            assert (answer.status_code == 200) == is_free, operation

    def test_credit_memos_count_on_with_invoices_or_by_themselves(
        self, america: Books, control: Control
    ) -> None:
        control.switch(america.realm, number_sequence="by_type")
        sold = [int(america.sell()["DocNumber"]) for _ in range(2)]
        credited = [int(america.create("CreditMemo", america.invoice())["DocNumber"]) for _ in range(2)]
        assert (sold[1] - sold[0], credited[1] - credited[0]) == (1, 1)
        assert set(sold) == set(credited)

    def test_half_a_cent_goes_up_or_to_the_even_cent(self, canada: Books, control: Control) -> None:
        line = canada.sale(0.50, canada.code("HST ON"))  # 0.065
        assert canada.sell(line)["TxnTaxDetail"]["TotalTax"] == Decimal("0.07")
        control.switch(canada.realm, half_a_cent="even")
        assert canada.sell(line)["TxnTaxDetail"]["TotalTax"] == Decimal("0.06")

    def test_a_payment_of_too_much_is_refused_or_lies_unapplied(self, books: Books, control: Control) -> None:
        sold = books.sell(books.sale(10.0))
        control.switch(books.realm, over_application="unapplied")
        paid = books.pay(sold, 15.0)
        assert (paid["UnappliedAmt"], paid["Line"][0]["Amount"]) == (5, 10)
        assert books.read("Invoice", sold["Id"])["Balance"] == 0
        assert books.pay(sold, 1.0)["Line"] == []
