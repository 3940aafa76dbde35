"""What is said of a field that differs: why, what follows, and nothing that no answer showed."""

from typing import Any, get_args

import pytest

from portal.decisions import DifferingField
from portal.plan.three_way import Decision, Verdict
from portal.web.in_books import NAME_KEPT, STAYS_FILLED, Sides


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("there", "Changed in QuickBooks since"),
        ("both", "Changed here and in QuickBooks"),
        ("asked", "when both were first matched"),
        ("send", "not sent yet"),
        ("unknown", "has not shown it yet"),
    ],
)
def test_each_verdict_says_why(verdict: Verdict, said: str) -> None:
    assert said in means(verdict)


def test_no_verdict_and_no_decision_is_left_without_words() -> None:
    assert all(means(verdict) for verdict in get_args(Verdict))
    kept = {decision: means("kept", decided=decision) for decision in get_args(Decision)}
    assert all(kept.values())
    assert "the settings say so" in kept["setting"]
    assert "QuickBooks wrote it otherwise" in kept["echo"]


def test_what_is_kept_though_nobody_decided_says_what_keeps_it() -> None:
    assert means("kept", group="name") == NAME_KEPT
    assert means("kept", can_be_sent=False) == STAYS_FILLED


def means(verdict: Verdict, **values: Any) -> str:
    return Sides().means(DifferingField("PrimaryPhone", "Phone", verdict, "1", "2", "x", **values))
