"""The whole house for a test: simulator, Redis, database, and drains, workers and clocks as processes of
their own.

Processes are forked from one server that has everything imported, so that a scenario costs a fraction of a
second to start and a kill is a real SIGKILL of a real process.
"""

from __future__ import annotations

import contextlib
import html
import multiprocessing
import re
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from flask import Flask
from redis import Redis
from sqlalchemy import delete, select, update

import config
from portal import create_app
from portal.connect import connections
from portal.extensions import db
from portal.mapping import refresh
from portal.models import Connection, Delivery, DrainLease, Heartbeat, Organization, Push, SyncSettings, User
from portal.models.base import database_time
from portal.models.pushes import OPEN
from tests.support import distributor, figures, processes, tables, truth

CANADA = "9341454816381446"
US = "9341454816381447"
SCALE = "0.01"
CLIENT = {"INTUIT_CLIENT_ID": "flows", "INTUIT_CLIENT_SECRET": "flows-secret"}
PUBLIC_URL = "http://portal.test"
CALLBACK = f"{PUBLIC_URL}/settings/integrations/callback"

WARM_POSTGRESQL = (
    "WARM_POSTGRESQL"  # names the environment variable with a server's address, where there is one
)

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(["tests.support.processes", "tests.support.warm"])


class Stack:
    """One organization's portal with its own database, simulator and Redis. `env`: other settings."""

    def __init__(
        self, home: Path, database_url: str, redis_url: str, simulator: Simulator, **env: str
    ) -> None:
        self.home, self.simulator = home, simulator
        self.env = {
            "PORTAL_HOME": str(home),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PUBLIC_URL": PUBLIC_URL,
            "TIME_SCALE": SCALE,
            "LOGIN_LIMIT": "10000 per minute",
            "INTUIT_DISCOVERY_URL": f"{simulator.url}/.well-known/openid_configuration/",
            "INTUIT_API_URL": simulator.url,
            "INTUIT_APP_URL": f"{simulator.url}/app/{{realm}}",
            **CLIENT,
            **env,
        }
        self.app: Flask = create_app(config.load(self.env))
        self.organization_id: uuid.UUID | None = None
        self.connection_id: uuid.UUID | None = None
        # A location, a SKU and an order that stand in QBO already, where the company was trading before.
        self.place = self.goods = self.first = uuid.UUID(int=0)
        self._children: list[Any] = []

    @contextlib.contextmanager
    def database(self) -> Iterator[Any]:
        """A session in the organization; commits at its end."""
        with self.app.app_context():
            db.session.info["organization_id"] = self.organization_id
            yield db.session
            db.session.commit()

    def read(self, statement: Any) -> Any:
        """All scalars of a statement, in a session of its own."""
        with self.database() as session:
            found = session.scalars(statement).all()
            session.expunge_all()
            return found

    def start(self, function: Callable[..., None], *args: Any, **env: str) -> Any:
        """Fork a process that runs `function(env, *args)`."""
        child = forks.Process(target=function, args=({**self.env, **env}, *args))
        child.start()
        self._children.append(child)
        return child

    def drain(self, **env: str) -> int:
        """One drain in a process of its own; its exit code (negative: the signal that ended it)."""
        child = self.start(processes.drain, str(self.connection_id), **env)
        child.join(60)
        assert child.exitcode is not None, "the drain did not end"
        return int(child.exitcode)

    def let_lease_run_out(self) -> None:
        """As if so much time had passed since the last drain was killed: a new one gets the lease."""
        with self.database() as session:
            session.execute(update(DrainLease).values(until=database_time()))

    def let_it_settle(self) -> None:
        """As if so much time had passed that nothing sent can still land: what is unsure is looked for."""
        with self.database() as session:
            distributor.nothing_can_land_any_more()
            session.execute(update(Connection).values(next_at=None))  # a back-off is over much sooner

    def recover(self, within: float = 40.0) -> None:
        """Have a worker and the clock run until no push is open."""
        self.start(processes.worker)
        self.start(processes.clock)
        until(lambda: not self.open_pushes(), within, f"no push open; still: {self.open_pushes()}")

    def open_pushes(self) -> list[str]:
        with self.database() as session:
            rows = session.execute(select(Push.record_kind, Push.state).where(Push.state.in_(OPEN))).all()
        return [f"{kind} {state}" for kind, state in rows]

    def let_the_clock_tick(self, often: int = 5) -> None:
        """Until it has told so often that it lives: all that was due before has been rung for."""
        told: set[datetime] = set()

        def has_told() -> bool:
            told.update(self.read(select(Heartbeat.at)))
            return len(told) > often

        until(has_told, what="the clock to tick")

    def drains(self) -> int:
        """How many have begun: each had the lease, which counts them."""
        return sum(self.read(select(DrainLease.fence)))

    def has_jobs(self) -> bool:
        return has_jobs(self.env["REDIS_URL"])

    def simulator_has_faults_left(self) -> bool:
        return any(not fault["spent"] for fault in self.simulator.control("GET", "faults")["faults"])

    def forget_deliveries(self) -> None:
        """As if whatever stands in QuickBooks had been carried there long ago."""
        with self.database() as session:
            session.execute(delete(Push))
            session.execute(delete(Delivery))

    def forget_bells(self) -> None:
        Redis.from_url(self.env["REDIS_URL"]).flushall()

    def must_tell_the_truth(self) -> None:
        """At the end of each test: what green records say of QuickBooks is so. Nothing runs any more."""
        self.stop_parts()
        with self.database():
            found = truth.untrue(self.simulator.look)
        assert not found, "green, and not true:\n" + "\n".join(found)

    def stop(self) -> None:
        self.stop_parts()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def stop_parts(self) -> None:
        """Kill whatever process was started and still runs, a worker's running job with it."""
        for child in self._children:
            if child.is_alive():
                processes.kill_with_children(child.pid)
            elif child.exitcode == -signal.SIGKILL:
                figures.count(figures.KILLED)
            child.join(10)
        self._children.clear()


class Simulator:
    """A running simulator process and its control address."""

    def __init__(self, url: str, process: Any) -> None:
        self.url, self.process = url, process
        self._http = requests.Session()

    def control(self, method: str, path: str, **json: Any) -> Any:
        return _json_of(
            self._http.request(method, f"{self.url}/control/{path}", json=json or None, timeout=30)
        )

    def fault(self, fault: str, **details: Any) -> None:
        self.control("POST", "faults", fault=fault, **details)

    def switch(self, realm: str = CANADA, **switches: Any) -> None:
        self.control("POST", f"switches/{realm}", **switches)

    def books(self, entity: str, realm: str = CANADA) -> list[dict[str, Any]]:
        return list(self.control("GET", f"books/{realm}/{entity}")[entity])

    def live(self, entity: str, realm: str = CANADA) -> list[dict[str, Any]]:
        """Documents that count: neither deleted nor voided."""
        return [
            one
            for one in self.books(entity, realm)
            if one.get("status") != "Deleted" and not str(one.get("PrivateNote", "")).startswith("Voided")
        ]

    def look(self, path: str) -> Any:
        """What the control address has there; None where there is nothing."""
        answer = self._http.get(f"{self.url}/control/{path}", timeout=30)
        return None if answer.status_code == 404 else _json_of(answer)

    def ledger(self, after: int = 0) -> list[dict[str, Any]]:
        return list(self.control("GET", f"ledger?after={after}")["entries"])


def _json_of(answer: requests.Response) -> Any:
    answer.raise_for_status()
    return answer.json()


@contextlib.contextmanager
def simulator_process(home: Path) -> Iterator[Simulator]:
    home.mkdir(parents=True, exist_ok=True)
    receiving, sending = forks.Pipe(duplex=False)
    process = forks.Process(target=_serve, args=(str(home), sending))
    process.start()
    if not receiving.poll(30):
        raise RuntimeError("the simulator did not start")
    simulator = Simulator(f"http://127.0.0.1:{receiving.recv()}", process)
    with figures.counting_pushed(home):
        try:
            yield simulator
        finally:
            process.kill()
            process.join(10)


def _serve(home: str, port_to: Any) -> None:
    processes.simulator(home, CLIENT, CALLBACK, port_to)


def make_organization(stack: Stack) -> uuid.UUID:
    """Tables, an organization in Toronto and its administrator."""
    tables.make(stack.app)
    with stack.app.app_context():
        organization = Organization(
            name=f"Test {uuid.uuid4().hex[:6]}", timezone="America/Toronto", timezone_origin="chosen"
        )
        db.session.add(organization)
        db.session.flush()
        db.session.info["organization_id"] = stack.organization_id = organization.id
        db.session.add(
            User(
                organization_id=organization.id,
                email=f"{uuid.uuid4().hex[:8]}@example.com",
                name="Bo Bookkeeper",  # who acts in tests, too
                role="administrator",
                password_hash="-",
            )
        )
        on = dict.fromkeys(("customers_on", "products_on", "orders_on"), True)
        groups = ("customers_details", "customers_money", "products_details", "products_money")
        db.session.add(SyncSettings(organization_id=organization.id, **on, **dict.fromkeys(groups, "ask")))
        db.session.commit()
        return organization.id


def connect(stack: Stack, realm: str = CANADA) -> uuid.UUID:
    """Connect through the simulator's own pages, as a person would, and read the lists."""
    with stack.app.app_context():
        db.session.info["organization_id"] = stack.organization_id
        user = db.session.scalars(select(User)).one()
        with stack.app.test_request_context(base_url=PUBLIC_URL):
            address = connections.begin_connect(user)
            db.session.commit()
        arguments = authorize(address, realm)
        with stack.app.test_request_context(base_url=PUBLIC_URL):
            user = db.session.scalars(select(User)).one()
            connection = connections.finish_connect(user, arguments)
            db.session.commit()
        assert isinstance(connection, Connection)
        connection_id = connection.id
        db.session.commit()
        refresh.refresh_lists(db.session.get_one(Connection, connection_id))
        db.session.commit()
        return connection_id


def authorize(address: str, realm: str) -> dict[str, str]:
    """Walk Intuit's pages: sign in, consent, pick the company. Returns what the callback is called with."""
    http = requests.Session()
    answer = http.get(address, timeout=30, allow_redirects=False)
    for _ in range(12):
        if answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            if target.startswith(CALLBACK):
                return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
            answer = http.get(target, timeout=30, allow_redirects=False)
            continue
        answer = _submit(http, answer, realm)
    raise AssertionError(f"no callback came: {answer.status_code} {answer.text[:500]}")


def _submit(http: requests.Session, answer: requests.Response, realm: str) -> requests.Response:
    """Fill in and send the (right) form of a page."""
    forms = re.findall(r"<form\b([^>]*)>(.*?)</form>", answer.text, re.S)
    attributes, inside = next(
        ((a, i) for a, i in forms if realm in i),
        next(((a, i) for a, i in forms if "deny" not in i), forms[0]),
    )
    fields = {}
    for tag in re.findall(r"<(?:input|button)\b[^>]*>", inside):
        pairs = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if pairs.get("type") in ("radio", "checkbox") and realm not in pairs.get("value", ""):
            continue
        if tag.startswith("<button") and pairs.get("value") in ("deny", "cancel"):
            continue
        if "name" in pairs:
            fields[pairs["name"]] = html.unescape(pairs.get("value", ""))
    fields = {
        name: {"email": "bookkeeper@example.com", "password": "simulator"}.get(name, value)
        for name, value in fields.items()
    }
    action = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes)).get("action", "")
    target = urljoin(answer.url, html.unescape(action) or answer.url)
    return http.post(target, data=fields, timeout=30, allow_redirects=False)


def until(condition: Callable[[], Any], within: float = 20.0, what: str = "it") -> Any:
    """Poll until the condition holds, ever more slowly; fail after `within` seconds."""
    begun = time.monotonic()
    while True:
        found = condition()
        if found:
            return found
        waited = time.monotonic() - begun
        if waited > within:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(min(0.02 + waited / 8, 0.25))


def has_jobs(redis_url: str) -> bool:
    """Whether any is queued or at work, or has failed."""
    with Redis.from_url(redis_url) as redis:
        return bool(redis.keys("rq:job:*"))
