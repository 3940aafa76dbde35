"""What is said of a field that differs: why, what follows, and nothing that no answer showed."""

from typing import Any, get_args

import pytest

from portal.decisions import DifferingField
from portal.plan.three_way import Decision, Verdict
from portal.web.in_books import AS_SET, FILLS_A_GAP, NAME_KEPT, STAYS_FILLED, Sides


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("there", "Changed in QuickBooks since"),
        ("both", "Changed here and in QuickBooks"),
        ("asked", "when both were first matched"),
        ("send", "not sent yet"),
        ("otherwise", "otherwise than it was sent"),
        ("untold", "can't be compared"),
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


def test_what_goes_at_a_first_match_is_not_said_to_have_changed_here() -> None:
    assert means("send", at_first=True, fills_gap=True) == FILLS_A_GAP
    assert means("send", at_first=True) == AS_SET


def test_what_is_kept_though_nobody_decided_says_what_keeps_it() -> None:
    assert means("kept", group="name") == NAME_KEPT
    assert means("kept", can_be_sent=False) == STAYS_FILLED


def means(verdict: Verdict, **values: Any) -> str:
    return Sides().means(DifferingField("PrimaryPhone", "Phone", verdict, "1", "2", "x", **values))
