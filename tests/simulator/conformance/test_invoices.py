"""Invoice: what the server fills in, and what each field may be."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.simulator.company import Body, Control, fault
from tests.simulator.conformance.books import Books, named


class TestWhatTheServerFillsIn:
    def test_the_minimal_one_as_it_was_recorded(self, america: Books) -> None:
        customer = america.customer()
        line = {
            "Amount": 100.0,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": america.item}},
        }
        made = america.create("Invoice", {"Line": [line], "CustomerRef": {"value": customer["Id"]}})
        [sale, subtotal] = made["Line"]
        name = america.read("Item", america.item)["Name"]
        assert (sale["Id"], sale["LineNum"], sale["Amount"]) == ("1", 1, 100)
        assert sale["SalesItemLineDetail"]["ItemRef"] == {"value": america.item, "name": name}
        assert made["CustomerRef"] == {"value": customer["Id"], "name": customer["DisplayName"]}
        assert made["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}
        assert (made["domain"], made["sparse"]) == ("QBO", False)
        assert sale["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "NON"}
        assert not {"Qty", "UnitPrice"} & set(sale["SalesItemLineDetail"])
        assert subtotal == {
            "Amount": 100, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {},
        }  # fmt: skip
        for field, value in {
            "AllowIPNPayment": False,
            "AllowOnlinePayment": False,
            "AllowOnlineCreditCardPayment": False,
            "AllowOnlineACHPayment": False,
            "SyncToken": "0",
            "LinkedTxn": [],
            "TxnTaxDetail": {"TotalTax": 0},
            "TotalAmt": 100,
            "ApplyTaxAfterDiscount": False,
            "PrintStatus": "NeedToPrint",
            "EmailStatus": "NotSet",
            "Balance": 100,
        }.items():
            assert made[field] == value, field
        due = date.fromisoformat(made["TxnDate"]) + timedelta(days=30)
        assert made["DueDate"] == due.isoformat()
        assert "SalesTermRef" not in made

    def test_addresses_are_the_customers_with_their_id(self, books: Books) -> None:
        customer = books.customer(BillAddr={"Line1": "1 King", "City": "Toronto"})
        made = books.sell(customer=customer["Id"])
        assert made["BillAddr"] == made["ShipAddr"] == customer["BillAddr"]

    def test_the_terms_are_the_customers(self, books: Books) -> None:
        term = books.create("Term", {"Name": books.new("T"), "DueDays": 15})
        customer = books.customer(SalesTermRef={"value": term["Id"]})
        made = books.sell(customer=customer["Id"], TxnDate="2026-11-01")
        assert (made["SalesTermRef"], made["DueDate"]) == ({"value": term["Id"]}, "2026-11-16")

    def test_a_due_date_may_come_before_the_date(self, books: Books) -> None:
        assert books.sell(TxnDate="2026-11-10", DueDate="2026-11-01")["DueDate"] == "2026-11-01"

    def test_the_customers_balance_and_time_change_and_its_token_does_not(self, books: Books) -> None:
        customer = books.customer()
        books.sell(customer=customer["Id"])
        now = books.read("Customer", customer["Id"])
        assert (now["Balance"], now["BalanceWithJobs"], now["SyncToken"]) == (100, 100, "0")
        assert now["MetaData"]["LastUpdatedTime"] >= customer["MetaData"]["LastUpdatedTime"]

    def test_the_custom_fields_of_the_company_come_back_by_name(self, books: Books) -> None:
        empty = books.sell()["CustomField"]
        for field in empty:
            assert {"DefinitionId", "Name", "Type"} <= set(field)
        if empty:
            given = {"DefinitionId": empty[0]["DefinitionId"], "Type": "StringType", "StringValue": "PO 99"}
            assert books.sell(CustomField=[given])["CustomField"][0] == {**empty[0], "StringValue": "PO 99"}
            given["StringValue"] = "x" * 32
            assert fault(books.post("invoice", books.invoice(CustomField=[given])))[0] == "2050"

    def test_how_long_a_custom_field_may_be_is_a_switch(self, books: Books, control: Control) -> None:
        control.switch(books.realm, custom_field_length=255)
        given = {"DefinitionId": "1", "Type": "StringType", "StringValue": "x" * 255}
        assert len(books.sell(CustomField=[given])["CustomField"][0]["StringValue"]) == 255

    def test_the_accounts_of_the_items_stand_in_its_lines(self, books: Books) -> None:
        made = books.sell()
        account = books.read("Item", books.item)["IncomeAccountRef"]
        assert made["Line"][0]["SalesItemLineDetail"]["ItemAccountRef"] == account
        assert made["FreeFormAddress"] is True


class TestFields:
    @pytest.mark.parametrize(
        ("wrong", "code", "detail"),
        [
            ({"CustomerRef": None}, "2020", "Required parameter CustomerRef is missing in the request"),
            ({"Line": []}, "2020", "Required parameter Line is missing in the request"),
            ({"CustomerRef": {"value": "99999999"}}, "2500", "Names element id 99999999 not found"),
            ({"SalesTermRef": {"value": "99999999"}}, "2500", "SalesTermRef"),
            ({"DocNumber": "x" * 22}, "2050", "Min:0 Max:21 supported. Supplied length:22"),
            ({"PrivateNote": "x" * 4001}, "2050", "Min:0 Max:4,000 supported. Supplied length:4,001"),
            ({"CustomerMemo": {"value": "x" * 1001}}, "2050", "Min:0 Max:1,000 supported"),
            ({"BillEmail": {"Address": f"{'x' * 96}@a.ca"}}, "2050", "Min:0 Max:100 supported"),
            ({"BillEmail": {"Address": "nobody"}}, "2210", "nobody"),
            ({"PrintStatus": "Maybe"}, "2170", "Invalid Enumeration : Maybe"),
            ({"EmailStatus": "Maybe"}, "2170", "Invalid Enumeration : Maybe"),
            ({"EmailStatus": "NeedToSend"}, "2020", "BillEmail"),
            ({"TxnDate": "soon"}, "2010", "java.util.Date"),
            ({"TrackingNum": "x" * 32}, "2050", "Max:31"),
            (
                {"CurrencyRef": {"value": "EUR"}},
                "6000",
                "You can only use one foreign currency per transaction",
            ),
            ({"Deposit": 5}, "6000", "Deposits are turned off in this company."),
        ],
    )
    def test_a_wrong_one_is_refused(self, books: Books, wrong: Body, code: str, detail: str) -> None:
        found, said = fault(books.post("invoice", books.invoice() | wrong))
        assert (found, detail in said) == (code, True), said

    def test_an_inactive_customer_is_refused(self, books: Books) -> None:
        gone = books.update("Customer", books.customer(), Active=False)
        code, detail = fault(books.post("invoice", books.invoice(customer=gone["Id"])))
        assert code == "2500"
        assert detail.startswith(
            "Invalid Reference Id : Something you're trying to use has been made inactive."
        )

    def test_what_was_sold_before_its_item_went_can_still_be_edited(self, books: Books) -> None:
        item = books.create("Item", books.service())
        made = books.sell(books.sale(1.0, ItemRef={"value": item["Id"]}))
        books.update("Item", item, Active=False)
        assert books.update("Invoice", made, PrivateNote="still editable")["SyncToken"] == "1"

    def test_an_address_of_its_own_is_another_address(self, books: Books) -> None:
        customer = books.customer(BillAddr={"Line1": "1 King"})
        made = books.sell(customer=customer["Id"], ShipAddr={"Line1": "Dock 3"})
        assert (made["ShipAddr"]["Line1"], made["BillAddr"]) == ("Dock 3", customer["BillAddr"])
        assert made["ShipAddr"]["Id"] != made["BillAddr"]["Id"]

    def test_another_customer_takes_over_its_balance(self, books: Books) -> None:
        made, other = books.sell(), books.customer()
        books.update("Invoice", made, CustomerRef={"value": other["Id"]})
        assert books.read("Customer", made["CustomerRef"]["value"])["Balance"] == 0
        assert books.read("Customer", other["Id"])["Balance"] == 100

    def test_all_types_of_documents_share_one_row_of_ids(self, books: Books) -> None:
        body = books.invoice()
        ids = [int(books.create(entity, body)["Id"]) for entity in ("Invoice", "CreditMemo", "Invoice")]
        assert ids == sorted(ids)
        assert len(set(ids)) == 3

    def test_need_to_send_does_not_send(self, books: Books) -> None:
        made = books.sell(EmailStatus="NeedToSend", BillEmail={"Address": "a@example.com"})
        assert (made["EmailStatus"], "DeliveryInfo" in made) == ("NeedToSend", False)

    def test_a_way_of_shipping_is_free_text(self, books: Books) -> None:
        made = books.sell(ShipMethodRef={"value": "Truck"}, ShipDate="2026-11-02", TrackingNum="T-1")
        assert (made["ShipMethodRef"]["value"], made["ShipDate"], made["TrackingNum"]) == (
            "Truck", "2026-11-02", "T-1",
        )  # fmt: skip

    def test_online_payment_needs_to_be_set_up(self, books: Books, control: Control) -> None:
        wanted = {
            "AllowOnlineACHPayment": True,
            "AllowOnlineCreditCardPayment": True,
            "AllowIPNPayment": True,
        }
        off = books.sell(**wanted)
        assert [off[name] for name in wanted] == [False, False, False]
        control.switch(books.realm, online_payments=True)
        on = books.sell(**wanted)
        assert [on[name] for name in wanted] == [True, True, False]

    def test_a_deposit_is_taken_off_the_balance_where_deposits_are_on(
        self, books: Books, control: Control
    ) -> None:
        control.switch(books.realm, allow_deposit=True)
        made = books.sell(Deposit=30)
        assert (made["TotalAmt"], made["Deposit"], made["Balance"]) == (100, 30, 70)
        assert books.read("Customer", made["CustomerRef"]["value"])["Balance"] == 70

    def test_an_estimate_that_is_not_there_cannot_be_linked(self, books: Books) -> None:
        link = [{"TxnId": "99999999", "TxnType": "Estimate"}]
        assert fault(books.post("invoice", books.invoice(LinkedTxn=link))) == (
            "6000",
            "Business Validation Error: The entity Estimate 99999999 that you are trying to link does not "
            "exist. Estimate 99999999",
        )

    def test_an_estimate_is_closed_by_its_invoice_and_opened_again(self, books: Books) -> None:
        customer = books.customer()["Id"]
        offer = books.create("Estimate", books.invoice(customer=customer))
        assert offer["TxnStatus"] == "Pending"
        link = {"TxnId": offer["Id"], "TxnType": "Estimate"}
        made = books.sell(customer=customer, LinkedTxn=[link])
        assert made["LinkedTxn"] == [link]
        closed = books.read("Estimate", offer["Id"])
        assert (closed["TxnStatus"], closed["LinkedTxn"]) == (
            "Closed", [{"TxnId": made["Id"], "TxnType": "Invoice"}],
        )  # fmt: skip
        assert fault(books.post("invoice", books.invoice(customer=customer, LinkedTxn=[link])))[0] == "620"
        books.post("invoice", named(made), operation="delete")
        assert books.read("Estimate", offer["Id"])["TxnStatus"] == "Pending"

    def test_an_edited_address_may_come_back_as_free_lines(self, books: Books, control: Control) -> None:
        address = {"Line1": "1 King", "City": "Toronto", "CountrySubDivisionCode": "ON", "PostalCode": "M5H"}
        made = books.sell(ShipAddr=address)
        assert made["ShipAddr"]["City"] == "Toronto"
        control.switch(books.realm, address_reflow=True)
        changed = books.update("Invoice", made, ShipAddr={**address, "Line1": "2 King"})
        who = made["CustomerRef"]["name"]
        shown = {key: value for key, value in changed["ShipAddr"].items() if key != "Id"}
        assert shown == {"Line1": who, "Line2": "2 King", "Line3": "Toronto, ON  M5H"}
