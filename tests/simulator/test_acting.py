"""A person in QuickBooks itself, companies of every kind, and back to the beginning."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulator.company import (
    AMERICA,
    CANADA,
    Body,
    Company,
    Control,
    connect,
    fault,
    invoice,
    loads,
    sale,
)
from tests.simulator.conftest import BASE


def act(session: requests.Session, realm: str, action: str, **rest: Any) -> requests.Response:
    return session.post(f"{BASE}/control/person/{realm}", json={"action": action, **rest})


def did(session: requests.Session, realm: str, action: str, entity: str, **rest: Any) -> Body:
    answer = act(session, realm, action, entity=entity, **rest)
    assert answer.status_code == 200, answer.text
    body: Body = next(iter(loads(answer).values()))
    return body


class TestPerson:
    def test_renames_a_customer(self, canada: Company, session: requests.Session) -> None:
        renamed = did(session, CANADA, "rename", "Customer", id="1", name="Amy's Bar")
        assert (renamed["DisplayName"], renamed["SyncToken"]) == ("Amy's Bar", "1")

    def test_records_a_payment_of_the_whole_invoice(self, canada: Company, session: requests.Session) -> None:
        made = canada.create("Invoice", invoice(sale("100.00")))
        payment = did(session, CANADA, "pay", "Payment", id=made["Id"])
        assert (str(payment["TotalAmt"]), payment["UnappliedAmt"]) == ("113.00", 0)
        assert canada.read("Invoice", made["Id"])["Balance"] == 0

    def test_records_a_payment_of_a_part(self, canada: Company, session: requests.Session) -> None:
        made = canada.create("Invoice", invoice(sale("100.00")))
        did(session, CANADA, "pay", "Payment", id=made["Id"], amount=13)
        assert str(canada.read("Invoice", made["Id"])["Balance"]) == "100.00"

    def test_deactivates_an_item_and_brings_it_back(self, canada: Company, session: requests.Session) -> None:
        gone = did(session, CANADA, "deactivate", "Item", id="1")
        assert (gone["Name"], gone["Active"]) == ("Services (deleted)", False)
        back = did(session, CANADA, "reactivate", "Item", id="1")
        assert (back["Name"], back["Active"]) == ("Services", True)

    def test_moves_an_item_to_another_account(self, canada: Company, session: requests.Session) -> None:
        [account] = canada.query("SELECT * FROM Account WHERE Name = 'Beer Sales'")["Account"]
        moved = did(session, CANADA, "move_account", "Item", id="1", account=account["Id"])
        assert moved["IncomeAccountRef"]["value"] == account["Id"]

    def test_sends_an_invoice(self, canada: Company, session: requests.Session) -> None:
        made = canada.create("Invoice", invoice())
        sent = did(session, CANADA, "send", "Invoice", id=made["Id"], address="amy@example.com")
        assert sent["EmailStatus"] == "EmailSent"

    def test_closes_a_period(self, canada: Company, session: requests.Session) -> None:
        made = canada.create("Invoice", invoice())
        assert act(session, CANADA, "close_period", date=made["TxnDate"]).status_code == 200
        assert fault(canada.post("invoice", invoice()))[0] == "6210"

    def test_lets_the_subscription_lapse_and_renews_it(
        self, canada: Company, session: requests.Session
    ) -> None:
        act(session, CANADA, "lapse")
        assert fault(canada.post("invoice", invoice()))[0] == "6190"
        act(session, CANADA, "renew")
        assert canada.post("invoice", invoice()).status_code == 200

    def test_disconnects_the_app(self, canada: Company, america: Company, session: requests.Session) -> None:
        act(session, CANADA, "disconnect")
        assert canada.get("preferences").json()["fault"]["error"][0]["detail"] == "Token revoked"
        assert america.get("preferences").status_code == 200

    @pytest.mark.parametrize(
        "wrong",
        [{"action": "dance"}, {"action": "pay", "id": "99"},
         {"action": "void", "entity": "Invoice", "id": "9"},
         {"action": "deposit", "entity": "Customer", "id": "1"}, {"action": "close_period", "date": "x"},
         {"action": "rename", "entity": "Customer", "id": "1", "name": "a:b"}],
    )  # fmt: skip
    def test_what_cannot_be_done_is_refused_and_leaves_no_trace(
        self, canada: Company, control: Control, session: requests.Session, wrong: Body
    ) -> None:
        before = control.ledger()
        assert session.post(f"{BASE}/control/person/{CANADA}", json=wrong).status_code == 400
        assert control.ledger() == before

    def test_every_act_stands_in_the_ledger(
        self, canada: Company, control: Control, session: requests.Session
    ) -> None:
        act(session, CANADA, "close_period", date="2026-01-31")
        did(session, CANADA, "rename", "Customer", id="1", name="Bar")
        closed, renamed = control.ledger()[-2:]
        assert (closed["method"], closed["path"], closed["realm"]) == ("PERSON", "close_period", CANADA)
        assert closed["effects"][0]["entity"] == "Preferences"
        assert (renamed["path"], renamed["effects"][0]["operation"]) == ("Customer/1", "update")


class TestReset:
    def test_the_books_are_as_they_began_and_the_ledger_goes_on(
        self, canada: Company, control: Control, session: requests.Session
    ) -> None:
        canada.create("Invoice", invoice(), requestid="r1")
        control.order("throttle")
        control.clock(stop=True, step=500)
        before = control.ledger()
        answer = session.post(f"{BASE}/control/reset", json={})
        assert answer.json() == {"companies": [CANADA, AMERICA]}
        after = control.ledger()
        assert after[: len(before)] == before
        assert (after[-1]["method"], after[-1]["path"]) == ("CONTROL", "reset")
        assert (control.books(CANADA, "Invoice"), control.faults()) == ([], [])
        assert canada.get("preferences").status_code == 401
        again = connect(session, BASE, CANADA)
        assert again.create("Customer", {"DisplayName": "Bar"})["Id"] == "1"
        assert session.get(f"{BASE}/control/clock").json()["stands_still"] is False

    def test_tokens_may_stay(self, canada: Company, session: requests.Session) -> None:
        session.post(f"{BASE}/control/reset", json={"keep_tokens": True})
        assert canada.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 0}

    @pytest.mark.parametrize("wrong", [{"seed": "moon"}, {"keep_tokens": 1}])
    def test_a_seed_that_isnt_there_is_refused(
        self, canada: Company, session: requests.Session, wrong: Body
    ) -> None:
        assert session.post(f"{BASE}/control/reset", json=wrong).status_code == 400
        assert canada.get("preferences").status_code == 200


class TestSeeds:
    def seeded(self, session: requests.Session, name: str) -> Company:
        realm = session.post(f"{BASE}/control/seed", json={"company": name}).json()["realm"]
        return connect(session, BASE, realm)

    def test_american_with_automated_tax(self, session: requests.Session, app: object) -> None:
        company = self.seeded(session, "US-automated-tax")
        preferences = company.get("preferences").json()["Preferences"]
        assert preferences["TaxPrefs"] == {
            "UsingSalesTax": True, "TaxGroupCodeRef": {"value": "2"}, "PartnerTaxEnabled": True,
        }  # fmt: skip
        company.create("Customer", {"DisplayName": "Bar"})
        made = company.create("Invoice", invoice(sale("100.00", "TAX")))
        assert str(made["TotalAmt"]) == "108.00"

    def test_british(self, session: requests.Session, app: object) -> None:
        company = self.seeded(session, "GB")
        company.create("Customer", {"DisplayName": "The Crown"})
        made = company.create("Invoice", invoice(sale("100.00", "2"), sale("10.00", "4")))
        assert str(made["TotalAmt"]) == "130.00"
        code, detail = fault(company.post("invoice", invoice(sale("1.00", None))))
        assert (code, "VAT" in detail) == ("6000", True)
        assert made["CurrencyRef"]["value"] == "GBP"

    def test_many_currencies(self, session: requests.Session, app: object) -> None:
        company = self.seeded(session, "multicurrency")
        [buffalo] = company.query("SELECT * FROM Customer WHERE DisplayName = 'Buffalo Bottle Shop'")[
            "Customer"
        ]
        made = company.create(
            "Invoice", invoice(sale("10.00", "6"), customer=buffalo["Id"], CurrencyRef={"value": "USD"})
        )
        assert made["CurrencyRef"]["value"] == "USD"
        assert made["HomeTotalAmt"] > made["TotalAmt"]

    def test_one_that_is_there_stays_as_it_is(self, canada: Company, session: requests.Session) -> None:
        again = self.seeded(session, "CA")
        assert again.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 1}

    def test_all_can_be_had_at_once(self, canada: Company, session: requests.Session) -> None:
        assert len(session.post(f"{BASE}/control/reset", json={"seed": "all"}).json()["companies"]) == 5
