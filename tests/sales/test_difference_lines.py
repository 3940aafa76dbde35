"""What a correction carries: line by line, to the cent."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.models.sales import line_amount
from portal.sales.difference_lines import Difference, Row, differences

Told = tuple[str, str, int]


def row(quantity: str, amount: int, of: str = "beer", kind: str = "goods", **others: Any) -> Row:
    return Row(
        uuid.uuid5(uuid.NAMESPACE_OID, of),
        Decimal(quantity),
        amount,
        **{"tax_status": "default", "kind": kind} | others,
    )


def amount(rows: Sequence[Row | Difference]) -> int:
    return sum(one.amount for one in rows)


def told(found: list[Difference]) -> list[Told]:
    return [(f"{one.quantity:f}", f"{one.price.normalize():f}", one.amount) for one in found]


@pytest.mark.parametrize(
    ("then", "now", "lines"),
    [
        ([row("4", 5_000)], [row("4", 5_000)], []),
        ([row("4", 5_000)], [row("2", 2_500)], [("-2", "12.5", -2_500)]),
        ([row("4", 5_000)], [row("6", 7_500)], [("2", "12.5", 2_500)]),
        ([row("4", 5_000)], [], [("-4", "12.5", -5_000)]),
        ([], [row("4", 5_000)], [("4", "12.5", 5_000)]),
        ([row("4", 5_000)], [row("4", 4_800)], [("-4", "0.5", -200)]),
        ([row("4", 5_000)], [row("5", 4_800)], [("-5", "0.4", -200)]),
        ([row("1", 2_500), row("3", 2_500)], [row("4", 5_000)], []),
        ([row("1", 900, kind="charge")], [row("1", 700, kind="charge")], [("-1", "2", -200)]),
        ([row("3", 1_000)], [row("2", 667)], [("-1", "3.33", -333)]),
        ([row("20000000", 1)], [row("10000000", 0)], [("-1", "0.01", -1)]),
    ],
    ids=[
        "nothing", "fewer", "more", "taken off", "new", "cheaper", "more for less", "split", "charge",
        "rounded", "too fine a price",
    ],
)  # fmt: skip
def test_each_line_is_what_changed(then: list[Row], now: list[Row], lines: list[Told]) -> None:
    assert told(differences(then, now)) == lines


def test_what_stands_on_the_document_keeps_its_tax_status() -> None:
    [line] = differences([row("4", 5_000, tax_status="zero_rated")], [row("2", 2_500)])
    assert line.row.tax_status == "zero_rated"


def test_a_cent_of_the_discount_that_came_to_another_line_is_no_change() -> None:
    then = [
        row("3", 900, discount=100),
        row("7", 630, "wine", discount=70),
        row("1", 91, "cider", discount=9),
    ]
    now = [row("2", 600, discount=67), row("7", 631, "wine", discount=69), row("1", 90, "cider", discount=10)]
    assert told(differences(then, now)) == [("-1", "3", -300)]
    dearer = [*now[:1], row("7", 631, "wine", discount=70), now[2]]
    assert len(differences(then, dearer)) == 3, "a cent more was entered for the wine"


AMOUNTS = st.integers(-10_000_000, 10_000_000)
QUANTITIES = st.decimals(-5_000, 5_000, places=6)
ROWS = st.lists(
    st.builds(
        row,
        QUANTITIES.map(str) | st.just("1"),
        AMOUNTS | st.integers(98, 102),
        st.sampled_from(["beer", "wine", "cider"]),
        discount=st.integers(0, 2),
    ),
    max_size=4,
)


@given(ROWS, ROWS)
def test_together_they_are_the_difference_to_the_cent(then: list[Row], now: list[Row]) -> None:
    found = differences(then, now)
    assert amount(found) == amount(now) - amount(then)
    for one in found:
        assert one.price >= 0
        assert line_amount(one.quantity, one.price, Decimal(0)) == one.amount
