"""What goes wrong is told in a sentence with a reference, and nothing that was typed is lost."""

import html
import re
import sqlite3
from pathlib import Path

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from redis.exceptions import ConnectionError as NoRedis
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from portal import create_app
from portal.accounts import people
from portal.extensions import db
from portal.models import Customer
from portal.sales import Refused
from tests.support import tables
from tests.support.lines import Lines
from tests.support.people import SignIn
from tests.support.settings import settings

OURS = {"Sec-Fetch-Site": "same-origin"}
FRAGMENT = {"HX-Request": "true", "HX-Current-URL": "http://localhost/orders?q=pub"}
EMAIL, PASSWORD = "ada@example.com", "correct horse"


class TestPages:
    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (403, "Your role does not include it"),
            (404, "It does not exist, or it is not yours to see"),
            (405, "use the buttons of the page"),
            (413, "larger than we accept"),
            (429, "Please wait a minute"),
            (500, "Something went wrong on our side"),
            (503, "Its database does not answer"),
        ],
    )
    def test_each_says_what_happened_and_has_a_reference_that_is_in_the_log(
        self, app: Flask, client: FlaskClient, lines: Lines, code: int, words: str
    ) -> None:
        app.add_url_rule("/fail", view_func=lambda: abort(code))
        answer = client.get("/fail")
        assert answer.status_code == code
        assert words in answer.get_data(as_text=True)
        [line] = [line for line in lines() if "error page" in line["message"]]
        assert f"Reference: <code>{line['request']}</code>" in answer.get_data(as_text=True)
        assert line["message"].startswith(f"error page {code}, GET /fail: ")

    def test_what_was_typed_as_an_address_is_not_written_down(
        self, client: FlaskClient, lines: Lines
    ) -> None:
        client.get("/customers/Zoe")
        [line] = lines()
        assert line["message"] == "error page 404, GET an unknown address: Not Found"

    @pytest.mark.parametrize("broken", ["database", "redis"])
    def test_what_does_not_answer_is_a_503_that_needs_neither(
        self, app: Flask, client: FlaskClient, lines: Lines, broken: str
    ) -> None:
        def fail() -> str:
            if broken == "redis":
                raise NoRedis("no such socket")
            raise OperationalError("SELECT secret", {"name": "Zoe"}, sqlite3.OperationalError("disk I/O"))

        app.add_url_rule("/fail", view_func=fail)
        answer = client.get("/fail")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "30"
        assert "Zoe" not in str(lines())

    def test_a_database_that_is_gone_is_told_to_whom_it_knew(
        self, app: Flask, signed_in: SignIn, tmp_path: Path
    ) -> None:
        viewer = signed_in("viewer")
        with app.app_context():
            db.engine.dispose()
        (tmp_path / "portal.sqlite3").rename(tmp_path / "gone")
        (tmp_path / "portal.sqlite3").mkdir()
        for answer in (viewer.get("/orders"), viewer.get("/nothing-here"), viewer.client.post("/theme")):
            assert answer.status_code == 503
            assert "please try again in a minute" in answer.get_data(as_text=True)
            assert "Routeique" in answer.get_data(as_text=True)

    def test_too_many_attempts_say_when_the_next_is_welcome(self, tmp_path: Path) -> None:
        app = create_app(settings(tmp_path, LOGIN_LIMIT="1 per minute"))
        tables.make(app)
        client = app.test_client()
        answers = [_sign_in(client) for _ in range(2)]
        assert answers[1].status_code == 429
        assert 1 <= int(answers[1].headers["Retry-After"]) <= 61


class TestFragments:
    """A part of a page that fails leaves the page as it is."""

    def test_it_is_told_among_the_messages_of_the_page(self, app: Flask, signed_in: SignIn) -> None:
        def refuse() -> str:
            raise Refused("The truck has left.")

        app.add_url_rule("/refuse", view_func=refuse)
        answer = signed_in("viewer").get("/refuse", headers=FRAGMENT)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#flashes", "beforeend")
        assert "<html" not in text
        assert re.search(
            r'role="alert">That is not possible now\. The truck has left\..*Reference: <code>', text, re.S
        )

    def test_a_lost_session_leads_to_the_sign_in_and_back_to_the_page(self, client: FlaskClient) -> None:
        answer = client.get("/orders?after=x", headers=FRAGMENT)
        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"] == "/login?next=/orders?q%3Dpub"

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/orders", "http://localhost//evil.example"])
    def test_but_never_to_a_page_of_others(self, client: FlaskClient, elsewhere: str) -> None:
        answer = client.get("/orders", headers=FRAGMENT | {"HX-Current-URL": elsewhere})
        assert answer.headers["HX-Redirect"] == "/login"

    def test_an_expired_form_gets_a_new_token_and_is_sent_by_pressing_again(self, signed_in: SignIn) -> None:
        bookkeeper = signed_in("bookkeeper")
        sent = {"number": "C1", "name": "Pub"}
        refused = bookkeeper.client.post("/customers/new", data=sent, headers=FRAGMENT)
        assert refused.status_code == 419
        assert "press the button again" in refused.get_data(as_text=True)
        token = refused.headers["X-Form-Token"]
        taken = bookkeeper.client.post("/customers/new", data={**sent, "csrf_token": token})
        assert taken.status_code == 302

    def test_signed_out_meanwhile_the_page_stays_too(self, client: FlaskClient) -> None:
        refused = client.post("/customers/new", data={"name": "Pub"}, headers=FRAGMENT)
        assert refused.status_code == 419
        assert "sign in in another tab" in refused.get_data(as_text=True)


class TestAnExpiredForm:
    def test_is_sent_again_with_all_that_was_entered(self, app: Flask, signed_in: SignIn) -> None:
        bookkeeper = signed_in("bookkeeper")
        sent = {"number": "C1", "name": 'Pub "O\'Hara" <&>', "csrf_token": "old"}
        expired = bookkeeper.client.post("/customers/new", data=sent, headers=OURS)
        assert expired.status_code == 419
        path, again = hidden(expired)
        assert path == "/customers/new"
        assert again.pop("csrf_token") != "old"
        assert again == {"number": "C1", "name": 'Pub "O\'Hara" <&>'}
        assert bookkeeper.post(path, again).status_code == 302
        assert stored(app) == ['Pub "O\'Hara" <&>']

    def test_outlives_a_session_a_wrong_password_and_a_new_sign_in(self, app: Flask, ada: None) -> None:
        client = app.test_client()
        expired = client.post("/customers/new", data={"number": "C1", "name": "Pub"}, headers=OURS)
        assert expired.status_code == 419
        wrong = sign_in_on(client, expired, "wrong")
        assert wrong.status_code == 422
        back = sign_in_on(client, wrong, PASSWORD)
        path, again = hidden(back)
        assert client.post(path, data=again).status_code == 302
        assert stored(app) == ["Pub"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "https://evil.example"},
            {"Referer": "https://evil.example/"},
            {},
        ],
    )
    def test_of_another_site_is_not_offered_to_be_sent(
        self, signed_in: SignIn, headers: dict[str, str]
    ) -> None:
        answer = signed_in("bookkeeper").client.post("/customers/new", data={"name": "Pub"}, headers=headers)
        assert answer.status_code == 419
        assert "Send it again" not in answer.get_data(as_text=True)
        assert "Pub" not in answer.get_data(as_text=True)

    @pytest.mark.parametrize(
        ("path", "form"),
        [
            ("/account", {"old": "secret1", "new": "x"}),
            ("/customers/new", {"password": "secret1"}),
        ],
    )
    def test_with_a_password_is_typed_anew(self, signed_in: SignIn, path: str, form: dict[str, str]) -> None:
        answer = signed_in("viewer").client.post(path, data=form, headers=OURS)
        assert answer.status_code == 419
        assert "secret1" not in answer.get_data(as_text=True)

    def test_leads_to_no_other_site_after_signing_in(self, app: Flask, ada: None) -> None:
        client = app.test_client()
        form = {"kept-path": "//evil.example", "kept:name": "x"}
        answer = _sign_in(client, **form)
        assert answer.headers["Location"] == "/orders"


def hidden(answer: TestResponse) -> tuple[str, dict[str, str]]:
    """Where the form that is offered goes, and what it carries."""
    page = answer.get_data(as_text=True)
    found = re.search(r'<form method="post" action="([^"]+)">(.*?)</form>', page, re.S)
    assert found, page
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', found[2])
    return html.unescape(found[1]), {html.unescape(name): html.unescape(value) for name, value in fields}


def sign_in_on(client: FlaskClient, page: TestResponse, password: str) -> TestResponse:
    """Fill in the sign-in form of that page, with all that it carries along."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.get_data(as_text=True))
    return client.post("/login", data=dict(fields) | {"email": EMAIL, "password": password})


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return [one.name for one in db.session.query(Customer).execution_options(unscoped="this test")]


def _sign_in(client: FlaskClient, **more: str) -> TestResponse:
    page = client.get("/login").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found
    form = {"email": EMAIL, "password": PASSWORD, "csrf_token": found[1], **more}
    return client.post("/login", data=form)


@pytest.fixture
def ada(app: Flask) -> None:
    with app.app_context():
        people.create_user("Maple", EMAIL, "Ada", "administrator", PASSWORD)
