"""Users: invited by a link, given roles, let out; and what each may do about their own account."""

import html
import re
import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.accounts import people
from portal.extensions import db
from portal.models import Event
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.people import Browser, SignIn

PASSWORD = "correct horse"


class TestInviting:
    def test_the_link_is_shown_once_and_lets_a_person_in(self, app: Flask, signed_in: SignIn) -> None:
        link = invited(signed_in("administrator"), "bo@example.com", "bookkeeper")
        bo = app.test_client()
        assert "Welcome to Maple Beverages" in text_of(bo.get(link))
        joined = post(bo, link, name="Bo", password=PASSWORD)
        assert joined.headers["Location"] == "/orders"
        page = bo.get("/orders")
        assert "You are signed in as bo@example.com." in text_of(page)
        assert bo.get("/users").status_code == 403

    def test_the_page_after_the_next_shows_it_no_more(self, signed_in: SignIn) -> None:
        administrator = signed_in("administrator")
        invited(administrator)
        again = administrator.get("/users")
        assert "invitation?token=" not in again.get_data(as_text=True)
        assert "bo@example.com Viewer The administrator" in text_of(again)

    def test_a_cancelled_link_says_what_to_do(self, app: Flask, signed_in: SignIn) -> None:
        administrator = signed_in("administrator")
        link = invited(administrator)
        page = administrator.get("/users").get_data(as_text=True)
        [cancel] = re.findall(r'action="(/users/invitations/[^"]+/cancel)"', page)
        administrator.post(cancel)
        answer = app.test_client().get(link)
        assert answer.status_code == 410
        assert "Ask an administrator of your organization for a new one." in text_of(answer)

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"email": "", "role": "viewer"}, "Enter an e-mail address."),
            ({"email": "nobody", "role": "viewer"}, "That is not an e-mail address."),
            ({"email": "a\0@example.com", "role": "viewer"}, "That is not an e-mail address."),
            ({"email": "bo@example.com", "role": "owner"}, "Choose one of the list"),
        ],
    )
    def test_what_invites_nobody_is_told_beside_the_field(
        self, signed_in: SignIn, form: dict[str, str], words: str
    ) -> None:
        answer = signed_in("administrator").post("/users", form)
        assert answer.status_code == 422
        assert words in text_of(answer)

    @pytest.mark.parametrize("password", ["", "short", "x" * 201])
    def test_a_password_that_will_not_do_keeps_the_name(
        self, app: Flask, signed_in: SignIn, password: str
    ) -> None:
        link = invited(signed_in("administrator"))
        answer = post(app.test_client(), link, name="Bo the Brewer", password=password)
        assert answer.status_code == 422
        assert 'value="Bo the Brewer"' in answer.get_data(as_text=True)

    def test_who_forgot_the_password_gets_a_link_for_a_new_one(self, app: Flask, signed_in: SignIn) -> None:
        administrator, bo = signed_in("administrator"), signed_in("viewer")
        administrator.post(f"/users/{id_of(bo)}/password-link")
        link = shown_link(administrator)
        fresh = app.test_client()
        assert "Choose a new password" in text_of(fresh.get(link))
        assert post(fresh, link, password=PASSWORD).status_code == 302
        assert fresh.get("/orders").status_code == 200
        assert bo.get("/orders").status_code == 302


class TestRoles:
    def test_a_lesser_role_holds_at_once(self, app: Flask, signed_in: SignIn) -> None:
        administrator, bo = signed_in("administrator"), signed_in("bookkeeper")
        assert bo.get("/orders/new").status_code == 200
        administrator.post(f"/users/{id_of(bo)}", {"role": "viewer"})
        assert bo.get("/orders/new").status_code == 403

    def test_who_is_deactivated_is_out_at_once_and_may_be_let_in_again(
        self, app: Flask, signed_in: SignIn
    ) -> None:
        administrator, bo = signed_in("administrator"), signed_in("viewer")
        administrator.post(f"/users/{id_of(bo)}", {"active": "no"})
        assert bo.get("/orders").status_code == 302
        administrator.post(f"/users/{id_of(bo)}", {"active": "yes"})
        assert bo.get("/orders").status_code == 302, "the session of before stays over"
        assert "Yes Deactivate" in text_of(administrator.get("/users"))

    @pytest.mark.parametrize("change", [{"role": "viewer"}, {"active": "no"}])
    def test_the_last_administrator_stays(
        self, app: Flask, signed_in: SignIn, change: dict[str, str]
    ) -> None:
        administrator = signed_in("administrator")
        administrator.post(f"/users/{id_of(administrator)}", change)
        assert "is the only administrator. Make someone else one first." in text_of(
            administrator.get("/users")
        )

    def test_each_step_is_written_down(self, app: Flask, signed_in: SignIn) -> None:
        administrator, bo = signed_in("administrator"), signed_in("viewer")
        for change in ({"role": "bookkeeper"}, {"active": "no"}, {"active": "yes"}):
            administrator.post(f"/users/{id_of(bo)}", change)
        invited(administrator)
        with given.working_in(app, administrator.organization_id):
            told = [(one.what, one.actor) for one in db.session.scalars(select(Event).order_by(Event.at))]
        assert told == [
            (what, "The administrator") for what in ("role_changed", "deactivated", "activated", "invited")
        ]


class TestMyAccount:
    def test_a_new_password_ends_every_other_session(self, app: Flask, ada: uuid.UUID) -> None:
        here, elsewhere = sign_in(app), sign_in(app)
        answer = post(here, "/account", old=PASSWORD, new="another password")
        assert answer.headers["Location"] == "/account"
        assert "Your password is changed." in text_of(here.get("/account"))
        assert elsewhere.get("/orders").status_code == 302
        with app.app_context():
            assert people.sign_in("ada@example.com", "another password") is not None

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ("wrong", "another password", "That is not your present password."),
            (PASSWORD, "short", "8 to 200 characters"),
            (PASSWORD, PASSWORD, "That is the password you have already."),
            ("", "another password", "Enter your present password."),
        ],
    )
    def test_what_changes_nothing_is_told(
        self, app: Flask, ada: uuid.UUID, old: str, new: str, words: str
    ) -> None:
        here, elsewhere = sign_in(app), sign_in(app)
        answer = post(here, "/account", old=old, new=new)
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert elsewhere.get("/orders").status_code == 200

    def test_guessing_at_an_open_session_is_limited(self, app: Flask, ada: uuid.UUID) -> None:
        app.config["LOGIN_LIMIT"] = "2 per minute"
        here = sign_in(app)
        guesses = [post(here, "/account", old=f"guess {n}", new="another password") for n in range(3)]
        assert [one.status_code for one in guesses] == [422, 422, 429]


def invited(administrator: Browser, email: str = "bo@example.com", role: str = "viewer") -> str:
    """The address that the invitation leads to, without its host."""
    assert administrator.post("/users", {"email": email, "role": role}).status_code == 302
    return shown_link(administrator)


def shown_link(administrator: Browser) -> str:
    page = administrator.get("/users").get_data(as_text=True)
    [link] = re.findall(r'value="http://127.0.0.1:8000(/invitation\?token=[^"]+)"', page)
    return html.unescape(link)


def post(client: FlaskClient, page: str, **fields: str) -> TestResponse:
    """Fill in the form of that page, with what it carries hidden."""
    text = client.get(page).get_data(as_text=True)
    hidden = {
        match[1]: html.unescape(match[2])
        for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", text[text.index("<main") :])
        if (match := re.search(r'name="([^"]+)".* value="([^"]*)"', tag))
    }
    return client.post(page.split("?")[0], data=hidden | fields)


def sign_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    post(client, "/login", email="ada@example.com", password=PASSWORD)
    return client


def id_of(browser: Browser) -> uuid.UUID:
    with browser.client.session_transaction() as session:
        return uuid.UUID(session["_user_id"].split(":")[0])


@pytest.fixture
def ada(app: Flask) -> uuid.UUID:
    with app.app_context():
        return people.create_user("Maple", "ada@example.com", "Ada", "administrator", PASSWORD).id
