"""What a person does in QuickBooks itself."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulator.company import (
    CANADA,
    Body,
    Company,
    Control,
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

    def test_deactivates_a_term_and_a_tax_code_that_nothing_may_name_then(
        self, canada: Company, session: requests.Session
    ) -> None:
        [term] = canada.query("SELECT * FROM Term WHERE Name = 'Net 30'")["Term"]
        gone = did(session, CANADA, "deactivate", "Term", id=term["Id"])
        assert (gone["Name"], gone["Active"]) == ("Net 30 (deleted)", False)
        told = fault(canada.post("invoice", invoice(SalesTermRef={"value": term["Id"]})))
        assert told == ("2500", "Invalid Reference Id : SalesTermRef")
        gone = did(session, CANADA, "deactivate", "TaxCode", id="5")
        assert (gone["Name"], gone["Active"], gone["SyncToken"]) == ("HST ON", False, "1")
        told = fault(canada.post("invoice", invoice(sale("1.00", "5"))))
        assert told == ("2500", "Invalid Reference Id : Line.SalesItemLineDetail.TaxCodeRef")
        assert canada.query("SELECT * FROM TaxCode WHERE Name = 'HST ON'") == {}
        did(session, CANADA, "reactivate", "TaxCode", id="5")
        assert str(canada.create("Invoice", invoice(sale("1.00", "5")))["TotalAmt"]) == "1.13"

    def test_makes_a_category_of_an_item(self, canada: Company, session: requests.Session) -> None:
        item = canada.read("Item", "1")
        answer = canada.post(
            "item", {"Id": "1", "SyncToken": item["SyncToken"], "sparse": True, "Type": "Category"}
        )
        assert fault(answer)[0] == "6000"
        made = did(session, CANADA, "update", "Item", id="1", changes={"Type": "Category"})
        assert (made["Type"], made["Name"], "IncomeAccountRef" in made) == ("Category", "Services", False)
        told = ("2500", "Invalid Reference Id : Categories cannot be used in transactions.")
        assert fault(canada.post("invoice", invoice(sale("1.00")))) == told

    def test_merges_customers_and_the_one_that_goes_is_known_no_more(
        self, canada: Company, session: requests.Session
    ) -> None:
        gone, kept = (canada.create("Customer", {"DisplayName": name}) for name in ("Bar", "The Bar"))
        sold = canada.create("Invoice", invoice(customer=gone["Id"]))
        merged = did(session, CANADA, "merge", "Customer", id=gone["Id"], into=kept["Id"])
        assert (merged["Id"], merged["Balance"]) == (kept["Id"], sold["TotalAmt"])
        assert canada.read("Invoice", sold["Id"])["CustomerRef"]["value"] == kept["Id"]
        assert fault(canada.get(f"customer/{gone['Id']}"))[0] == "610"
        named = {"Id": gone["Id"], "SyncToken": gone["SyncToken"], "sparse": True, "Notes": "x"}
        assert fault(canada.post("customer", named))[0] == "610"
        assert fault(canada.post("invoice", invoice(customer=gone["Id"])))[0] == "2500"
        assert canada.query("SELECT * FROM Customer WHERE DisplayName = 'Bar'") == {}
        below = {"DisplayName": "Patio", "Job": True, "ParentRef": {"value": gone["Id"]}}
        assert fault(canada.post("customer", below))[0] == "2500"

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
         {"action": "deactivate", "entity": "Preferences", "id": "1"},
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
