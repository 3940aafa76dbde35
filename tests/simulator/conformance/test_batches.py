"""Batch: independent items under one answer of 200, and each kind of item."""

from __future__ import annotations

import pytest

from tests.simulator.company import Body, fault, item_fault, loads
from tests.simulator.conformance.books import Books, named


def creating(books: Books, b_id: str) -> Body:
    return {"bId": b_id, "operation": "create", "Customer": {"DisplayName": books.new("Bar")}}


def test_items_succeed_and_fail_on_their_own_under_200_in_the_order_asked(books: Books) -> None:
    sold, taken = books.sell(), books.customer()
    answers = books.batch(
        creating(books, "bid1"),
        {"bId": "bid2", "operation": "delete", "Invoice": {"Id": "99999999", "SyncToken": "0"}},
        {"bId": "bid3", "operation": "update", "Invoice": {**named(sold), "SyncToken": "7", "sparse": True}},
        {"bId": "bid4", "Query": f"select * from Invoice where Id = '{sold['Id']}'"},
        {"bId": "bid5", "operation": "create", "Customer": {"DisplayName": taken["DisplayName"]}},
        {"bId": "bid6", "operation": "update", "Invoice": named(sold, sparse=True, PrivateNote="x")},
        {"bId": "bid7", "operation": "create", "Invoice": {"Shoe": 1}},
        {"bId": "bid8", "Query": "select * from Nothing"},
    )
    assert [answer["bId"] for answer in answers] == [f"bid{number}" for number in range(1, 9)]
    assert [item_fault(answer) if "Fault" in answer else "yes" for answer in answers] == [
        "yes", "610", "5010", "yes", "6240", "yes", "2010", "4001",
    ]  # fmt: skip
    assert answers[1]["Fault"]["type"] == "ValidationFault"
    assert answers[3]["QueryResponse"]["maxResults"] == 1
    assert books.read("Invoice", sold["Id"])["PrivateNote"] == "x"


def test_a_refused_item_leaves_nothing_behind(books: Books) -> None:
    customer = books.customer()["Id"]
    wrong = books.invoice(books.sale(5.0), books.sale(5.0, Qty=2, UnitPrice=9), customer=customer)
    [answer] = books.batch({"bId": "1", "operation": "create", "Invoice": wrong})
    assert item_fault(answer) == "6070"
    assert books.read("Customer", customer)["Balance"] == 0


def test_one_item_cannot_use_what_another_makes(books: Books) -> None:
    made, used = books.batch(
        creating(books, "1"),
        {
            "bId": "2",
            "operation": "create",
            "Invoice": {**books.invoice(), "CustomerRef": {"value": "bId:1"}},
        },
    )
    assert "Customer" in made
    assert item_fault(used) == "2500"


def test_thirty_items_are_the_most(books: Books) -> None:
    items = [creating(books, str(number)) for number in range(31)]
    answer = books.post("batch", {"BatchItemRequest": items})
    assert fault(answer)[0] == "1040"
    assert answer.json()["Fault"]["Error"][0]["Message"] == "Batch size exceeds allowed limit"
    assert len(books.batch(*items[:30])) == 30


def test_what_ends_a_document_travels_as_operation_or_option(books: Books) -> None:
    by_operation, by_option, deleted = books.sell(), books.sell(), books.sell()
    answers = books.batch(
        {"bId": "1", "operation": "void", "Invoice": named(by_operation)},
        {"bId": "2", "operation": "update", "optionsData": "void", "Invoice": named(by_option)},
        {"bId": "3", "operation": "delete", "Invoice": named(deleted)},
    )
    assert [answer["Invoice"].get("TotalAmt", answer["Invoice"].get("status")) for answer in answers] == [
        0, 0, "Deleted",
    ]  # fmt: skip


def test_an_invoice_is_sent_by_an_item_too(books: Books) -> None:
    sold = books.sell(BillEmail={"Address": "a@example.com"})
    [answer] = books.batch({"bId": "1", "operation": "send", "Invoice": named(sold)})
    assert answer["Invoice"]["EmailStatus"] == "EmailSent"


def test_changes_may_be_asked_for_in_a_batch(books: Books) -> None:
    made = books.customer()
    since = made["MetaData"]["LastUpdatedTime"]
    [answer] = books.batch({"bId": "1", "CDCQuery": {"Entities": "Customer", "ChangedSince": since}})
    [found] = answer["CDCResponse"]
    assert made["Id"] in [each["Id"] for each in found["QueryResponse"][0]["Customer"]]


@pytest.mark.parametrize("count", ["select count(*) from Term", "select * from Term maxresults 1"])
def test_queries_are_items(books: Books, count: str) -> None:
    [answer] = books.batch({"bId": "1", "Query": count})
    assert answer["QueryResponse"]


@pytest.mark.parametrize("body", [{}, [], {"BatchItemRequest": [5]}, {"BatchItemRequest": [], "Shoe": 1}])
def test_a_misshapen_batch_is_refused_whole(books: Books, body: object) -> None:
    assert fault(books.post("batch", body))[0] in ("2010", "2020")


@pytest.mark.parametrize(
    "item",
    [
        {"bId": "1", "operation": "create"},
        {"bId": "1", "operation": "create", "Unicorn": {}},
        {"bId": "1", "operation": "merge", "Invoice": {}},
        {"bId": "1", "operation": "update", "Invoice": {"SyncToken": "0"}},
        {"bId": "1", "operation": "create", "Invoice": []},
        {},
    ],
)
def test_a_misshapen_item_is_refused_alone(books: Books, item: Body) -> None:
    odd, fine = books.batch(item, creating(books, "2"))
    assert "Fault" in odd
    assert "Customer" in fine


def test_an_item_without_a_verb_creates_or_updates(books: Books) -> None:
    [made] = books.batch({"bId": "1", "Customer": {"DisplayName": books.new("Bar")}})
    [changed] = books.batch({"bId": "1", "Customer": named(made["Customer"], sparse=True, Notes="x")})
    assert changed["Customer"]["SyncToken"] == "1"


def test_a_thousand_objects_of_all_its_queries_are_the_most(books: Books) -> None:
    """29 times 34 are fewer, and 30 times 34 are more."""
    lacking = 34 - int(books.query("select count(*) from Account")["totalCount"])
    for _ in range(lacking):
        books.create("Account", {"Name": books.new("Rent"), "AccountType": "Expense"})
    query = "select * from Account maxresults 34"
    answers = books.batch(*[{"bId": str(number), "Query": query} for number in range(30)])
    assert ["QueryResponse" in answer for answer in answers] == [True] * 29 + [False]
    assert item_fault(answers[29]) == "10100"


def test_the_envelope_has_a_time(books: Books) -> None:
    answer = books.post("batch", {"BatchItemRequest": [creating(books, "1")]})
    assert set(loads(answer)) == {"BatchItemResponse", "time"}
