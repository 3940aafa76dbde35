"""The bytes we freeze: the same for the same payload, and money as it is written."""

from collections import OrderedDict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.quickbooks.client import decode, encode


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("12.50"), "12.50"),
        (Decimal("0.5306667"), "0.5306667"),
        (Decimal("0"), "0"),
        (Decimal("-0.00"), "0.00"),
        (Decimal("-7.10"), "-7.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("99999999999.99"), "99999999999.99"),
        (12, "12"),
        (True, "true"),
        (None, "null"),
        ('Brasserie "Élan" \\ 7\n', '"Brasserie \\"Élan\\" \\\\ 7\\n"'),
        ("🍺", '"🍺"'),
        ([], "[]"),
        ((1, Decimal("2.0")), "[1,2.0]"),
        ({"b": 1, "a": {"d": [], "c": ""}}, '{"a":{"c":"","d":[]},"b":1}'),
    ],
)
def test_as_qbo_reads_it(value: Any, text: str) -> None:
    assert encode(value) == text.encode()


def test_the_order_of_keys_does_not_change_the_bytes() -> None:
    one = OrderedDict([("Line", [OrderedDict([("Amount", Decimal("1.10")), ("Id", "1")])]), ("Id", "7")])
    other = OrderedDict([("Id", "7"), ("Line", [OrderedDict([("Id", "1"), ("Amount", Decimal("1.10"))])])])
    assert encode(one) == encode(other)


@pytest.mark.parametrize("value", [1.5, {1: "a"}, {"a": {2, 3}}, b"bytes", object()], ids=type)
def test_what_has_no_place_in_it_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode({"value": value})


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), "\ud800"], ids=repr)
def test_what_cannot_be_written_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        encode([value])


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_a_number_never_has_an_exponent_and_comes_back_equal(number: Decimal) -> None:
    text = encode(number).decode()
    assert "E" not in text.upper()
    assert decode(text.encode()) == number


def test_what_is_read_has_no_float() -> None:
    body = decode(b'{"TotalAmt":100.00,"Balance":0,"Rate":1.5e1,"Line":[{"Amount":0.1}]}')
    assert [type(body["TotalAmt"]), type(body["Balance"]), type(body["Line"][0]["Amount"])] == [
        Decimal,
        int,
        Decimal,
    ]
    assert body["Rate"] == 15
    assert str(body["TotalAmt"]) == "100.00"
