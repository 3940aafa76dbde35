"""Where two versions differ, in a bookkeeper's words."""

from typing import Any

from portal.decisions import Difference
from portal.plan.differences import between


def test_lines_are_paired_by_id_then_by_item() -> None:
    ours = {"Line": [line("1", "7", 1, "10"), line("2", "8", 1, "20"), line("3", "9", 1, "30")]}
    theirs = {"Line": [line("3", "9", 2, "60"), line("4", "8", 1, "20"), line("5", "6", 1, "5")]}
    assert between(ours, theirs, named) == [
        Difference("Line 1", "item 7, quantity 1, 10.00", "nothing"),
        Difference("Line 3", "item 9, quantity 1, 30.00", "item 9, quantity 2, 60.00"),
        Difference("Line 4", "nothing", "item 6, quantity 1, 5.00"),
    ]


def test_a_memo_that_differs_only_by_our_marker_is_no_difference() -> None:
    memo = "Leave at the back. Routeique order 10023 (ref 7KX2M9QD-{})"
    assert between({"PrivateNote": memo.format(2)}, {"PrivateNote": memo.format(1)}, named) == []
    assert between({"PrivateNote": memo.format(2)}, {"PrivateNote": "By hand"}, named) != []


def named(field: str, external_id: str) -> str:
    return f"item {external_id}"


def line(line_id: str, item: str, quantity: int, amount: str) -> dict[str, Any]:
    detail = {"ItemRef": {"value": item}, "Qty": quantity}
    return {
        "Id": line_id,
        "DetailType": "SalesItemLineDetail",
        "Amount": amount,
        "SalesItemLineDetail": detail,
    }
