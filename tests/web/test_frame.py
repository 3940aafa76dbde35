"""The frame around every page: menu, banner, light and dark, messages of fragments."""

import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, flash
from flask.typing import ResponseReturnValue
from sqlalchemy import update

from portal.extensions import db
from portal.models import Connection
from portal.models.base import now
from portal.sales import orders
from portal.web import frame
from portal.web.access import render
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.people import SignIn

NEEDED = "QuickBooks Online needs to be reconnected: {}."


def test_no_request_gives_up_another_which_browsers_are_told_as_an_error() -> None:
    written = "".join(page.read_text() for page in Path("templates").rglob("*.html"))
    assert set(re.findall(r'hx-sync="([^"]*)"', written)) == {"this:queue last"}


def test_a_connection_that_needs_a_person_is_told_on_every_page_with_what_waits(
    app: Flask, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    connected(app, administrator.organization_id, "reconnect", waiting=2)
    for path in ("/orders", "/customers", "/account", "/users"):
        assert NEEDED.format("2 orders are waiting") in text_of(administrator.get(path))
    page = administrator.get("/orders").get_data(as_text=True)
    assert re.search(
        r'action="/settings/integrations/connect\?again=1".*?<button[^>]*>Reconnect<', page, re.S
    )


def test_who_may_not_reconnect_is_led_to_what_is_known(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    connected(app, viewer.organization_id, "reconnect", waiting=1)
    page = viewer.get("/orders")
    assert NEEDED.format("1 order is waiting") in text_of(page)
    assert "settings/integrations/connect" not in page.get_data(as_text=True)


def test_it_counts_no_further_than_anybody_reads(
    app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = signed_in("viewer")
    connected(app, viewer.organization_id, "reconnect", waiting=3)
    monkeypatch.setattr(frame, "COUNTED_UP_TO", 2)
    assert NEEDED.format("more than 2 orders are waiting") in text_of(viewer.get("/orders"))


def test_a_company_on_hold_is_told_with_its_reason(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    connected(app, viewer.organization_id, "on_hold", state_reason="the subscription has ended")
    said = text_of(viewer.get("/orders"))
    assert "takes nothing at the moment, nothing is waiting yet: the subscription has ended." in said


def test_a_connection_that_works_needs_no_banner(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    connected(app, viewer.organization_id, "ok", waiting=1)
    assert b"connection-banner" not in viewer.get("/orders").data


@pytest.mark.parametrize(("days", "is_told"), [(31, False), (29, True), (0, True), (None, False)])
def test_an_access_that_ends_within_30_days_is_told_on_every_page(
    app: Flask, signed_in: SignIn, days: int | None, is_told: bool
) -> None:
    administrator = signed_in("administrator")
    ends = None if days is None else now() + timedelta(days=days)
    connected(app, administrator.organization_id, "ok", access_ends_at=ends)
    for path in ("/orders", "/account"):
        answer = administrator.get(path)
        assert ("Intuit ends our access to Maple Inc. on " in text_of(answer)) is is_told
        assert (b"connect?again=1" in answer.data) is is_told


def test_what_must_be_done_at_once_is_told_rather_than_what_ends_soon(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    connected(app, viewer.organization_id, "reconnect", access_ends_at=now())
    said = text_of(viewer.get("/orders"))
    assert NEEDED.format("nothing is waiting yet") in said
    assert "Intuit ends" not in said


@pytest.mark.parametrize(
    ("path", "label"), [("/orders", "Orders"), ("/orders/new", "Orders"), ("/users", "Users")]
)
def test_the_menu_shows_where_one_is(signed_in: SignIn, path: str, label: str) -> None:
    page = signed_in("administrator").get(path).get_data(as_text=True)
    menu = page[page.index('id="menu"') : page.index("</nav>")]
    [here] = re.findall(r'aria-current="page">.*?</svg>\s*([^<]+)</a>', menu, re.S)
    assert here.strip() == label


def test_only_an_administrator_is_shown_the_users(signed_in: SignIn) -> None:
    assert b'href="/users"' in signed_in("administrator").get("/orders").data
    assert b'href="/users"' not in signed_in("bookkeeper").get("/orders").data


def test_a_theme_is_kept_without_signing_in_and_without_a_script(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    assert 'data-bs-theme="auto"' in viewer.get("/orders").get_data(as_text=True)
    answer = viewer.post("/theme", {"theme": "dark"}, headers={"Referer": "http://localhost/orders?q=pub"})
    assert answer.headers["Location"] == "/orders?q=pub"
    assert 'data-bs-theme="dark"' in viewer.get("/orders").get_data(as_text=True)
    viewer.post("/logout")
    assert 'data-bs-theme="dark"' in viewer.get("/login").get_data(as_text=True)


def test_a_theme_we_do_not_have_changes_nothing(signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    viewer.post("/theme", {"theme": '"><b>'})
    viewer.client.set_cookie("portal_theme", '"><b>')
    assert 'data-bs-theme="auto"' in viewer.get("/orders").get_data(as_text=True)


@pytest.mark.parametrize(
    "elsewhere",
    ["http://evil.example/orders", "http://localhost.evil.example/", "http://localhost//evil.example", ""],
)
def test_choosing_a_theme_never_leads_elsewhere(signed_in: SignIn, elsewhere: str) -> None:
    answer = signed_in("viewer").post("/theme", {"theme": "dark"}, headers={"Referer": elsewhere})
    assert answer.headers["Location"] == "/"


def test_a_fragment_brings_its_messages_along_and_a_page_shows_each_once(
    app: Flask, signed_in: SignIn
) -> None:
    def says() -> ResponseReturnValue:
        flash("It is done.", "success")
        return render("people/account.html", "people/_invitations.html", form=None)

    app.add_url_rule("/says", view_func=says)
    viewer = signed_in("viewer")
    fragment = viewer.get("/says", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert re.search(r'hx-swap-oob="beforeend:#flashes".*It is done\.', fragment, re.S)
    assert "It is done." not in viewer.get("/orders").get_data(as_text=True)


def test_what_one_event_has_to_say_is_one_message_that_looks_like_the_gravest(
    app: Flask, signed_in: SignIn
) -> None:
    def says() -> ResponseReturnValue:
        for sentence, look in (("Done.", "success"), ("But look.", "warning"), ("Done.", "success")):
            flash(sentence, look)
        return render("people/account.html", "people/_invitations.html", form=None)

    app.add_url_rule("/says", view_func=says)
    fragment = signed_in("viewer").get("/says", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert re.findall(r'<dialog open class="message status-(\w+)"', fragment) == ["amber"]
    assert "But look.\nDone.</p>" in fragment


def test_a_message_can_be_put_away_without_a_script(signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    page = viewer.post("/logout", follow_redirects=True).get_data(as_text=True)
    assert page.count("You are signed out.") == 1
    said = r'<dialog open.*?role="status">You are signed out\..*?<form method="dialog"><button'
    assert re.search(said, page, re.S)


def connected(app: Flask, organization_id: uuid.UUID, state: str, waiting: int = 0, **values: Any) -> None:
    with given.working_in(app, organization_id):
        given.connection()
        given.sync(orders_on=True)
        for _ in range(waiting):
            orders.finalize(given.order(), given.bo())
        db.session.execute(update(Connection).values(state=state, **values))
