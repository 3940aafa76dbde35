"""How many of ours every pair of fields would find, and which pair is proposed. Pure."""

import uuid
from collections.abc import Sequence

from portal.mapping.keys.match_counts import BothSides, Ours
from portal.mapping.keys.pair_counts import PairCount, best_of, every_pair
from portal.plan.matching import Companies

Row = dict[str, object]


def test_every_pair_is_counted_and_what_finds_most_is_proposed() -> None:
    pairs = every_pair(
        sides(
            [{"number": "10", "name": "Fox"}, {"number": "11", "name": "Hare"}, {"number": "12", "name": ""}],
            [customer("71", "10"), customer("72", "11"), customer("73", "Fox")],
        )
    )
    assert len(pairs) == 12
    by_number, by_name = counted(pairs, "number", "DisplayName"), counted(pairs, "name", "DisplayName")
    assert (by_number.found.one, by_number.found.none) == (2, 1)
    assert (by_name.found.one, by_name.found.none, by_name.found.keyless) == (1, 1, 1)
    assert best_of(pairs) is by_number
    assert by_number.example == ("Place 0", "10")


def test_a_match_that_several_share_counts_for_no_pair() -> None:
    pairs = every_pair(
        sides(
            [{"name": "Fox", "number": "10"}, {"name": "fox ", "number": "11"}, {"name": "Owl"}],
            [customer("1", "Fox"), customer("2", "10"), customer("3", "Owl", CompanyName="Nest")],
        )
    )
    by_name = counted(pairs, "name", "DisplayName")
    assert (by_name.found.one, by_name.found.keyless) == (1, 2)


def test_numbers_that_are_alike_by_chance_are_never_proposed() -> None:
    """Locations 1 to 3 and QuickBooks' customers 1 to 3 need not have anything to do with each other."""
    rows = [customer("1", "Ant"), customer("2", "Bee"), customer("3", "Cow")]
    pairs = every_pair(sides([{"number": str(number)} for number in (1, 2, 3)], rows))
    assert (pairs[0].ours, pairs[0].theirs, pairs[0].found.one) == ("number", "Id", 3)
    assert best_of(pairs) is None
    entered = every_pair(sides([{"third_party_id": str(number)} for number in (1, 2, 3)], rows))
    best = best_of(entered)
    assert best is not None and (best.ours, best.theirs) == ("third_party_id", "Id")


def test_of_pairs_that_find_as_many_the_one_with_names_is_proposed() -> None:
    """A full name is the display name where nobody stands below another one."""
    best = best_of(every_pair(sides([{"name": "Fox"}], [customer("1", "Fox", FullyQualifiedName="Fox")])))
    assert best is not None and best.theirs == "DisplayName"


def test_where_nothing_is_found_nothing_is_proposed() -> None:
    assert best_of(every_pair(sides([{"name": "Fox"}], []))) is None
    assert best_of(every_pair(sides([], [customer("1", "Fox")]))) is None


def counted(pairs: Sequence[PairCount], ours: str, theirs: str) -> PairCount:
    return next(pair for pair in pairs if (pair.ours, pair.theirs) == (ours, theirs))


def customer(external_id: str, name: str, **more: object) -> Row:
    return {"Id": external_id, "DisplayName": name, "Active": True, **more}


def sides(ours: Sequence[dict[str, str]], theirs: Sequence[Row]) -> BothSides:
    ids = [uuid.uuid4() for _ in ours]
    return BothSides(
        "location",
        {
            field: [
                Ours(one, f"Place {place}", values.get(field, "").strip(), linked=False)
                for place, (one, values) in enumerate(zip(ids, ours, strict=True))
            ]
            for field in ("third_party_id", "number", "name")
        },
        theirs,
        Companies.of([], theirs),
    )
