"""What becomes of each group of a document, from both sides as they stand and as they last agreed."""

from typing import Any

import pytest

from portal.plan.group_standing import changed_there, group_standing
from portal.plan.groups import as_then, value_of
from portal.plan.types import Linked

REFERENCE = "7KX2M9QD"
OURS: dict[str, Any] = {
    "CustomerRef": {"value": "7"},
    "TxnDate": "2026-11-20",
    "Line": [
        {
            "DetailType": "SalesItemLineDetail",
            "Amount": "50.00",
            "SalesItemLineDetail": {"ItemRef": {"value": "21"}, "Qty": "4"},
        }
    ],
    "BillAddr": {"Line1": "1 King St W"},
    "DocNumber": "10023",
    "PrivateNote": f"Routeique order 10023 (ref {REFERENCE}-1)",
}
TAX = {"TxnTaxDetail": {"TotalTax": 6.5}}
LINES = {"Line": [{**OURS["Line"][0], "Amount": "62.50"}]}
OTHER_LINES = {"Line": [{**OURS["Line"][0], "Amount": "87.50"}]}


@pytest.mark.parametrize(
    ("here", "there", "goes", "stays", "asked"),
    [
        ({}, {}, (), (), ()),
        (LINES, {}, ("lines",), (), ()),
        ({}, OTHER_LINES, (), (), ("lines",)),
        (LINES, OTHER_LINES, (), (), ("lines",)),
        (LINES, LINES, (), (), ()),
        ({}, {"TxnTaxDetail": {"TotalTax": 7.5}}, (), (), ("lines",)),
        (LINES, {"DocNumber": "BY-HAND"}, ("lines",), ("number",), ()),
        ({"DocNumber": "10023-A"}, {"DocNumber": "BY-HAND"}, (), ("number",), ()),
        ({"DocNumber": "10023-A"}, {}, ("number",), (), ()),
        (LINES, {"DueDate": "2031-01-31"}, ("lines",), ("dates",), ()),
        (LINES, {"TxnDate": "2026-11-01"}, ("lines",), (), ("dates",)),
        ({"CustomerRef": {"value": "8"}}, {}, ("customer", "dates", "addresses"), (), ()),
        ({}, {"PrivateNote": "Back door", "PrintStatus": "PrintComplete", "Balance": 0}, (), (), ()),
    ],
)
def test_each_group_goes_stays_or_is_asked(
    here: dict[str, Any],
    there: dict[str, Any],
    goes: tuple[str, ...],
    stays: tuple[str, ...],
    asked: tuple[str, ...],
) -> None:
    found = group_standing(OURS | here, linked(there), REFERENCE, tax=650)
    assert (set(found.goes), found.stays, found.asked) == (set(goes), stays, asked)


def test_what_was_kept_is_asked_about_before_a_change_here_undoes_it() -> None:
    kept = {"lines": {"what": "theirs", "ours": {}, "theirs": value_of("lines", OURS | TAX | OTHER_LINES)}}
    both = linked(OTHER_LINES, theirs_then=as_then(OURS | TAX | OTHER_LINES), decided=kept)
    assert group_standing(OURS, both, REFERENCE).asked == ()
    assert group_standing(OURS | LINES, both, REFERENCE).asked == ("lines",)
    assert group_standing(OURS | LINES, linked({}, decided=kept), REFERENCE).goes == ("lines",)


def test_what_was_kept_before_choices_were_written_down_is_asked_about_too() -> None:
    """Addresses and custom fields were not kept of theirs then."""
    late = ("BillAddr", "ShipAddr", "CustomField")
    then = {field: value for field, value in (OURS | TAX | OTHER_LINES).items() if field not in late}
    assert group_standing(OURS | LINES, linked(OTHER_LINES, theirs_then=then), REFERENCE).asked == ("lines",)
    agreed = {field: value for field, value in (OURS | TAX).items() if field not in late}
    assert group_standing(OURS | LINES, linked({}, theirs_then=agreed), REFERENCE).goes == ("lines",)


SAID_OTHERWISE = {"Line": [{**OURS["Line"][0], "Description": "As agreed"}]}
PRICED_OTHERWISE = {
    "Line": [
        {**OURS["Line"][0], "SalesItemLineDetail": {"ItemRef": {"value": "21"}, "Qty": "4", "UnitPrice": 9}}
    ]
}


@pytest.mark.parametrize(
    ("there", "stays", "asked"),
    [
        (SAID_OTHERWISE, ("lines",), ()),
        (PRICED_OTHERWISE, (), ()),
        ({"CustomerMemo": {"value": "Thank you!"}}, ("message",), ()),
        ({"SalesTermRef": {"value": "3"}}, ("dates",), ()),
        ({"ExchangeRate": "1.41"}, ("customer",), ()),
        ({"ExchangeRate": "1.41", "CustomerRef": {"value": "8"}}, (), ("customer",)),
        ({"CurrencyRef": {"value": "CAD"}, "ExchangeRate": 1}, (), ()),
        ({"PrivateNote": "Back door"}, (), ()),
    ],
)
def test_what_only_they_say_stays_and_stops_nothing(
    there: dict[str, Any], stays: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    rate = {"ExchangeRate": "1.4012"} if "1.41" in there.values() else {}
    known = linked(there, ours_then=OURS | rate, theirs_then=as_then(OURS | TAX | rate))
    found = group_standing(OURS | rate, known, REFERENCE, tax=650)
    assert (found.goes, found.stays, found.asked) == ((), stays, asked)


def test_a_rate_that_ours_gives_up_too_is_asked_about() -> None:
    """Another date brings another one."""
    then = {"ExchangeRate": "1.4012"}
    known = linked({"ExchangeRate": "1.41"}, ours_then=OURS | then, theirs_then=as_then(OURS | TAX | then))
    assert group_standing(OURS | {"ExchangeRate": "1.3"}, known, REFERENCE).asked == ("customer",)


def test_an_address_that_was_not_kept_of_theirs_stood_as_we_sent_it() -> None:
    then = {field: value for field, value in (OURS | TAX).items() if field != "BillAddr"}
    assert changed_there(linked({}, theirs_then=then)) == []
    assert changed_there(linked({"BillAddr": {"Line1": "Rear"}}, theirs_then=then)) == ["addresses"]


def test_into_what_others_made_nothing_goes_that_nobody_chose() -> None:
    theirs = {"PrivateNote": "By hand"}
    asked = group_standing(OURS | LINES, linked(theirs, how="person"), REFERENCE)
    assert (asked.goes, asked.asked, asked.untouched) == ((), ("lines",), True)
    sides = {"ours": value_of("lines", OURS | LINES), "theirs": value_of("lines", OURS | TAX)}
    chosen = {"lines": {"what": "ours", **sides}}
    assert group_standing(OURS | LINES, linked(theirs, how="person", decided=chosen), REFERENCE).goes == (
        "lines",
    )
    again = group_standing(OURS | OTHER_LINES, linked(theirs, how="person", decided=chosen), REFERENCE)
    assert again.asked == ("lines",)
    assert group_standing(OURS | LINES, linked({}, how="person"), REFERENCE).goes == ("lines",)


def linked(there: dict[str, Any], **values: Any) -> Linked:
    """Its document as it now stands there; both sides said what ours says at first."""
    usual: dict[str, Any] = {"ours_then": OURS, "theirs_then": as_then(OURS | TAX)}
    return Linked("invoice", "145", "4", theirs=OURS | TAX | there, **(usual | values))
