"""Connecting an app, renewing and losing its tokens."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulator import create_app
from tests.simulator.company import (
    AMERICA,
    AUTHORIZE,
    CANADA,
    CLIENT,
    Body,
    Company,
    Control,
    ask_for_tokens,
    authorization_code,
    loads,
    submit,
)
from tests.simulator.conftest import BASE, session_on


def test_discovery_names_its_own_addresses(session: requests.Session) -> None:
    found = session.get(f"{BASE}/.well-known/openid_configuration/").json()
    assert found["authorization_endpoint"] == f"{BASE}/connect/oauth2"
    assert found["token_endpoint"] == f"{BASE}/oauth2/v1/tokens/bearer"
    assert found["revocation_endpoint"] == f"{BASE}/v2/oauth2/tokens/revoke"


def test_the_callback_carries_code_state_and_realm(session: requests.Session) -> None:
    back = _come_back(session, decision="allow")
    assert set(back) == {"code", "state", "realmId"}
    assert back["state"] == ["a state"]
    assert back["realmId"] == [CANADA]


def test_declining_sends_back_access_denied_without_a_realm(session: requests.Session) -> None:
    assert _come_back(session, decision="deny") == {"error": ["access_denied"], "state": ["a state"]}


def test_an_unknown_scope_is_sent_back(session: requests.Session) -> None:
    answer = session.get(
        f"{BASE}/connect/oauth2", params=AUTHORIZE | {"scope": "everything"}, allow_redirects=False
    )
    assert "error=invalid_scope" in answer.headers["Location"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"state": ""},
        {"response_type": "token"},
    ],
)
def test_a_request_that_cant_be_trusted_is_not_sent_back(
    session: requests.Session, wrong: dict[str, str]
) -> None:
    answer = session.get(f"{BASE}/connect/oauth2", params=AUTHORIZE | wrong, allow_redirects=False)
    assert answer.status_code == 400


def test_only_a_registered_redirect_uri_is_taken(tmp_path: Path) -> None:
    app = create_app(tmp_path, redirect_uris=("https://portal.example/callback",))
    session = session_on(app)
    other = session.get(f"{BASE}/connect/oauth2", params=AUTHORIZE)
    own = session.get(
        f"{BASE}/connect/oauth2", params=AUTHORIZE | {"redirect_uri": "https://portal.example/callback"}
    )
    assert (other.status_code, own.status_code) == (400, 200)


def test_a_wrong_password_is_said_on_the_page(session: requests.Session) -> None:
    page = session.get(f"{BASE}/connect/oauth2", params=AUTHORIZE)
    answer = submit(session, page, step="sign-in", email="bookkeeper@example.com", password="guess")
    assert answer.status_code == 401
    assert "don&#39;t belong together" in answer.text


def test_a_code_works_once(session: requests.Session) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": authorization_code(session, BASE, CANADA),
        "redirect_uri": AUTHORIZE["redirect_uri"],
    }
    assert ask_for_tokens(session, BASE, **form).status_code == 200
    again = ask_for_tokens(session, BASE, **form)
    assert (again.status_code, again.text) == (400, '{"error":"invalid_grant"}')


def test_a_code_dies_after_a_while_and_only_fits_its_address(
    session: requests.Session, control: Control
) -> None:
    control.clock(stop=True)
    control.switch_all(code_seconds=300)
    form = {"grant_type": "authorization_code", "redirect_uri": AUTHORIZE["redirect_uri"]}
    old = authorization_code(session, BASE, CANADA)
    control.clock(step=301)
    assert ask_for_tokens(session, BASE, code=old, **form).json() == {"error": "invalid_grant"}
    form["redirect_uri"] = "http://127.0.0.1:8000/elsewhere"
    for told in ("invalid_grant", "invalid_request"):
        control.switch_all(redirect_mismatch=told)
        code = authorization_code(session, BASE, CANADA)
        assert ask_for_tokens(session, BASE, code=code, **form).json() == {"error": told}


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "authorization_code", "code": "x"},
        {"grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1:8000/"},
        {"grant_type": "refresh_token"},
        {"grant_type": "password", "code": "x"},
        {},
    ],
)
def test_what_lacks_a_parameter_is_an_invalid_request(
    session: requests.Session, form: dict[str, str]
) -> None:
    answer = ask_for_tokens(session, BASE, **form)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


@pytest.mark.parametrize("revokes", [False, True])
def test_connecting_again_may_void_the_connection_before(
    session: requests.Session, control: Control, revokes: bool
) -> None:
    control.switch_all(reconnecting_revokes=revokes)
    first = _tokens(session)
    _tokens(session)
    company = Company(session, BASE, CANADA, first["access_token"])
    assert company.get("preferences").status_code == (401 if revokes else 200)


def test_the_newer_narrow_scopes_may_be_asked_for(session: requests.Session) -> None:
    scope = f"{AUTHORIZE['scope']} app-foundations.custom-field-definitions.read project-management.project"
    assert authorization_code(session, BASE, CANADA, scope)


def test_tokens_say_how_long_they_live(session: requests.Session) -> None:
    given = _tokens(session)
    assert given["token_type"] == "bearer"
    assert given["expires_in"] == 3600
    assert given["x_refresh_token_expires_in"] == 8726400
    assert given["refresh_token"].startswith("AB1")
    assert "realmId" not in given


def test_within_a_day_a_refresh_keeps_the_refresh_token(session: requests.Session) -> None:
    first = _tokens(session)
    second = _refresh(session, first["refresh_token"]).json()
    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]


def test_with_strict_rotation_the_old_refresh_token_is_void(
    session: requests.Session, control: Control
) -> None:
    control.switch_all(strict_rotation=True)
    first = _tokens(session)
    second = _refresh(session, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert _refresh(session, first["refresh_token"]).text == '{"error":"invalid_grant"}'
    assert _refresh(session, second["refresh_token"]).status_code == 200


def test_garbage_is_no_refresh_token(session: requests.Session) -> None:
    answer = _refresh(session, "AB1garbage")
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "Incorrect or invalid refresh token",
    }


def test_wrong_client_credentials_are_refused(session: requests.Session) -> None:
    answer = session.post(
        f"{BASE}/oauth2/v1/tokens/bearer", data={"grant_type": "refresh_token"}, auth=(CLIENT[0], "wrong")
    )
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_after_five_years_no_refresh_helps_and_the_hard_expiry_is_told_when_asked_for(
    session: requests.Session, control: Control
) -> None:
    control.clock(stop=True)
    asks = {"x-include-refresh-token-hard-expires-in": "true"}
    token, told = _tokens(session)["refresh_token"], []
    for _ in range(19):
        form = {"grant_type": "refresh_token", "refresh_token": token}
        answer = session.post(f"{BASE}/oauth2/v1/tokens/bearer", data=form, auth=CLIENT, headers=asks).json()
        token = answer["refresh_token"]
        told.append(answer["x_refresh_token_hard_expires_in"])
        control.clock(step=100 * 86_400)
    assert told == [(1825 - 100 * times) * 86_400 for times in range(19)]
    assert _refresh(session, token).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize("told", ["always", "when_refreshed"])
def test_the_hard_expiry_may_be_told_with_the_first_tokens(
    session: requests.Session, control: Control, told: str
) -> None:
    control.switch_all(hard_expiry_told=told)
    control.clock(stop=True)
    form = {
        "grant_type": "authorization_code",
        "code": authorization_code(session, BASE, CANADA),
        "redirect_uri": AUTHORIZE["redirect_uri"],
    }
    asks = {"x-include-refresh-token-hard-expires-in": "true"}
    answer = session.post(f"{BASE}/oauth2/v1/tokens/bearer", data=form, auth=CLIENT, headers=asks).json()
    assert answer.get("x_refresh_token_hard_expires_in") == (1825 * 86_400 if told == "always" else None)


@pytest.mark.parametrize("ends", ["grant", "company"])
def test_revoking_may_end_all_that_the_app_was_granted_for_the_company(
    session: requests.Session, control: Control, ends: str
) -> None:
    control.switch_all(revoking_ends=ends)
    first, second = _tokens(session), _tokens(session)
    session.post(f"{BASE}/v2/oauth2/tokens/revoke", json={"token": first["refresh_token"]}, auth=CLIENT)
    company = Company(session, BASE, CANADA, second["access_token"])
    assert company.get("preferences").status_code == (401 if ends == "company" else 200)


def test_an_expired_access_token_gets_the_gateways_envelope(canada: Company, control: Control) -> None:
    control.expire_tokens()
    answer = canada.get("customer/1")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
    body = answer.json()
    [error] = body["fault"]["error"]
    assert error["code"] == "3200"
    assert error["message"] == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    assert error["detail"] == f"Token expired: {canada.token}"
    assert body["fault"]["type"] == "AUTHENTICATION"
    assert isinstance(body["time"], int)
    assert body["batchItemResponse"] == []


def test_a_token_of_one_company_is_refused_by_another(canada: Company) -> None:
    answer = Company(canada.session, BASE, AMERICA, canada.token).get("preferences")
    assert answer.status_code == 403
    assert answer.json()["fault"]["error"][0]["code"] == "3100"
    assert answer.json()["fault"]["type"] == "SERVICE"


def test_revoking_the_refresh_token_ends_both(session: requests.Session) -> None:
    given = _tokens(session)
    revoked = session.post(
        f"{BASE}/v2/oauth2/tokens/revoke", json={"token": given["refresh_token"]}, auth=CLIENT
    )
    assert (revoked.status_code, revoked.text) == (200, "")
    company = Company(session, BASE, CANADA, given["access_token"])
    assert company.get("preferences").status_code == 401
    assert _refresh(session, given["refresh_token"]).json() == {"error": "invalid_grant"}


def test_tokens_and_sign_in_survive_a_restart(tmp_path: Path) -> None:
    session = session_on(create_app(tmp_path))
    given = _tokens(session)
    session.mount("http://", session_on(create_app(tmp_path)).get_adapter(BASE))
    assert Company(session, BASE, CANADA, given["access_token"]).get("preferences").status_code == 200
    assert 'value="consent"' in session.get(f"{BASE}/connect/oauth2", params=AUTHORIZE).text


def test_token_requests_stand_in_the_ledger(session: requests.Session, control: Control) -> None:
    before = len(control.ledger())
    _refresh(session, _tokens(session)["refresh_token"])
    entries = control.ledger()[before:]
    assert [(each["path"], each["status"], each["realm"]) for each in entries] == [
        ("/oauth2/v1/tokens/bearer", 200, CANADA),
        ("/oauth2/v1/tokens/bearer", 200, CANADA),
    ]


def _come_back(session: requests.Session, *, decision: str) -> dict[str, list[str]]:
    page = session.get(f"{BASE}/connect/oauth2", params=AUTHORIZE)
    page = submit(session, page, step="sign-in", email="bookkeeper@example.com", password="simulator")
    page = submit(session, page, step="consent", decision=decision)
    if decision == "allow":
        page = submit(session, page, step="company", realm_id=CANADA)
    return parse_qs(urlsplit(page.headers["Location"]).query)


def _tokens(session: requests.Session) -> Body:
    code = authorization_code(session, BASE, CANADA)
    answer = ask_for_tokens(
        session,
        BASE,
        grant_type="authorization_code",
        code=code,
        redirect_uri=AUTHORIZE["redirect_uri"],
    )
    given: Body = loads(answer)
    return given


def _refresh(session: requests.Session, token: str) -> requests.Response:
    return ask_for_tokens(session, BASE, grant_type="refresh_token", refresh_token=token)
