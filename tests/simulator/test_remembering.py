"""requestid in its three ways of remembering: the whole answer, each item, nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from simulator import create_app
from tests.simulator.company import CANADA, Body, Company, Control, invoice, item_fault
from tests.simulator.conftest import BASE, Prepared, session_on


def creating(number: str, *lines: Body) -> Body:
    return {"bId": f"b{number}", "operation": "create", "Invoice": invoice(*lines, DocNumber=number)}


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
