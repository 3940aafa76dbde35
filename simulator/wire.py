"""JSON as QuickBooks prints it: money with two decimals, zero as a bare 0, other numbers unpadded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from json.encoder import encode_basestring
from typing import Any

Body = dict[str, Any]
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Printed:
    """JSON that is already text, so that a stored entity is answered without being parsed."""

    text: str


ROUNDING = ContextVar("ROUNDING", default=ROUND_HALF_UP)


@contextmanager
def half_a_cent(goes: str) -> Iterator[None]:
    """`up` or `even`, for all amounts inside."""
    token = ROUNDING.set(ROUND_HALF_EVEN if goes == "even" else ROUND_HALF_UP)
    try:
        yield
    finally:
        ROUNDING.reset(token)


def money(value: Decimal | int) -> Decimal:
    """Rounded to the cent, half of one up unless the company does otherwise."""
    return Decimal(value).quantize(CENT, rounding=ROUNDING.get())


def number(value: Decimal | int) -> Decimal:
    """Without padding: 12.50 becomes 12.5, 40.00 becomes 40."""
    return Decimal(value).normalize() + 0


def cents(value: Decimal | int) -> int:
    return int(Decimal(value).scaleb(2).to_integral_value(rounding=ROUND_HALF_UP))


def loads(text: str | bytes) -> Any:
    """Raises ValueError for what is no JSON; decimals stay exact."""
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)


def dumps(value: Any) -> str:
    """Raises TypeError for a float and whatever else has no place in an answer."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is dict:
        inside = []
        for key, each in value.items():
            # Text is most of what there is: a call saved for each of it is a tenth of the time.
            printed = encode_basestring(each) if type(each) is str else dumps(each)
            inside.append(f"{encode_basestring(key)}:{printed}")
        return f"{{{','.join(inside)}}}"
    if kind is Decimal:
        return format(value, "f") if value else "0"
    if kind is list or kind is tuple:
        return f"[{','.join([dumps(each) for each in value])}]"
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is Printed:
        return str(value.text)
    if value is None:
        return "null"
    raise TypeError(f"{kind.__name__} has no place in an answer of QuickBooks")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
