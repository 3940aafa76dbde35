"""What a run counts: records that our processes had written, and not what a person entered there; budgets."""

from collections import Counter
from pathlib import Path

import pytest

from tests.simulator.company import connect
from tests.support import figures
from tests.support.simulator import CANADA, IN_PROCESS, simulator_in_process


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    monkeypatch.setattr(figures, "_counted", counted := Counter[str]())
    return counted


def test_what_an_app_wrote_is_counted_once_and_what_a_person_entered_is_not(
    counted: Counter[str], tmp_path: Path
) -> None:
    with simulator_in_process(tmp_path) as simulated:
        company = connect(simulated.session, IN_PROCESS, CANADA)
        company.create("Customer", {"DisplayName": "Before"})
        with figures.counting_pushed(tmp_path):
            company.create("Customer", {"DisplayName": "Ours"})
            entered = {"action": "create", "entity": "Vendor", "object": {"DisplayName": "By hand"}}
            simulated.control("POST", f"person/{CANADA}", entered)
            company.query("SELECT * FROM Customer")
    assert counted == {figures.PUSHED: 1}


def test_a_run_over_a_budget_is_told_so_but_not_a_proof(
    counted: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROOF", raising=False)
    for what, most in figures.BUDGET.items():
        figures.count(what, most)
    assert figures.over_budget() == []
    for what in figures.BUDGET:
        figures.count(what)
    pushed, kills = figures.over_budget()
    assert pushed.startswith("pushed records: 201, more than 200")
    assert kills.startswith("kills: 21, more than 20")
    monkeypatch.setenv("PROOF", "1")
    assert figures.over_budget() == []
