"""JSON as QuickBooks prints it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.wire import Printed, cents, dumps, loads, money, number

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (money(Decimal("739")), "739.00"),
        (money(Decimal("0.005")), "0.01"),
        (money(Decimal("-0.005")), "-0.01"),
        (money(Decimal("0.004")), "0"),
        (number(Decimal("75.000")), "75"),
        (number(Decimal("100")), "100"),
        (number(Decimal("4.50")), "4.5"),
        (number(Decimal("0.5306667")), "0.5306667"),
        (True, "true"),
        (7, "7"),
        ({}, "{}"),
        ([], "[]"),
        ({"a": [Printed('{"b":1.00}'), None]}, '{"a":[{"b":1.00},null]}'),
    ],
)
def test_values_print_as_quickbooks_prints_them(value: object, printed: str) -> None:
    assert dumps(value) == printed


def test_a_float_has_no_place_near_money() -> None:
    with pytest.raises(TypeError):
        dumps({"Amount": 1.5})


def test_decimals_are_read_exactly() -> None:
    assert loads('{"a": 90071992547409.9301}') == {"a": Decimal("90071992547409.9301")}
    assert cents(Decimal("26.06")) == 2606


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_what_is_printed_is_json(value: object) -> None:
    assert json.loads(dumps(value)) == value
