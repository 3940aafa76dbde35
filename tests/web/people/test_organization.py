"""Settings › Organization: who may choose the time zone, what it says beside it, and what asks for it."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Connection, Event, Order, Organization
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.people import Browser, SignIn, sign_in_as

PAGE = "/settings/organization"


def test_an_administrator_changes_it_and_no_finalized_order_is_dated_anew(
    app: Flask, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    with app.app_context():
        db.session.info["organization_id"] = administrator.organization_id
        dated = given.order(status="finalized", invoice_date=date(2026, 11, 4)).invoice_date
        db.session.commit()
    answer = administrator.post(PAGE, {"zone": "pacific/kiritimati", "seen": "America/Toronto"})
    assert answer.status_code == 303
    page = text_of(administrator.get(PAGE))
    assert "Time zone Pacific/Kiritimati It is" in page
    assert "Changed from America/Toronto. The administrator" in page
    with app.app_context():
        db.session.info["organization_id"] = administrator.organization_id
        assert db.session.scalars(select(Order.invoice_date)).all() == [dated]
        assert db.session.scalars(select(Event.values).where(Event.what == "time_zone_set")).one() == {
            "was": "America/Toronto",
            "zone": "Pacific/Kiritimati",
        }


@pytest.mark.parametrize("typed", ["", "Middle-earth/Shire", "Eastern Time (US & Canada)"])
def test_what_is_no_zone_is_told_beside_the_field(app: Flask, signed_in: SignIn, typed: str) -> None:
    administrator = signed_in("administrator")
    answer = administrator.post(PAGE, {"zone": typed})
    assert answer.status_code == 422
    assert "Choose" in text_of(answer)
    assert zone_of(app, administrator) == "America/Toronto"


def test_of_two_who_save_the_second_is_told(app: Flask, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    administrator.post(PAGE, {"zone": "America/Halifax", "seen": "America/Toronto"})
    answer = administrator.post(PAGE, {"zone": "America/Regina", "seen": "America/Toronto"})
    assert answer.status_code == 409
    assert "somebody else saved America/Halifax" in text_of(answer)
    assert zone_of(app, administrator) == "America/Halifax"


def test_what_quickbooks_says_stands_beside_it_and_is_offered_where_it_differs(
    app: Flask, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    company(app, administrator, None)
    assert "Not read yet" in text_of(administrator.get(PAGE))
    company(app, administrator, "America/Vancouver")
    there = "America/Vancouver in QuickBooks, America/Toronto here"
    assert there in text_of(administrator.get("/settings/integrations"))
    assert "Use America/Vancouver" in text_of(administrator.get(PAGE))
    assert "Use America/Vancouver" not in text_of(signed_in("bookkeeper").get(PAGE))
    company(app, administrator, "Mars/Olympus")
    page = text_of(administrator.get(PAGE))
    assert "“Mars/Olympus”, which is no time zone that we know" in page
    assert "Use " not in page


class TestWithoutOne:
    def test_every_page_asks_for_it_and_times_say_that_they_are_utc(self, app: Flask) -> None:
        unknown = nowhere(app, "administrator")
        page = unknown.get("/orders").get_data(as_text=True)
        assert 'data-question="time-zone"' in page
        assert f'href="{PAGE}"' in page
        assert "administrator has chosen" in text_of(nowhere(app, "viewer").get("/orders"))
        unknown.post(PAGE, {"zone": "America/Halifax", "seen": ""})
        assert 'data-question="time-zone"' not in unknown.get("/orders").get_data(as_text=True)

    @pytest.mark.parametrize("rule", ["finalized", "delivery"])
    def test_nothing_is_finalized_before_it_could_be_dated_rightly(self, app: Flask, rule: str) -> None:
        unknown = nowhere(app, "bookkeeper")
        with app.app_context():
            db.session.info["organization_id"] = unknown.organization_id
            given.sync(invoice_date_rule=rule)
            order_id = given.order().id
            db.session.commit()
        answer = unknown.post(f"/orders/{order_id}/finalize", follow_redirects=True)
        assert "An administrator chooses it under Settings › Organization" in text_of(answer)
        with app.app_context():
            db.session.info["organization_id"] = unknown.organization_id
            assert db.session.execute(select(Order.status, Order.invoice_date)).all() == [("delivered", None)]


def nowhere(app: Flask, role: str) -> Browser:
    """Somebody of an organization of which nobody has said where it is."""
    browser = sign_in_as(app, role, "Nowhere")
    with app.app_context():
        db.session.get_one(Organization, browser.organization_id).timezone = None
        db.session.commit()
    return browser


def company(app: Flask, browser: Browser, says: str | None) -> None:
    """Connected to one that has this time zone."""
    with app.app_context():
        db.session.info["organization_id"] = browser.organization_id
        found = db.session.scalar(select(Connection)) or given.connection()
        found.time_zone = says
        db.session.commit()


def zone_of(app: Flask, browser: Browser) -> str | None:
    with app.app_context():
        return db.session.get_one(Organization, browser.organization_id).timezone
