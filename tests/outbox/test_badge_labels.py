"""The words on a badge: what they say of one record beyond its status."""

from collections.abc import Mapping
from typing import Any

import pytest

from portal.outbox.badge_labels import LinkFacts, differing, label
from portal.outbox.statuses import STATUSES

PLACE, SKU = ["location", "1"], ["sku", "2"]


def test_synced_shows_the_number_that_it_has_there() -> None:
    assert label("synced", "Synced", link=linked(number="1043")) == "Synced · 1043"
    assert label("synced", "Synced", link=linked(number=None)) == "Synced"


def test_what_was_not_read_yet_is_not_said_to_differ() -> None:
    unread, kept = (linked()._replace(differs={"PrimaryPhone": why}) for why in ("unknown", "kept"))
    assert label("uncompared", "Linked · not compared yet", link=unread) == "Linked · not compared yet"
    unmapped = linked()._replace(differs={"SalesTermRef": "untold", "Tax": "kept"})
    assert label("uncompared", "A word", link=unmapped) == "Linked · payment term can't be compared"
    assert label("marked", "Synced", link=kept) == "Synced · phone differs"


@pytest.mark.parametrize(
    ("variance", "said"),
    [
        ({"tax": [650, 651]}, "tax differs 0.01"),
        ({"tax": [651, 650], "rounding": [1, 2]}, "tax differs 0.01"),
        ({"net": [100000, -23456]}, "amount differs 1,234.56"),
        ({"doc_number": ["1043", "2001"]}, "number differs"),
        ({"doc_number": ["1043", None], "net": [1, 2], "tax": [1, 3]}, "amount, tax and number differ"),
        ({"home": [7917, 5650]}, "total at home differs 22.67"),
        ({"lines": [{}, {}]}, "lines differ"),
        ({"lines": [{}, {}], "tax": [650, 651]}, "tax and lines differ"),
        ({"message": [{}, {}]}, "message to the customer differs"),
    ],
)
def test_what_differs_is_told_with_how_much(variance: dict[str, list[object]], said: str) -> None:
    assert differing(variance) == said
    for status in ("variance", "marked"):
        assert label(status, "A word", link=linked(variance=variance)) == f"A word · {said}"


@pytest.mark.parametrize(
    ("status", "reason", "problems", "said"),
    [
        ("blocked", "term_not_mapped", 1, "Payment term not mapped"),
        ("blocked", "closed_period", 3, "Closed period + 2"),
        ("blocked", "", 0, "Needs attention"),
        ("failed", "customer_key_missing", 1, "Failed · no third-party ID"),
        ("failed", "customer_key_missing", 3, "Failed · no third-party ID + 2"),
        ("failed", "a code of an older version", 1, "Failed · unexpected answer"),
        ("failed", "location:rejected_by_qbo", 0, "Failed · customer: refused by QuickBooks"),
        ("failed", "sku:sku_no_match", 0, "Failed · no item matches"),
        ("failed", "sku:", 0, "Failed · product failed"),
        ("failed", "", 0, "Failed"),
        ("must_choose", "must_choose", 1, "Your choice is needed · may have arrived"),
        ("synced", "no_lines", 1, "Synced"),
    ],
)
def test_what_stands_in_the_way_is_named_by_its_first_reason(
    status: str, reason: str, problems: int, said: str
) -> None:
    assert label(status, STATUSES[status].word, reason=reason, problems=problems) == said


@pytest.mark.parametrize(
    ("status", "number", "said"),
    [
        ("reopened", "1043", "Reopened; invoice 1043 stays as it was"),
        ("reopened", None, "Reopened; invoice stays as it was"),
        ("still_there", "1043", "Cancelled; invoice 1043 still stands"),
    ],
)
def test_an_order_that_is_open_or_cancelled_names_what_stands(
    status: str, number: str | None, said: str
) -> None:
    assert label(status, STATUSES[status].word, link=linked(number=number)) == said


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ([PLACE], "Waiting for The Pub"),
        ([PLACE, SKU], "Waiting for The Pub and a product"),
        ([SKU], "Waiting for a product"),
        ([SKU, ["sku", "3"]], "Waiting for 2 products"),
        ([], "Waiting"),
    ],
)
def test_waiting_says_what_for(needs: list[list[str]], said: str) -> None:
    assert label("waiting", "Waiting", needs=needs, customer="The Pub") == said


def linked(number: str | None = None, variance: Mapping[str, Any] | None = None) -> LinkFacts:
    return LinkFacts(number, variance or {}, voided=False, revision=1, kind="invoice")
