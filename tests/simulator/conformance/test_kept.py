"""What is kept as it is sent: purchases, deposits, transfers, journal entries, time, notes, files."""

from __future__ import annotations

import pytest

from tests.simulator.company import Body, fault, loads
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
            assert loads(gone)[entity]["status"] == "Deleted"


USUAL_NEWS = {"PrivateNote": "changed"}
NEWS = {"Attachable": {"Note": "changed"}, "PaymentMethod": {"Type": "CREDIT_CARD"}}


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


@pytest.mark.parametrize("entity", ["Budget", "CustomerType", "RecurringTransaction"])
def test_of_some_there_are_none(books: Books, entity: str) -> None:
    assert books.query(f"SELECT * FROM {entity}") == {}
    assert fault(books.post(entity.lower(), {}))[0] == "500"


class TestAttachments:
    def test_a_file_is_hung_on_a_record(self, books: Books) -> None:
        customer = books.create("Customer", {"DisplayName": books.new("Bar")})
        made = self.uploaded(books, "Customer", customer["Id"])["Attachable"]
        assert (made["FileName"], made["Size"], made["ContentType"]) == ("note.txt", 5, "text/plain")
        assert books.read("Attachable", made["Id"]) == made

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
