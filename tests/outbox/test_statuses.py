"""The statuses a record can have, and the groups that pages, filters and pushes ask for."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from typing import Any, get_args

import pytest

from portal.models.kinds import RecordKind
from portal.outbox.badge import Facts, derive, reason_of
from portal.outbox.statuses import STATUSES, Group, Tone, Trait, those
from portal.plan.three_way import Verdict

GROUPS = {
    "can_go": "not_sent ready changed",
    "in_the_way": "blocked failed",
    "ahead": "dated_ahead",
    "moving": "queued waiting sending checking",
    "arrived": "synced variance marked uncompared",
    "undecided": "reopened still_there edited asked asks_first must_choose",
    "kept_back": "voided not_to_be_sent",
    "attention": "blocked variance reopened still_there edited asked asks_first failed must_choose",
    "unsent": "not_sent ready blocked queued waiting dated_ahead sending changed reopened failed checking "
    "must_choose",
    "there": "synced variance marked uncompared asked changed reopened still_there edited asks_first voided",
    "says_why": "blocked failed must_choose",
    "differs": "variance marked edited asks_first",
    "grey": "not_sent voided not_to_be_sent uncompared",
    "blue": "ready queued waiting dated_ahead sending",
    "amber": "blocked variance changed reopened still_there edited asked asks_first checking",
    "green": "synced marked",
    "red": "failed must_choose",
}

BOTH = (False, True)
CODES = ("no_lines", "edited_in_qbo", "entered_by_hand", "must_choose", "customer_inactive")
ALL: dict[str, tuple[Any, ...]] = {
    "revision": (0, 1),
    "kept_back": BOTH,
    "codes": (frozenset(), *(frozenset({code}) for code in CODES)),
    "wish": (None, "queued", "waiting", "dated ahead"),
    "flight": (None, "sending", "unsure"),
    "last": (None, "synced", "failed"),
    "needed": ("", "location:customer_no_match"),
}
# Told together, since no record has some of them without the others.
OPEN, FINALIZED, CANCELLED = {"finalized": False}, {"finalized": True}, {"cancelled": True}
UNLINKED: dict[str, Any] = {"linked": False}
DOCUMENTS = [dict(zip(("voided", "variance", "decided"), each, strict=True)) for each in product(*[BOTH] * 3)]
COMPARED = (None, {}, *({"Sku": verdict} for verdict in get_args(Verdict)))
ENTITIES = [{"voided": voided, "differs": differs} for voided, differs in product(BOTH, COMPARED)]


@pytest.mark.parametrize("group", [*get_args(Group), *get_args(Trait), *get_args(Tone)])
def test_every_status_is_in_the_groups_that_its_sentence_says(group: Group | Trait | Tone) -> None:
    assert those(group) == set(GROUPS[group].split())


def test_several_groups_are_asked_for_at_once_and_taken_from_each_other() -> None:
    assert those("in_the_way", "undecided") == those("attention") - those("arrived")
    assert those("unsent") - those("there") == those("unsent") - {"changed", "reopened"}
    assert those() == frozenset()


def test_a_record_can_have_each_status_and_no_other() -> None:
    assert {status for _, status in every_facts()} == set(STATUSES)


def test_a_finalized_order_is_never_just_not_sent() -> None:
    orders = [one for one in every_facts() if one[0].record_kind == "order"]
    assert {facts.finalized for facts, status in orders if status == "not_sent"} == {False}


def test_what_stands_there_of_an_order_that_is_open_or_cancelled_is_never_green() -> None:
    green = those("green")
    for facts, status in every_facts():
        if facts.record_kind == "order" and facts.linked and not facts.finalized:
            assert status not in green


def test_what_is_under_way_is_in_flight_or_wished_for_and_what_arrived_is_linked() -> None:
    under_way, arrived, kept_back = those("moving", "ahead"), those("arrived"), those("kept_back")
    for facts, status in every_facts():
        assert status not in under_way or facts.flight or facts.wish
        assert status not in arrived or facts.linked
        assert status not in kept_back or facts.kept_back or facts.voided


def test_a_record_has_a_reason_just_where_its_badge_says_why() -> None:
    for facts, status in every_facts():
        assert (reason_of(facts) is not None) == (status in those("says_why"))


@cache
def every_facts() -> list[tuple[Facts, str]]:
    """Whatever can be true of a record at once, and the status that it amounts to."""
    orders = of_kind("order", (OPEN, FINALIZED, CANCELLED), DOCUMENTS)
    found = [*orders, *of_kind("sku", ({},), ENTITIES)]
    return [(facts, derive(facts)) for facts in found]


def of_kind(
    kind: RecordKind, standing: Iterable[dict[str, Any]], linked: Iterable[dict[str, Any]]
) -> Iterator[Facts]:
    links = [UNLINKED, *({"linked": True, **each} for each in linked)]
    for of_kind, link, values in product(standing, links, product(*ALL.values())):
        facts = dict(zip(ALL, values, strict=True))
        facts["ahead"] = facts["wish"] == "dated ahead"
        facts["wish"] = "waiting" if facts["ahead"] else facts["wish"]
        first = next(iter(facts["codes"]), "")
        yield Facts(kind, problems=len(facts["codes"]), first=first, **of_kind, **link, **facts)
