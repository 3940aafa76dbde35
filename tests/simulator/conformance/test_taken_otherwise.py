"""What QuickBooks may make of what it is sent, without a word: each a switch, with what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.company import Body, Control, fault, only
from tests.simulator.conformance.books import Books, named

PHONE = {"FreeFormNumber": "514-555-0101"}
ADDRESS = {"Line1": "1 King", "City": "Toronto"}
NOTHING_BY = {"null": None, "empty": ""}
EMPTIED: dict[str, dict[str, Any]] = {
    "null": dict.fromkeys(("Notes", "CompanyName", "PrimaryPhone", "PrimaryEmailAddr", "BillAddr")),
    "empty": {
        "Notes": "",
        "CompanyName": "",
        "PrimaryPhone": {"FreeFormNumber": ""},
        "PrimaryEmailAddr": {"Address": None},
        "BillAddr": {},
    },
}


class TestPhones:
    def test_ten_digits_stand_as_sent_or_in_one_form(self, books: Books, control: Control) -> None:
        assert books.customer(PrimaryPhone=PHONE)["PrimaryPhone"] == PHONE
        control.switch(books.realm, phone_numbers="reformatted")
        made = books.customer(PrimaryPhone=PHONE, Mobile={"FreeFormNumber": "514.555.0102"})
        assert made["PrimaryPhone"] == {"FreeFormNumber": "(514) 555-0101"}
        assert made["Mobile"] == {"FreeFormNumber": "(514) 555-0102"}
        assert books.read("Customer", made["Id"])["PrimaryPhone"] == made["PrimaryPhone"]
        changed = books.update("Customer", made, PrimaryPhone={"FreeFormNumber": "5145550103"})
        assert changed["PrimaryPhone"] == {"FreeFormNumber": "(514) 555-0103"}

    @pytest.mark.parametrize("other", ["+44 20 7946 0018", "514-555-0101 x7", "555-0101"])
    def test_what_is_anything_else_stands_as_sent(self, books: Books, control: Control, other: str) -> None:
        control.switch(books.realm, phone_numbers="reformatted")
        phone = {"FreeFormNumber": other}
        assert books.customer(PrimaryPhone=phone)["PrimaryPhone"] == phone

    def test_the_same_number_in_another_form_changes_nothing(self, books: Books, control: Control) -> None:
        control.switch(books.realm, phone_numbers="reformatted")
        made = books.customer(PrimaryPhone=PHONE)
        assert books.update("Customer", made, PrimaryPhone=PHONE) == made

    def test_a_person_writes_it_as_a_person_likes(self, books: Books, control: Control) -> None:
        control.switch(books.realm, phone_numbers="reformatted", fields_ignored="Customer.Notes")
        id = books.customer()["Id"]
        changes = {"PrimaryPhone": PHONE, "Notes": "by hand"}
        changed = control.person(books.realm, "update", "Customer", id=id, changes=changes)
        assert (changed["PrimaryPhone"], changed["Notes"]) == (PHONE, "by hand")


class TestTexts:
    def test_they_are_cut_where_a_switch_says_so(self, books: Books, control: Control) -> None:
        control.switch(
            books.realm,
            texts_cut="Customer.CompanyName:5, Customer.BillAddr.Line1:3, Item.Description:4,"
            " Invoice.CustomerMemo.value:2, Invoice.Line.Description:6",
        )
        made = books.customer(CompanyName="Bar Limited", BillAddr={"Line1": "1 King"}, Notes="as it is")
        assert (made["CompanyName"], made["BillAddr"]["Line1"], made["Notes"]) == ("Bar L", "1 K", "as it is")
        item = books.create("Item", books.service(Description="Beer"))
        assert books.update("Item", item, Description="Beer, brown") == item
        line = {**books.sale(5.0), "Description": "Beer, brown"}
        sold = books.sell(line, CustomerMemo={"value": "Thanks"})
        assert (sold["Line"][0]["Description"], sold["CustomerMemo"]) == ("Beer, ", {"value": "Th"})

    def test_what_is_longer_than_quickbooks_takes_is_refused_before(
        self, books: Books, control: Control
    ) -> None:
        control.switch(books.realm, texts_cut="Customer.ResaleNum:5")
        body = {"DisplayName": books.new("Bar"), "ResaleNum": "x" * 17}
        assert fault(books.post("customer", body))[0] == "2050"

    @pytest.mark.parametrize(
        "wrong",
        ["Customer.Shoe:5", "Customer:5", "Customer.Notes", "Customer.Notes:0", "Shoe.Notes:5",
         "Customer.Balance:5", "Customer.Notes.value:5"],
    )  # fmt: skip
    def test_a_switch_that_names_no_text_is_not_turned(
        self, books: Books, control: Control, wrong: str
    ) -> None:
        answer = control.session.post(
            f"{control.base}/control/switches/{books.realm}", json={"texts_cut": wrong}
        )
        assert (answer.status_code, wrong.partition(":")[0] in answer.json()["error"]) == (400, True)


class TestIgnoredFields:
    def test_they_stay_as_they_stand(self, books: Books, control: Control) -> None:
        made = books.customer(PrimaryPhone=PHONE, Notes="old", BillAddr=ADDRESS)
        item = books.create("Item", books.service(UnitPrice=5))
        control.switch(books.realm, fields_ignored="Customer.PrimaryPhone, Customer.BillAddr, Item.UnitPrice")
        other = {"FreeFormNumber": "1"}
        changed = books.update("Customer", made, PrimaryPhone=other, BillAddr={"Line1": "2"}, Notes="new")
        assert (changed["PrimaryPhone"], changed["Notes"]) == (PHONE, "new")
        assert changed["BillAddr"] == made["BillAddr"]
        assert books.update("Customer", changed, PrimaryPhone=other, BillAddr=None) == changed
        assert books.update("Item", item, UnitPrice=6) == item

    def test_also_where_the_whole_is_sent_and_not_at_all_in_what_is_new(
        self, books: Books, control: Control
    ) -> None:
        made = books.customer(CompanyName="Bar Ltd")
        control.switch(books.realm, fields_ignored="Customer.CompanyName, Invoice.CustomerMemo")
        whole = named(made, DisplayName=made["DisplayName"], CompanyName="Other", Notes="new")
        changed = only(books.post("customer", whole), "Customer")
        assert (changed["CompanyName"], changed["Notes"]) == ("Bar Ltd", "new")
        assert "CompanyName" not in books.customer(CompanyName="Bar Ltd")
        assert "CustomerMemo" not in books.sell(CustomerMemo={"value": "Thanks"})

    @pytest.mark.parametrize("wrong", ["Customer.Shoe", "Customer", "Shoe.Notes", "Customer.BillAddr.Line1"])
    def test_a_switch_that_names_no_field_is_not_turned(
        self, books: Books, control: Control, wrong: str
    ) -> None:
        answer = control.session.post(
            f"{control.base}/control/switches/{books.realm}", json={"fields_ignored": wrong}
        )
        assert (answer.status_code, wrong in answer.json()["error"]) == (400, True)


class TestClearing:
    @pytest.mark.parametrize("way", ["null", "empty"])
    def test_either_way_empties_every_field_by_default(self, books: Books, way: str) -> None:
        made = _whole(books)
        left = books.update("Customer", made, **EMPTIED[way], SalesTermRef=_no_reference(way))
        assert not {*EMPTIED[way], "SalesTermRef"} & set(left)
        assert left["SyncToken"] == "1"

    @pytest.mark.parametrize("way", ["null", "empty"])
    @pytest.mark.parametrize("works", ["null", "empty", "nothing"])
    def test_or_one_of_them_alone_or_none(self, books: Books, control: Control, way: str, works: str) -> None:
        made = _whole(books)
        control.switch(books.realm, cleared_by=works, references_cleared_by=works)
        left = books.update("Customer", made, **EMPTIED[way], SalesTermRef=_no_reference(way))
        if way == works:
            assert not {*EMPTIED[way], "SalesTermRef"} & set(left)
        else:
            assert left == made
        # What is cleared beside what is set: the one says nothing of the other.
        assert books.update("Customer", left, **EMPTIED[way], GivenName="Ann")["GivenName"] == "Ann"

    def test_references_may_be_cleared_otherwise_than_texts(self, books: Books, control: Control) -> None:
        made = _whole(books)
        control.switch(books.realm, references_cleared_by="nothing")
        left = books.update("Customer", made, Notes="", SalesTermRef={"value": ""})
        assert ("Notes" in left, left["SalesTermRef"]) == (False, made["SalesTermRef"])

    @pytest.mark.parametrize(("works", "stands"), [("null_or_empty", False), ("nothing", True)])
    def test_an_address_sent_back_with_its_id_and_nothing_in_it_is_empty(
        self, books: Books, control: Control, works: str, stands: bool
    ) -> None:
        made = _whole(books)
        control.switch(books.realm, cleared_by=works)
        empty = {**dict.fromkeys(made["BillAddr"], ""), "Id": made["BillAddr"]["Id"]}
        assert ("BillAddr" in books.update("Customer", made, BillAddr=empty)) == stands

    @pytest.mark.parametrize("works", ["null", "empty", "nothing"])
    def test_it_is_the_same_of_items_and_documents(self, books: Books, control: Control, works: str) -> None:
        item = books.create("Item", books.service(Description="Beer", Sku=books.new("B")))
        sold = books.sell(PrivateNote="a", CustomerMemo={"value": "b"})
        control.switch(books.realm, cleared_by=works)
        for way, nothing in NOTHING_BY.items():
            item = books.update("Item", item, Name=item["Name"], Description=nothing)
            assert ("Description" in item) == (works != way)
            item = books.update("Item", item, Name=item["Name"], Description="Beer")
            memo = None if nothing is None else {"value": ""}
            sold = books.update("Invoice", sold, PrivateNote=nothing, CustomerMemo=memo)
            stands = works != way
            assert ("PrivateNote" in sold, "CustomerMemo" in sold) == (stands, stands)
            sold = books.update("Invoice", sold, PrivateNote="a", CustomerMemo={"value": "b"})

    def test_a_full_update_clears_whatever_is_left_out(self, books: Books, control: Control) -> None:
        made = _whole(books)
        control.switch(books.realm, cleared_by="nothing", references_cleared_by="nothing")
        whole = named(made, DisplayName=made["DisplayName"])
        left = only(books.post("customer", whole), "Customer")
        assert not {*EMPTIED["null"], "SalesTermRef"} & set(left)


def _whole(books: Books) -> Body:
    term = books.query("select Id from Term maxresults 1")["Term"][0]["Id"]
    return books.customer(
        Notes="n",
        CompanyName="Bar Ltd",
        PrimaryPhone=PHONE,
        PrimaryEmailAddr={"Address": "a@b.example"},
        BillAddr=ADDRESS,
        SalesTermRef={"value": term},
    )


def _no_reference(way: str) -> Body | None:
    return {"null": None, "empty": {"value": ""}}[way]
