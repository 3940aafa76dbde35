"""The dashboard before anything was pushed: one step at a time, and what has nothing to say stays hidden."""

import re
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Connection, Push, PushDay
from portal.models.base import now
from tests.support import distributor
from tests.support.connected import INTEGRATIONS, chosen, connect, text_of
from tests.support.mapping_pages import MAPPING
from tests.support.people import Browser, SignIn, sign_in_as
from tests.support.simulator import Simulated


def test_the_step_to_take_stands_open_with_why_and_the_one_primary_button(
    connected: Flask, administrator: Browser, books: Simulated
) -> None:
    app = connected
    connect(administrator, books)
    page = administrator.get(INTEGRATIONS)
    assert "is connected. Next: Keys" in text_of(page)
    assert "Step 2 of 8" in text_of(page)
    assert primaries(administrator) == ["Continue: Keys"]
    with working(app, administrator):
        for days in (15, 30):
            distributor.location(payment_term_id=distributor.term(f"Net {days}", days).id)
    keys = administrator.get(f"{MAPPING}/keys")
    saved = administrator.post(f"{MAPPING}/keys", chosen(keys), follow_redirects=True)
    assert "Next: Payment terms (2 to map)" in text_of(saved)
    assert primaries(administrator) == ["Continue: Payment terms (2 to map)"]
    page = administrator.get(INTEGRATIONS)
    assert "Step 3 of 8" in text_of(page)
    assert "Orders whose term has none wait." in text_of(page)
    assert page.get_data(as_text=True).count('aria-current="step"') == 1


def test_what_has_nothing_to_say_is_hidden_in_its_place_until_it_has(
    connected: Flask, administrator: Browser
) -> None:
    app = connected
    with working(app, administrator):
        distributor.location()
        order = distributor.order(status="finalized", integration_status="not_sent", revision=1).id
    page = administrator.get(INTEGRATIONS)
    hidden = ["part-causes", "part-orders", "part-customers", "part-products", "part-days"]
    assert hidden_parts(page.get_data(as_text=True))[-7:] == [*hidden, "part-runs", "part-failures"]
    for empty in ("Nothing stands in the way", "Nothing was pushed", "None yet", "None."):
        assert empty not in text_of(page)
    with working(app, administrator):
        company = company_of()
        pushed = {"record_kind": "order", "record_id": order, "revision": 1, "reason": "bulk"}
        db.session.add(Push(**distributor.owner(), connection_id=company.id, state="queued", **pushed))
    cockpit = administrator.get(INTEGRATIONS).get_data(as_text=True)
    assert 'aria-current="step"' not in cockpit
    assert hidden_parts(cockpit) == ["part-causes"]  # something is still to be mapped
    assert 'data-step="Payment terms"' in cockpit


def test_once_all_is_set_up_the_last_step_is_the_first_push(connected: Flask, administrator: Browser) -> None:
    app = connected
    administrator.post(f"{MAPPING}/keys", chosen(administrator.get(f"{MAPPING}/keys")))
    with working(app, administrator):
        distributor.sync(customers_on=True)
    assert primaries(administrator) == ["Enter an order"]
    with working(app, administrator):
        place = distributor.location(delivery_address={"province": "ON"})
        distributor.order(status="delivered", location=place)
    for page in ("customer-tax", "product-accounts", "product-tax"):
        suggested = administrator.get(f"{MAPPING}/{page}?suggest=1")
        done = administrator.post(f"{MAPPING}/{page}", chosen(suggested), follow_redirects=True)
    assert "The set-up is done. Next: push the first orders" in text_of(done)
    assert primaries(administrator) == ["Finalize and push delivered orders"]
    with working(app, administrator):
        distributor.order(location=place, status="finalized", integration_status="ready", revision=1)
    assert primaries(administrator) == ["Push ready orders"]
    with working(app, administrator):
        company, ended = company_of(), {"day": now().date(), "record_kind": "order", "failed": 1}
        db.session.add(PushDay(**distributor.owner(), connection_id=company.id, **ended))
    assert "First push" not in administrator.get(INTEGRATIONS).get_data(as_text=True)


def test_before_a_company_is_connected_there_is_that_to_do_and_nothing_else(
    app: Flask, signed_in: SignIn
) -> None:
    administrator, bookkeeper = signed_in("administrator"), signed_in("bookkeeper")
    assert primaries(administrator) == ["Connect to QuickBooks"]
    assert "Step 1 of 8" in text_of(administrator.get(INTEGRATIONS))
    assert primaries(bookkeeper) == []
    assert "An administrator can connect it." in text_of(bookkeeper.get(INTEGRATIONS))


def test_who_may_only_look_is_led_on_without_a_button_that_writes(
    connected: Flask, bookkeeper: Browser
) -> None:
    viewer = sign_in_as(connected, "viewer", "Ours")
    assert primaries(viewer) == ["Continue: Keys"]
    assert "<button" not in main(viewer)


def primaries(browser: Browser) -> list[str]:
    return re.findall(r'class="btn btn-primary"[^>]*>([^<]+)<', main(browser))


def main(browser: Browser) -> str:
    return browser.get(INTEGRATIONS).get_data(as_text=True).split('id="content"')[1].split("</main>")[0]


def hidden_parts(page: str) -> list[str]:
    return re.findall(r'id="(part-\w+)" hidden', page)


def company_of() -> Connection:
    return db.session.scalars(select(Connection)).one()


def working(app: Flask, browser: Browser) -> AbstractContextManager[None]:
    return distributor.working_in(app, browser.organization_id)


@pytest.fixture
def administrator(connected: Flask, bookkeeper: Browser) -> Browser:
    """Of the organization that the bookkeeper is of, which is connected."""
    return sign_in_as(connected, "administrator", "Ours")
