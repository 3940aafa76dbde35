"""The control address: faults on order, the ledger, and a person's hand in the books."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
import requests

from simulator import create_app
from tests.simulator.company import CANADA, Company, Control, fault, invoice, item_fault, loads, sale
from tests.simulator.conftest import BASE, session_on


def count(company: Company, entity: str = "Invoice") -> int:
    return int(company.query(f"SELECT COUNT(*) FROM {entity}")["totalCount"])


def test_without_the_flag_there_is_no_control(tmp_path: Path) -> None:
    session = session_on(create_app(tmp_path))
    assert session.get(f"{BASE}/control/ledger").status_code == 404


class TestFaults:
    @pytest.mark.parametrize(("ordered", "landed"), [("drop_before_commit", 0), ("commit_then_drop", 1)])
    def test_a_dropped_connection(self, canada: Company, control: Control, ordered: str, landed: int) -> None:
        control.order(ordered, match={"path": "/invoice$", "method": "POST"})
        with pytest.raises(requests.ConnectionError):
            canada.post("invoice", invoice())
        assert count(canada) == landed
        [entry] = [each for each in control.ledger() if each["path"].endswith("/invoice")]
        assert (entry["outcome"], len(entry["effects"]), entry["injected"]) == ("dropped", landed, ordered)

    @pytest.mark.parametrize(("ordered", "landed"), [("status_before_commit", 0), ("status_after_commit", 1)])
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_server_error(
        self, canada: Company, control: Control, ordered: str, landed: int, status: int
    ) -> None:
        control.order(ordered, status=status, match={"path": "/invoice$"})
        answer = canada.post("invoice", invoice())
        assert answer.status_code == status
        assert ("nginx" in answer.text) == (status != 500)
        assert "intuit_tid" in answer.headers
        assert count(canada) == landed

    def test_a_system_failure_has_qbos_envelope(self, canada: Company, control: Control) -> None:
        control.order("status_before_commit", status=500)
        body = canada.get("preferences").json()
        assert (body["Fault"]["type"], body["Fault"]["Error"][0]["code"]) == ("SystemFault", "10000")

    def test_throttling(self, canada: Company, control: Control) -> None:
        control.order("throttle", retry_after=7)
        answer = canada.post("invoice", invoice())
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
        [error] = answer.json()["fault"]["error"]
        assert error["message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"
        assert error["detail"] == "The request limit was reached.  Try again later"

    def test_an_ordered_401_and_html(self, canada: Company, control: Control) -> None:
        control.order("unauthorized")
        assert canada.post("invoice", invoice()).json()["fault"]["error"][0]["code"] == "3200"
        control.order("html_200")
        answer = canada.post("invoice", invoice())
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert count(canada) == 0

    @pytest.mark.parametrize("status", [401, 429])
    def test_the_gateway_may_refuse_what_has_landed(
        self, canada: Company, control: Control, status: int
    ) -> None:
        control.order("status_after_commit", status=status)
        answer = canada.post("invoice", invoice())
        assert (answer.status_code, "fault" in answer.json()) == (status, True)
        assert count(canada) == 1

    def test_a_delay_comes_before_the_work(self, canada: Company, control: Control) -> None:
        control.order("delay", seconds=0.2)
        started = time.monotonic()
        canada.get("preferences")
        assert time.monotonic() - started >= 0.2

    def test_one_item_of_a_batch(self, canada: Company, control: Control) -> None:
        control.order("item_fault", k=2, code="10000")
        items = [
            {"bId": str(number), "operation": "create", "Invoice": invoice(DocNumber=str(number))}
            for number in range(3)
        ]
        answers = canada.batch(*items)
        assert item_fault(answers[1]) == "10000"
        assert answers[1]["Fault"]["type"] == "SystemFault"
        assert count(canada) == 2

    def test_an_item_may_be_missing_in_the_answer(self, canada: Company, control: Control) -> None:
        control.order("omit_item", k=1)
        items = [
            {"bId": str(number), "operation": "create", "Invoice": invoice(DocNumber=str(number))}
            for number in range(2)
        ]
        assert [answer["bId"] for answer in canada.batch(*items)] == ["1"]
        assert count(canada) == 2

    def test_orders_skip_count_and_match_the_body(self, canada: Company, control: Control) -> None:
        control.order("throttle", skip=1, times=2, match={"body": '"DocNumber": "A'})
        statuses = [
            canada.post("invoice", invoice(DocNumber=number)).status_code
            for number in ("A1", "B1", "A2", "A3", "A4")
        ]
        assert statuses == [200, 200, 429, 429, 200]
        [order] = control.faults()
        assert (order["fired"], order["spent"]) == (2, True)
        control.clear_faults()
        assert control.faults() == []

    @pytest.mark.parametrize(
        "wrong", [{"fault": "meteor"}, {"fault": "throttle", "often": 1}, {"fault": "throttle", "times": "x"},
                  {"fault": "throttle", "match": {"path": "("}}]
    )  # fmt: skip
    def test_a_mistaken_order_is_refused(self, session: requests.Session, app: object, wrong: object) -> None:
        assert session.post(f"{BASE}/control/faults", json=wrong).status_code == 400

    def test_token_requests_meet_faults_too(self, session: requests.Session, control: Control) -> None:
        control.order("status_before_commit", status=503, match={"path": "/oauth2/v1/tokens"})
        assert session.post(f"{BASE}/oauth2/v1/tokens/bearer").status_code == 503


class TestLedger:
    def test_every_request_stands_in_it(self, canada: Company, control: Control) -> None:
        before = control.ledger()[-1]["seq"]
        canada.create("Invoice", invoice(DocNumber="1"), requestid="r1")
        canada.post("invoice", invoice(DocNumber="1"))
        canada.query("SELECT * FROM Invoice")
        canada.create("Invoice", invoice(DocNumber="1"), requestid="r1")
        control.expire_tokens()
        canada.get("preferences")
        made, refused, queried, repeated, expired = control.ledger(after=before)
        assert made["realm"] == CANADA
        assert (made["method"], made["path"]) == ("POST", f"/v3/company/{CANADA}/invoice")
        assert (made["requestid"], made["query"], made["status"]) == ("r1", {"requestid": "r1"}, 200)
        [effect] = made["effects"]
        assert (effect["operation"], effect["entity"], effect["id"], effect["sync_token"]) == (
            "create", "Invoice", "1", "0",
        )  # fmt: skip
        assert str(effect["object"]["TotalAmt"]) == "113.00"
        assert (refused["status"], refused["fault_code"], refused["effects"]) == (400, "6140", [])
        assert [each["metered"] for each in (made, refused, queried)] == [False, False, True]
        assert (repeated["replayed"], repeated["effects"]) == (True, [])
        assert (expired["status"], expired["fault_code"]) == (401, "3200")

    def test_a_batch_names_its_effects_and_refusals(self, canada: Company, control: Control) -> None:
        canada.batch(
            {"bId": "a", "operation": "create", "Invoice": invoice(DocNumber="1")},
            {"bId": "b", "operation": "create", "Invoice": invoice(DocNumber="1")},
        )
        entry = control.ledger()[-1]
        assert [effect["bId"] for effect in entry["effects"]] == ["a"]
        assert entry["item_faults"] == [{"bId": "b", "code": "6140"}]

    def test_nothing_in_it_can_be_changed(self, canada: Company, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "simulator.sqlite3") as connection:
            for statement in ("DELETE FROM ledger", "UPDATE ledger SET realm = 'x'"):
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    connection.execute(statement)
        connection.close()


class TestPerson:
    def test_an_edit_raises_the_sync_token(self, canada: Company, control: Control) -> None:
        made = canada.create("Invoice", invoice())
        edited = control.person(
            CANADA, "update", "Invoice", id=made["Id"], changes={"PrivateNote": "by hand"}
        )
        assert (edited["SyncToken"], edited["PrivateNote"]) == ("1", "by hand")
        answer = canada.post("invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True})
        assert fault(answer)[0] == "5010"
        assert control.ledger()[-2]["method"] == "PERSON"

    def test_create_void_and_delete(self, canada: Company, control: Control) -> None:
        made = control.person(CANADA, "create", "Invoice", object=invoice(DocNumber="1"))
        assert control.person(CANADA, "void", "Invoice", id=made["Id"])["TotalAmt"] == 0
        control.person(CANADA, "delete", "Invoice", id=made["Id"])
        assert count(canada) == 0

    def test_what_was_deleted_stays_in_the_books(self, canada: Company, control: Control) -> None:
        made = canada.create("Invoice", invoice(DocNumber="1"))
        canada.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
        [kept] = control.books(CANADA, "Invoice")
        assert (kept["status"], kept["DocNumber"]) == ("Deleted", "1")

    def test_a_customer_who_owes_can_be_deactivated_by_hand(self, canada: Company, control: Control) -> None:
        canada.create("Invoice", invoice(sale("5.00")))
        assert control.person(CANADA, "deactivate", "Customer", id="1")["Active"] is False

    def test_tokens_can_be_revoked(self, canada: Company, control: Control) -> None:
        control.revoke_tokens(CANADA)
        assert canada.get("preferences").json()["fault"]["error"][0]["detail"] == "Token revoked"

    @pytest.mark.parametrize(
        "switches",
        [{"requestid": "sometimes"}, {"gravity": False}, {"custom_txn_numbers": "yes"}, {"close_date": "x"}],
    )
    def test_a_switch_that_isnt_there_is_refused(
        self, session: requests.Session, app: object, switches: dict[str, object]
    ) -> None:
        assert session.post(f"{BASE}/control/switches/{CANADA}", json=switches).status_code == 400

    def test_switches_show_in_the_preferences(self, canada: Company, control: Control) -> None:
        control.switch(CANADA, custom_txn_numbers=False, close_date=None, multicurrency=True)
        preferences = loads(canada.get("preferences"))["Preferences"]
        assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is False
        assert "BookCloseDate" not in preferences["AccountingInfoPrefs"]
        assert preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] is True
