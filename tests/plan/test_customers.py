"""Locations become customers: what is created, what an update carries, what stands in the way."""

from typing import Any

import pytest

from portal.models import Location
from portal.models.kinds import ref_of
from portal.plan import Blocked, Choice, Linked, Match, NothingToDo, plan
from tests import factories
from tests.plan.planning import CANADA, US, but, codes, one_problem, planned, unlinked, without_choice

THIRD_PARTY = {"customer_ours": "third_party_id"}


def test_a_new_customer_field_by_field() -> None:
    place = full_location()
    made = planned(place, unlinked(place, but(CANADA, **THIRD_PARTY)))
    assert (made.kind, made.operation, made.unique_value) == ("customer", "create", "FOX-7")
    assert made.payload == {
        "DisplayName": "FOX-7",
        "CompanyName": "Fox & Fiddler",
        "BillAddr": {
            "Line1": "1 King St W",
            "City": "Toronto",
            "CountrySubDivisionCode": "ON",
            "PostalCode": "M5H 1A1",
        },
        "ShipAddr": {
            "Line1": "Bloor St",
            "Line2": "229 Bloor St W",
            "City": "Toronto",
            "CountrySubDivisionCode": "ON",
            "PostalCode": "M5H 1A1",
        },
        "PrimaryEmailAddr": {"Address": "bar@fox.example"},
        "PrimaryPhone": {"FreeFormNumber": "(416) 555-0100"},
        "SalesTermRef": {"value": "3"},
        "DefaultTaxCodeRef": {"value": "5"},
        "Notes": "Routeique location L1001",
    }
    assert made.sources["DisplayName"] == "key: name in QuickBooks (third-party ID)"
    assert set(made.sources) == set(made.payload)


def test_a_state_is_sent_by_its_code_and_none_is_sent_again_for_another_spelling_of_it() -> None:
    there = {"line1": "1 Pine St", "city": "Tacoma", "province": "Wash."}
    place = full_location(billing_address=there, delivery_address=there, tax_status="default")
    wanted = planned(place, unlinked(place, US)).payload
    assert {wanted[one]["CountrySubDivisionCode"] for one in ("BillAddr", "ShipAddr")} == {"WA"}
    as_written = {one: wanted[one] | {"CountrySubDivisionCode": "Wash."} for one in ("BillAddr", "ShipAddr")}
    before = {name: value for name, value in wanted.items() if name != "Notes"} | as_written
    assert isinstance(plan(place, standing(place, US, sent=before, theirs=before)), NothingToDo)


@pytest.mark.parametrize(
    ("keys", "display_name", "company_name"),
    [
        ({"customer_ours": "name"}, "Bloor St", "Fox & Fiddler"),
        ({"customer_ours": "number"}, "L1001", "Fox & Fiddler"),
        (THIRD_PARTY, "FOX-7", "Fox & Fiddler"),
        (THIRD_PARTY | {"customer_theirs": "CompanyName"}, "Fox & Fiddler – Bloor St", "FOX-7"),
    ],
)
def test_the_field_named_by_the_key_carries_our_key(
    keys: dict[str, str], display_name: str, company_name: str
) -> None:
    place = full_location()
    payload = planned(place, unlinked(place, but(CANADA, **keys))).payload
    assert (payload["DisplayName"], payload["CompanyName"]) == (display_name, company_name)


def test_a_name_that_two_of_ours_have_carries_the_number() -> None:
    place = full_location()
    context = but(CANADA, **THIRD_PARTY, customer_theirs="CompanyName")
    context = but(context, same_names=frozenset({("location", "fox & fiddler – bloor st")}))
    assert (
        planned(place, unlinked(place, context)).payload["DisplayName"] == "Fox & Fiddler – Bloor St (L1001)"
    )


def test_a_location_named_like_its_customer_is_named_once() -> None:
    place = full_location(name="FOX & Fiddler ")
    context = but(CANADA, **THIRD_PARTY, customer_theirs="CompanyName")
    assert planned(place, unlinked(place, context)).payload["DisplayName"] == "FOX & Fiddler"


def test_a_name_in_the_display_name_is_not_said_again_in_the_address() -> None:
    place = full_location(third_party_id="Fox & Fiddler – Bloor St")
    made = planned(place, unlinked(place, but(CANADA, **THIRD_PARTY)))
    assert made.payload["ShipAddr"]["Line1"] == "229 Bloor St W"


@pytest.mark.parametrize(
    ("status", "reason", "automated", "fields"),
    [
        ("default", "", False, {"Taxable": True, "ResaleNum": "R-123"}),
        ("exempt", "Resale", False, {"Taxable": False, "ResaleNum": "R-123"}),
        ("exempt", "Resale", True, {"Taxable": False, "ResaleNum": "R-123", "TaxExemptionReasonId": "9"}),
        ("exempt", "Because", False, {"Taxable": False, "ResaleNum": "R-123"}),
        (
            "provincial_exempt",
            "",
            True,
            {"Taxable": False, "ResaleNum": "R-123", "TaxExemptionReasonId": "9"},
        ),
    ],
)
def test_in_the_us_a_customer_is_taxable_or_not(
    status: str, reason: str, automated: bool, fields: dict[str, Any]
) -> None:
    place = full_location(tax_status=status, exemption_reason=reason, tax_registration_number="R-123")
    payload = planned(place, unlinked(place, but(US, automated_tax=automated))).payload
    tax_fields = {"Taxable", "ResaleNum", "TaxExemptionReasonId", "DefaultTaxCodeRef"}
    assert {name: value for name, value in payload.items() if name in tax_fields} == fields


def test_currency_is_fixed_when_created_and_sent_only_with_multicurrency() -> None:
    place = full_location(currency="USD")
    context = but(CANADA, multicurrency=True)
    assert planned(place, unlinked(place, context)).payload["CurrencyRef"] == {"value": "USD"}
    assert "CurrencyRef" not in planned(place, standing(place, context, sent={})).payload
    assert codes(plan(place, unlinked(place))) == ["currency_differs"]


@pytest.mark.parametrize(
    ("match", "code", "cause"),
    [
        (Match("several", (("1", "A"), ("2", "B"))), "customer_several_matches", "match:location:"),
        (Match("inactive", (("1", "A (deleted)"),)), "customer_inactive", "match:location:"),
        (Match("looks_like", (("1", "Fox and Fiddler"),)), "looks_like_existing", "match:location:"),
    ],
)
def test_what_the_look_up_found_is_a_choice_for_a_person(match: Match, code: str, cause: str) -> None:
    place = full_location()
    found, why, values = one_problem(plan(place, unlinked(place, match=match)))
    assert (found, why) == (code, cause + str(place.id))
    assert values["candidates"][0] == {"id": "1", "name": match.candidates[0][1]}


def test_matched_by_their_id_nothing_is_created() -> None:
    place = full_location()
    context = but(CANADA, **THIRD_PARTY, customer_theirs="Id")
    assert codes(plan(place, unlinked(place, context))) == ["customer_no_match"]


def test_a_key_that_is_missing_or_doubled() -> None:
    place = full_location(third_party_id="  ")
    context = but(CANADA, **THIRD_PARTY)
    assert one_problem(plan(place, context))[:2] == ("customer_key_missing", f"key:location:{place.id}")
    place.third_party_id = "Fox-7 "
    context = but(context, doubled=frozenset({("location", "fox-7")}))
    assert one_problem(plan(place, context))[:2] == ("customer_key_doubled", f"key:location:{place.id}")
    assert not isinstance(plan(place, standing(place, context, sent={"DisplayName": "Fox-7"})), Blocked)


def test_all_problems_of_a_location_are_found_at_once() -> None:
    place = full_location(
        name="Bloor: St\x07" + "x" * 500,
        customer=factories.customer("F" * 101),
        email="no address",
        phone="1" * 31,
        billing_address={"line1": "x" * 501, "postal_code": "9" * 31},
        payment_term=factories.term("Net 45", 45),
        currency="USD",
    )
    match = Match("several", (("1", "A"), ("2", "B")))
    assert codes(plan(place, unlinked(place, match=match))) == [
        "customer_several_matches",
        "name_too_long",
        "name_forbidden_character",
        "field_too_long",
        "field_too_long",
        "email_invalid",
        "field_too_long",
        "field_too_long",
        "term_not_mapped",
        "currency_differs",
    ]


def test_a_term_that_they_no_longer_offer() -> None:
    place = full_location()
    choices = {
        **CANADA.choices,
        ("payment_terms", str(factories.term().id), ""): Choice("3", "Net 30", False),
    }
    assert codes(plan(place, unlinked(place, but(CANADA, choices=choices)))) == ["term_inactive"]
    context = without_choice(CANADA, ("payment_terms", str(factories.term().id)))
    assert one_problem(plan(place, unlinked(place, context))) == (
        "term_not_mapped",
        f"term:{factories.term().id}",
        {"term": "Net 30", "days": 30},
    )


@pytest.mark.parametrize("has_link", [True, False])
def test_a_name_once_sent_without_an_answer_must_stay(has_link: bool) -> None:
    place = full_location(name="Bloor Street")
    then = {"DisplayName": "Bloor St"}
    context = standing(place, CANADA, sent=then, theirs=then) if has_link else unlinked(place)
    context = but(context, locked={ref_of(place): "Bloor St"}, edited={ref_of(place): frozenset({"name"})})
    code, _, values = one_problem(plan(place, context))
    assert (code, values) == ("name_locked", {"sent": "Bloor St", "now": "Bloor Street", "column": "name"})


def test_several_addresses_with_commas_are_fine() -> None:
    place = full_location(email="a@fox.example, b@fox.example")
    assert planned(place, unlinked(place)).payload["PrimaryEmailAddr"] == {
        "Address": "a@fox.example, b@fox.example"
    }


def full_location(**values: Any) -> Location:
    filled: dict[str, Any] = {"third_party_id": "FOX-7", "email": "bar@fox.example"}
    filled |= {"phone": "(416) 555-0100", "payment_term": factories.term()} | values
    return factories.location(**filled)


def standing(place: Location, context: Any, *, sent: Any, theirs: Any = None) -> Any:
    """It is customer 58 in QBO."""
    link = Linked("customer", "58", "2", ours_then=sent, theirs=theirs)
    return but(context, links={ref_of(place): link})
