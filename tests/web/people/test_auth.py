"""Signing in and out."""

import re
import socket
import uuid
from pathlib import Path
from time import monotonic

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import create_app
from portal.accounts import people
from portal.extensions import db
from portal.models import User
from tests.support import distributor as given
from tests.support import tables
from tests.support.settings import settings

EMAIL, PASSWORD = "ada@example.com", "correct horse"


def test_who_wanted_a_page_sees_it_after_signing_in(app: Flask, client: FlaskClient, ada: None) -> None:
    sent_away = client.get("/customers?q=pub")
    assert sent_away.headers["Location"] == "/login?next=/customers?q%3Dpub"
    answer = _sign_in(client, next="/customers?q=pub")
    assert answer.headers["Location"] == "/customers?q=pub"
    assert client.get("/customers").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:x",
        "/a\nb",
        "",
    ],
)
def test_signing_in_never_leads_elsewhere(client: FlaskClient, ada: None, elsewhere: str) -> None:
    assert _sign_in(client, next=elsewhere).headers["Location"] == "/orders"


def test_a_wrong_password_says_so_and_nothing_more(client: FlaskClient, ada: None) -> None:
    for email in (EMAIL, "nobody@example.com"):
        answer = _sign_in(client, email=email, password="wrong")
        assert answer.status_code == 422
        assert b"do not belong together" in answer.data
    assert client.get("/orders").status_code == 302


def test_the_cookie_is_named_for_the_portal_and_kept_from_scripts(client: FlaskClient, ada: None) -> None:
    cookie = _sign_in(client).headers["Set-Cookie"]
    assert cookie.startswith("portal_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, SESSION_COOKIE_SECURE=True))
    tables.make(app)
    answer = app.test_client().get("/login", base_url="https://portal.example")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


def test_signing_out_ends_the_session(client: FlaskClient, ada: None) -> None:
    _sign_in(client)
    assert (
        client.post("/logout", data={"csrf_token": _token(client, "/orders")}).headers["Location"] == "/login"
    )
    assert client.get("/orders").status_code == 302


def test_letting_somebody_out_ends_their_sessions_at_once(app: Flask, client: FlaskClient, ada: None) -> None:
    _sign_in(client)
    assert client.get("/orders").status_code == 200
    with app.app_context():
        user = db.session.scalars(given.select(User).execution_options(unscoped="this test")).one()
        db.session.info["organization_id"] = user.organization_id
        bo = people.add_user("bo@example.com", "Bo", "administrator", PASSWORD, user.as_actor())
        people.set_active(user, False, bo.as_actor())
        people.set_active(user, True, bo.as_actor())
        db.session.commit()
    assert client.get("/orders").status_code == 302


@pytest.mark.parametrize("cookie", ["nonsense", "nonsense:key", f"{uuid.UUID(int=0)}:key", ""])
def test_a_session_of_nobody_is_not_signed_in(client: FlaskClient, cookie: str) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = cookie
    assert client.get("/orders").status_code == 302


def test_a_redis_that_takes_calls_and_never_answers_keeps_nobody_waiting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = create_app(settings(tmp_path, REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0"))
        tables.make(app)
        begun = monotonic()
        assert _sign_in(app.test_client()).status_code == 422
        assert monotonic() - begun < 4


def test_attempts_are_limited_by_address_and_e_mail(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, LOGIN_LIMIT="3 per minute"))
    tables.make(app)
    with app.app_context():
        people.create_user("Maple", EMAIL, "Ada", "viewer", PASSWORD)
    client = app.test_client()
    assert [_sign_in(client, password="wrong").status_code for _ in range(4)] == [422, 422, 422, 429]
    refused = _sign_in(client, email=EMAIL.upper())
    assert refused.status_code == 429
    assert b"Too many attempts" in refused.data
    assert _sign_in(client, email="bo@example.com").status_code == 422


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(client: FlaskClient) -> None:
    answer = client.get("/orders", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login"


def _sign_in(
    client: FlaskClient, email: str = EMAIL, password: str = PASSWORD, next: str = ""
) -> TestResponse:
    form = {"email": email, "password": password, "next": next, "csrf_token": _token(client, "/login")}
    return client.post("/login", data=form)


def _token(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(path).get_data(as_text=True))
    assert found
    return found.group(1)


@pytest.fixture
def ada(app: Flask) -> None:
    with app.app_context():
        people.create_user("Maple", EMAIL, "Ada", "administrator", PASSWORD)
