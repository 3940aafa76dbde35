"""Tables are narrowed by what stands in the way of their rows; what does now is listed and counted."""

import uuid
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.models.kinds import RECORDS, RecordKind
from portal.sales.search import reasons, table_pages
from portal.sales.search.filters import FILTERS, LocationFilter, OrderFilter
from tests.support import distributor as given
from tests.support.people import organization


def test_what_stands_in_the_way_is_listed_with_how_many_it_is_of(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reasons, "COUNTED", 2)
    for reason, count in (("no_lines", 1), ("too_old", 2), ("location:name_taken", 3)):
        for _ in range(count):
            given.order([], integration_status="failed", integration_reason=reason)
    given.order([])
    assert reasons.present("order") == {"location:name_taken": "2+", "no_lines": "1", "too_old": "2"}
    assert reasons.present("sku") == {}
    assert [words for _, words in reasons.choices("order", "")] == [
        "Customer: name taken (2+)",
        "No lines (1)",
        "Too old (2)",
    ]


def test_a_reason_that_no_row_has_any_more_is_still_named_as_what_is_asked_for(ours: uuid.UUID) -> None:
    assert reasons.choices("location", "name_taken") == [("name_taken", "Name taken (0)")]


def test_another_organizations_reasons_are_none_of_ours(app: Flask, ours: uuid.UUID) -> None:
    others = organization(app, "Others")
    given.order([], integration_reason="no_lines")
    db.session.info["organization_id"] = others
    given.order([], integration_reason="too_old")
    assert reasons.present("order") == {"too_old": "1"}


@pytest.mark.parametrize("kind", RECORDS)
def test_a_table_shows_the_rows_of_one_reason(ours: uuid.UUID, kind: RecordKind) -> None:
    made: Any = {"order": lambda **v: given.order([], **v), "location": given.location, "sku": given.sku}[
        kind
    ]
    wanted = made(integration_status="failed", integration_reason="name_taken")
    made(integration_status="failed", integration_reason="name_locked")
    made()
    narrowed = FILTERS[kind].from_args({"reason": "name_taken"})
    page = table_pages.page(narrowed)
    assert ([row.id for row in page.rows], page.complaints) == ([wanted.id], ())


def test_a_reason_that_there_is_not_is_complained_of_and_matches_nothing(ours: uuid.UUID) -> None:
    given.order([], integration_reason="no_lines")
    page = table_pages.page(OrderFilter(reason="no_line"))
    assert page.rows == []
    assert page.complaints == (
        "There is no reason “no_line”. Choose one from the list, or clear the search.",
    )


def test_an_address_of_before_asks_for_exemptions_without_a_reason(ours: uuid.UUID) -> None:
    assert LocationFilter.from_args({"reason": "missing"}) == LocationFilter(exemption="missing")
