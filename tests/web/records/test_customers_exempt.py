"""Certificates and reasons of exemption as a person enters them, one by one and for many at once."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Location, Order
from portal.models.base import now
from portal.sales import orders
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.forms import filled
from tests.support.people import Browser, SignIn

TODAY = now().date()
CERTIFIED = {"tax_status": "provincial_exempt", "certificate": "PST-1", "delivery_address-province": "B.C."}


@pytest.mark.parametrize(
    ("company", "entered", "said"),
    [
        ({}, {"tax_registration_number": "1" * 17}, ""),
        ({"country": "US"}, {"tax_registration_number": "1" * 17}, "QuickBooks takes at most 16 characters"),
        ({"country": "US"}, {"tax_registration_number": "1" * 16}, ""),
        ({}, CERTIFIED, ""),
        ({}, CERTIFIED | {"certificate": " "}, "Enter the number of its certificate."),
        ({}, CERTIFIED | {"delivery_address-province": "Ont."}, "Ontario has HST only"),
        ({}, {"tax_status": "exempt"}, ""),
        ({"country": "US"}, {"tax_status": "exempt"}, ""),
        ({"country": "US", "automated_tax": True}, {"tax_status": "exempt"}, "Choose why it is exempt"),
        ({"country": "US", "automated_tax": True}, {"tax_status": "exempt", "exemption_reason_id": "7"}, ""),
        ({"country": "US", "automated_tax": True}, {"tax_status": "provincial_exempt"}, ""),
    ],
)
def test_what_a_status_asks_for_is_asked_for_on_the_form(
    app: Flask, bo: Browser, company: dict[str, Any], entered: dict[str, str], said: str
) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection(sales_tax=True, **company)
        location_id = given.location().id
    page = f"/locations/{location_id}"
    answer = bo.post(page, filled(bo, page, "name") | entered)
    assert answer.status_code == (422 if said else 302), text_of(answer)
    assert said in text_of(answer)


def test_a_location_without_a_reason_may_be_edited_in_all_else(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection(country="US", sales_tax=True, automated_tax=True)
        location_id = given.location(tax_status="exempt").id
    page = f"/locations/{location_id}"
    assert bo.post(page, filled(bo, page, "name") | {"phone": "555 0100"}).status_code == 302


def test_a_certificate_that_ends_is_told_of_and_found(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        ends = {"later": 40, "soon": 10, "over": -3}
        places = {
            name: given.location(
                name=name,
                tax_status="provincial_exempt",
                certificate="PST",
                certificate_expires=TODAY + timedelta(days=days),
            ).id
            for name, days in ends.items()
        }
        given.location(name="endless", tax_status="exempt")
    told = {name: text_of(bo.get(f"/locations/{one}")) for name, one in places.items()}
    assert "ask for the next one" in told["soon"]
    assert "orders dated later wait for a new one" in told["over"]
    assert "certificate is valid until" not in told["later"]
    page = bo.get("/customers").text
    assert [page.count(f'data-certificate="{one}"') for one in ("soon", "expired")] == [1, 1]
    narrowed = bo.get("/customers?certificate=ending").text
    assert [name in narrowed for name in ("later", "soon", "over", "endless")] == [False, True, True, False]


def test_finalizing_freezes_the_certificate(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        place = given.location(
            tax_status="exempt", certificate="C-1", certificate_expires=TODAY, exemption_reason_id="7"
        )
        order = given.order(location=place)
        orders.finalize(order, given.bo())
        order_id, place.certificate = order.id, "C-2"
    with given.working_in(app, bo.organization_id):
        order = db.session.get_one(Order, order_id)
        frozen = (order.certificate, order.certificate_expires, order.exemption_reason_id)
        assert frozen == ("C-1", TODAY, "7")


def test_a_reason_is_set_for_all_ticked_that_pay_no_tax_once_it_was_confirmed(
    app: Flask, bo: Browser
) -> None:
    with given.working_in(app, bo.organization_id):
        exempt = [given.location(tax_status="exempt", exemption_reason="School") for _ in range(2)]
        taxed = given.location()
        ids = [str(one.id) for one in (*exempt, taxed)]
    assert "Set exemption reason…" in bo.get("/customers?bulk=1&exemption=missing").text
    view = {"exemption": "missing", "sort": "location"}
    asked_at = bo.post("/customers/exemption", {"ids": ids[:1], "elsewhere": ids[1:], **view})
    assert asked_at.status_code == 303, "so that going back sends nothing anew"
    address = asked_at.headers["Location"]
    asked = bo.get(address)
    assert "2 locations; 1 pays tax and is left out" in text_of(asked)
    assert "“School”" in text_of(asked)
    wrong = bo.post(address, {"exemption_reason": "99"})
    assert (wrong.status_code, "Choose one of the list." in text_of(wrong)) == (422, True)
    form = {"exemption_reason": "7", "certificate_number": "EX-1", "valid_until": "2027-06-30"}
    done = bo.post(address, form, follow_redirects=True)
    assert done.request.full_path == "/customers?exemption=missing&sort=location&bulk=1"
    assert "Educational organization: set for 2 locations." in text_of(done)
    with given.working_in(app, bo.organization_id):
        stored = [db.session.get_one(Location, uuid.UUID(one)) for one in ids]
        assert [(one.exemption_reason_id, one.certificate, one.exemption_reason) for one in stored] == [
            *[("7", "EX-1", "School")] * 2,
            ("", "", ""),
        ]


def test_one_that_is_refused_holds_up_no_other_and_is_told_by_name(app: Flask, bo: Browser) -> None:
    """Ontario has no tax of its own that a certificate could relieve of: that one was stored before."""
    with given.working_in(app, bo.organization_id):
        others = [given.location(tax_status="exempt") for _ in range(3)]
        refused = given.location(
            name="Bloor St",
            tax_status="provincial_exempt",
            certificate="C-1",
            delivery_address={"province": "ON", "country": "CA"},
        )
        ids = [str(one.id) for one in (*others, refused)]
    asked = bo.post("/customers/exemption", {"ids": ids})
    done = bo.post(asked.headers["Location"], {"exemption_reason": "7"}, follow_redirects=True)
    said = text_of(done)
    assert "Educational organization: set for 3 locations." in said
    assert "Bloor St: Ontario has HST only" in said
    with given.working_in(app, bo.organization_id):
        stored = [db.session.get_one(Location, uuid.UUID(one)) for one in ids]
        assert [one.exemption_reason_id for one in stored] == ["7", "7", "7", ""]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Tick rows of exempt or zero-rated locations first"),
        ({"select_all": "1"}, "only those are set, once you have seen them"),
    ],
)
def test_nothing_or_everything_is_not_set(bo: Browser, form: dict[str, str], said: str) -> None:
    assert said in text_of(bo.post("/customers/exemption", form, follow_redirects=True))


@pytest.mark.parametrize("chosen", ["", "nonsense", "AAAA", "%00"])
def test_an_address_that_was_cut_off_leads_back_to_the_table(bo: Browser, chosen: str) -> None:
    for answer in (bo.get, bo.post):
        told = answer(f"/customers/exemption?chosen={chosen}", follow_redirects=True)
        assert "Tick rows of exempt or zero-rated locations first" in text_of(told)


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
