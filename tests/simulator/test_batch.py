"""Batch and requestid: independent items, and nothing done twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from simulator import create_app
from tests.simulator.company import CANADA, Body, Company, Control, fault, invoice, item_fault, sale
from tests.simulator.conftest import BASE, Prepared, session_on


def creating(number: str, *lines: Body) -> Body:
    return {"bId": f"b{number}", "operation": "create", "Invoice": invoice(*lines, DocNumber=number)}


def test_items_succeed_and_fail_on_their_own(canada: Company) -> None:
    canada.create("Invoice", invoice(DocNumber="7"))
    answers = canada.batch(
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Bar"}},
        {"bId": "2", "operation": "create", "Customer": {"DisplayName": "bar"}},
        creating("7"),
        creating("8"),
        {"bId": "5", "operation": "update", "Customer": {"Id": "1", "SyncToken": "4", "sparse": True}},
        {"bId": "6", "operation": "delete", "Invoice": {"Id": "129", "SyncToken": "0"}},
        {"bId": "7", "Query": "select * from Term where DueDays > 20"},
        {"bId": "8", "Query": "select * from Nothing"},
        {"bId": "9", "operation": "create", "Invoice": {"Shoe": 1}},
    )
    assert [answer["bId"] for answer in answers] == ["1", "2", "b7", "b8", "5", "6", "7", "8", "9"]
    assert answers[0]["Customer"]["Id"] == "2"
    assert [item_fault(answers[place]) for place in (1, 2, 4, 5, 7, 8)] == [
        "6240", "6140", "5010", "610", "4001", "2010",
    ]  # fmt: skip
    assert answers[1]["Fault"]["type"] == "ValidationFault"
    assert answers[3]["Invoice"]["DocNumber"] == "8"
    assert answers[6]["QueryResponse"]["maxResults"] == 2


def test_a_refused_item_leaves_nothing_behind(canada: Company) -> None:
    canada.batch(
        creating("1", sale("5.00", "3")), creating("1", sale("5.00", "3")), creating("2", sale("5.00", "3"))
    )
    assert str(canada.read("Customer", "1")["Balance"]) == "10.00"
    assert canada.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 2}


def test_void_and_allowed_duplicates_travel_as_options(canada: Company) -> None:
    made = canada.create("Invoice", invoice(DocNumber="1"))
    named = {"Id": made["Id"], "SyncToken": "0"}
    voided, doubled, deleted = canada.batch(
        {"bId": "1", "operation": "update", "optionsData": "void", "Invoice": named},
        creating("1") | {"optionsData": "allowduplicatedocnum"},
        {"bId": "3", "operation": "delete", "Invoice": named | {"SyncToken": "1"}},
    )
    assert voided["Invoice"]["TotalAmt"] == 0
    assert doubled["Invoice"]["DocNumber"] == "1"
    assert deleted["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}


def test_thirty_one_items_are_too_many(canada: Company) -> None:
    items = [creating(str(number)) for number in range(31)]
    code, detail = fault(canada.post("batch", {"BatchItemRequest": items}))
    assert code == "1040"
    assert detail.startswith("Batch size exceeds allowed limit")
    assert len(canada.batch(*items[:30])) == 30


@pytest.mark.parametrize("body", [{}, [], {"BatchItemRequest": [5]}, {"BatchItemRequest": [], "Shoe": 1}])
def test_a_misshapen_batch_is_refused_whole(canada: Company, body: object) -> None:
    assert fault(canada.post("batch", body))[0] in ("2010", "2020")


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
def test_a_misshapen_item_is_refused_alone(canada: Company, item: Body) -> None:
    odd, fine = canada.batch(item, creating("1"))
    assert "Fault" in odd
    assert "Invoice" in fine


class TestRequestid:
    def test_the_same_answer_comes_back_and_nothing_is_made(self, canada: Company) -> None:
        first = canada.post("customer", {"DisplayName": "Bar"}, requestid="r1")
        again = canada.post("customer", {"DisplayName": "Bar"}, requestid="r1")
        assert again.text == first.text
        assert canada.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 2}

    def test_errors_are_not_remembered(self, canada: Company) -> None:
        assert canada.post("customer", {"DisplayName": "a:b"}, requestid="r1").status_code == 400
        assert canada.post("customer", {"DisplayName": "ab"}, requestid="r1").status_code == 200

    def test_each_company_has_its_own(self, canada: Company, america: Company) -> None:
        canada.create("Customer", {"DisplayName": "North"}, requestid="r1")
        assert america.create("Customer", {"DisplayName": "South"}, requestid="r1")["DisplayName"] == "South"

    def test_it_outlives_a_restart(self, prepared: Prepared, canada: Company, tmp_path: Path) -> None:
        first = canada.post("customer", {"DisplayName": "Bar"}, requestid="r1")
        later = Company(session_on(create_app(tmp_path)), BASE, CANADA, canada.token)
        assert later.post("customer", {"DisplayName": "Bar"}, requestid="r1").text == first.text

    def test_a_whole_batch_is_remembered_with_its_faults(self, canada: Company) -> None:
        items = (creating("1"), creating("1"), creating("2"))
        assert canada.batch(*items, requestid="r1") == canada.batch(*items, requestid="r1")
        assert canada.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 2}

    def test_switched_off_it_makes_a_second_one(self, canada: Company, control: Control) -> None:
        control.switch(CANADA, requestid="off")
        canada.batch(creating("1"), requestid="r1")
        [again] = canada.batch(creating("1"), requestid="r1")
        assert item_fault(again) == "6140"

    @pytest.mark.parametrize(
        ("remembers", "seen"), [("item", ["yes", "yes", "yes"]), ("answer", ["6140", "6140", "yes"])]
    )
    def test_replaying_an_aborted_batch(
        self, canada: Company, control: Control, remembers: str, seen: list[str]
    ) -> None:
        """Two of three were committed; only where items are remembered does the replay say yes to them."""
        control.switch(CANADA, requestid=remembers)
        control.order("abort_after_k", k=2, match={"path": "/batch"})
        items = [creating("1"), creating("2"), creating("3")]
        with pytest.raises(requests.ConnectionError):
            canada.batch(*items, requestid="r1")
        assert canada.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 2}
        answers = canada.batch(*items, requestid="r1")
        assert ["yes" if "Invoice" in each else item_fault(each) for each in answers] == seen
        assert canada.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 3}
