"""A company to test: the simulator's in process, or the one at QBO_BASE_URL, with QBO_TOKEN and QBO_REALM."""

from __future__ import annotations

import os
import time
from collections import deque
from typing import Any

import pytest
import requests

from tests.simulator.company import AMERICA, CANADA, Control
from tests.simulator.conformance.books import Books
from tests.simulator.conftest import BASE, Prepared

PER_SECOND, PER_MINUTE = 8, 450
PATIENCE = 120.0  # seconds
ADDRESS = os.environ.get("QBO_BASE_URL", "").rstrip("/")


class Patient(requests.Session):
    """Over the network it stays below QuickBooks' limits, and waits where it is told that it didn't."""

    def __init__(self) -> None:
        super().__init__()
        self._sent: deque[float] = deque(maxlen=PER_MINUTE)

    def send(self, request: requests.PreparedRequest, **rest: Any) -> requests.Response:
        give_up_at = time.monotonic() + PATIENCE
        while True:
            self._wait_for_a_turn()
            answer = super().send(request, **rest)
            if answer.status_code != 429 or time.monotonic() > give_up_at:
                return answer
            time.sleep(float(answer.headers.get("Retry-After", 5)))

    def _wait_for_a_turn(self) -> None:
        now = time.monotonic()
        ready = self._sent[-1] + 1 / PER_SECOND if self._sent else now
        if len(self._sent) == PER_MINUTE:
            ready = max(ready, self._sent[0] + 60)
        if ready > now:
            time.sleep(ready - now)
        self._sent.append(max(now, ready))


PATIENT = Patient()


@pytest.fixture
def canada(request: pytest.FixtureRequest) -> Books:
    return _elsewhere("CA") if ADDRESS else _in_process(request, CANADA)


@pytest.fixture
def america(request: pytest.FixtureRequest) -> Books:
    return _elsewhere("US") if ADDRESS else _in_process(request, AMERICA)


@pytest.fixture
def books(request: pytest.FixtureRequest) -> Books:
    """Of whatever country: for what is the same in all of them."""
    return _elsewhere() if ADDRESS else _in_process(request, CANADA)


@pytest.fixture
def control(request: pytest.FixtureRequest) -> Control:
    if ADDRESS:
        pytest.skip("turns a switch at the control address, which only the simulator in process has open")
    return Control(request.getfixturevalue("session"), BASE)


def _in_process(request: pytest.FixtureRequest, realm: str) -> Books:
    session: requests.Session = request.getfixturevalue("session")
    prepared: Prepared = request.getfixturevalue("prepared")
    return Books(session, BASE, realm, prepared.tokens[realm])


def _elsewhere(country: str | None = None) -> Books:
    token, realm = os.environ.get("QBO_TOKEN"), os.environ.get("QBO_REALM")
    if not (token and realm):
        pytest.skip("QBO_BASE_URL is set, but not QBO_TOKEN and QBO_REALM")
    found = Books(PATIENT, ADDRESS, realm, token)
    if country is not None and found.country != country:
        pytest.skip(f"the company at {ADDRESS} is not of {country}")
    return found
