"""Which one of theirs a record is: whose customer it is over there, and what it is called."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from portal.company.entities import name_of
from portal.plan.matching import (
    Companies,
    Owner,
    company_name,
    created_name,
    match_of,
    somebody_elses,
    spelled_alike,
)
from portal.plan.types import Match

ACME = {"Id": "1", "DisplayName": "Acme Restaurants", "FullyQualifiedName": "Acme Restaurants"}
DOWNTOWN = {"Id": "2", "DisplayName": "Downtown", "FullyQualifiedName": "Acme Restaurants:Downtown"}
PUB = Owner("The Pub")


@pytest.mark.parametrize(
    ("row", "owner", "theirs"),
    [
        (DOWNTOWN, Owner("Acme Restaurants Inc."), ()),
        (DOWNTOWN, Owner("ACMÉ RESTAURANTS, Ltd"), ()),
        (DOWNTOWN | {"CompanyName": "Acme Holding"}, Owner("Acme Restaurants"), ()),
        # By what a person linked: the parent itself, or another one below it.
        (DOWNTOWN, Owner("The Pub", frozenset({"1"})), (ACME,)),
        (
            DOWNTOWN,
            Owner("The Pub", frozenset({"3"})),
            ({"Id": "3", "FullyQualifiedName": "Acme Restaurants:Up"},),
        ),
        ({"Id": "9", "DisplayName": "Bloor"}, PUB, (ACME,)),
        ({"Id": "9", "DisplayName": "Bloor", "CompanyName": "the pub ltd."}, PUB, (ACME,)),
        # The same in another spelling, though nobody else has it.
        ({"Id": "9", "DisplayName": "Bloor", "CompanyName": "Pub & Grill"}, Owner("Pub and Gril"), (ACME,)),
        ({"Id": "9", "DisplayName": "Bloor", "CompanyName": "The Pub of Bloor Inc"}, PUB, (ACME,)),
        # Its legal name, which nobody else has where a code says which one it is, or which only another place
        # of its own has.
        (
            {"Id": "9", "DisplayName": "TP-7", "CompanyName": "123 Ontario Inc"},
            Owner("The Pub", by_name=False),
            (ACME,),
        ),
        (
            {"Id": "9", "DisplayName": "Bloor", "CompanyName": "123 Ontario Inc"},
            PUB,
            ({"Id": "8", "DisplayName": "The Pub", "CompanyName": "123 Ontario"},),
        ),
    ],
)
def test_one_that_may_be_ours(row: dict[str, Any], owner: Owner, theirs: Sequence[dict[str, Any]]) -> None:
    assert judged(row, owner, [row, *theirs]) == ""


@pytest.mark.parametrize(
    ("row", "theirs", "ours", "whose"),
    [
        (DOWNTOWN, (), (), "Acme Restaurants"),
        ({"Id": "9", "FullyQualifiedName": "Acme:East:Downtown"}, (), (), "Acme"),
        (
            {"Id": "9", "DisplayName": "Bloor", "CompanyName": "Acme Restaurants Inc."},
            (ACME,),
            (),
            "Acme Restaurants Inc.",
        ),
        ({"Id": "9", "DisplayName": "Bloor", "CompanyName": "ACME"}, (), ("Acme Ltée",), "ACME"),
        ({"Id": "9", "DisplayName": "Bloor", "CompanyName": "Acme"}, (), (), "Acme"),
        (
            {"Id": "9", "DisplayName": "Bloor", "CompanyName": "123 Ontario"},
            ({"Id": "8", "DisplayName": "King", "CompanyName": "123 Ontario Inc"},),
            (),
            "123 Ontario",
        ),
    ],
)
def test_one_that_is_somebody_elses(
    row: dict[str, Any], theirs: Sequence[dict[str, Any]], ours: Sequence[str], whose: str
) -> None:
    assert judged(row, PUB, [row, *theirs], ours) == whose


def test_a_full_name_that_is_the_key_says_whose_it_is_itself() -> None:
    assert judged(DOWNTOWN, PUB, [], key="FullyQualifiedName") == ""
    found = match_of([DOWNTOWN], "FullyQualifiedName", " acme restaurants:DOWNTOWN")
    assert found is DOWNTOWN
    assert match_of([DOWNTOWN], "FullyQualifiedName", "Downtown") == Match()


def test_one_that_stands_below_another_is_never_created() -> None:
    assert created_name("FullyQualifiedName", "Acme:Downtown", "Acme – Downtown") is None
    assert created_name("FullyQualifiedName", "Downtown", "Acme – Downtown") == "Downtown"
    assert created_name("Id", "7", "Acme – Downtown") is None


def test_candidates_are_told_by_their_full_names() -> None:
    found = match_of([DOWNTOWN, {"Id": "5", "DisplayName": "Downtown"}], "DisplayName", "Downtown")
    assert found == Match("several", (("2", "Acme Restaurants:Downtown"), ("5", "Downtown")))
    assert name_of({"Id": "7", "Name": "Case", "FullyQualifiedName": "Beer:Case"}) == "Beer:Case"


def test_numbers_tell_companies_apart() -> None:
    assert spelled_alike("Smyth Brothers", "Smith Brothers Ltd")
    assert not spelled_alike("1234567 Ontario Inc", "1234568 Ontario Inc")


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("Acme Ltd.", "ACMÉ"),
        ("Smith & Co", "Smith & Company, Inc."),
        ("L'Étoile Ltée", "letoile"),
        ("Co", "CO."),
    ],
)
def test_names_of_companies_apart_from_their_legal_form(name: str, alike: str) -> None:
    assert company_name(name) == company_name(alike) != ""


def judged(
    row: dict[str, Any],
    owner: Owner,
    theirs: Sequence[Mapping[str, Any]],
    ours: Sequence[str] = (),
    key: str = "DisplayName",
) -> str:
    return somebody_elses(row, owner, lambda: Companies.of(ours, theirs), key)
