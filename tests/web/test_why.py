"""The page of an order that can't go says why first, and offers the fix before another push."""

import re
import uuid

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Problem, Push
from portal.models.kinds import ref_of
from portal.outbox import badge
from portal.problems import causes
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.every_status import failed, finalized
from tests.support.people import Browser, SignIn


def test_what_stands_in_the_way_comes_first_and_its_fix_is_the_main_button(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        order = finalized()
        failed("order", order.id, "no_lines", {"number": order.number})
        badge.restate("order", [order.id])
        order_id = order.id
    page = bo.get(f"/orders/{order_id}")
    text = text_of(page)
    assert text.index("has no lines") < text.index("What next")
    assert main_buttons(page.text) == ["Edit the order"]
    assert ">Push again<" in page.text


def test_an_order_that_waits_says_whose_problem_it_is_and_leads_there(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection()
        place = given.location(name="Main", customer=given.customer(name="The Old Mill"))
        order = finalized(location=place)
        needs = [["location", str(place.id), "missing"]]
        of_order = {"record_kind": "order", "record_id": order.id, "revision": 1, "reason": "bulk"}
        wish = {**of_order, "connection_id": company.id, "state": "waiting", "needs": needs}
        db.session.add(Push(**given.owner(), **wish))
        values = {"location": "The Old Mill · Main", "key": "third-party ID"}
        stands = {"record_kind": "location", "record_id": place.id, "code": "customer_key_missing"}
        cause = causes.of_key(ref_of(place))
        db.session.add(Problem(**given.owner(), **stands, values=values, cause=cause))
        badge.restate("location", [place.id])
        badge.restate("order", [order.id])
        ids = order.id, place.id
    page = bo.get(f"/orders/{ids[0]}")
    assert "The order waits for The Old Mill · Main." in text_of(page)
    assert f'href="/locations/{ids[1]}">Edit the location' in page.text
    assert main_buttons(page.text) == ["Edit the location"]


@pytest.mark.parametrize(("role", "offered"), [("bookkeeper", "Put it right"), ("viewer", "What that means")])
def test_a_location_says_why_above_its_form_and_leads_to_the_drawer_and_not_to_itself(
    app: Flask, signed_in: SignIn, role: str, offered: str
) -> None:
    somebody = signed_in(role)
    with given.working_in(app, somebody.organization_id):
        given.connection()
        place = given.location()
        values = {"location": "Main", "key": "third-party ID"}
        failed("location", place.id, "customer_key_missing", values)
        badge.restate("location", [place.id])
        address, drawer = f"/locations/{place.id}", f"/badges/location/{place.id}"
    for page in (somebody.get(address), somebody.get(address, headers={"HX-Request": "true"})):
        assert "What stands in the way" in text_of(page)
        assert f'href="{drawer}">{offered}</a>' in page.text
        assert f'href="{address}">Edit the location' not in page.text
    assert main_buttons(somebody.get(address).text) == (["Save"] if role == "bookkeeper" else [])


def test_where_nothing_stands_in_the_way_the_push_is_the_main_button(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        order = finalized()
        badge.restate("order", [order.id])
        order_id: uuid.UUID = order.id
    page = bo.get(f"/orders/{order_id}").text
    assert main_buttons(page) == ["Push to QuickBooks Online"]
    assert "stands in the way" not in page


def main_buttons(page: str) -> list[str]:
    main = page.split('id="content"')[1].split("</main>")[0]
    return re.findall(r'class="btn btn-primary"[^>]*>([^<]+)<', main)


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
