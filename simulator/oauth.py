"""Intuit's side of OAuth 2: discovery, sign-in, consent, company picker, token and revoke."""

from __future__ import annotations

import base64
import binascii
import secrets
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from . import openid, tokens
from .answers import JSON_OK, Answer
from .exchange import Simulator, Visit, perform, simulator
from .store import setting
from .wire import dumps, loads

blueprint = Blueprint("oauth", __name__)
SCOPES = (
    "com.intuit.quickbooks.accounting",
    "com.intuit.quickbooks.payment",
    "openid",
    "profile",
    "email",
    "phone",
    "address",
    "project-management.project",
    "app-foundations.custom-field-definitions",
    "app-foundations.custom-field-definitions.read",
    "payroll.compensation.read",
    "indirect-tax.tax-calculation.quickbooks",
)
NEEDED = {"authorization_code": ("code", "redirect_uri"), "refresh_token": ("refresh_token",)}
"""Of each grant_type, beside it."""
PERSON = "bookkeeper@example.com"
PASSWORD = "simulator"  # noqa: S105  # shown on the page


@blueprint.get("/.well-known/openid_configuration/")
@blueprint.get("/.well-known/openid_configuration")
@blueprint.get("/.well-known/openid_sandbox_configuration/")
@blueprint.get("/.well-known/openid_sandbox_configuration")
def discovery() -> Response:
    base = request.host_url.rstrip("/")
    document = {
        "issuer": f"{base}/op/v1",
        "authorization_endpoint": f"{base}/connect/oauth2",
        "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
        "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
        "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
        "jwks_uri": f"{base}/op/v1/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": list(SCOPES),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
    }
    return Response(dumps(document), content_type=JSON_OK)


@blueprint.get("/connect/oauth2")
def authorize() -> str | tuple[str, int] | AnyResponse:
    problem = _problem()
    if problem:
        return render_template("authorize_problem.html", problem=problem), 400
    if _bad_scope():
        return _back(error="invalid_scope")
    page = "consent.html" if session.get("person") else "sign_in.html"
    return render_template(page, form_token=form_token(), person=PERSON, password=PASSWORD)


@blueprint.post("/connect/oauth2")
def authorize_step() -> str | tuple[str, int] | AnyResponse:
    """The steps share one address: sign-in, consent, company. Each form says which one it is."""
    problem = _problem()
    if problem is None and not is_our_form():
        problem = "This form has grown old. Start again from the app you came from."
    if problem:
        return render_template("authorize_problem.html", problem=problem), 400
    step = request.form.get("step")
    if step == "sign-in":
        return _sign_in()
    if not session.get("person"):
        return redirect(request.full_path, 303)
    if step == "consent":
        return _consent()
    if step == "company" and session.get("consented") == request.args.get("client_id"):
        return _pick_company()
    return redirect(request.full_path, 303)


@blueprint.post("/oauth2/v1/tokens/bearer")
def token() -> Response:
    sim = simulator()

    def work(visit: Visit) -> Answer:
        if not _is_our_client(sim):
            return _not_our_client(visit)
        form = request.form
        grant_type = form.get("grant_type", "")
        if grant_type not in NEEDED or not all(form.get(name) for name in NEEDED[grant_type]):
            return _error(visit, 400, error="invalid_request", **_described(visit, grant_type))
        try:
            if grant_type == "authorization_code":
                realm, answer = tokens.exchange_code(
                    visit.connection,
                    sim.clock,
                    sim.client_id,
                    form.get("code", ""),
                    form.get("redirect_uri", ""),
                )
            else:
                realm, answer = tokens.refresh(
                    visit.connection, sim.clock, sim.client_id, form.get("refresh_token", "")
                )
            if _asks_for_the_end(visit, grant_type):
                answer["x_refresh_token_hard_expires_in"] = tokens.hard_limit(
                    visit.connection, sim.clock, answer["refresh_token"]
                )
        except tokens.NotGranted as refusal:
            return _error(visit, 400, **refusal.body)
        visit.entry.realm = realm
        if "openid" in (tokens.scopes_of(visit.connection, sim.clock, answer["access_token"]) or ()):
            issuer = f"{request.host_url.rstrip('/')}/op/v1"
            answer["id_token"] = openid.id_token(visit.connection, sim.clock, issuer, sim.client_id, realm)
        return Answer(dumps(answer))

    return perform(None, work, reads=False)


@blueprint.post("/v2/oauth2/tokens/revoke")
def revoke() -> Response:
    sim = simulator()

    def work(visit: Visit) -> Answer:
        if not _is_our_client(sim):
            return _not_our_client(visit)
        try:
            body = loads(request.get_data())
        except ValueError:
            body = request.form.to_dict()
        named = body.get("token") if isinstance(body, dict) else None
        if not isinstance(named, str):
            return _error(visit, 400, error="invalid_request")
        visit.entry.realm = tokens.revoke(visit.connection, sim.client_id, named)
        return Answer("") if visit.entry.realm else _error(visit, 400, error="invalid_request")

    return perform(None, work, reads=False)


def _problem() -> str | None:
    """Why this request can't even be sent back to the app that made it."""
    sim = simulator()
    given = request.args
    for name in ("client_id", "response_type", "redirect_uri", "state"):
        if not given.get(name):
            return f"The parameter {name} is missing."
    if given["client_id"] != sim.client_id:
        return "No app has this client_id."
    if given["response_type"] != "code":
        return "Only response_type=code is supported."
    if not _is_registered(sim, given["redirect_uri"]):
        return "The redirect_uri is not one of those registered for this app."
    return None


def _is_registered(sim: Simulator, uri: str) -> bool:
    """Where none was registered, an app on this machine may come as it is."""
    if sim.redirect_uris:
        return uri in sim.redirect_uris
    return urlsplit(uri).hostname in ("localhost", "127.0.0.1", "::1")


def _bad_scope() -> bool:
    asked = request.args.get("scope", "").split()
    return not asked or any(scope not in SCOPES for scope in asked)


def _sign_in() -> str | tuple[str, int] | AnyResponse:
    right = (
        request.form.get("email", "").strip().lower() == PERSON and request.form.get("password") == PASSWORD
    )
    if not right:
        failed = "That e-mail address and password don't belong together."
        page = render_template(
            "sign_in.html", form_token=form_token(), person=PERSON, password=PASSWORD, failed=failed
        )
        return page, 401
    session["person"] = PERSON
    return redirect(request.full_path, 303)


def _consent() -> str | AnyResponse:
    if request.form.get("decision") != "allow":
        return _back(error="access_denied")
    session["consented"] = request.args["client_id"]
    with simulator().store.reading() as connection:
        companies = connection.execute("SELECT realm, name, country FROM company ORDER BY realm").fetchall()
    return render_template("pick_company.html", form_token=form_token(), companies=companies)


def _pick_company() -> tuple[str, int] | AnyResponse:
    realm = request.form.get("realm_id", "")
    sim = simulator()
    with sim.store.writing() as connection:
        known = connection.execute("SELECT 1 FROM company WHERE realm = ?", (realm,)).fetchone()
        if known is None:
            return render_template("authorize_problem.html", problem="Choose one of the companies."), 400
        given = request.args
        code = tokens.new_code(
            connection, sim.clock, given["client_id"], given["redirect_uri"], realm, given.get("scope", "")
        )
    session.pop("consented", None)
    return _back(code=code, realmId=realm)


def _back(**parameters: str) -> AnyResponse:
    uri = request.args["redirect_uri"]
    joint = "&" if urlsplit(uri).query else "?"
    return redirect(f"{uri}{joint}{urlencode({**parameters, 'state': request.args['state']})}", 302)


def is_our_form() -> bool:
    """Whether a form that came back is one shown to this session."""
    return secrets.compare_digest(request.form.get("form_token", ""), form_token())


def form_token() -> str:
    return str(session.setdefault("form_token", secrets.token_urlsafe(24)))


def _asks_for_the_end(visit: Visit, grant_type: str) -> bool:
    if request.headers.get("x-include-refresh-token-hard-expires-in") != "true":
        return False
    return (
        grant_type == "refresh_token" or setting(visit.connection, "hard_expiry_told", "always") == "always"
    )


def _is_our_client(sim: Simulator) -> bool:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    given = f"{request.form.get('client_id', '')}:{request.form.get('client_secret', '')}"
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
    return secrets.compare_digest(given.encode(), f"{sim.client_id}:{sim.client_secret}".encode())


def _not_our_client(visit: Visit) -> Answer:
    return _error(visit, int(setting(visit.connection, "bad_client_status", 401)), error="invalid_client")


def _described(visit: Visit, grant_type: str) -> dict[str, str]:
    """What is missing, where a switch has it told."""
    if not setting(visit.connection, "invalid_request_described", False):
        return {}
    if grant_type not in NEEDED:
        return {"error_description": "Unsupported or missing grant_type"}
    lacking = [name for name in NEEDED[grant_type] if not request.form.get(name)]
    return {"error_description": f"Missing required parameter: {', '.join(lacking)}"}


def _error(visit: Visit, status: int, **body: str) -> Answer:
    visit.entry.fault_code = body["error"]
    return Answer(dumps(body), status)
