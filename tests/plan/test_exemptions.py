"""Who is exempt, why and until when: pure, by date and by what QuickBooks computes."""

from datetime import date
from typing import Any

import pytest

from portal.models.kinds import ref_of
from portal.plan import Blocked, Choice, Linked, Plan, plan
from portal.plan.exemptions import expiry, reason_of
from tests import factories
from tests.plan.planning import CANADA, US, but, details, goods, linked, one_problem, planned, unlinked

AUTOMATED = but(US, automated_tax=True)
DATED = date(2026, 11, 20)
IN_BC = but(
    CANADA,
    choices={
        **CANADA.choices,
        ("customer_tax", "default", "BC"): Choice("7", "GST/PST BC"),
        ("customer_tax", "provincial_exempt", "BC"): Choice("5", "GST"),
    },
)


def reseller(province: str = "B.C.", **values: Any) -> Any:
    given = {"tax_status": "provincial_exempt", "certificate": "PST-1234-5678", **values}
    return factories.location(delivery_address={"line1": "x", "province": province}, **given)


def sold(place: Any, *lines: Any, **values: Any) -> Any:
    lines = lines or (factories.line(goods("Ale"), "1", "100"),)
    return factories.order(lines=list(lines), location=place, invoice_date=DATED, **values)


def test_a_certificate_for_pst_leaves_gst_and_what_is_zero_rated() -> None:
    bread = factories.line(goods("Bread", tax_status="zero_rated"), "1", "5")
    order = sold(reseller(), factories.line(goods("Ale"), "1", "100"), bread)
    made = planned(order, linked(IN_BC, order))
    assert [one["TaxCodeRef"]["value"] for one in details(made)] == ["5", "3"]
    assert planned(order.location, unlinked(order.location, IN_BC)).payload["DefaultTaxCodeRef"] == {
        "value": "5"
    }


@pytest.mark.parametrize(
    ("province", "code", "cause"),
    [
        ("Sask.", "province_not_mapped", "tax:provincial_exempt@SK"),
        ("", "province_not_mapped", "tax:provincial_exempt@-"),
        ("Ont.", "certificate_in_harmonized", "tax:provincial_exempt@ON"),
    ],
)
def test_it_relieves_only_where_something_was_chosen_for_it(province: str, code: str, cause: str) -> None:
    order = sold(reseller(province))
    assert one_problem(plan(order, linked(IN_BC, order)))[:2] == (code, cause)


@pytest.mark.parametrize(
    ("frozen", "now", "status", "goes"),
    [
        (None, None, "provincial_exempt", True),
        (DATED, DATED, "provincial_exempt", True),  # its last day
        (date(2026, 11, 19), date(2026, 11, 19), "provincial_exempt", False),
        (date(2026, 11, 19), date(2027, 11, 19), "provincial_exempt", True),  # the next one was entered since
        (date(2026, 11, 19), None, "provincial_exempt", True),  # one without an end
        (date(2026, 11, 19), date(2027, 11, 19), "default", False),  # of another status
    ],
)
def test_an_order_dated_after_its_certificate_waits_for_the_next_one(
    frozen: date | None, now: date | None, status: str, goes: bool
) -> None:
    order = sold(
        reseller(certificate_expires=now), certificate_expires=frozen, tax_status="provincial_exempt"
    )
    order.location.tax_status = status
    outcome = plan(order, linked(IN_BC, order))
    assert isinstance(outcome, Plan) is goes
    if not goes:
        code, cause, values = one_problem(outcome)
        assert (code, cause) == ("certificate_expired", f"certificate:location:{order.location.id}")
        assert (values["expires"], values["date"]) == ("2026-11-19", "2026-11-20")


@pytest.mark.parametrize(("quantities", "goes"), [(("-1", "-2"), True), (("-3", "1"), False)])
def test_what_is_only_given_back_waits_for_no_certificate(quantities: tuple[str, ...], goes: bool) -> None:
    lines = [factories.line(goods(f"Ale {each}"), each, "100") for each in quantities]
    ended = date(2026, 11, 19)
    order = sold(reseller(certificate_expires=ended), *lines, certificate_expires=ended)
    outcome = plan(order, linked(IN_BC, order))
    assert isinstance(outcome, Plan) if goes else one_problem(outcome)[0] == "certificate_expired"


def test_a_frozen_order_of_no_exempt_customer_asks_for_no_certificate() -> None:
    order = sold(reseller(certificate_expires=date(2026, 1, 1)), tax_status="default")
    assert isinstance(plan(order, linked(IN_BC, order)), Plan)


def test_a_month_before_it_ends_somebody_is_told() -> None:
    place = reseller(certificate_expires=date(2026, 12, 1))
    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 12, 1), date(2026, 12, 2)]
    assert [expiry(place, day) for day in days] == ["", "soon", "soon", "expired"]
    place.tax_status = "default"
    assert expiry(place, days[-1]) == ""


@pytest.mark.parametrize(
    ("chosen", "written", "status", "reason"),
    [
        ("7", "Resale", "exempt", "7"),
        ("", " educational ORGANIZATION ", "exempt", "7"),
        ("", "School", "exempt", ""),
        ("", "", "provincial_exempt", "9"),
        (None, None, "exempt", ""),
    ],
)
def test_a_reason_is_the_one_chosen_or_the_one_its_words_name(
    chosen: str | None, written: str | None, status: str, reason: str
) -> None:
    place = factories.location(tax_status=status, exemption_reason_id=chosen, exemption_reason=written)
    assert reason_of(place) == reason


@pytest.mark.parametrize("status", ["exempt", "zero_rated"])
def test_where_quickbooks_computes_the_tax_no_customer_is_exempt_without_a_reason(status: str) -> None:
    place = factories.location(tax_status=status, exemption_reason="School")
    order = sold(place)
    for record, context in ((place, unlinked(place, AUTOMATED)), (order, linked(AUTOMATED, order))):
        assert one_problem(plan(record, context))[:2] == ("exemption_reason_missing", "exemption_reason")
    for other in (US, CANADA):
        assert not isinstance(plan(order, linked(other, order)), Blocked)
    place.exemption_reason_id = "7"
    assert planned(place, unlinked(place, AUTOMATED)).payload["TaxExemptionReasonId"] == "7"
    assert isinstance(plan(order, linked(AUTOMATED, order)), Plan)


def test_a_reason_that_stands_in_quickbooks_is_enough() -> None:
    place = factories.location(tax_status="exempt")
    order = sold(place)
    there = Linked("customer", "7", theirs={"TaxExemptionReasonId": "7", "Taxable": False})
    context = linked(AUTOMATED, order)
    assert isinstance(plan(order, but(context, links={**context.links, ref_of(place): there})), Plan)


def test_in_the_us_a_certificate_is_sent_in_place_of_the_registration() -> None:
    place = factories.location(
        tax_status="exempt", exemption_reason_id="9", certificate="ST-5", tax_registration_number="R-1"
    )
    assert planned(place, unlinked(place, US)).payload["ResaleNum"] == "ST-5"
    place.tax_status = "default"
    assert planned(place, unlinked(place, US)).payload["ResaleNum"] == "R-1"
