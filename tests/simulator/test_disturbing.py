"""Faults ordered at the control address: spoiled answers, late commits, chance, remembered faults, lag."""

from __future__ import annotations

import json

import pytest
import requests

from tests.simulator.company import CANADA, Body, Company, Control, fault, invoice
from tests.simulator.conftest import BASE

HERE = {"path": "/invoice"}


def count(company: Company, entity: str = "Invoice") -> int:
    return int(company.query(f"SELECT COUNT(*) FROM {entity}")["totalCount"])


def entries(control: Control) -> list[Body]:
    return [each for each in control.ledger() if each["path"].endswith("/invoice")]


class TestSpoiledAnswers:
    def test_half_an_answer_and_then_the_end(self, canada: Company, control: Control) -> None:
        control.order("half_answer", match=HERE)
        with pytest.raises(requests.ConnectionError):
            canada.post("invoice", invoice())
        assert count(canada) == 1

    def test_truncated_json(self, canada: Company, control: Control) -> None:
        control.order("truncated_json", match=HERE)
        answer = canada.post("invoice", invoice())
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.text)
        assert count(canada) == 1

    @pytest.mark.parametrize("text", ["[]", "null", '{"Invoice":null}', '{"time":"now"}', "ok"])
    def test_odd_json(self, canada: Company, control: Control, text: str) -> None:
        control.order("odd_json", text=text, match=HERE)
        answer = canada.post("invoice", invoice())
        assert (answer.status_code, answer.text) == (200, text)
        assert count(canada) == 1

    def test_html_after_the_commit(self, canada: Company, control: Control) -> None:
        control.order("html_after_commit", match=HERE)
        assert canada.post("invoice", invoice()).headers["Content-Type"].startswith("text/html")
        assert count(canada) == 1

    def test_the_answer_to_a_read_may_be_lost_too(self, canada: Company, control: Control) -> None:
        control.order("commit_then_drop", match={"path": "/query"})
        with pytest.raises(requests.ConnectionError):
            canada.query("SELECT * FROM Term")
        assert canada.query("SELECT COUNT(*) FROM Term") == {"totalCount": 4}

    @pytest.mark.parametrize(("shape", "status"), [("json", 429), ("xml", 429), ("403", 403)])
    def test_throttling_in_each_shape(
        self, canada: Company, control: Control, shape: str, status: int
    ) -> None:
        control.order("throttle", shape=shape)
        answer = canada.post("invoice", invoice())
        assert (answer.status_code, answer.text.startswith("<?xml")) == (status, shape == "xml")
        assert "3001" in answer.text


class TestLateCommits:
    def test_what_was_dropped_happens_after_all(self, canada: Company, control: Control) -> None:
        control.clock(stop=True)
        control.order("commit_late", seconds=60, match=HERE)
        with pytest.raises(requests.ConnectionError):
            canada.post("invoice", invoice(DocNumber="7"), requestid="r1")
        assert (count(canada), entries(control)) == (0, [])
        control.clock(step=59)
        assert count(canada) == 0
        control.clock(step=1)
        assert count(canada) == 1
        [entry] = entries(control)
        assert (entry["outcome"], entry["injected"], len(entry["effects"])) == ("late", "commit_late", 1)
        again = canada.create("Invoice", invoice(DocNumber="7"), requestid="r1")
        assert (again["DocNumber"], count(canada)) == ("7", 1)

    def test_a_gateway_may_give_up_before_the_commit(self, canada: Company, control: Control) -> None:
        control.clock(stop=True)
        control.order("status_commit_late", status=504, seconds=1, match=HERE)
        assert canada.post("invoice", invoice()).status_code == 504
        assert count(canada) == 0
        control.clock(step=1)
        assert count(canada) == 1

    def test_by_then_another_may_have_taken_the_number(self, canada: Company, control: Control) -> None:
        control.clock(stop=True)
        control.order("status_commit_late", seconds=5, match=HERE)
        canada.post("invoice", invoice(DocNumber="7"))
        canada.create("Invoice", invoice(DocNumber="7"))
        control.clock(step=5)
        assert count(canada) == 1
        assert [each["fault_code"] for each in entries(control)] == [None, "6140"]


class TestChance:
    def fired(self, canada: Company, control: Control, seed: int) -> list[bool]:
        control.clear_faults()
        control.order("throttle", times=1000, chance=0.5, seed=seed)
        return [canada.get("preferences").status_code == 429 for _ in range(20)]

    def test_the_same_seed_wills_the_same(self, canada: Company, control: Control) -> None:
        first = self.fired(canada, control, 1)
        assert first == self.fired(canada, control, 1)
        assert first != self.fired(canada, control, 2)
        assert True in first
        assert False in first


class TestRememberedFaults:
    def test_a_fault_is_answered_again_where_faults_are_remembered(
        self, canada: Company, control: Control
    ) -> None:
        control.switch(CANADA, requestid_errors=True)
        refused = canada.post("customer", {"DisplayName": "a:b"}, requestid="r1")
        again = canada.post("customer", {"DisplayName": "ab"}, requestid="r1")
        assert (again.status_code, again.text) == (400, refused.text)
        assert count(canada, "Customer") == 1

    @pytest.mark.parametrize(("keeps", "seen"), [(False, "Customer"), (True, "Fault")])
    def test_an_items_fault_too(self, canada: Company, control: Control, keeps: bool, seen: str) -> None:
        control.switch(CANADA, requestid="item", requestid_errors=keeps)
        item = {"bId": "1", "operation": "create", "Customer": {"DisplayName": "a:b"}}
        assert "Fault" in canada.batch(item, requestid="r1")[0]
        assert seen in canada.batch(item | {"Customer": {"DisplayName": "ab"}}, requestid="r1")[0]


class TestLaggingQueries:
    def test_a_new_record_is_read_at_once_and_found_later(self, canada: Company, control: Control) -> None:
        control.switch(CANADA, query_lag=30)
        control.clock(stop=True)
        control.clock(step=31)
        assert count(canada, "Customer") == 1
        made = canada.create("Customer", {"DisplayName": "Bar"})
        assert canada.read("Customer", made["Id"]) == made
        assert canada.query("SELECT * FROM Customer WHERE DisplayName = 'Bar'") == {}
        answer = canada.post("customer", {"DisplayName": "bar"})
        assert fault(answer)[0] == "6240"
        control.clock(step=30)
        assert count(canada, "Customer") == 2

    @pytest.mark.parametrize("wrong", [-1, True, "5", None])
    def test_it_is_a_number_of_seconds(self, session: requests.Session, app: object, wrong: object) -> None:
        answer = session.post(f"{BASE}/control/switches/{CANADA}", json={"query_lag": wrong})
        assert answer.status_code == 400
