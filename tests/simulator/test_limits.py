"""QuickBooks' limits: who asks too much is refused, and it is counted."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from simulator import create_app
from simulator.clock import Clock
from simulator.limits import AT_ONCE, Limits
from tests.simulator.company import AMERICA, CANADA, Body, Company, Control, connect, invoice
from tests.simulator.conftest import BASE, session_on

REALM = "1"


def asked(limits: Limits, at: float, times: int, *, batch: bool = False) -> list[str | None]:
    """The limits that so many requests of one moment went over."""
    broken = []
    for _ in range(times):
        with limits.arrived(REALM, at, batch=batch) as each:
            broken.append(each)
    return broken


def paced(limits: Limits, begin: float, times: int, every: float, *, batch: bool = False) -> list[str]:
    found = [asked(limits, begin + number * every, 1, batch=batch)[0] for number in range(times)]
    return [each for each in found if each]


class TestWindows:
    def test_ten_requests_a_second_pass_and_the_eleventh_does_not(self) -> None:
        limits = Limits()
        assert asked(limits, 100.0, 11) == [None] * 10 + ["requests_a_second"]
        assert asked(limits, 101.0, 1) == [None]

    def test_the_window_slides(self) -> None:
        """Ten at the end of one second and one at the beginning of the next are eleven in a second."""
        limits = Limits()
        asked(limits, 100.9, 10)
        assert asked(limits, 101.1, 1) == ["requests_a_second"]
        assert asked(limits, 101.9, 1) == [None]

    def test_500_requests_a_minute_pass_and_the_501st_does_not(self) -> None:
        limits = Limits()
        assert paced(limits, 0.0, 500, 0.11) == []
        assert asked(limits, 56.0, 1) == ["requests_a_minute"]
        assert asked(limits, 60.0, 1) == [None]

    def test_40_batches_a_minute_pass_and_the_41st_does_not(self) -> None:
        limits = Limits()
        assert paced(limits, 0.0, 40, 1.0, batch=True) == []
        assert asked(limits, 59.0, 1, batch=True) == ["batches_a_minute"]
        assert asked(limits, 59.5, 1) == [None]
        assert asked(limits, 60.0, 1, batch=True) == [None]

    def test_39_batches_in_61_seconds_never_go_over(self) -> None:
        limits = Limits()
        for lap in range(20):
            assert paced(limits, lap * 61.0, 39, 0.2, batch=True) == []
        assert limits.told()["breach_count"] == 0

    def test_all_apps_together_have_120_batches_a_minute(self) -> None:
        limits = Limits()
        limits.turn({"batches_a_minute": None})
        assert paced(limits, 0.0, 120, 0.2, batch=True) == []
        assert asked(limits, 30.0, 1, batch=True) == ["batches_a_minute_of_all_apps"]

    def test_in_an_older_wording_200_reports_a_minute_are_the_most(self) -> None:
        limits = Limits()
        limits.turn({"reports_a_minute": 2})
        for broken in (None, None, "reports_a_minute"):
            with limits.arrived(REALM, 0.0, batch=False, report=True) as each:
                assert each == broken
        assert asked(limits, 1.0, 1) == [None]

    def test_each_company_has_its_own(self) -> None:
        limits = Limits()
        asked(limits, 0.0, 10)
        with limits.arrived("2", 0.0, batch=False) as broken:
            assert broken is None

    def test_in_the_older_wording_ten_may_run_at_once(self) -> None:
        limits = Limits()
        limits.turn({"at_once": 1, "requests_a_second": None})
        with limits.arrived(REALM, 0.0, batch=False), limits.arrived(REALM, 0.0, batch=False) as second:
            assert second == "at_once"
        assert asked(limits, 0.0, 1) == [None]

    def test_what_was_refused_counts_only_in_strict_mode(self) -> None:
        for mode, later in (("on", None), ("strict", "requests_a_second")):
            limits = Limits(mode)
            asked(limits, 0.0, 10)
            asked(limits, 0.5, 10)
            assert asked(limits, 1.2, 1) == [later]

    @pytest.mark.parametrize(
        ("mode", "in_flight", "pauses"),
        [("on", 0, 1), ("on", AT_ONCE - 1, 1), ("on", AT_ONCE, 0), ("strict", 0, 0)],
    )
    def test_up_to_ten_at_once_wait_for_room_in_the_second(
        self, monkeypatch: pytest.MonkeyPatch, mode: str, in_flight: int, pauses: int
    ) -> None:
        slept: list[float] = []
        monkeypatch.setattr(time, "sleep", slept.append)
        limits = Limits(mode)
        asked(limits, 100.0, 10 - in_flight)
        with ExitStack() as running:
            for _ in range(in_flight):
                running.enter_context(limits.arrived(REALM, 100.0, batch=False))
            with limits.arrived(REALM, 100.25, batch=False, patient=True) as broken:
                assert slept == [0.75] * pauses
                assert broken == (None if pauses else "requests_a_second")

    def test_switched_off_nothing_is_counted(self) -> None:
        limits = Limits("off")
        assert asked(limits, 0.0, 1000) == [None] * 1000
        assert limits.told()["peaks"] == {}

    @pytest.mark.parametrize("wrong", [{"mode": "loud"}, {"shape": "html"}, {"reads": 1}, {"at_once": 0},
                                       {"at_once": "1"}, {"reads_a_month": True}])  # fmt: skip
    def test_a_mistaken_switch_turns_none(self, wrong: Body) -> None:
        limits = Limits()
        with pytest.raises(ValueError, match="no such limit"):
            limits.turn({"requests_a_minute": 1, **wrong})
        assert limits.told() == Limits().told()


class TestAnswers:
    def test_who_goes_over_is_refused_and_nothing_is_made(self, canada: Company, control: Control) -> None:
        control.clock(stop=True)
        control.limits(mode="on", requests_a_second=2)
        statuses = [canada.post("invoice", invoice()).status_code for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        told = control.limits()
        assert (told["breaches"], told["breach_count"]) == ({"requests_a_second": 2}, 2)
        last = control.ledger()[-1]
        assert (last["fault_code"], last["breach"], last["effects"]) == ("3001", "requests_a_second", [])
        control.clock(step=1)
        assert canada.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 2}

    @pytest.mark.parametrize(("shape", "status"), [("json", 429), ("xml", 429), ("403", 403)])
    def test_the_refusal_in_each_shape_it_was_seen_in(
        self, canada: Company, control: Control, shape: str, status: int
    ) -> None:
        control.clock(stop=True)
        control.limits(mode="on", requests_a_second=1, shape=shape)
        canada.get("preferences")
        answer = canada.get("preferences")
        assert (answer.status_code, "intuit_tid" in answer.headers) == (status, True)
        if shape == "xml":
            assert answer.headers["Content-Type"].startswith("application/xml")
            assert '<Fault type="SERVICE">' in answer.text
            assert '<Error code="3001"' in answer.text
        else:
            [error] = answer.json()["fault"]["error"]
            assert (error["code"], answer.json()["fault"]["type"]) == ("3001", "SERVICE")
            assert error["message"] == f"message=ThrottleExceeded; errorCode=003001; statusCode={status}"

    def test_batches_and_other_requests_are_counted_apart(self, canada: Company, control: Control) -> None:
        control.clock(stop=True)
        control.limits(mode="on", batches_a_minute=1, requests_a_second=None)
        item = {"bId": "1", "Query": "SELECT * FROM Term"}
        canada.batch(item)
        assert canada.post("batch", {"BatchItemRequest": [item]}).status_code == 429
        assert canada.get("preferences").status_code == 200
        control.clock(step=60)
        canada.batch(item)

    def test_reads_of_a_month_are_counted_over_all_companies_and_outlive_a_restart(
        self, session: requests.Session, control: Control, tmp_path: Path
    ) -> None:
        control.limits(mode="on", reads_a_month=2, requests_a_second=None)
        control.clock(stop=True)
        control.clock(set="2026-11-30T12:00:00-08:00")
        canada, america = connect(session, BASE, CANADA), connect(session, BASE, AMERICA)
        canada.get("preferences")
        america.get("preferences")
        assert canada.get("preferences").status_code == 429
        assert canada.post("customer", {"DisplayName": "Writing goes on"}).status_code == 200
        assert control.limits()["breaches"] == {"reads_a_month": 1}
        again = create_app(tmp_path, control=True)
        again.extensions["simulator"].limits.turn({"reads_a_month": 2})
        later = session_on(again)
        assert Company(later, BASE, AMERICA, america.token).get("preferences").status_code == 429
        Control(later, BASE).clock(set="2026-12-01T00:00:01-08:00")
        assert connect(later, BASE, AMERICA).get("preferences").status_code == 200

    def test_what_was_asked_before_a_restart_counts_still(self, tmp_path: Path) -> None:
        """A killed process forgets nothing that a client could tell: what was refused counts as little."""
        first = session_on(create_app(tmp_path, control=True, limits="on"))
        company = connect(first, BASE, CANADA)
        control = Control(first, BASE)
        control.limits(batches_a_minute=2)
        item = {"BatchItemRequest": [{"bId": "1", "Query": "select * from Term"}]}
        assert [company.post("batch", item).status_code for _ in range(3)] == [200, 200, 429]
        again = session_on(create_app(tmp_path, control=True, limits="on"))
        control = Control(again, BASE)
        control.limits(batches_a_minute=3, requests_a_second=None)
        company = Company(again, BASE, CANADA, company.token)
        assert [company.post("batch", item).status_code for _ in range(2)] == [200, 429]
        control.clock(step=61)
        assert company.post("batch", item).status_code == 200

    def test_limits_are_on_unless_they_are_turned_off(self, tmp_path: Path) -> None:
        control = Control(session_on(create_app(tmp_path, control=True)), BASE)
        assert control.limits()["mode"] == "on"
        assert control.limits()["allowed"] == {
            "requests_a_second": 10,
            "requests_a_minute": 500,
            "batches_a_minute": 40,
            "batches_a_minute_of_all_apps": 120,
            "at_once": None,
            "reports_a_minute": None,
            "emails_a_day": 40,
            "seconds_a_request": 120,
            "reads_a_month": None,
        }


class TestClock:
    def test_it_is_set_stepped_and_stopped(self, canada: Company, control: Control) -> None:
        control.clock(stop=True)
        assert control.clock(set="2027-03-13T23:59:59-08:00") == "2027-03-13T23:59:59.000-08:00"
        assert control.clock(step=12 * 3600) == "2027-03-14T12:59:59.000-07:00"
        made = connect(canada.session, BASE, CANADA).create("Invoice", invoice())
        assert (made["TxnDate"], made["MetaData"]["CreateTime"]) == (
            "2027-03-14",
            "2027-03-14T12:59:59-07:00",
        )
        assert control.clock() == "2027-03-14T12:59:59.000-07:00"

    def test_it_goes_on_from_where_it_stood(self) -> None:
        clock = Clock()
        clock.stop()
        stood = clock.seconds()
        assert clock.seconds() == stood
        clock.go()
        assert stood <= clock.seconds() < stood + 5

    def test_tokens_grow_old_by_it(self, canada: Company, control: Control) -> None:
        control.clock(step=3601)
        assert canada.get("preferences").json()["fault"]["error"][0]["detail"].startswith("Token expired")

    def test_it_outlives_a_restart(self, control: Control, tmp_path: Path) -> None:
        control.clock(stop=True)
        stood = control.clock(set="2031-01-02T03:04:05-08:00")
        again = Control(session_on(create_app(tmp_path, control=True)), BASE)
        assert again.clock() == stood

    @pytest.mark.parametrize("wrong", [{"step": "soon"}, {"set": "noon"}, {"leap": 1}, {"step": 1e12}])
    def test_a_mistaken_move_is_refused(self, session: requests.Session, app: object, wrong: Body) -> None:
        assert session.post(f"{BASE}/control/clock", json=wrong).status_code == 400
