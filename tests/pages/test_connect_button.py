"""The connect button in a real browser, before an Intuit of two hosts under its own names."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask, Response, request
from markupsafe import escape
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from portal import create_app
from portal.extensions import db
from portal.quickbooks.transport import new_session
from tests.support import tables
from tests.support.browser import chromium
from tests.support.people import sign_in_as
from tests.support.servers import chromium_path
from tests.support.settings import settings
from tests.support.wsgi_adapter import WsgiAdapter

DEVELOPER = "https://developer.intuit.com"
CONSENT = "https://appcenter.intuit.com/connect/oauth2"
SIGN_IN = "https://accounts.intuit.com/app/sign-in"
ELSEWHERE = "https://accounts.intuit.com.example/app/sign-in"
INTEGRATIONS = "/settings/integrations"


def test_it_leads_over_one_host_of_intuit_to_another_and_back(portal: Flask) -> None:
    with before_intuit(portal) as page:
        page.get_by_role("button", name="Connect to QuickBooks").click()
        expect(page.get_by_role("heading", name="Sign in to Intuit")).to_be_visible()
        assert page.url.startswith(SIGN_IN)
        page.get_by_role("link", name="Decline").click()
        expect(page.get_by_role("alert")).to_contain_text("the access was not granted")
        assert urlsplit(page.url)[2:] == (INTEGRATIONS, "", "")


@pytest.mark.parametrize(
    "named", ["https://appcenter.intuit.com", f"{DEVELOPER} https://appcenter.intuit.com"]
)
def test_a_policy_that_names_but_the_first_host_blocks_it_without_a_word(portal: Flask, named: str) -> None:
    def told_as_before(response: Response) -> Response:
        policy = response.headers["Content-Security-Policy"]
        response.headers["Content-Security-Policy"] = policy.replace("https://*.intuit.com", named)
        return response

    portal.after_request_funcs[None].insert(0, told_as_before)  # what hangs on first is run last
    with before_intuit(portal) as page:
        assert_blocked(page)


def test_intuit_can_not_lead_the_form_out_of_its_own_hosts(portal: Flask) -> None:
    with before_intuit(portal, then=ELSEWHERE) as page:
        assert_blocked(page)


def assert_blocked(page: Page) -> None:
    """Nothing is seen of it but a line on the console."""
    was, said = page.url, []
    page.on("console", lambda message: said.append(message.text))
    page.get_by_role("button", name="Connect to QuickBooks").click()
    page.wait_for_timeout(500)
    assert page.url == was
    assert any("form-action" in line for line in said)


@contextmanager
def before_intuit(portal: Flask, then: str = SIGN_IN) -> Iterator[Page]:
    """The dashboard in a browser to which each host of Intuit is a server of ours, on TLS."""
    with served(portal) as ours, served(intuit(then), ssl_context="adhoc") as theirs:
        portal.config["PUBLIC_URL"] = f"http://127.0.0.1:{ours}"
        led = ", ".join(f"MAP {host} 127.0.0.1:{theirs}" for host in ("*.intuit.com", "*.example"))
        with chromium(f"--host-resolver-rules={led}") as browser:
            context = browser.new_context(ignore_https_errors=True)
            cookie = sign_in_as(portal, "administrator", "Ours").client.get_cookie("portal_session")
            assert cookie is not None
            url = portal.config["PUBLIC_URL"]
            context.add_cookies([{"name": "portal_session", "value": cookie.value, "url": url}])
            page = context.new_page()
            page.goto(f"{url}{INTEGRATIONS}")
            yield page
            context.close()


@contextmanager
def served(app: Flask, **options: str) -> Iterator[int]:
    """The port on which it answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True, **options)  # type: ignore[arg-type]  # TLS or not
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def intuit(then: str) -> Flask:
    """Its addresses, the authorization page, and the page to sign in to which that one leads."""
    app = Flask("intuit")

    @app.get("/.well-known/openid_configuration/")
    def discovery() -> dict[str, str]:
        token_service = "https://oauth.platform.intuit.com/oauth2/v1/tokens"
        return {
            "authorization_endpoint": CONSENT,
            "token_endpoint": f"{token_service}/bearer",
            "revocation_endpoint": f"{token_service}/revoke",
        }

    @app.get("/connect/oauth2")
    def consent() -> Response:
        return Response(status=302, headers={"Location": f"{then}?{urlencode(request.args)}"})

    @app.get("/app/sign-in")
    def sign_in() -> str:
        declined = urlencode({"error": "access_denied", "state": request.args["state"]})
        back = f"{request.args['redirect_uri']}?{declined}"
        return f'<h1>Sign in to Intuit</h1><a href="{escape(back)}">Decline</a>'

    return app


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Flask]:
    """As in production, but for its own address: it reads Intuit's and sends people there."""
    chromium_path()  # skips before anything is started
    discovery = f"{DEVELOPER}/.well-known/openid_configuration/"
    app = create_app(settings(tmp_path, INTUIT_DISCOVERY_URL=discovery))
    app.extensions["intuit_http"] = session = new_session()
    session.mount(DEVELOPER, WsgiAdapter(intuit(SIGN_IN)))
    tables.make(app)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
