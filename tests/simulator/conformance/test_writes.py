"""What a write changes and leaves alone: sparse and full updates, tokens, deactivating, voiding, deleting."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.company import Body, Control, fault, only
from tests.simulator.conformance.books import Books, named

INACTIVE = (
    "Object Not Found : Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)


class TestUpdates:
    def test_a_sparse_one_changes_only_what_it_names(self, books: Books) -> None:
        made = books.customer(CompanyName="Bar Ltd", Notes="old", GivenName="Ann")
        changed = books.update("Customer", made, Notes="new")
        assert (changed["CompanyName"], changed["GivenName"], changed["Notes"]) == ("Bar Ltd", "Ann", "new")

    def test_a_full_one_clears_contact_fields_and_keeps_what_stands(self, books: Books) -> None:
        made = books.customer(CompanyName="Bar Ltd", GivenName="Ann", BillAddr={"Line1": "1 King"})
        name = books.new("Jack Moe")
        phone = {"FreeFormNumber": "(415) 444-1234"}
        changed = only(books.post("customer", named(made, DisplayName=name, PrimaryPhone=phone)), "Customer")
        assert not {"CompanyName", "GivenName", "BillAddr"} & set(changed)
        assert changed["PrintOnCheckName"] == changed["FullyQualifiedName"] == name
        for kept in ("Taxable", "CurrencyRef", "PreferredDeliveryMethod"):
            assert changed[kept] == made[kept]
        assert changed["PrimaryPhone"] == phone

    def test_a_full_one_of_a_document_keeps_number_date_and_currency(self, books: Books) -> None:
        made = books.sell(DocNumber=books.new("N")[:21], TxnDate="2026-11-01", PrivateNote="a")
        changed = only(books.post("invoice", named(made, Line=[books.sale(5.0)])), "Invoice")
        for kept in ("DocNumber", "TxnDate", "CurrencyRef"):
            assert changed[kept] == made[kept]
        assert "PrivateNote" not in changed

    def test_each_effective_one_raises_the_sync_token_by_one(self, books: Books) -> None:
        made = books.customer()
        once = books.update("Customer", made, Notes="a")
        twice = books.update("Customer", once, Notes="b")
        assert [each["SyncToken"] for each in (made, once, twice)] == ["0", "1", "2"]

    def test_one_that_changes_nothing_raises_neither_token_nor_time(self, books: Books) -> None:
        made = books.customer(Notes="a")
        assert books.update("Customer", made, Notes="a", DisplayName=made["DisplayName"]) == made

    def test_lines_are_replaced_as_a_whole_and_one_without_id_is_new(self, books: Books) -> None:
        made = books.sell(books.sale(10.0), books.sale(20.0))
        kept = {**books.sale(11.0), "Id": made["Line"][0]["Id"]}
        changed = books.update("Invoice", made, Line=[kept, books.sale(30.0)])
        assert [line.get("Id") for line in changed["Line"]] == ["1", "3", None]
        assert changed["TotalAmt"] == 41

    def test_a_sparse_one_cannot_clear_names_or_a_reorder_point(self, books: Books) -> None:
        made = books.customer()
        changed = books.update("Customer", made, DisplayName="", PrintOnCheckName="", Notes="x")
        assert (changed["DisplayName"], changed["PrintOnCheckName"]) == (
            made["DisplayName"], made["PrintOnCheckName"],
        )  # fmt: skip
        item = books.create("Item", books.inventory(ReorderPoint=5))
        assert books.update("Item", item, ReorderPoint=None, Description="x")["ReorderPoint"] == 5

    @pytest.mark.parametrize("token", ["0", "7"])
    def test_any_other_sync_token_is_stale(self, books: Books, token: str) -> None:
        made = books.customer()
        books.update("Customer", made, Notes="a")
        answer = books.post("customer", {"Id": made["Id"], "SyncToken": token, "sparse": True, "Notes": "b"})
        code, detail = fault(answer)
        assert code == "5010"
        assert answer.json()["Fault"]["Error"][0]["Message"] == "Stale Object Error"
        who = detail.partition("You and ")[2].partition(" were working")[0]
        assert detail == (
            f"Stale Object Error : You and {who} were working on this at the same time. "
            f"{who} finished before you did, so your work was not saved."
        )

    def test_without_a_sync_token_one_is_asked_for(self, books: Books) -> None:
        answer = books.post("customer", {"Id": books.customer()["Id"], "sparse": True})
        assert fault(answer) == ("2020", "Required parameter SyncToken is missing in the request")
        [error] = answer.json()["Fault"]["Error"]
        assert error["Message"] == "Required param missing, need to supply the required value for the API"
        assert error["element"] == "SyncToken"

    def test_one_of_what_is_not_there_is_not_found(self, books: Books) -> None:
        answer = books.post("customer", {"Id": "99999999", "SyncToken": "0", "sparse": True})
        assert fault(answer) == ("610", INACTIVE)


WHOLE = (
    "Customer", "Vendor", "Employee", "Item", "Account", "Term", "Class", "Department", "TaxAgency",
    "Invoice", "CreditMemo", "SalesReceipt", "Estimate", "Payment", "CompanyInfo", "Preferences",
)  # fmt: skip


@pytest.mark.parametrize("entity", WHOLE)
def test_whatever_was_read_may_be_sent_back_whole_and_changes_nothing(books: Books, entity: str) -> None:
    made = _any(books, entity)
    answer = books.post_text(entity.lower(), books.get(f"{entity.lower()}/{made['Id']}").text)
    assert fault(answer)[0] == "2010"  # in its wrapper
    bare = books.get(f"{entity.lower()}/{made['Id']}").json()[entity]
    assert only(books.post(entity.lower(), bare), entity) == books.read(entity, made["Id"])
    assert books.read(entity, made["Id"])["SyncToken"] == made["SyncToken"]


def _any(books: Books, entity: str) -> Body:
    """One of that kind, as it is read."""
    name = books.new("Whole")
    address = {"Line1": "1 King", "City": "Toronto"}
    bodies: dict[str, Any] = {
        "Customer": {"DisplayName": name, "BillAddr": address, "Notes": "n"},
        "Vendor": {"DisplayName": name, "BillAddr": address},
        "Employee": {"GivenName": "Jo", "FamilyName": name},
        "Item": books.service(Sku="S", UnitPrice=5.5),
        "Account": {"Name": name, "AccountType": "Expense"},
        "Term": {"Name": name, "DueDays": 5},
        "Class": {"Name": name},
        "Department": {"Name": name},
        "TaxAgency": {"DisplayName": name},
        "CompanyInfo": None,
        "Preferences": None,
    }
    if entity == "Payment":
        made = books.pay(books.sell(), 60, total=70)
    elif bodies.get(entity, {}) is None:
        return books.read(entity, "1")
    else:
        made = books.create(
            entity, bodies.get(entity) or books.invoice(books.sale(50, Qty=3), ShipAddr=address)
        )
    return books.read(entity, made["Id"])


class TestDeactivating:
    @pytest.mark.parametrize("entity", ["Customer", "Vendor"])
    def test_people_get_a_suffix_on_display_and_full_name_only(self, books: Books, entity: str) -> None:
        name = books.new("Bar")
        made = books.create(entity, {"DisplayName": name, "CompanyName": "Bar Ltd", "GivenName": "Ann"})
        gone = books.update(entity, made, Active=False)
        assert (gone["Active"], gone["DisplayName"]) == (False, f"{name} (deleted)")
        assert gone.get("FullyQualifiedName", f"{name} (deleted)") == f"{name} (deleted)"
        assert (gone["PrintOnCheckName"], gone["CompanyName"], gone["GivenName"]) == (name, "Bar Ltd", "Ann")

    def test_items_get_it_on_name_and_full_name(self, books: Books) -> None:
        made = books.create("Item", books.service())
        gone = books.update("Item", made, Active=False)
        assert gone["Name"] == gone["FullyQualifiedName"] == f"{made['Name']} (deleted)"

    @pytest.mark.parametrize("entity", ["Account", "Class"])
    def test_accounts_and_classes_must_be_named_for_it(self, books: Books, entity: str) -> None:
        body = {"Name": books.new("Kept")} | ({"AccountType": "Expense"} if entity == "Account" else {})
        made = books.create(entity, body)
        answer = books.post(entity.lower(), named(made, sparse=True, Active=False))
        assert fault(answer) == ("2020", "Required parameter Name is missing in the request")
        gone = books.update(entity, made, Name=made["Name"], Active=False)
        assert gone["Name"] == f"{made['Name']} (deleted)"

    def test_again_it_changes_nothing(self, books: Books) -> None:
        gone = books.update("Customer", books.customer(), Active=False)
        assert books.update("Customer", gone, Active=False) == gone

    def test_the_name_is_free_again(self, books: Books) -> None:
        made = books.customer()
        books.update("Customer", made, Active=False)
        other = books.create("Customer", {"DisplayName": made["DisplayName"]})
        assert other["Id"] != made["Id"]

    def test_or_it_stays_reserved(self, books: Books, control: Control) -> None:
        control.switch(books.realm, inactive_names="reserved")
        made = books.customer()
        books.update("Customer", made, Active=False)
        answer = books.post("customer", {"DisplayName": made["DisplayName"]})
        assert fault(answer) == ("6240", f"The name supplied already exists. : Id={made['Id']}")

    def test_reactivating_takes_the_name_that_is_sent(self, books: Books) -> None:
        made = books.customer()
        gone = books.update("Customer", made, Active=False)
        back = books.update("Customer", gone, Active=True, DisplayName=made["DisplayName"])
        assert (back["Active"], back["DisplayName"]) == (True, made["DisplayName"])

    @pytest.mark.parametrize("entity", ["Customer", "Item"])
    def test_or_the_name_it_had(self, books: Books, control: Control, entity: str) -> None:
        made = books.customer() if entity == "Customer" else books.create("Item", books.service())
        key = "DisplayName" if entity == "Customer" else "Name"
        gone = books.update(entity, made, Active=False)
        as_sent = books.update(entity, gone, Active=True)
        assert as_sent[key] == gone[key]
        control.switch(books.realm, reactivated_name="restored")
        back = books.update(entity, books.update(entity, as_sent, Active=False), Active=True)
        assert back[key].count("(deleted)") == 1
        first = books.update(entity, back, **{key: made[key]})
        again = books.update(entity, books.update(entity, first, Active=False), Active=True)
        assert (again[key], again["FullyQualifiedName"]) == (made[key], made[key])

    def test_a_customer_who_owes_is_refused(self, books: Books) -> None:
        owing = books.read("Customer", books.sell()["CustomerRef"]["value"])
        answer = books.post("customer", named(owing, sparse=True, Active=False))
        assert fault(answer)[1] == (
            "The entity you are trying to delete has an open balance. : "
            "This customer cannot be deleted because it has a non-zero balance"
        )
        assert answer.json()["Fault"]["Error"][0]["Message"] == "Delete List Has Balance Error"

    @pytest.mark.parametrize("entity", ["Customer", "Item", "Term", "Account"])
    def test_a_list_knows_no_delete(self, books: Books, entity: str) -> None:
        found = books.query(f"select * from {entity} maxresults 1").get(entity) or [books.customer()]
        answer = books.post(entity.lower(), named(found[0]), operation="delete")
        assert fault(answer)[0] == "500"


class TestEndings:
    def test_a_void_leaves_number_and_lines_and_takes_the_amounts(self, books: Books) -> None:
        number = books.new("V")[:21]
        made = books.sell(books.sale(50, Qty=4, UnitPrice=12.5), DocNumber=number)
        gone = _voided(books, made)
        assert (gone["Id"], gone["SyncToken"], gone["DocNumber"]) == (made["Id"], "1", number)
        assert gone["TotalAmt"] == gone["Balance"] == gone["TxnTaxDetail"]["TotalTax"] == 0
        assert [line["Amount"] for line in gone["Line"]] == [0, 0]
        assert [line["DetailType"] for line in gone["Line"]] == [line["DetailType"] for line in made["Line"]]
        assert gone["Line"][0]["SalesItemLineDetail"].get("Qty", 0) == 0
        assert (gone["EmailStatus"], gone["PrintStatus"]) == (made["EmailStatus"], made["PrintStatus"])

    def test_its_note_says_so(self, books: Books) -> None:
        assert _voided(books, books.sell())["PrivateNote"] == "Voided"

    def test_a_note_that_was_there_follows_or_goes(self, books: Books, control: Control) -> None:
        assert _voided(books, books.sell(PrivateNote="old"))["PrivateNote"] == "Voided - old"
        control.switch(books.realm, void_note="alone")
        assert _voided(books, books.sell(PrivateNote="old"))["PrivateNote"] == "Voided"

    def test_a_void_takes_the_balance_of_the_customer(self, books: Books) -> None:
        made = books.sell()
        assert books.read("Customer", made["CustomerRef"]["value"])["Balance"] == 100
        _voided(books, made)
        assert books.read("Customer", made["CustomerRef"]["value"])["Balance"] == 0

    def test_what_is_deleted_is_not_found_and_not_listed(self, books: Books) -> None:
        made = books.sell()
        books.post("invoice", named(made), operation="delete")
        assert fault(books.get(f"invoice/{made['Id']}")) == ("610", INACTIVE)
        assert books.query(f"select * from Invoice where Id = '{made['Id']}'") == {}
        assert fault(books.post("invoice", named(made), operation="delete"))[0] == "610"

    @pytest.mark.parametrize("operation", ["void", "delete"])
    def test_a_stale_token_ends_nothing(self, books: Books, operation: str) -> None:
        made = books.sell()
        books.update("Invoice", made, PrivateNote="x")
        assert fault(books.post("invoice", named(made), operation=operation))[0] == "5010"

    def test_an_unknown_operation_is_not_supported(self, books: Books) -> None:
        assert fault(books.post("invoice", named(books.sell()), operation="explode"))[0] == "500"


def _voided(books: Books, made: Body, **parameters: Any) -> Body:
    return only(books.post("invoice", named(made), operation="void", **parameters), "Invoice")
