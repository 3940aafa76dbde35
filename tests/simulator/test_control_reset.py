"""Back to the beginning."""

from __future__ import annotations

import pytest
import requests

from tests.simulator.company import (
    AMERICA,
    CANADA,
    Body,
    Company,
    Control,
    connect,
    invoice,
)
from tests.simulator.conftest import BASE


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
