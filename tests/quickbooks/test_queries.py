"""Queries as QBO's parser wants them, and answers that are none to them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.quickbooks.client import Answer
from portal.quickbooks.queries import (
    AnotherAnswer,
    any_of,
    entity,
    literal,
    rates,
    rates_on,
    rows,
    select,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Amy's Bird Sanctuary", "'Amy\\'s Bird Sanctuary'"),
        ("back\\slash", "'back\\\\slash'"),
        ("\\' OR 1", "'\\\\\\' OR 1'"),
        ("Søn & Co % 7", "'Søn & Co % 7'"),
        ("", "''"),
    ],
)
def test_a_value_cannot_leave_its_quotes(value: str, text: str) -> None:
    assert literal(value) == text


def test_a_whole_page() -> None:
    assert (
        select("Customer", where=any_of("DisplayName", ["Amy's", "Bo"]), start=1001)
        == "SELECT * FROM Customer WHERE DisplayName IN ('Amy\\'s','Bo') "
        "ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000"
    )
    assert (
        select("Invoice", order_by="MetaData.CreateTime DESC", rows=5)
        == "SELECT * FROM Invoice ORDERBY MetaData.CreateTime DESC STARTPOSITION 1 MAXRESULTS 5"
    )
    assert select("Item", rows=5) == "SELECT *, Sku FROM Item ORDERBY Id STARTPOSITION 1 MAXRESULTS 5"


@pytest.mark.parametrize("page", [{"start": 0}, {"rows": 0}, {"rows": 1001}])
def test_a_page_qbo_would_refuse_is_refused_here(page: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        select("Customer", **page)  # type: ignore[arg-type]  # mypy can't see which keys a dict has


def test_names_of_entities_and_fields_are_names() -> None:
    with pytest.raises(ValueError):
        select("Customer WHERE Id = '1'")
    with pytest.raises(ValueError):
        any_of("Id = '1' AND Name", ["x"])
    with pytest.raises(ValueError):
        any_of("Id", [])


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"QueryResponse": {"Term": [{"Id": "1"}, {"Id": "2"}], "maxResults": 2}}, ["1", "2"]),
        ({"QueryResponse": {}, "time": "2026-11-22T08:00:00.000-08:00"}, []),
    ],
)
def test_rows_of_an_answer(body: Any, found: list[str]) -> None:
    answer = Answer(200, body, "", None, None, 0.1)
    assert [row["Id"] for row in rows(answer, "Term")] == found


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"Term": {"Id": "1"}},
        {"QueryResponse": None},
        {"QueryResponse": {"Customer": [{"Id": "1"}]}},
        {"QueryResponse": {"Term": {"Id": "1"}}},
        {"QueryResponse": {"Term": [{"Id": "1"}, {"Name": "Net 30"}]}},
    ],
)
def test_an_answer_to_something_else_is_no_proof_that_there_is_none(body: Any) -> None:
    answer = Answer(200, body, "", None, None, 0.1)
    with pytest.raises(AnotherAnswer):
        rows(answer, "Term")
    with pytest.raises(AnotherAnswer):
        entity(answer, "Term", "2")


DAY = date(2026, 11, 5)
USD = {"SourceCurrencyCode": "USD", "TargetCurrencyCode": "CAD", "AsOfDate": "2026-11-05"}


def of_rates(*found: dict[str, Any]) -> Answer:
    return Answer(200, {"QueryResponse": {"ExchangeRate": list(found)}}, "", None, None, 0.0)


def test_rates_are_asked_for_by_day_without_an_order_since_they_have_no_id() -> None:
    assert rates_on(DAY) == "SELECT * FROM ExchangeRate WHERE AsOfDate = '2026-11-05' MAXRESULTS 1000"


def test_of_several_rates_the_latest_up_to_the_day_counts_whatever_their_order() -> None:
    told = of_rates(
        USD | {"Rate": Decimal("1.39"), "AsOfDate": "2026-11-01"},
        USD | {"Rate": Decimal("1.4012"), "AsOfDate": "2026-11-04"},
        USD | {"Rate": Decimal("1.5"), "AsOfDate": "2026-11-06"},
        USD | {"Rate": 1, "SourceCurrencyCode": "CAD"},
    )
    assert rates(told, "CAD", DAY) == {"USD": Decimal("1.4012"), "CAD": Decimal(1)}


@pytest.mark.parametrize(
    "row",
    [
        {"Rate": 0},
        {"Rate": -1},
        {"Rate": True},
        {"Rate": "1.4"},
        {},
        {"Rate": 2, "TargetCurrencyCode": "EUR"},
    ],
)
def test_what_is_no_rate_of_our_books_is_none(row: dict[str, Any]) -> None:
    assert rates(of_rates(USD | row), "CAD", DAY) == {}


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"QueryResponse": []},
        {"QueryResponse": {"Term": []}},
        {"QueryResponse": {"ExchangeRate": [1]}},
    ],
)
def test_another_answer_proves_no_absence_of_a_rate(body: Any) -> None:
    with pytest.raises(AnotherAnswer):
        rates(Answer(200, body, "", None, None, 0.0), "CAD", DAY)
