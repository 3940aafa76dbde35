"""Green means true: what the drawers of green records say stands in QuickBooks, held against its books as
they stood at the moment that the drawers name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from demo import contract
from demo.pages import NotOnThePage, Page


@dataclass(frozen=True)
class Told:
    """What a drawer says of one of theirs: values by QuickBooks' own property, as of a moment."""

    entity: str
    id: str
    as_of: str
    values: Mapping[str, Any]


def told(page: Page) -> Told:
    """Raises NotOnThePage where the drawer says nothing of QuickBooks, or of a value in it."""
    there = next(iter(page.with_attribute(contract.EXTERNAL_ID)), None)
    if there is None:
        raise NotOnThePage(f"no one of theirs on {page.url}")
    values: dict[str, Any] = {}
    for element in page.with_attribute(contract.VALUE_THERE):
        values |= json.loads(element.attributes[contract.VALUE_THERE], parse_float=Decimal)
    if not values:
        raise NotOnThePage(f"nothing is said to stand in QuickBooks on {page.url}")
    attributes = there.attributes
    return Told(
        attributes[contract.ENTITY], attributes[contract.EXTERNAL_ID], attributes[contract.AS_OF], values
    )


def untrue(said: Told, stood: Mapping[str, Any] | None) -> Iterator[str]:
    """What did not stand there, in sentences. stood: the record as it was at that moment, if it was."""
    if stood is None:
        yield f"{said.entity} {said.id} did not stand there at {said.as_of}"
        return
    for name, value in said.values.items():
        there = _at(stood, name)
        if not _is(value, there):
            yield f"{said.entity} {said.id}: {name} {value!r} is shown, {there!r} stood there"


def _at(stood: Mapping[str, Any], name: str) -> Any:
    """What a property says, or one inside another: “TxnTaxDetail.TotalTax”."""
    value: Any = stood
    for part in name.split("."):
        value = (value or {}).get(part)
    return value


def _is(shown: Any, stood: Any) -> bool:
    """The same value, whether a number is told as a number or as its text."""
    if isinstance(shown, Mapping) and isinstance(stood, Mapping):
        return shown.keys() == stood.keys() and all(_is(shown[name], stood[name]) for name in shown)
    if isinstance(shown, list) and isinstance(stood, list):
        return len(shown) == len(stood) and all(map(_is, shown, stood))
    numbers = [one for one in (shown, stood) if isinstance(one, int | Decimal) and not isinstance(one, bool)]
    if numbers and shown is not None and stood is not None:
        return Decimal(str(shown)) == Decimal(str(stood))
    return bool(shown == stood)
