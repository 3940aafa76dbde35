"""Reads in QBO's language: statements, and what answers to them must hold to be believed."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from portal.quickbooks.client import Answer

MOST_ROWS = 1_000
ACTIVE_OR_NOT = "Active IN (true,false)"
NAMED_TOO = {"Item": "Sku"}  # QBO: `*` may leave it out, as if the item had none


class Shown(dict[str, Any]):
    """An entity as an answer shows it, with the answer's time: it may be written down much later."""

    def __init__(self, entity: Mapping[str, Any], as_of: datetime) -> None:
        super().__init__(entity)
        self.as_of = as_of


class AnotherAnswer(ValueError):
    """A 200 that holds something else than was asked for: no proof of anything, least of all of absence."""


def literal(value: str) -> str:
    """A value in quotes. QBO: a quote or backslash inside is escaped by a backslash."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def any_of(field: str, values: Iterable[str]) -> str:
    listed = ",".join(literal(value) for value in values)
    if not listed:
        raise ValueError("IN needs a value")
    return f"{_name(field)} IN ({listed})"


def like(field: str, text: str) -> str:
    """This text anywhere in the field. QBO: a percent sign inside stands for anything, whatever is done."""
    return f"{_name(field)} LIKE {literal(f'%{text}%')}"


def select(
    entity: str, *, where: str = "", order_by: str = "Id", start: int = 1, rows: int = MOST_ROWS
) -> str:
    """One page, rows counted from 1. Inactive ones are left out unless `where` names Active."""
    if start < 1 or not 1 <= rows <= MOST_ROWS:
        raise ValueError("QBO counts from 1 and gives at most 1,000 rows")
    fields = f"*, {NAMED_TOO[entity]}" if entity in NAMED_TOO else "*"
    condition = ["WHERE", where] if where else []
    page = ["ORDERBY", order_by, "STARTPOSITION", str(start), "MAXRESULTS", str(rows)]
    return " ".join(["SELECT", fields, "FROM", _name(entity), *condition, *page])


def rows(answer: Answer, entity: str) -> list[dict[str, Any]]:
    """The rows of a query's answer; none where QBO leaves the entity's key out. Raises AnotherAnswer."""
    response = answer.body.get("QueryResponse") if isinstance(answer.body, dict) else None
    if not isinstance(response, dict):
        raise AnotherAnswer(f"no rows of {entity}")
    lists = {name: value for name, value in response.items() if isinstance(value, dict | list)}
    found = lists.pop(entity, [])
    if (
        lists
        or not isinstance(found, list)
        or not all(isinstance(row, dict) and row.get("Id") for row in found)
    ):
        raise AnotherAnswer(f"something else than rows of {entity}")
    return [Shown(row, answer.as_of) for row in found]


def rates_on(day: date) -> str:
    """The exchange rates of a day. QBO: without a day it would page through those of all days."""
    condition = f"WHERE AsOfDate = {literal(day.isoformat())}"
    return " ".join(["SELECT * FROM ExchangeRate", condition, "MAXRESULTS", str(MOST_ROWS)])


def rates(answer: Answer, home: str, day: date) -> dict[str, Decimal]:
    """By currency, home units for one unit of it: the latest up to that day, should QBO answer several.

    Rows of rates have no Id. Raises AnotherAnswer.
    """
    response = answer.body.get("QueryResponse") if isinstance(answer.body, dict) else None
    if not isinstance(response, dict):
        raise AnotherAnswer("no exchange rates")
    lists = {name: value for name, value in response.items() if isinstance(value, dict | list)}
    found = lists.pop("ExchangeRate", [])
    if lists or not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise AnotherAnswer("something else than exchange rates")
    latest: dict[str, tuple[str, Decimal]] = {}
    for row in found:
        currency, as_of, rate = row.get("SourceCurrencyCode"), str(row.get("AsOfDate") or ""), row.get("Rate")
        if not isinstance(rate, Decimal | int) or isinstance(rate, bool) or not currency or not rate > 0:
            continue
        if row.get("TargetCurrencyCode", home) != home or as_of[:10] > day.isoformat():
            continue
        if str(currency) not in latest or latest[str(currency)][0] < as_of:
            latest[str(currency)] = (as_of, Decimal(rate))
    return {currency: rate for currency, (_, rate) in latest.items()}


def every_row(
    ask: Callable[[str], Answer], entity: str, *, where: str, order_by: str, pages: int, page: int
) -> list[dict[str, Any]]:
    """The rows of at most so many pages, each asked for by its statement. Raises AnotherAnswer."""
    found: list[dict[str, Any]] = []
    for _ in range(pages):
        statement = select(entity, where=where, order_by=order_by, start=len(found) + 1, rows=page)
        more = rows(ask(statement), entity)
        found += more
        if len(more) < page:
            break
    return found


def entity(answer: Answer, name: str, external_id: str) -> dict[str, Any]:
    """What a read answered with. Raises AnotherAnswer where it is not the one that was asked for."""
    found = answer.body.get(name) if isinstance(answer.body, dict) else None
    if not isinstance(found, dict) or str(found.get("Id")) != external_id:
        raise AnotherAnswer(f"not {name} {external_id}")
    return Shown(found, answer.as_of)


def _name(word: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9.]*", word):
        raise ValueError("not a name of QBO's")
    return word
