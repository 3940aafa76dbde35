"""DocNumber: who gives it, when it is taken, and who holds it."""

from __future__ import annotations

from tests.simulator.company import Control, fault, only
from tests.simulator.conformance.books import Books, named


class TestNumbers:
    def test_without_custom_numbers_they_count_on(self, america: Books, control: Control) -> None:
        control.switch(america.realm, custom_txn_numbers=False)
        numbers = [
            america.sell(**given)["DocNumber"]
            for given in ({}, {}, {"DocNumber": "5000"}, {}, {"DocNumber": "RQ-1"}, {})
        ]
        assert numbers == ["1001", "1002", "5000", "5001", "RQ-1", "5002"]

    def test_all_sales_forms_share_one_row_of_numbers(self, america: Books, control: Control) -> None:
        control.switch(america.realm, custom_txn_numbers=False)
        body = america.invoice()
        numbers = [
            int(america.create(entity, body)["DocNumber"])
            for entity in ("Invoice", "CreditMemo", "SalesReceipt", "Estimate", "Invoice")
        ]
        assert numbers == list(range(numbers[0], numbers[0] + 5))

    def test_with_custom_numbers_there_is_none_unless_given(self, canada: Books, control: Control) -> None:
        control.switch(canada.realm, custom_txn_numbers=True)
        assert "DocNumber" not in canada.sell()
        assert canada.sell(DocNumber="RQ-1")["DocNumber"] == "RQ-1"
        assert canada.sell(DocNumber="AUTO_GENERATE")["DocNumber"].isdecimal()
        assert canada.sell(AutoDocNumber=True)["DocNumber"].isdecimal()

    def test_one_that_is_used_already_names_its_holder(self, books: Books, control: Control) -> None:
        control.switch(books.realm, docnumber_check=True)
        first = books.sell(DocNumber="RQ-10023")
        answer = books.post("invoice", books.invoice(DocNumber="RQ-10023"))
        assert fault(answer) == (
            "6140",
            "Duplicate Document Number Error : You must specify a different number. This number has already "
            f"been used. DocNumber=RQ-10023 is assigned to TxnType=Invoice with TxnId={first['Id']}",
        )
        assert answer.json()["Fault"]["Error"][0]["Message"] == "Duplicate Document Number Error"

    def test_a_duplicate_may_be_asked_for(self, books: Books) -> None:
        number = books.new("D")[:21]
        books.sell(DocNumber=number)
        body = books.invoice(DocNumber=number)
        assert books.create("Invoice", body, include="allowduplicatedocnum")["DocNumber"] == number
        item = {"bId": "1", "operation": "create", "optionsData": "allowduplicatedocnum", "Invoice": body}
        assert books.batch(item)[0]["Invoice"]["DocNumber"] == number

    def test_without_the_companys_warning_it_is_taken(self, books: Books, control: Control) -> None:
        control.switch(books.realm, docnumber_check=False)
        for _ in range(2):
            assert books.sell(DocNumber="1")["DocNumber"] == "1"

    def test_they_are_checked_by_type_unless_the_company_checks_all_sales_forms(
        self, books: Books, control: Control
    ) -> None:
        books.sell(DocNumber="1")
        books.create("CreditMemo", books.invoice(DocNumber="1"))
        books.create("CreditMemo", books.invoice(DocNumber="2"))
        control.switch(books.realm, docnumber_group="sales")
        code, detail = fault(books.post("invoice", books.invoice(DocNumber="2")))
        assert (code, "TxnType=Credit Memo with TxnId=" in detail) == ("6140", True)

    def test_a_voided_one_keeps_its_number_and_a_deleted_one_frees_it(
        self, books: Books, control: Control
    ) -> None:
        control.switch(books.realm, docnumber_check=True)
        made = books.sell(DocNumber="1")
        gone = only(books.post("invoice", named(made), operation="void"), "Invoice")
        assert fault(books.post("invoice", books.invoice(DocNumber="1")))[0] == "6140"
        books.post("invoice", named(gone), operation="delete")
        assert books.sell(DocNumber="1")["DocNumber"] == "1"
