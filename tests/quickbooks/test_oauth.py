"""Tokens in exchange for a code or a refresh token, and what it means when there are none."""

import base64
import json
import logging
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from portal.quickbooks import oauth
from portal.quickbooks.oauth import Endpoints, InvalidGrant, OAuthFailed, Tokens, TokenServiceDown, WrongApp
from tests.quickbooks.raw_server import Behaviour, RawServer, answering, raw_server, reset

APP = ("ABclient", "s3cret")
JSON = "Content-Type: application/json"
ISSUED = {
    "token_type": "bearer",
    "expires_in": 3600,
    "access_token": "eyJlbmMi.access",
    "refresh_token": "AB115refresh",
    "x_refresh_token_expires_in": 8726400,
}


def test_discovery_names_the_three_doors() -> None:
    document = {
        "issuer": "https://oauth.example/op/v1",
        "authorization_endpoint": "https://app.example/connect/oauth2",
        "token_endpoint": "https://oauth.example/tokens/bearer",
        "revocation_endpoint": "https://oauth.example/tokens/revoke",
    }
    with raw_server(answering("200 OK", json.dumps(document).encode(), JSON)) as server:
        assert oauth.discover(server.url + "/.well-known/openid_configuration/") == Endpoints(
            authorization="https://app.example/connect/oauth2",
            token="https://oauth.example/tokens/bearer",
            revocation="https://oauth.example/tokens/revoke",
        )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("503 Service Unavailable", b"{}"),
        ("200 OK", b"<html>"),
        ("200 OK", b"[]"),
        ("200 OK", b'{"token_endpoint":"https://oauth.example"}'),
        (
            "200 OK",
            b'{"authorization_endpoint":"file:///etc","token_endpoint":"https://a","revocation_endpoint":"https://b"}',
        ),
    ],
)
def test_a_discovery_without_usable_addresses_is_a_service_that_is_down(status: str, body: bytes) -> None:
    with raw_server(answering(status, body)) as server, pytest.raises(TokenServiceDown):
        oauth.discover(server.url)


def test_the_way_to_consent() -> None:
    url = oauth.authorization_url(
        endpoints("https://app.example"), "ABclient", "http://127.0.0.1:8000/callback", "st&te"
    )
    assert url.startswith("https://app.example/connect/oauth2?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": ["ABclient"],
        "redirect_uri": ["http://127.0.0.1:8000/callback"],
        "scope": ["com.intuit.quickbooks.accounting"],
        "state": ["st&te"],
    }


def test_a_code_becomes_tokens() -> None:
    with raw_server(answering("200 OK", json.dumps(ISSUED).encode(), JSON)) as server:
        tokens = oauth.exchange(endpoints(server.url), *APP, "http://127.0.0.1:8000/callback", "c0de")
        head, _, body = bytes(server.received).decode().partition("\r\n\r\n")
    assert tokens == Tokens("eyJlbmMi.access", "AB115refresh", 3600, 8726400)
    assert dict(parse_qsl(body)) == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": "http://127.0.0.1:8000/callback",
    }
    assert head.startswith("POST /tokens/bearer ")
    assert f"Authorization: Basic {base64.b64encode(b'ABclient:s3cret').decode()}" in head


def test_a_refresh_token_becomes_tokens_and_the_new_one_is_returned() -> None:
    rotated = {**ISSUED, "refresh_token": "AB115rotated"}
    with raw_server(answering("200 OK", json.dumps(rotated).encode(), JSON)) as server:
        tokens = oauth.refresh(endpoints(server.url), *APP, "AB115refresh")
        _, _, body = bytes(server.received).decode().partition("\r\n\r\n")
    assert tokens.refresh_token == "AB115rotated"
    assert dict(parse_qsl(body)) == {"grant_type": "refresh_token", "refresh_token": "AB115refresh"}


@pytest.mark.parametrize(
    ("told", "ends_in"),
    [
        (157_680_000, 157_680_000),
        ("157680000", 157_680_000),
        (0, 0),
        (None, None),
        (-1, None),
        ("soon", None),
        (10**30, None),
        ([], None),
    ],
)
def test_the_end_of_an_access_is_asked_for_and_a_nonsense_costs_no_tokens(
    told: object, ends_in: int | None
) -> None:
    answer = {**ISSUED, "x_refresh_token_hard_expires_in": told}
    with raw_server(answering("200 OK", json.dumps(answer).encode(), JSON)) as server:
        refreshed = oauth.refresh(endpoints(server.url), *APP, "AB115refresh")
        exchanged = oauth.exchange(endpoints(server.url), *APP, "http://127.0.0.1/callback", "c0de")
        head = bytes(server.received).decode().lower()
    assert (refreshed.ends_in, exchanged.ends_in) == (ends_in, ends_in)
    assert head.count("x-include-refresh-token-hard-expires-in: true") == 2


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        ("400 Bad Request", {"error": "invalid_grant"}, InvalidGrant),
        (
            "400 Bad Request",
            {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"},
            InvalidGrant,
        ),
        ("401 Unauthorized", {"error": "invalid_client"}, WrongApp),
        ("400 Bad Request", {"error": "invalid_request"}, WrongApp),
        ("400 Bad Request", {"error": "something_new"}, TokenServiceDown),
        ("429 Too Many Requests", {}, TokenServiceDown),
        ("500 Internal Server Error", {"error": "invalid_grant"}, TokenServiceDown),
        ("503 Service Unavailable", "<html>", TokenServiceDown),
        ("302 Found", {}, TokenServiceDown),
        ("200 OK", "<html>", TokenServiceDown),
        ("200 OK", {}, TokenServiceDown),
        ("200 OK", [], TokenServiceDown),
        ("200 OK", {**ISSUED, "access_token": None}, TokenServiceDown),
        ("200 OK", {**ISSUED, "refresh_token": ""}, TokenServiceDown),
        ("200 OK", {**ISSUED, "expires_in": "soon"}, TokenServiceDown),
        ("200 OK", {k: v for k, v in ISSUED.items() if k != "refresh_token"}, TokenServiceDown),
    ],
)
def test_why_there_are_no_tokens(status: str, body: object, failure: type[OAuthFailed]) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    with raw_server(answering(status, content.encode(), JSON, "Location: /elsewhere")) as server:
        with pytest.raises(failure):
            oauth.exchange(endpoints(server.url), *APP, "http://127.0.0.1/callback", "c0de")
        assert server.connections == 1


def test_a_refresh_without_a_new_token_in_the_answer_is_not_taken_for_one() -> None:
    incomplete = {name: value for name, value in ISSUED.items() if name != "access_token"}
    with (
        raw_server(answering("200 OK", json.dumps(incomplete).encode(), JSON)) as server,
        pytest.raises(TokenServiceDown),
    ):
        oauth.refresh(endpoints(server.url), *APP, "AB115refresh")


def test_a_service_that_cannot_be_reached_was_not_asked() -> None:
    with pytest.raises(TokenServiceDown) as failed:
        oauth.refresh(endpoints("http://127.0.0.1:1"), *APP, "AB115refresh")
    assert not failed.value.sent


def test_a_service_that_hangs_up_may_have_replaced_the_refresh_token() -> None:
    def make(server: RawServer) -> Behaviour:
        def behave(connection: object) -> None:
            server.request(connection)  # type: ignore[arg-type]  # the socket of the server
            reset(connection)  # type: ignore[arg-type]

        return behave

    with raw_server(make) as server:
        with pytest.raises(TokenServiceDown) as failed:
            oauth.refresh(endpoints(server.url), *APP, "AB115refresh")
        assert server.connections == 1
    assert failed.value.sent


def test_revoking_sends_the_token_as_json() -> None:
    with raw_server(answering("200 OK", b"")) as server:
        oauth.revoke(endpoints(server.url), *APP, "AB115refresh")
        head, _, body = bytes(server.received).decode().partition("\r\n\r\n")
    assert head.startswith("POST /tokens/revoke ")
    assert f"Authorization: Basic {base64.b64encode(b'ABclient:s3cret').decode()}" in head
    assert json.loads(body) == {"token": "AB115refresh"}


def test_a_token_nobody_knows_any_more_counts_as_revoked() -> None:
    with raw_server(answering("400 Bad Request", b'{"error":"invalid_request"}', JSON)) as server:
        oauth.revoke(endpoints(server.url), *APP, "AB115refresh")
        assert server.connections == 1


@pytest.mark.parametrize(
    ("status", "failure"), [("401 Unauthorized", WrongApp), ("503 Service Unavailable", TokenServiceDown)]
)
def test_a_revocation_that_failed_is_told(status: str, failure: type[OAuthFailed]) -> None:
    with raw_server(answering(status, b"{}")) as server, pytest.raises(failure):
        oauth.revoke(endpoints(server.url), *APP, "AB115refresh")


def test_tokens_are_not_printed() -> None:
    printed = repr(Tokens("eyJlbmMi.access", "AB115refresh", 3600, 8726400))
    assert "eyJ" not in printed
    assert "AB115" not in printed


def test_no_log_line_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        raw_server(answering("200 OK", json.dumps(ISSUED).encode(), JSON)) as server,
    ):
        oauth.exchange(endpoints(server.url), *APP, "http://127.0.0.1/callback", "c0de")
        oauth.refresh(endpoints(server.url), *APP, "AB115refresh")
    assert not logging.getLogger("authlib.oauth2").isEnabledFor(logging.DEBUG)
    for secret in ("c0de", "s3cret", "eyJlbmMi", "AB115"):
        assert secret not in caplog.text


def endpoints(base: str) -> Endpoints:
    return Endpoints(f"{base}/connect/oauth2", f"{base}/tokens/bearer", f"{base}/tokens/revoke")
