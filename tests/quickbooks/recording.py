"""Exchanges with QuickBooks, recorded once and played back without it.

With RECORD=1 a simulator is started, its OAuth pages are gone through and the cassettes are written anew.
Else each request must be found in its cassette, and each recorded exchange must be asked for.
"""

import base64
import contextlib
import json
import secrets
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from os import environ
from pathlib import Path
from signal import SIGTERM
from typing import Any, Protocol
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

import betamax
import pytest
import requests
from betamax.matchers import BaseMatcher

from portal.quickbooks import oauth
from portal.quickbooks.client import Client, new_session
from tests.quickbooks.scrubbing import REALM, scrub
from tests.support.servers import running, until

FOLDER = Path(__file__).parent.parent / "cassettes"

# What stands in a cassette in place of what may not, or would differ each time.
URL = "http://quickbooks.test"
DISCOVERY = f"{URL}/.well-known/openid_configuration/"
CLIENT_ID = "recorded-client-id"
CLIENT_SECRET = "recorded-client-secret"
CODE = "recorded-code"
REDIRECT = "http://127.0.0.1:8000/settings/integrations/callback"
SIGN_IN = {"email": "bookkeeper@example.com", "password": "simulator"}


@dataclass
class Quickbooks:
    """Where QBO is, for one test: real while recording, placeholders while playing back."""

    session: requests.Session
    url: str = URL
    discovery: str = DISCOVERY
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    realm: str = REALM
    code: str = CODE
    refresh_token: str = ""
    """Where no machine may consent there is no code; a person has left this."""
    mark: str = ""
    """Ends each name and number, where the company still has those of earlier recordings."""
    placeholders: dict[str, str] = field(default_factory=dict)

    @property
    def endpoints(self) -> oauth.Endpoints:
        return oauth.discover(self.discovery, self.session)

    def connect(self, endpoints: oauth.Endpoints) -> oauth.Tokens:
        app = (self.client_id, self.client_secret)
        if self.refresh_token:
            return self.keep_out(oauth.refresh(endpoints, *app, self.refresh_token, self.session), "first")
        return self.keep_out(oauth.exchange(endpoints, *app, REDIRECT, self.code, self.session), "first")

    def keep_out(self, tokens: oauth.Tokens, which: str) -> oauth.Tokens:
        """Their values don't reach the cassette."""
        self.placeholders.setdefault(tokens.access_token, f"recorded-{which}-access-token")
        self.placeholders.setdefault(tokens.refresh_token, f"recorded-{which}-refresh-token")
        if self.refresh_token:
            self.refresh_token = tokens.refresh_token
        return tokens

    def client(self, tokens: oauth.Tokens) -> Client:
        return Client(self.url, self.realm, tokens.access_token, session=self.session)


class Source(Protocol):
    """Whoever is asked while a cassette is recorded."""

    def prepare(self, quickbooks: Quickbooks) -> None:
        """Fill in what a connection needs, and note what must not be recorded of it."""

    def done(self, quickbooks: Quickbooks) -> None:
        """Learn what is to be known for the next cassette."""


@dataclass
class Library:
    """A folder of cassettes: recorded from the source, or played back as if QBO stood there."""

    folder: Path
    source: Source | None = None
    played_as: dict[str, Any] = field(default_factory=dict)
    """What of Quickbooks is told by this library's placeholders."""


@contextlib.contextmanager
def cassette(name: str, library: Library) -> Iterator[Quickbooks]:
    """Record or play one cassette. Fails where a recorded exchange was not asked for."""
    source = library.source
    # Ours sends on connections that it opened itself, which leaves a recorder nothing to stand between.
    session = requests.Session() if source else new_session()
    # Compressed bodies would hide what is to be scrubbed.
    session.headers["Accept-Encoding"] = "identity"
    quickbooks = Quickbooks(session, **({} if source else library.played_as))
    file = library.folder / f"{name}.json"
    if source:
        source.prepare(quickbooks)
        file.unlink(missing_ok=True)
    elif not file.exists():
        pytest.fail(f"there is no cassette {name!r}: make cassettes")
    recorder = betamax.Betamax(session, cassette_library_dir=str(library.folder))
    with recorder.use_cassette(
        name,
        record="once" if source else "none",
        serialize_with="indented",
        match_requests_on=["method", "uri", "sorted-body"],
    ):
        tape = recorder.current_cassette
        try:
            yield quickbooks
        finally:
            if source:
                for interaction in tape.interactions:
                    scrub(interaction.data, quickbooks.placeholders)
                source.done(quickbooks)
        unused = [i.data["request"]["uri"] for i in tape.interactions if not (source or i.used)]
    assert not unused, f"recorded in {name!r}, and never asked for: {unused}"


def kept_out(quickbooks: Quickbooks) -> dict[str, str]:
    """What stands in the cassette in place of the app, the company and its address."""
    pair = f"{quickbooks.client_id}:{quickbooks.client_secret}".encode()
    return {
        quickbooks.url: URL,
        quickbooks.discovery: DISCOVERY,
        quickbooks.client_id: CLIENT_ID,
        quickbooks.client_secret: CLIENT_SECRET,
        base64.b64encode(pair).decode(): "recorded-client-pair",
        quickbooks.realm: REALM,
    }


@dataclass
class Simulator:
    """A running one, and the way through its consent pages that a person would take."""

    url: str
    client_id: str
    client_secret: str

    def prepare(self, quickbooks: Quickbooks) -> None:
        quickbooks.url, quickbooks.discovery = self.url, DISCOVERY.replace(URL, self.url)
        quickbooks.client_id, quickbooks.client_secret = self.client_id, self.client_secret
        endpoints = oauth.discover(quickbooks.discovery)
        state = secrets.token_urlsafe(16)
        callback = walk(oauth.authorization_url(endpoints, self.client_id, REDIRECT, state))
        assert callback["state"] == [state]
        quickbooks.code, quickbooks.realm = callback["code"][0], callback["realmId"][0]
        quickbooks.placeholders = {**kept_out(quickbooks), quickbooks.code: CODE}

    def done(self, quickbooks: Quickbooks) -> None:
        """Each cassette has a code of its own."""


@contextlib.contextmanager
def running_simulator(home: Path) -> Iterator[Simulator]:
    with socket.create_server(("127.0.0.1", 0)) as briefly:
        port = briefly.getsockname()[1]
    simulator = Simulator(f"http://127.0.0.1:{port}", "AB" + secrets.token_hex(20), secrets.token_hex(20))
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--home", str(home), "--seed", "plain"]
    command += ["--client-id", simulator.client_id, "--client-secret", simulator.client_secret]
    command += ["--redirect-uri", REDIRECT, "--limits", "off"]
    root = Path(__file__).parents[2]
    log = home / "simulator.log"
    environment = {**environ, "PYTHONPATH": str(root)}
    with running(command, log, SIGTERM, env=environment) as process:
        until(lambda: answers(port), process, log)
        yield simulator


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def walk(url: str) -> dict[str, list[str]]:
    """Submit each form as a person would who agrees and takes the first company; ends at the callback."""
    browser = requests.Session()
    response = browser.get(url, allow_redirects=False, timeout=10)
    for _ in range(10):
        if "Location" in response.headers:
            url = urljoin(url, response.headers["Location"])
            if url.startswith(REDIRECT):
                return parse_qs(urlsplit(url).query)
            response = browser.get(url, allow_redirects=False, timeout=10)
            continue
        assert response.ok, f"{response.status_code} at {urlsplit(url).path}"
        form = FirstForm(response.text)
        form.fields.update({name: value for name, value in SIGN_IN.items() if name in form.fields})
        url = urljoin(url, form.action or url)
        response = browser.request(form.method, url, data=form.fields, allow_redirects=False, timeout=10)
    raise AssertionError("the consent pages lead nowhere")


class FirstForm(HTMLParser):
    """The first form of a page, with the first choice of everything."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = self.method = ""
        self.fields: dict[str, str] = {}
        self.forms = 0
        self.select = ""
        self.feed(page)
        assert self.forms, "a page without a form"

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in pairs}
        if tag == "form":
            self.forms += 1
            if self.forms == 1:
                self.action, self.method = attributes.get("action", ""), attributes.get("method", "get")
        if self.forms != 1:
            return
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag in ("input", "button") and name:
            self.fields.setdefault(name, value)
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            self.fields.setdefault(self.select, value)


class SortedBody(BaseMatcher):
    """The same fields in another order are the same request."""

    name = "sorted-body"

    def match(self, request: requests.PreparedRequest, recorded: dict[str, Any]) -> bool:
        return sorted_body(request.body) == sorted_body(recorded["body"]["string"])


class Indented(betamax.serializers.JSONSerializer):
    """One line per field, so that a change of a cassette can be reviewed."""

    name = "indented"

    def serialize(self, cassette_data: dict[str, Any]) -> str:
        for exchange in cassette_data["http_interactions"]:
            exchange["recorded_at"] = "2026-01-01T00:00:00"
        return json.dumps(cassette_data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def sorted_body(body: bytes | str | None) -> str:
    text = body.decode() if isinstance(body, bytes) else body or ""
    with contextlib.suppress(ValueError):
        return json.dumps(json.loads(text), sort_keys=True)
    return urlencode(sorted(parse_qsl(text, keep_blank_values=True))) or text


betamax.Betamax.register_request_matcher(SortedBody)
betamax.Betamax.register_serializer(Indented)
