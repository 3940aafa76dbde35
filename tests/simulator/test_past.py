"""A record as it stood at a moment of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.simulator.company import CANADA, Company, Control, invoice, loads
from tests.simulator.conftest import BASE


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


class TestPast:
    def test_each_version_stands_from_its_write_to_the_next(self, canada: Company, control: Control) -> None:
        before = now()
        made = canada.create("Customer", {"DisplayName": "Bar", "Notes": "a"})
        first = now()
        changed = canada.update("Customer", made, Notes="b")
        second = now()
        canada.update("Customer", changed, Notes="b")  # changes nothing
        id = made["Id"]
        assert control.stood(CANADA, "Customer", id, before) is None
        assert control.stood(CANADA, "Customer", id, first) == made
        assert control.stood(CANADA, "Customer", id, second) == changed
        assert control.stood(CANADA, "Customer", id) == changed == canada.read("Customer", id)

    def test_the_moment_of_an_entry_of_the_ledger_has_its_effect(
        self, canada: Company, control: Control
    ) -> None:
        made = canada.create("Customer", {"DisplayName": "Bar"})
        at = control.ledger()[-1]["at"]
        canada.session.get(f"{BASE}/control/clock")
        assert control.stood(CANADA, "Customer", made["Id"], at) == made

    def test_what_followed_from_other_changes_is_in_it(self, canada: Company, control: Control) -> None:
        """A balance, a full name and a merge change records that no request named."""
        above = canada.create("Customer", {"DisplayName": "Bar"})
        inside = {"DisplayName": "Patio", "Job": True, "ParentRef": {"value": above["Id"]}}
        below = canada.create("Customer", inside)
        sold = canada.create("Invoice", invoice(customer=below["Id"]))
        then = now()
        control.person(CANADA, "rename", "Customer", id=above["Id"], name="Pub")
        control.person(CANADA, "merge", "Customer", id=below["Id"], into="1")
        stood = control.stood(CANADA, "Customer", below["Id"], then)
        assert stood is not None
        assert (stood["FullyQualifiedName"], stood["Balance"]) == ("Bar:Patio", sold["TotalAmt"])
        document = control.stood(CANADA, "Invoice", sold["Id"], then)
        assert document is not None
        assert document["CustomerRef"]["value"] == below["Id"]
        moved = control.stood(CANADA, "Invoice", sold["Id"])
        assert moved is not None
        assert moved["CustomerRef"]["value"] == "1"
        gone = control.stood(CANADA, "Customer", below["Id"])
        assert gone is not None
        assert gone["status"] == "Deleted"

    def test_it_goes_by_real_time_wherever_the_books_clock_is(
        self, canada: Company, control: Control
    ) -> None:
        control.clock(stop=True, step=-86_400)
        made = canada.create("Customer", {"DisplayName": "Bar"})
        then = now()
        canada.update("Customer", made, Notes="later")
        assert control.stood(CANADA, "Customer", made["Id"], then) == made

    def test_since_when_it_stands_is_told(self, canada: Company, session: requests.Session) -> None:
        before = datetime.now(UTC)
        made = canada.create("Customer", {"DisplayName": "Bar"})
        told = loads(session.get(f"{BASE}/control/books/{CANADA}/Customer/{made['Id']}"))
        assert before <= datetime.fromisoformat(told["since"]) <= datetime.now(UTC)
        assert datetime.fromisoformat(told["since"]).utcoffset() == timedelta(0)

    def test_a_reset_begins_anew(self, canada: Company, control: Control, session: requests.Session) -> None:
        canada.update("Customer", canada.read("Customer", "1"), Notes="x")
        then = now()
        session.post(f"{BASE}/control/reset", json={})
        assert control.stood(CANADA, "Customer", "1", then) is None

    @pytest.mark.parametrize(
        "path", [f"{CANADA}/Shoe/1", "99/Customer/1", f"{CANADA}/Customer/1?at=yesterday"]
    )
    def test_a_mistake_is_said(self, app: object, session: requests.Session, path: str) -> None:
        answer = session.get(f"{BASE}/control/books/{path}")
        assert (answer.status_code, set(answer.json())) == (400, {"error"})
