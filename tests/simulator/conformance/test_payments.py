"""Payment and CreditMemo: applied, unapplied, too much, taken back; and what they leave of a balance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.company import Body, Control, fault, only
from tests.simulator.conformance.books import Books, named

D = Decimal


def owed(books: Books, document: Body) -> Any:
    return books.read("Customer", document["CustomerRef"]["value"])["Balance"]


def open_balance(books: Books, document: Body, entity: str = "Invoice") -> Any:
    return books.read(entity, document["Id"])["Balance"]


def link(document: Body, kind: str, amount: float) -> Body:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": document["Id"], "TxnType": kind}]}


class TestPayment:
    def test_it_needs_a_customer_and_an_amount(self, books: Books) -> None:
        assert fault(books.post("payment", {"TotalAmt": 5})) == (
            "2020", "Required parameter CustomerRef is missing in the request",
        )  # fmt: skip
        body = {"CustomerRef": {"value": books.customer()["Id"]}}
        assert fault(books.post("payment", body)) == (
            "2020", "Required parameter TotalAmt is missing in the request",
        )  # fmt: skip

    def test_applied_to_nothing_it_lowers_the_customers_balance(self, books: Books) -> None:
        body = {"CustomerRef": {"value": books.customer()["Id"]}, "TotalAmt": 25}
        made = books.create("Payment", body)
        assert (made["TotalAmt"], made["UnappliedAmt"], made["ProcessPayment"]) == (25, 25, False)
        assert (made["Line"], owed(books, made)) == ([], -25)

    def test_its_money_lies_in_undeposited_funds_unless_said_otherwise(self, books: Books) -> None:
        body = {"CustomerRef": {"value": books.customer()["Id"]}, "TotalAmt": 25}
        account = books.read("Account", books.create("Payment", body)["DepositToAccountRef"]["value"])
        assert account["AccountSubType"] == "UndepositedFunds"
        bank = books.account("Bank")
        assert books.create("Payment", body | {"DepositToAccountRef": bank})["DepositToAccountRef"] == bank

    def test_applied_to_an_invoice_it_lowers_that_and_stands_in_its_links(self, books: Books) -> None:
        sold = books.sell()
        paid = books.pay(sold, 60)
        now = books.read("Invoice", sold["Id"])
        assert (now["Balance"], now["TotalAmt"], paid["UnappliedAmt"]) == (40, 100, 0)
        assert now["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
        assert now["SyncToken"] == "1"
        assert owed(books, sold) == 40

    def test_whether_that_raises_the_invoices_token_is_a_switch(self, books: Books, control: Control) -> None:
        control.switch(books.realm, payment_raises_sync_token=False)
        sold = books.sell()
        books.pay(sold, 60)
        now = books.read("Invoice", sold["Id"])
        assert (now["Balance"], now["SyncToken"]) == (40, "0")

    def test_what_it_brings_beyond_the_invoice_stays_unapplied(self, books: Books) -> None:
        sold = books.sell()
        paid = books.pay(sold, 100, total=130)
        assert paid["UnappliedAmt"] == 30
        assert (open_balance(books, sold), owed(books, sold)) == (0, -30)

    def test_more_than_is_owed_cannot_be_applied(self, books: Books) -> None:
        sold = books.sell()
        body = {"CustomerRef": sold["CustomerRef"], "TotalAmt": 200, "Line": [link(sold, "Invoice", 101)]}
        assert fault(books.post("payment", body))[0] == "6000"
        books.pay(sold, 60)
        body["Line"] = [link(sold, "Invoice", 41)]
        assert fault(books.post("payment", body))[0] == "6000"

    def test_more_than_it_brings_cannot_be_applied(self, books: Books) -> None:
        sold = books.sell()
        body = {"CustomerRef": sold["CustomerRef"], "TotalAmt": 50, "Line": [link(sold, "Invoice", 51)]}
        assert fault(books.post("payment", body))[0] == "6000"

    def test_another_customers_invoice_cannot_be_linked(self, books: Books) -> None:
        sold, other = books.sell(), books.customer()
        body = {"CustomerRef": {"value": other["Id"]}, "TotalAmt": 100, "Line": [link(sold, "Invoice", 100)]}
        assert fault(books.post("payment", body))[0] == "620"

    def test_an_invoice_that_is_not_there_is_named(self, books: Books) -> None:
        line = {"Amount": 1, "LinkedTxn": [{"TxnId": "99999999", "TxnType": "Invoice"}]}
        body = {"CustomerRef": {"value": books.customer()["Id"]}, "TotalAmt": 1, "Line": [line]}
        code, detail = fault(books.post("payment", body))
        assert (code, detail) == (
            "6000",
            "Business Validation Error: The entity Invoice 99999999 that you are trying to link does not "
            "exist. Invoice 99999999",
        )

    def test_an_update_moves_it_to_another_invoice(self, books: Books) -> None:
        first = books.sell()
        second = books.sell(customer=first["CustomerRef"]["value"])
        paid = books.pay(first, 60)
        books.update("Payment", paid, Line=[link(second, "Invoice", 60)])
        assert (open_balance(books, first), open_balance(books, second)) == (100, 40)
        assert books.read("Invoice", first["Id"])["LinkedTxn"] == []
        assert owed(books, first) == 140

    @pytest.mark.parametrize(
        "parameters", [{"operation": "update", "include": "void"}, {"operation": "void"}]
    )
    def test_voided_it_is_nothing_and_the_invoice_open_again(
        self, books: Books, parameters: dict[str, str]
    ) -> None:
        sold = books.sell()
        paid = books.pay(sold, 60, total=70)
        gone = only(books.post("payment", named(paid, sparse=True), **parameters), "Payment")
        assert (gone["TotalAmt"], gone["UnappliedAmt"], gone["PrivateNote"]) == (0, 0, "Voided")
        assert (open_balance(books, sold), owed(books, sold)) == (100, 100)
        assert books.read("Invoice", sold["Id"])["LinkedTxn"] == []

    def test_in_a_batch_it_is_voided_by_an_option(self, books: Books) -> None:
        paid = books.pay(books.sell(), 60)
        item = {"bId": "1", "operation": "update", "optionsData": "void", "Payment": named(paid, sparse=True)}
        assert books.batch(item)[0]["Payment"]["TotalAmt"] == 0

    def test_deleted_it_leaves_the_invoice_open(self, books: Books) -> None:
        sold = books.sell()
        paid = books.pay(sold, 60)
        books.post("payment", named(paid), operation="delete")
        assert (open_balance(books, sold), owed(books, sold)) == (100, 100)

    @pytest.mark.parametrize("operation", ["void", "delete"])
    def test_when_its_invoice_goes_the_money_is_unapplied(self, books: Books, operation: str) -> None:
        sold = books.sell()
        paid = books.pay(sold, 60)
        now = books.read("Invoice", sold["Id"])
        gone = only(books.post("invoice", named(now), operation=operation), "Invoice")
        assert gone.get("LinkedTxn", []) == []
        left = books.read("Payment", paid["Id"])
        assert (left["UnappliedAmt"], left["Line"], owed(books, sold)) == (60, [], -60)

    def test_when_its_invoice_shrinks_what_is_too_much_is_unapplied(self, books: Books) -> None:
        sold = books.sell()
        paid = books.pay(sold, 60)
        now = books.read("Invoice", sold["Id"])
        changed = books.update("Invoice", now, Line=[books.sale(50.0)])
        left = books.read("Payment", paid["Id"])
        assert (changed["Balance"], left["UnappliedAmt"], left["Line"][0]["Amount"]) == (0, 10, 50)
        assert owed(books, sold) == -10

    def test_once_deposited_it_cannot_be_changed(self, books: Books, control: Control) -> None:
        paid = books.pay(books.sell(), 60)
        control.person(books.realm, "deposit", "Payment", id=paid["Id"])
        now = books.read("Payment", paid["Id"])
        answer = books.post("payment", named(now, sparse=True, PrivateNote="x"))
        assert fault(answer)[0] == "6540"
        assert answer.json()["Fault"]["Error"][0]["Message"] == "Deposited Transaction cannot be changed"

    def test_it_is_found_by_customer_and_amount(self, books: Books) -> None:
        paid = books.pay(books.sell(), 60)
        customer = paid["CustomerRef"]["value"]
        found = books.query(f"select * from Payment where CustomerRef = '{customer}' and TotalAmt > '59.99'")
        assert [each["Id"] for each in found["Payment"]] == [paid["Id"]]


class TestCreditMemo:
    def test_its_amounts_are_positive_and_lower_the_customers_balance(self, books: Books) -> None:
        sold = books.sell()
        memo = books.create(
            "CreditMemo", books.invoice(books.sale(30.0), customer=sold["CustomerRef"]["value"])
        )
        assert memo["TotalAmt"] == memo["Balance"] == memo["RemainingCredit"] == 30
        assert not {"DueDate", "AllowIPNPayment"} & set(memo)
        assert owed(books, sold) == 70

    def test_it_is_taxed_as_an_invoice_is(self, canada: Books) -> None:
        line = canada.sale(30.0, canada.code("HST ON"))
        assert canada.create("CreditMemo", canada.invoice(line))["TotalAmt"] == D("33.90")

    def test_it_is_deleted_and_never_voided(self, books: Books) -> None:
        memo = books.create("CreditMemo", books.invoice())
        assert fault(books.post("creditmemo", named(memo), operation="void"))[0] == "500"
        gone = only(books.post("creditmemo", named(memo), operation="delete"), "CreditMemo")
        assert (gone["status"], owed(books, memo)) == ("Deleted", 0)

    def test_a_payment_of_nothing_applies_it(self, books: Books) -> None:
        sold = books.sell()
        body = books.invoice(books.sale(30.0), customer=sold["CustomerRef"]["value"])
        memo = books.create("CreditMemo", body)
        lines = [link(sold, "Invoice", 25), link(memo, "CreditMemo", 25)]
        paid = books.create("Payment", {"CustomerRef": sold["CustomerRef"], "TotalAmt": 0, "Line": lines})
        assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (0, 0)
        assert (open_balance(books, sold), open_balance(books, memo, "CreditMemo")) == (75, 5)
        now = books.read("CreditMemo", memo["Id"])
        assert (now["RemainingCredit"], now["LinkedTxn"]) == (
            5,
            [{"TxnId": paid["Id"], "TxnType": "Payment"}],
        )
        assert owed(books, sold) == 70

    def test_it_may_be_applied_by_itself_to_the_oldest_invoice(self, books: Books, control: Control) -> None:
        control.switch(books.realm, auto_apply_credit=True)
        newer = books.sell(TxnDate="2026-11-10")
        customer = newer["CustomerRef"]["value"]
        older = books.sell(books.sale(20.0), customer=customer, TxnDate="2026-11-01")
        memo = books.create("CreditMemo", books.invoice(books.sale(30.0), customer=customer))
        assert (open_balance(books, older), open_balance(books, newer)) == (0, 90)
        assert memo["RemainingCredit"] == 0
        assert owed(books, newer) == 90

    def test_an_invoice_reference_applies_nothing(self, books: Books) -> None:
        sold = books.sell()
        body = books.invoice(books.sale(30.0), customer=sold["CustomerRef"]["value"])
        memo = books.create("CreditMemo", body | {"InvoiceRef": {"value": sold["Id"]}})
        assert (open_balance(books, sold), memo["RemainingCredit"]) == (100, 30)


class TestSalesReceiptAndEstimate:
    def test_a_sale_paid_at_once_leaves_nothing_owed(self, books: Books) -> None:
        made = books.create("SalesReceipt", books.invoice())
        assert (made["TotalAmt"], made["Balance"], owed(books, made)) == (100, 0, 0)
        account = books.read("Account", made["DepositToAccountRef"]["value"])
        assert account["AccountSubType"] == "UndepositedFunds"

    def test_it_is_voided_by_an_update_that_includes_it(self, books: Books) -> None:
        made = books.create("SalesReceipt", books.invoice())
        answer = books.post("salesreceipt", named(made, sparse=True), operation="update", include="void")
        gone = only(answer, "SalesReceipt")
        assert (gone["TotalAmt"], gone["PrivateNote"]) == (0, "Voided")

    def test_an_update_of_its_lines_keeps_number_date_and_account(self, books: Books) -> None:
        made = books.create("SalesReceipt", books.invoice(DocNumber=books.new("S")[:21]))
        changed = only(books.post("salesreceipt", named(made, Line=[books.sale(5.0)])), "SalesReceipt")
        for kept in ("DocNumber", "TxnDate", "CurrencyRef", "DepositToAccountRef"):
            assert changed[kept] == made[kept]

    def test_an_estimate_moves_nothing_and_cannot_be_voided(self, books: Books) -> None:
        made = books.create("Estimate", books.invoice(ExpirationDate="2026-12-31"))
        assert (made["TotalAmt"], made["TxnStatus"], owed(books, made)) == (100, "Pending", 0)
        assert fault(books.post("estimate", named(made), operation="void"))[0] == "500"
        assert books.update("Estimate", made, TxnStatus="Accepted")["TxnStatus"] == "Accepted"
