"""A place in a table comes back from its address as it was, and whatever is none is none."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.sales.search import keyset
from portal.sales.search.keyset import Place

ONE = uuid.UUID(int=1)


@pytest.mark.parametrize(
    ("values", "reads"),
    [
        ((date(2026, 11, 30), "20998"), (date.fromisoformat, str)),
        (("bäckerei=süd",), (str,)),
        ((-150,), (keyset.cents,)),
        ((Decimal("4.593800"),), (keyset.price,)),
        (("",), (str,)),
        ((None,), (str,)),
    ],
)
def test_a_place_is_read_back(values: tuple[Any, ...], reads: Sequence[Callable[[str], Any]]) -> None:
    place = Place(values, ONE)
    assert keyset.place_in(place.text, reads, may_be_empty=True) == place


def test_what_is_no_place_is_none() -> None:
    cents = (keyset.cents,)
    for text in ("", "nonsense", "é", Place((1, 2), ONE).text, Place(("1.5",), ONE).text):
        assert keyset.place_in(text, cents, may_be_empty=False) is None
    assert keyset.place_in(Place((None,), ONE).text, cents, may_be_empty=False) is None
