"""A simulator for tests: in process or as a real one, with a person who consents, and its ledger to read."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from portal.dev.processes import ends_with_parent
from portal.quickbooks.transport import new_session
from simulator import CLIENT_ID, CLIENT_SECRET, create_app
from simulator.oauth import PASSWORD, PERSON
from tests.support.wsgi_adapter import WsgiAdapter

CANADA = "9341454816381446"
UNITED_STATES = "9341454816381447"
IN_PROCESS = "http://simulator.test"
STARTS_WITHIN = 30.0  # seconds
SIGN_IN = {"email": PERSON, "password": PASSWORD}
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Simulated:
    """A running simulator. `session` reaches it, also where there is no socket."""

    url: str
    session: requests.Session = field(repr=False)

    def configuration(self) -> dict[str, str]:
        """What the portal must be told to use it."""
        return {
            "INTUIT_CLIENT_ID": CLIENT_ID,
            "INTUIT_CLIENT_SECRET": CLIENT_SECRET,
            "INTUIT_DISCOVERY_URL": f"{self.url}/.well-known/openid_configuration/",
            "INTUIT_API_URL": self.url,
            "INTUIT_APP_URL": f"{self.url}/app",
        }

    def consent(self, authorization_url: str, realm: str = CANADA) -> dict[str, str]:
        """A person signs in, allows and picks a company; what Intuit adds to the callback's address."""
        return _walk(self, authorization_url, {**SIGN_IN, "realm_id": realm, "decision": "allow"})

    def decline(self, authorization_url: str) -> dict[str, str]:
        return _walk(self, authorization_url, {**SIGN_IN, "decision": "deny"})

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self.session.request(method, f"{self.url}/control/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def look(self, path: str) -> Any:
        """What the control address has there; None where there is nothing."""
        answer = self.session.get(f"{self.url}/control/{path}", timeout=10)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json()

    def ledger(self) -> list[dict[str, Any]]:
        found = self.control("GET", "ledger")
        return list(found["entries"] if isinstance(found, dict) else found)

    def refreshes(self) -> list[dict[str, Any]]:
        """Every request for tokens so far, granted or not."""
        return [entry for entry in self.ledger() if entry["path"].endswith("/tokens/bearer")]


@contextlib.contextmanager
def simulator_in_process(home: Path, **options: Any) -> Iterator[Simulated]:
    """No socket: the app is mounted on the session that the portal is given."""
    app = create_app(home, control=True, **{"limits": "off", **options})
    session = new_session()
    session.mount(IN_PROCESS, WsgiAdapter(app))
    try:
        yield Simulated(IN_PROCESS, session)
    finally:
        app.extensions["simulator"].store.close()


@contextlib.contextmanager
def simulator_process(home: Path, **options: str) -> Iterator[Simulated]:
    """A process of its own on a free port."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "simulator", "--home", str(home), "--port", str(port), "--control"]
    for name, value in {"limits": "off", **options}.items():
        command += [f"--{name}", value]
    with (home / "simulator.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            env=dict(os.environ),
            preexec_fn=ends_with_parent(signal.SIGTERM),
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _until_it_answers(url, process, home / "simulator.log")
        yield Simulated(url, requests.Session())
    finally:
        process.terminate()
        process.wait(STARTS_WITHIN)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up_at = time.monotonic() + STARTS_WITHIN
    while True:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{url}/.well-known/openid_configuration/", timeout=2).ok:
                return
        if process.poll() is not None or time.monotonic() > give_up_at:
            pytest.fail(f"the simulator does not start: {log.read_text()}")
        time.sleep(0.05)


def _walk(simulated: Simulated, url: str, answers: dict[str, str]) -> dict[str, str]:
    """Fill in one page after the other until Intuit sends the person back to us."""
    session = simulated.session
    session.cookies.clear()
    page = session.get(url, allow_redirects=False, timeout=10)
    for _ in range(12):
        if page.is_redirect:
            target = page.headers["Location"]
            if "state=" in target and urlsplit(target).path != urlsplit(url).path:
                return dict(parse_qsl(urlsplit(target).query))
            page = session.get(requests.compat.urljoin(page.url, target), allow_redirects=False, timeout=10)
            continue
        assert page.ok, page.text
        form = _Form()
        form.feed(page.text)
        filled = {**form.values, **{name: value for name, value in answers.items() if name in form.names}}
        page = session.post(page.url, data=filled, allow_redirects=False, timeout=10)
    raise AssertionError(f"the consent pages do not end: {page.text[:500]}")


class _Form(HTMLParser):
    """The fields of a page's form, with the values it suggests."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name")
        if tag not in ("input", "button", "select") or not name:
            return
        self.names.add(name)
        if tag == "input" and found.get("type") != "radio":
            self.values[name] = found.get("value") or ""
