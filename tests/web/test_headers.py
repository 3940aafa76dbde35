"""What every answer tells the browser, and what error pages say."""

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from portal.sales import Refused
from portal.web.headers import content_security_policy
from tests.support.people import SignIn


def test_pages_hold_to_a_strict_policy(client: FlaskClient) -> None:
    headers = client.get("/login").headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("host", "ends_at"),
    [
        ("https://developer.intuit.com", "https://*.intuit.com"),
        ("https://intuit.com", "https://*.intuit.com"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("https://simulator.example", "https://simulator.example"),
        ("https://notintuit.com", "https://notintuit.com"),
        ("https://intuit.com.example", "https://intuit.com.example"),
        ("http://developer.intuit.com", "http://developer.intuit.com"),
    ],
)
def test_a_form_may_end_where_consent_is_given_and_nowhere_else(host: str, ends_at: str) -> None:
    policy = content_security_policy({"INTUIT_DISCOVERY_URL": f"{host}/.well-known/openid_configuration/"})
    assert f"form-action 'self' {ends_at}; " in policy


def test_a_page_and_its_fragment_share_an_address(signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    page, fragment = viewer.get("/orders"), viewer.get("/orders", headers={"HX-Request": "true"})
    assert b"<html" in page.data
    assert b"<html" not in fragment.data
    assert b'id="table"' in fragment.data
    assert {answer.headers["Vary"] for answer in (page, fragment)} >= {"HX-Request, Accept-Encoding, Cookie"}


def test_going_back_in_the_browser_gets_the_whole_page(signed_in: SignIn) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert b"<html" in signed_in("viewer").get("/orders", headers=headers).data


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/refuse", 409, "The truck has left."),
        ("/break", 500, "Something went wrong on our side"),
        ("/forbid", 403, "Your role does not include it"),
    ],
)
def test_an_error_page_says_what_happened_and_has_a_reference(
    app: Flask, client: FlaskClient, path: str, status: int, words: str
) -> None:
    def refuse() -> str:
        raise Refused("The truck has left.")

    def fail() -> str:
        raise RuntimeError("secret detail")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/refuse", view_func=refuse)
    app.add_url_rule("/break", view_func=fail, endpoint="break")
    app.add_url_rule("/forbid", view_func=lambda: abort(403), endpoint="forbid")
    answer = client.get(path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert words in text
    assert "Reference: <code>" in text
    assert "secret detail" not in text


def test_an_unknown_address_is_a_plain_page(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert b"not yours to see" in answer.data
