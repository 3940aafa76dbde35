"""What confirming a push would bring into QuickBooks, and when."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.models import KeySettings, Order
from portal.models.base import now
from portal.outbox import badge
from portal.sales.bulk import outlook as module
from portal.sales.bulk.outlook import outlook
from portal.sales.bulk.selection import Chosen
from tests.support import distributor as given
from tests.support.people import Browser, SignIn


def test_what_is_not_linked_yet_is_counted_once_however_many_orders_need_it(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        company = given.connection()
        given.sync(customers_on=True)
        known, fresh, kept_back = given.location(), given.location(), given.location(not_to_be_sent="Cash")
        stout, ale = given.sku(), given.sku()
        given.link(company, "location", known.id)
        given.link(company, "sku", stout.id)
        lines = [(stout, "1", "2"), (ale, "1", "2")]
        orders = [ready(lines, location=place) for place in (known, fresh, fresh, kept_back)]
        draft = given.order(lines)
        given.link(company, "order", orders[0].id, revision=0)
        badge.restate("order", [one.id for one in (*orders, draft)])
        seen = outlook(Chosen("order", tuple(one.id for one in (*orders, draft))))
        assert seen
        assert (seen.fresh, seen.linked, seen.now, seen.ahead) == (3, 1, 4, 0)
        assert (seen.customers, seen.makes_customers) == (1, True)
        assert (seen.items, seen.makes_items) == (1, False)


def test_what_is_dated_ahead_waits_and_is_told_with_its_days(app: Flask, bo: Browser) -> None:
    today = now().date()
    with given.working_in(app, bo.organization_id):
        given.connection()
        days = [today + timedelta(ahead) for ahead in (-2, 5, 9)]
        orders = [ready(invoice_date=day) for day in days]
        badge.restate("order", [one.id for one in orders])
        seen = outlook(Chosen("order", tuple(one.id for one in orders)))
        assert seen
        assert (seen.now, seen.ahead, seen.first_day, seen.last_day) == (1, 2, days[1], days[2])


def test_theirs_that_are_known_by_their_id_are_never_made(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        given.sync(customers_on=True, products_on=True)
        keys = {"order_ours": "number", "customer_ours": "number", "customer_theirs": "Id"}
        given._stored(KeySettings(**given.owner(), **keys, sku_ours="code", sku_theirs="Sku"))
        order = ready()
        badge.restate("order", [order.id])
        seen = outlook(Chosen("order", (order.id,)))
        assert seen
        assert (seen.makes_customers, seen.makes_items) == (False, True)


def test_what_very_many_orders_need_is_not_counted(
    app: Flask, bo: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COUNTED", 1)
    with given.working_in(app, bo.organization_id):
        given.connection()
        orders = [ready(), ready()]
        badge.restate("order", [one.id for one in orders])
        seen = outlook(Chosen("order", tuple(one.id for one in orders)))
        assert seen
        assert (seen.fresh, seen.customers, seen.items) == (2, None, None)


def test_nothing_is_foretold_without_a_company(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        assert outlook(Chosen("order", (given.order().id,))) is None


def test_the_page_that_asks_to_confirm_says_it(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        given.sync(customers_on=True)
        order = ready(invoice_date=now().date() + timedelta(3))
        place = given.location()
        badge.restate("order", [order.id])
        ids = str(order.id), str(place.id)
    page = words(bo.post("/orders/push", {"ids": [ids[0]]}, follow_redirects=True).text)
    assert "Up to 1 new invoice or credit memo." in page
    assert (
        "Up to 1 customer is created in QuickBooks: it is not linked yet, so it is looked for there" in page
    )
    assert "1 item is not linked yet, and none is created as the settings are" in page
    assert "1 waits until its day:" in page
    page = words(bo.post("/customers/push", {"ids": [ids[1]]}, follow_redirects=True).text)
    assert "Up to 1 new customer: it is not linked yet" in page
    assert "1 goes at once: less than a minute at QuickBooks' pace." in page


def ready(lines: list[tuple[given.Sku, str, str]] | None = None, **values: Any) -> Order:
    """Finalized, and dated a day that has come."""
    dated = {"invoice_date": date(2026, 11, 4), **values}
    return given.order(lines, status="finalized", revision=1, currency="CAD", **dated)


def words(page: str) -> str:
    return " ".join(page.replace("<strong>", "").replace("</strong>", "").split()).replace("&#39;", "'")


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
