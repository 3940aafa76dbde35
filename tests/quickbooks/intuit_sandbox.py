"""`make record-intuit`: the client's cassettes from Intuit's own sandbox, with the environment's credentials.

Its company is Canadian, collects HST in Ontario, has custom transaction numbers on and refuses them twice.
"""

import os
import secrets
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from tests.quickbooks.recording import FOLDER, Library, Quickbooks, kept_out

INTUIT = Path(os.environ.get("INTUIT_CASSETTES") or FOLDER / "intuit")
NEEDED = ("INTUIT_CLIENT_ID", "INTUIT_CLIENT_SECRET", "INTUIT_REFRESH_TOKEN", "INTUIT_REALM_ID")
API = "https://sandbox-quickbooks.api.intuit.com"
SANDBOX_DISCOVERY = "https://developer.intuit.com/.well-known/openid_sandbox_configuration/"
REFRESH_TOKEN = "recorded-refresh-token"
MARK = "-recorded"
PAUSE = 0.15  # seconds
PLAYED_AS = {"refresh_token": REFRESH_TOKEN, "mark": MARK}


class Unhurried(HTTPAdapter):
    """Stays below Intuit's ten requests a second."""

    def send(self, *request: Any, **how: Any) -> requests.Response:
        time.sleep(PAUSE)
        return super().send(*request, **how)


@dataclass
class Sandbox:
    """Intuit's, or what stands at these addresses. A person consented once and left the refresh token."""

    client_id: str
    client_secret: str
    refresh_token: str
    realm: str
    url: str = API
    discovery: str = SANDBOX_DISCOVERY
    adapter: BaseAdapter = field(default_factory=Unhurried)
    """What leads there."""

    def prepare(self, quickbooks: Quickbooks) -> None:
        quickbooks.session.mount("https://", self.adapter)
        quickbooks.session.mount("http://", self.adapter)
        quickbooks.url, quickbooks.discovery = self.url, self.discovery
        quickbooks.client_id, quickbooks.client_secret = self.client_id, self.client_secret
        quickbooks.realm, quickbooks.refresh_token = self.realm, self.refresh_token
        quickbooks.mark = f"-{secrets.token_hex(4)}"
        quickbooks.placeholders = kept_out(quickbooks)
        quickbooks.placeholders |= {self.refresh_token: REFRESH_TOKEN, quickbooks.mark: MARK}

    def done(self, quickbooks: Quickbooks) -> None:
        if quickbooks.refresh_token != self.refresh_token:
            self.refresh_token = quickbooks.refresh_token
            warnings.warn(
                "Intuit has replaced the refresh token; the one you gave works a day more",
                stacklevel=2,
            )


def library(folder: Path = INTUIT, source: Sandbox | None = None) -> Library:
    return Library(folder, source, PLAYED_AS)


def of_environment() -> Sandbox:
    client_id, client_secret, refresh_token, realm = (os.environ[name] for name in NEEDED)
    url = (os.environ.get("INTUIT_API_URL") or API).rstrip("/")
    discovery = os.environ.get("INTUIT_DISCOVERY_URL") or SANDBOX_DISCOVERY
    return Sandbox(client_id, client_secret, refresh_token, realm, url, discovery)


def main() -> int:
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        print(
            "Recording against Intuit's sandbox needs its credentials in the environment: "
            f"set {', '.join(missing)}.",
            file=sys.stderr,
        )
        return 2
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "0",
        str(Path(__file__).with_name("test_client_recorded.py")),
    ]
    return subprocess.run(command, env={**os.environ, "RECORD": "intuit"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
