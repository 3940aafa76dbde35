"""What is kept as it is sent: purchases, deposits, transfers, journal entries, time, notes, files."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulator.wire import dumps
from tests.simulator.company import TOLD_AS, Body, fault, loads, only
from tests.simulator.conformance.books import Books


def bodies(books: Books) -> dict[str, Body]:
    """The least of each, with what it comes to."""
    bank, expense = books.account("Bank"), books.account("Expense")
    vendor = {"value": books.create("Vendor", {"DisplayName": books.new("Mill")})["Id"]}
    worker = {"value": books.create("Employee", {"GivenName": "Jo", "FamilyName": books.new("Li")})["Id"]}
    spent = {
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {"AccountRef": expense},
    }
    lines = [{"Amount": 20, **spent}, {"Amount": 5.5, **spent}]
    bill = books.create("Bill", {"VendorRef": vendor, "Line": lines})
    posted = [
        {
            "Amount": 25.5,
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": posting, "AccountRef": bank},
        }
        for posting in ("Debit", "Credit")
    ]
    put = {"Amount": 25.5, "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": expense}}
    paid = {"Amount": 25.5, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
    return {
        "Bill": {"VendorRef": vendor, "Line": lines},
        "VendorCredit": {"VendorRef": vendor, "Line": lines},
        "PurchaseOrder": {"VendorRef": vendor, "Line": lines},
        "Purchase": {"PaymentType": "Cash", "AccountRef": bank, "Line": lines},
        "BillPayment": {"VendorRef": vendor, "PayType": "Check", "TotalAmt": 25.5, "Line": [paid]},
        "Deposit": {"DepositToAccountRef": bank, "Line": [put]},
        "JournalEntry": {"Line": posted},
        "Transfer": {"FromAccountRef": bank, "ToAccountRef": books.account("Bank"), "Amount": 25.5},
        "CreditCardPayment": {
            "BankAccountRef": bank,
            "CreditCardAccountRef": books.account("Credit Card"),
            "Amount": 25.5,
        },
        "TimeActivity": {"NameOf": "Employee", "EmployeeRef": worker, "Hours": 2},
        "Attachable": {"Note": "call them", "Tag": "x"},
        "PaymentMethod": {"Name": books.new("Cash")},
    }


def test_each_is_made_read_changed_counted_and_deleted(books: Books) -> None:
    for entity, body in bodies(books).items():
        needed = [name for name in body if name not in ("Tag", "EmployeeRef", "Hours")]
        for field in needed:
            rest = {name: value for name, value in body.items() if name != field}
            assert fault(books.post(entity.lower(), rest))[0] == "2020", (entity, field)
        made = books.create(entity, body)
        assert books.read(entity, made["Id"]) == made
        assert str(made.get("TotalAmt", "25.50")) == "25.50"
        changed = books.update(entity, made, **{needed[0]: body[needed[0]], **NEWS.get(entity, USUAL_NEWS)})
        assert changed["SyncToken"] == "1", entity
        assert books.query(f"SELECT COUNT(*) FROM {entity} WHERE Id = '{made['Id']}'") == {"totalCount": 1}
        if entity != "PaymentMethod":
            gone = books.post(entity.lower(), {"Id": made["Id"], "SyncToken": "1"}, operation="delete")
            assert loads(gone)[TOLD_AS.get(entity, entity)]["status"] == "Deleted"


USUAL_NEWS = {"PrivateNote": "changed"}
NEWS = {"Attachable": {"Note": "changed"}, "PaymentMethod": {"Type": "CREDIT_CARD"}}


def test_some_are_found_by_what_is_theirs_alone(books: Books) -> None:
    given = bodies(books)
    customer = books.customer()
    note = books.create(
        "Attachable",
        {"Note": "x", "AttachableRef": [{"EntityRef": {"type": "Customer", "value": customer["Id"]}}]},
    )
    named = "AttachableRef.EntityRef"
    found = books.query(
        f"select Id from attachable where {named}.Type = 'customer' and {named}.value = '{customer['Id']}'"
    )
    assert [row["Id"] for row in found["Attachable"]] == [note["Id"]]
    spent = books.create("Purchase", given["Purchase"])
    for kind, count in (("Cash", 1), ("Check", 0)):
        condition = f"PaymentType = '{kind}' and Id = '{spent['Id']}'"
        assert books.query(f"select count(*) from Purchase where {condition}")["totalCount"] == count


def test_a_note_is_deleted_without_its_sync_token(books: Books) -> None:
    note = books.create("Attachable", {"Note": "x"})
    only(books.post("attachable", {"Id": note["Id"]}, operation="delete"), "Attachable")
    assert fault(books.get(f"attachable/{note['Id']}"))[0] == "610"


def test_a_payment_of_a_credit_card_is_a_transfer_and_in_a_batch_goes_by_its_other_name(books: Books) -> None:
    body = bodies(books)["CreditCardPayment"]
    [made] = books.batch({"bId": "1", "operation": "create", "CreditCardPaymentTxn": body})
    paid = made["CreditCardPaymentTxn"]
    moved = books.read("Transfer", paid["Id"])
    assert (moved["Amount"], moved["FromAccountRef"]) == (Decimal("25.50"), paid["BankAccountRef"])


def test_what_they_refer_to_is_there_and_is_named(books: Books) -> None:
    given = bodies(books)
    bill = books.create("Bill", given["Bill"])
    assert bill["VendorRef"]["name"].startswith("Mill")
    assert bill["Line"][0]["AccountBasedExpenseLineDetail"]["AccountRef"]["name"]
    assert (bill["Balance"], bill["Line"][1]["Id"]) == (bill["TotalAmt"], "2")
    nobody = given["Bill"] | {"VendorRef": {"value": "99999999"}}
    assert fault(books.post("bill", nobody)) == (
        "2500", "Invalid Reference Id : Names element id 99999999 not found"
    )  # fmt: skip


def test_debits_and_credits_balance(books: Books) -> None:
    [debit, credit] = bodies(books)["JournalEntry"]["Line"]
    assert fault(books.post("journalentry", {"Line": [debit, credit | {"Amount": 1}]}))[0] == "6000"


def test_a_payment_of_bills_is_voided(books: Books) -> None:
    made = books.create("BillPayment", bodies(books)["BillPayment"])
    named = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    books.post("billpayment", named, operation="update", include="void")
    assert (books.read("BillPayment", made["Id"])["TotalAmt"], "Voided") == (0, "Voided")


def test_a_refund_and_a_sale_over_the_counter_need_no_customer(books: Books) -> None:
    line = {
        "Amount": 14,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": books.item}, "TaxCodeRef": {"value": books.untaxed}},
    }
    for entity, rest in (
        ("SalesReceipt", {}),
        ("RefundReceipt", {"DepositToAccountRef": books.account("Bank")}),
    ):
        made = books.create(entity, {"Line": [line], **rest})
        assert ("CustomerRef" in made, str(made["TotalAmt"]), made["Balance"]) == (False, "14.00", 0)


@pytest.mark.parametrize("entity", ["Budget", "CustomerType", "ReimburseCharge"])
def test_of_some_there_are_none(books: Books, entity: str) -> None:
    assert books.query(f"SELECT * FROM {entity}") == {}
    assert fault(books.post(entity.lower(), {}))[0] == "500"


class TestTemplates:
    """Of a document that recurs: inside its type, with its schedule."""

    def body(self, books: Books, name: str) -> Body:
        schedule = {"IntervalType": "Monthly", "DayOfMonth": 1, "NumInterval": 1, "StartDate": "2026-12-01"}
        info = {"Name": name, "RecurType": "Automated", "Active": True, "ScheduleInfo": schedule}
        return books.invoice() | {"RecurringInfo": info}

    def test_one_is_made_read_found_changed_and_deleted(self, books: Books) -> None:
        name = books.new("Rent")
        answer = books.post("recurringtransaction", {"Invoice": self.body(books, name)})
        made = only(answer, "RecurringTransaction")["Invoice"]
        assert (made["TotalAmt"], made["SyncToken"]) == (100, "0")
        assert books.read("RecurringTransaction", made["Id"]) == {"Invoice": made}
        for kind, found in (("Invoice", True), ("Bill", False)):
            rows = books.query(
                f"select * from RecurringTransaction where Type = '{kind}' and Name = '{name}'"
            )
            assert (rows.get("RecurringTransaction") == [{"Invoice": made}]) == found
        assert books.query(f"select count(*) from Invoice where Id = '{made['Id']}'")["totalCount"] == 0
        made["RecurringInfo"]["ScheduleInfo"]["DayOfMonth"] = 15
        changed = only(
            books.post_text("recurringtransaction", dumps({"Invoice": made})), "RecurringTransaction"
        )
        assert changed["Invoice"]["RecurringInfo"]["ScheduleInfo"]["DayOfMonth"] == 15
        gone = books.post_text("recurringtransaction", dumps(changed), operation="delete")
        assert only(gone, "RecurringTransaction")["Invoice"]["status"] == "Deleted"

    @pytest.mark.parametrize(
        ("body", "code"),
        [({}, "2020"), ({"Invoice": {}}, "2020"), ({"Gift": {}}, "2010"), ({"Bill": 5}, "2010")],
    )
    def test_one_of_nothing_or_without_a_name_is_refused(self, books: Books, body: Body, code: str) -> None:
        assert fault(books.post("recurringtransaction", body))[0] == code


class TestAttachments:
    def test_a_file_is_hung_on_a_record(self, books: Books) -> None:
        customer = books.create("Customer", {"DisplayName": books.new("Bar")})
        made = self.uploaded(books, "Customer", customer["Id"])["Attachable"]
        assert (made["FileName"], made["Size"], made["ContentType"]) == ("note.txt", 5, "text/plain")
        assert made["AttachableRef"][0]["IncludeOnSend"] is False
        assert books.read("Attachable", made["Id"]) == made
        without_company = books.session.get(
            f"{books.base}/v3/attachable/{made['Id']}",
            headers={"Authorization": f"Bearer {books.token}", "Accept": "application/json"},
            timeout=30,
        )
        assert loads(without_company)["Attachable"] == made

    def test_it_is_fetched_from_where_the_download_says(self, books: Books) -> None:
        customer = books.create("Customer", {"DisplayName": books.new("Bar")})
        made = self.uploaded(books, "Customer", customer["Id"])["Attachable"]
        changed = books.update("Attachable", made, Note="read this")
        address = books.get(f"download/{made['Id']}").text
        assert address == changed["TempDownloadUri"] == made["TempDownloadUri"]
        assert books.session.get(address, timeout=30).content == b"hello"
        note = books.create("Attachable", {"Note": "call them"})
        assert fault(books.get(f"download/{note['Id']}"))[0] == "610"

    def test_of_one_sent_alone_its_name_and_type_are_known(self, books: Books) -> None:
        answer = books.session.post(
            f"{books.base}/v3/company/{books.realm}/upload",
            files=[("file_content_01", ("note.txt", "hello", "text/plain"))],
            headers={"Authorization": f"Bearer {books.token}", "Accept": "application/json"},
            timeout=30,
        )
        [told] = loads(answer)["AttachableResponse"]
        made = told["Attachable"]
        assert (made["FileName"], made["ContentType"], made["SyncToken"]) == ("note.txt", "text/plain", "0")

    def test_what_is_said_of_it_may_be_xml_and_the_file_base64(self, books: Books) -> None:
        said = "<Attachable><FileName>a.txt</FileName><ContentType>text/plain</ContentType></Attachable>"
        packed = {"Content-Transfer-Encoding": "base64"}
        answer = books.session.post(
            f"{books.base}/v3/company/{books.realm}/upload",
            files=[
                ("file_metadata_0", ("attachment.xml", said, "application/xml")),
                ("file_content_0", ("a.txt", "aGVsbG8=", "text/plain", packed)),
            ],
            headers={"Authorization": f"Bearer {books.token}", "Accept": "application/json"},
            timeout=30,
        )
        [told] = loads(answer)["AttachableResponse"]
        assert (told["Attachable"]["FileName"], told["Attachable"]["Size"]) == ("a.txt", 5)

    def test_a_record_that_isnt_there_is_a_fault_of_that_file_alone(self, books: Books) -> None:
        [error] = self.uploaded(books, "Estimate", "99999999")["Fault"]["Error"]
        missing = "The entity Estimate 99999999 that you are trying to link does not exist. Estimate 99999999"
        assert (error["code"], error["Detail"]) == ("6000", f"Business Validation Error: {missing}")

    def uploaded(self, books: Books, type_name: str, id: str) -> Body:
        said = (
            '{"FileName":"note.txt","ContentType":"text/plain",'
            f'"AttachableRef":[{{"EntityRef":{{"type":"{type_name}","value":"{id}"}}}}]}}'
        )
        answer = books.session.post(
            f"{books.base}/v3/company/{books.realm}/upload",
            files=[
                ("file_metadata_01", ("attachment.json", said, "application/json")),
                ("file_content_01", ("note.txt", "hello", "text/plain")),
            ],
            headers={"Authorization": f"Bearer {books.token}", "Accept": "application/json"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        [told] = loads(answer)["AttachableResponse"]
        return dict(told)
