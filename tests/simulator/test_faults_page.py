"""The page of switches for faults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator import create_app, orders, switches
from tests.simulator.company import CANADA, Company, Control, invoice
from tests.simulator.conftest import BASE, session_on

FAULTS = f"{BASE}/control/page/"


def shown(canada: Company, path: str) -> str:
    """A page as one reads it: without its marks, blanks run together."""
    answer = canada.session.get(f"{BASE}{path}")
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


class TestFaultsPage:
    def send(self, session: requests.Session, **fields: Any) -> requests.Response:
        token = re.search(r'name="form_token" value="([^"]+)"', session.get(FAULTS).text)
        assert token is not None
        return session.post(FAULTS, data={"form_token": token[1], **fields})

    def test_a_fault_is_ordered_met_and_cleared(self, canada: Company, control: Control) -> None:
        self.send(canada.session, does="order", fault="throttle", path="/invoice", times="1", skip="",
                  status="", seconds="", chance="")  # fmt: skip
        assert "throttle /invoice 0 1 waiting" in shown(canada, "/control/page/")
        assert canada.post("invoice", invoice()).status_code == 429
        assert "throttle /invoice 1 1 spent" in shown(canada, "/control/page/")
        self.send(canada.session, does="clear")
        assert control.faults() == []

    def test_every_field_of_an_order_may_be_filled_in(self, canada: Company, control: Control) -> None:
        filled = {"code": "5020", "k": "2", "times": "3", "skip": "1", "status": "502", "retry_after": "7",
                  "seed": "4", "seconds": "0.5", "chance": "0.5", "shape": "xml", "text": "{}"}  # fmt: skip
        matched = {"method": "POST", "path": "/batch", "body": "Customer"}
        for fault in orders.KINDS:
            self.send(canada.session, does="order", fault=fault, **filled, **matched)
        ordered = control.faults()
        assert {each["fault"] for each in ordered} == orders.KINDS
        for each in ordered:
            assert {name: str(each[name]) for name in filled} == filled
            assert each["match"] == matched
        assert "item fault 5020 /batch 0 3 waiting" in shown(canada, "/control/page/")

    def test_a_switch_is_turned(self, canada: Company, control: Control) -> None:
        self.send(canada.session, does="switch", realm=CANADA, name="docnumber_check", value="False")
        for _ in range(2):
            assert canada.post("invoice", invoice(DocNumber="1")).status_code == 200

    def test_every_switch_of_a_company_is_on_it(self, canada: Company) -> None:
        page = canada.session.get(FAULTS).text
        for name in switches.CHOICES:
            assert f'name="name" value="{name}"' in page

    def test_a_switch_of_words_takes_what_is_written(self, canada: Company, control: Control) -> None:
        self.send(
            canada.session, does="switch", realm=CANADA, name="texts_cut", value="Customer.CompanyName:3"
        )
        assert 'value="Customer.CompanyName:3"' in canada.session.get(FAULTS).text
        made = canada.create("Customer", {"DisplayName": "Bar", "CompanyName": "Bar Ltd"})
        assert made["CompanyName"] == "Bar"
        self.send(canada.session, does="switch", realm=CANADA, name="texts_cut", value="")
        assert canada.update("Customer", made, CompanyName="Bar Ltd")["CompanyName"] == "Bar Ltd"

    def test_limits_are_turned(self, canada: Company, control: Control) -> None:
        self.send(canada.session, does="limits", mode="strict")
        assert control.limits()["mode"] == "strict"

    def test_the_app_is_disconnected(self, canada: Company, control: Control) -> None:
        self.send(canada.session, does="disconnect", realm=CANADA)
        assert canada.get("preferences").status_code == 401
        assert control.ledger()[-2]["path"] == "disconnect"

    def test_who_disconnects_is_sent_to_the_apps_address_for_it(
        self, canada: Company, control: Control
    ) -> None:
        control.switch_all(disconnect_url=f"{BASE}/op/v1/jwks?from=quickbooks")
        answer = self.send(canada.session, does="disconnect", realm=CANADA)
        assert answer.history[0].headers["Location"].endswith(f"/op/v1/jwks?from=quickbooks&realmId={CANADA}")

    @pytest.mark.parametrize(
        "wrong",
        [{"does": "order", "fault": "meteor"}, {"does": "limits", "mode": "loud"}, {"does": "dance"},
         {"does": "order", "fault": "throttle", "times": "x"},
         {"does": "order", "fault": "throttle", "path": "("}, {"does": "disconnect", "realm": "x"},
         {"does": "switch", "realm": CANADA, "name": "docnumber_check", "value": "perhaps"},
         {"does": "switch", "realm": CANADA, "name": "fields_ignored", "value": "Customer.Shoe"}],
    )  # fmt: skip
    def test_a_mistake_is_said_and_does_nothing(
        self, canada: Company, control: Control, wrong: dict[str, str]
    ) -> None:
        assert self.send(canada.session, **wrong).status_code == 400
        assert control.faults() == []

    def test_a_form_from_elsewhere_is_refused(self, session: requests.Session, app: object) -> None:
        answer = session.post(FAULTS, data={"does": "clear", "form_token": "guessed"})
        assert answer.status_code == 400

    def test_without_the_control_address_there_is_none(self, tmp_path: Path) -> None:
        session = session_on(create_app(tmp_path))
        assert session.get(FAULTS).status_code == 404
        assert "/control/page/" not in session.get(f"{BASE}/").text

    def test_the_first_page_leads_to_it(self, session: requests.Session, app: object) -> None:
        assert "/control/page/" in session.get(f"{BASE}/").text
