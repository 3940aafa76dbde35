"""An afternoon in which values go through the house that can't be mistaken for anything else."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import select, text

from portal.accounts import people
from portal.company import tokens
from portal.dev import supervisor
from portal.dev.processes import ends_with_parent
from portal.extensions import db
from portal.mapping import refresh
from portal.models import Connection, Order, SyncSettings
from portal.sales import orders
from tests.support import distributor, leaks, records, tables
from tests.support.stack import CANADA, Stack, authorize, until

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "client id's secret": "cl1ent-s3cret+/4711",
    "session secret": "s3ssion-s1gning-key/4712",
    "token key": base64.b64encode(b"t0ken-k3y-4713-is-32-bytes-long!").decode(),
    "password": "p4ssword & Söhne 4714",
    "mistyped password": "p4ssword-mistyped-4715",
    "token in what is no request": "inv1tation-t0ken-4716",
}
DATA = {
    "customer": "Kanarienvögel & Söhne Pub 4721",
    "place": "Kanarien “Eck” 4722",
    "e-mail": "kanarienvogel.4723@example.org",
    "phone": "+1 416 555 4724",
    "address": "4725 Kanarien Straße/Hof",
    "notes": "Kanarien: ring twice, 4726",
    "item": "Kanarien-Bräu 4727",
    "code": "KANARIEN-4728",
    "person": "Kanaria Vögelin 4729",
    "person's e-mail": "kanaria.4730@example.org",
    "typed into a form": "Kanarien Wirtshaus 4731",
    "what a database says": "Key (name)=(Kanarien 4732) already exists",
    "what no date is": "Kanarien-Tag 4733",
    "what no address is": "Kanarien-Gasse 4734",
}
SETTINGS = {
    "SECRET_KEY": SECRETS["session secret"],
    "TOKEN_KEYS": f"canary:{SECRETS['token key']}",
    "INTUIT_CLIENT_ID": "canaries",
    "INTUIT_CLIENT_SECRET": SECRETS["client id's secret"],
}


@dataclass
class House:
    """What ran, and all that it left behind. `secrets`: those planted, and those given out meanwhile."""

    folder: Path
    redis_url: str
    stack: Stack
    answers: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    def logs(self) -> bytes:
        return leaks.logs_in(self.folder / "logs")

    def keep_tokens(self) -> None:
        """Those that are good now; earlier ones stay known."""
        with self.stack.database() as session:
            row = session.scalars(select(Connection)).one()
            for kind in ("access", "refresh"):
                token = tokens.unseal(row.id, f"{kind}_token", getattr(row, f"{kind}_token"))
                if token not in self.secrets.values():
                    known = f"{kind} token" in self.secrets
                    self.secrets[f"later {kind} token" if known else f"{kind} token"] = token

    def database(self) -> bytes:
        return leaks.all_of_sqlite(self.folder / "portal.sqlite3")

    def redis(self) -> bytes:
        return leaks.all_of_redis(self.redis_url)


@contextmanager
def in_production() -> Iterator[None]:
    """And as talkative as can be."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PORTAL_ENV", "production")
        environment.setenv("LOG_LEVEL", "DEBUG")
        yield


@contextmanager
def running(house: House, port: int) -> Iterator[None]:
    """Portal, worker and clock as production runs them; stopped in reverse order."""
    started = []
    try:
        for part in (supervisor.worker_part(), supervisor.portal_part(port), supervisor.clock_part()):
            with (house.folder / "logs" / f"{part.name}.log").open("wb") as log:
                env = {**os.environ, **house.stack.env}
                started.append(
                    subprocess.Popen(
                        part.argv,
                        cwd=ROOT,
                        env=env,
                        stdout=log,
                        stderr=log,
                        preexec_fn=ends_with_parent(signal.SIGTERM),
                    )
                )
        until(lambda: supervisor.answers_http(port, "/health"), what="the portal to answer")
        yield
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


def an_administrator(stack: Stack) -> None:
    tables.make(stack.app)
    with stack.app.app_context():
        email, name = DATA["person's e-mail"], DATA["person"]
        person = people.create_user("Canaries", email, name, "administrator", SECRETS["password"])
        db.session.info["organization_id"] = stack.organization_id = person.organization_id
        on = {"customers_on": True, "products_on": True, "orders_on": True}
        db.session.add(SyncSettings(organization_id=person.organization_id, **on))
        db.session.commit()


def afternoon(house: House, browser: Browser) -> None:
    """Sign-in, connecting, a push that arrives, and all kinds of trouble."""
    stack, answers = house.stack, house.answers
    answers["wrong password"] = browser.sign_in(SECRETS["mistyped password"]).status_code
    answers["signed in"] = browser.sign_in(SECRETS["password"]).status_code
    answers["connected"] = connected(house, browser).status_code
    browser.send_what_is_no_request(f"GET /invitation?token={SECRETS['token in what is no request']}")
    place, goods = known(stack)
    for trouble in ({}, {"fault": "item_fault", "code": "6000"}, {"fault": "commit_then_drop"}):
        if trouble:
            stack.simulator.fault(**trouble, match={"path": "batch", "body": '"Invoice"'})
        finalized(stack, place, goods)
        until(lambda: not stack.open_pushes(), 40, "the order to be settled")
    house.keep_tokens()
    finalized(stack, place, goods, billing_address=[DATA["what no address is"]])
    until(lambda: not stack.open_pushes(), what="the order that can't be planned to fail")
    unreadable = finalized(stack, place, goods, order_date=DATA["what no date is"])
    until(lambda: b"the job failed" in house.logs(), what="a job to fail")
    answers["order that can't be read"] = browser.get(f"/orders/{unreadable}").status_code
    raising = f"SELECT RAISE(ABORT, '{DATA['what a database says']}')"
    done(stack, f"CREATE TRIGGER refuse BEFORE UPDATE ON heartbeat BEGIN {raising}; END")
    until(lambda: b"the clock missed a tick" in house.logs(), what="the clock to be refused")
    done(stack, "DROP TRIGGER refuse")
    entered = {"number": "K1", "name": DATA["typed into a form"]}
    done(stack, "ALTER TABLE customer RENAME TO gone")
    answers["no table"] = browser.post("/customers/new", entered).status_code
    house.keep_tokens()
    house.secrets["session"] = browser.http.cookies["portal_session"]


def connected(house: House, browser: Browser) -> requests.Response:
    asked = browser.post("/settings/integrations/connect", {})
    arguments = authorize(asked.headers["Location"], CANADA)
    house.secrets |= {name: arguments[name] for name in ("code", "state")}
    answer = browser.get("/settings/integrations/callback", arguments)
    with house.stack.database() as session:
        connection = session.scalars(select(Connection)).one()
        house.stack.connection_id = connection.id
        refresh.refresh_lists(connection)
    house.keep_tokens()
    records.map_canada(house.stack)
    return answer


def known(stack: Stack) -> tuple[uuid.UUID, uuid.UUID]:
    """A location and a SKU."""
    address = {"line1": DATA["address"], "city": "Toronto", "province": "ON", "country": "CA"}
    told = {"email": DATA["e-mail"], "phone": DATA["phone"], "billing_address": address}
    place = records.location(
        stack, customer=DATA["customer"], name=DATA["place"], delivery_address=address, **told
    )
    return place, records.sku(stack, code=DATA["code"], name=DATA["item"])


def finalized(stack: Stack, place: uuid.UUID, goods: uuid.UUID, **spoilt: Any) -> uuid.UUID:
    """An order with notes. `spoilt`: columns that get what no form would let in."""
    order_id = records.order(stack, place, [(goods, "4", "12.50")], notes=DATA["notes"])
    with stack.database() as session:
        orders.finalize(session.get_one(Order, order_id), distributor.bo())
        session.flush()
        for column, value in spoilt.items():
            stored = value if isinstance(value, str) else json.dumps(value)
            session.connection().execute(
                text(f'UPDATE "order" SET {column} = :value WHERE id = :id'),
                {"value": stored, "id": order_id.hex},
            )
    return order_id


def done(stack: Stack, statement: str) -> None:
    with stack.database() as session:
        session.connection().execute(text(statement))


class Browser:
    """One session of a person; sends the token of the form it was shown."""

    def __init__(self, address: str) -> None:
        self.http, self._address = requests.Session(), address

    def sign_in(self, password: str) -> requests.Response:
        return self.post("/login", {"email": DATA["person's e-mail"], "password": password}, "/login")

    def get(self, path: str, arguments: dict[str, str] | None = None) -> requests.Response:
        return self.http.get(self._address + path, params=arguments, timeout=30, allow_redirects=False)

    def send_what_is_no_request(self, line: str) -> None:
        to = urlsplit(self._address)
        with socket.create_connection((str(to.hostname), int(to.port or 80)), 10) as connection:
            connection.sendall(f"{line}\r\n\r\n".encode())
            assert connection.recv(12).endswith(b" 400")

    def post(self, path: str, form: dict[str, str], shown: str = "/account") -> requests.Response:
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get(shown).text)
        assert token, shown
        sent = {"csrf_token": token[1], **form}
        return self.http.post(self._address + path, data=sent, timeout=30, allow_redirects=False)
