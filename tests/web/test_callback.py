"""Whatever is answered on the callback's address leads on, and shows nothing of what came."""

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFError
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import User
from portal.sales import Refused
from portal.web.errors import WORDS
from tests.support.connected import INTEGRATIONS, connect, text_of
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import CANADA, UNITED_STATES, Simulated

CALLBACK = f"{INTEGRATIONS}/callback"
SIGN_IN = "/login?next=/settings/integrations"
CAME = {"code": "AB1-secret-code", "state": "secret-state", "realmId": CANADA}
# What it may be asked for by, all with what Intuit sends.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
PATHS = (
    CALLBACK,
    f"{CALLBACK}/",
    f"{CALLBACK}//",
    "/settings//integrations/callback",
    f"{CALLBACK}/more",
    f"{CALLBACK}/a/b",
)
FAILURES: dict[str, Callable[[], Any]] = {
    "refused by a verb of ours": lambda: raised(Refused("The truck has left.")),
    "a form's token": lambda: raised(CSRFError("no token")),
    "a bug": lambda: raised(RuntimeError("secret detail")),
    "the database is away": lambda: raised(OperationalError("SELECT 1", {}, Exception("gone"))),
    "Redis is away": lambda: raised(RedisConnectionError("gone")),
    "a page": lambda: "<html>a page</html>",
    **{f"{status}": partial(abort, status) for status in (*WORDS, 401, 406, 418, 502)},
}


@pytest.mark.parametrize("answer_of", ["consent", "another company", "decline"])
def test_what_intuit_answers_leads_on_with_a_sentence(
    administrator: Browser, books: Simulated, answer_of: str
) -> None:
    if answer_of == "another company":
        connect(administrator, books)
    asked = administrator.post(f"{INTEGRATIONS}/connect").headers["Location"]
    came = {
        "consent": lambda: books.consent(asked),
        "another company": lambda: books.consent(asked, UNITED_STATES),
        "decline": lambda: books.decline(asked),
    }[answer_of]()

    answer = administrator.get(CALLBACK, query_string=came)

    where, words = {
        "consent": (INTEGRATIONS, "Maple Beverage Distribution Inc. is connected."),
        "another company": (f"{INTEGRATIONS}/switch", "Switch companies?"),
        "decline": (INTEGRATIONS, "the access was not granted"),
    }[answer_of]
    leads_on(answer, where, came)
    assert words in text_of(administrator.get(where))


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({"state": None}, "not started by you"),
        ({"state": "made-up"}, "not started by you"),
        ({"code": None}, "did not say which company"),
        ({"realmId": None}, "did not say which company"),
        ({"realmId": "../1"}, "did not say which company"),
        ({"code": "AB1-never-given"}, "no longer accepts this authorization"),
        ({"realmId": UNITED_STATES}, "did not tell us about the company"),
        ({"error": "<b>access_denied</b>"}, "the access was not granted"),
        ({"error": "invalid_scope", "code": None}, "the access was not granted"),
    ],
)
def test_a_callback_that_is_refused_leads_on_with_the_reason(
    administrator: Browser, books: Simulated, spoilt: dict[str, str | None], words: str
) -> None:
    told = {**books.consent(begun(administrator)), **spoilt}
    came = {name: value for name, value in told.items() if value is not None}
    leads_on(administrator.get(CALLBACK, query_string=came), INTEGRATIONS, came)
    text = text_of(administrator.get(INTEGRATIONS))
    assert words in text
    assert "No company is connected" in text


def test_used_a_second_time_it_leads_on(administrator: Browser, books: Simulated) -> None:
    came = books.consent(begun(administrator))
    administrator.get(CALLBACK, query_string=came)
    leads_on(administrator.get(CALLBACK, query_string=came), INTEGRATIONS, came)
    assert "is finished" in text_of(administrator.get(INTEGRATIONS))


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("INTUIT_DISCOVERY_URL", "http://simulator.test/nothing/here", "sign-in service can't be reached"),
        ("INTUIT_API_URL", "http://127.0.0.1:1", "can't be reached just now"),
        ("INTUIT_CLIENT_SECRET", "another", "the operator must check them"),
    ],
)
def test_an_intuit_that_does_not_answer_leads_on(
    app: Flask, administrator: Browser, books: Simulated, setting: str, value: str, words: str
) -> None:
    came = books.consent(begun(administrator))
    app.config[setting] = value
    leads_on(administrator.get(CALLBACK, query_string=came), INTEGRATIONS, came)
    assert words in text_of(administrator.get(INTEGRATIONS))


def test_a_company_of_another_organization_leads_on(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    connect(sign_in_as(app, "administrator", "Rival"), books)
    came = books.consent(begun(administrator))
    leads_on(administrator.get(CALLBACK, query_string=came), INTEGRATIONS, came)
    assert "another Routeique organization" in text_of(administrator.get(INTEGRATIONS))


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_somebody_who_is_signed_out_is_told_at_the_sign_in(
    app: Flask, administrator: Browser, books: Simulated, headers: dict[str, str]
) -> None:
    came = books.consent(begun(administrator))
    nobody = app.test_client()
    leads_on(nobody.get(CALLBACK, query_string=came, headers=headers), SIGN_IN, came)
    page = text_of(nobody.get(SIGN_IN))
    assert "nothing was connected. Sign in, then connect QuickBooks again." in page
    leads_on(administrator.get(CALLBACK, query_string=came), INTEGRATIONS, came)  # it was not spent


def test_somebody_whose_session_ended_meanwhile_is_told_at_the_sign_in(
    app: Flask, administrator: Browser, books: Simulated
) -> None:
    came = books.consent(begun(administrator))
    with app.app_context():
        db.session.execute(update(User).values(session_key="anew"), execution_options={"unscoped": "a test"})
        db.session.commit()
    leads_on(administrator.get(CALLBACK, query_string=came), SIGN_IN, came)


@pytest.mark.parametrize("role", ["viewer", "bookkeeper"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_role_that_may_not_connect_is_told_so(app: Flask, role: str, headers: dict[str, str]) -> None:
    somebody = sign_in_as(app, role, "Ours")
    leads_on(somebody.get(CALLBACK, query_string=CAME, headers=headers), INTEGRATIONS, CAME)
    assert "Your role does not include it." in text_of(somebody.get(INTEGRATIONS))


@pytest.mark.parametrize("who", ["nobody", "administrator"])
def test_every_method_and_spelling_leads_on(app: Flask, administrator: Browser, who: str) -> None:
    client: FlaskClient = app.test_client() if who == "nobody" else administrator.client
    for path, method in product(PATHS, METHODS):
        leads_on(client.open(path, method=method, query_string=CAME), None, CAME)
        for form in (CAME, {**CAME, "csrf_token": "forged"}):
            leads_on(client.open(path, method=method, data=form), None, CAME)


def test_a_look_at_its_head_spends_nothing(administrator: Browser, books: Simulated) -> None:
    came = books.consent(begun(administrator))
    administrator.client.head(CALLBACK, query_string=came)
    assert "No company is connected" in text_of(administrator.get(INTEGRATIONS))
    administrator.get(CALLBACK, query_string=came)
    assert "Maple Beverage Distribution Inc. is connected." in text_of(administrator.get(INTEGRATIONS))


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_every_error_page_leads_on_with_its_words_and_reference(
    app: Flask, administrator: Browser, headers: dict[str, str]
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    broken: list[str] = []
    app.before_request(lambda: FAILURES[broken.pop()]() if broken else None)
    for failure in FAILURES:
        broken.append(failure)
        answer = administrator.get(CALLBACK, query_string=CAME, headers=headers)
        leads_on(answer, SIGN_IN if failure == "401" else INTEGRATIONS, CAME)
        text = text_of(administrator.get(INTEGRATIONS))
        assert ("Reference:" in text) is (failure not in ("a page", "401")), failure
        assert "secret detail" not in text
        if failure.isdigit() and int(failure) in WORDS:
            assert ". ".join(WORDS[int(failure)]) in text


def test_all_else_is_shown_as_ever(administrator: Browser) -> None:
    assert administrator.get(f"{INTEGRATIONS}/callbacks").status_code == 404
    assert administrator.get(INTEGRATIONS).status_code == 200


def leads_on(answer: TestResponse, where: str | None, came: dict[str, str]) -> None:
    """A bare redirect to a page of ours that none of what came stands in. `where`: any of those, if None."""
    assert answer.status_code == 303
    assert answer.data == b""
    assert "Content-Type" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "form-action" in answer.headers["Content-Security-Policy"]
    location = answer.headers["Location"]
    assert location in ({where} if where else {INTEGRATIONS, SIGN_IN})
    secrets = [came[name] for name in ("code", "state", "realmId") if name in came]
    assert not [one for one in secrets for _, value in answer.headers if one and one in value]
    assert [name for name, _ in parse_qsl(location.partition("?")[2])] in ([], ["next"])


def begun(browser: Browser) -> str:
    """Where the connect button leads."""
    return browser.post(f"{INTEGRATIONS}/connect").headers["Location"]


def raised(error: Exception) -> None:
    raise error


@pytest.fixture
def administrator(app: Flask) -> Browser:
    return sign_in_as(app, "administrator", "Ours")


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected
