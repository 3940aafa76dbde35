"""No transaction is open during HTTP, and only the rooms that may speak to Intuit do."""

import ast
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from requests.adapters import BaseAdapter
from sqlalchemy import delete, select, update
from sqlalchemy.engine import Engine

from portal.company import tokens
from portal.extensions import db
from portal.models import Call, Connection, Delivery, KeySettings, Mapping, Organization
from portal.models.base import now
from portal.push import drain, lease
from tests.support import distributor as given
from tests.support.connected import INTEGRATIONS, connect, portal_with
from tests.support.parsed import in_each, parsed
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import CANADA, IN_PROCESS, Simulated, simulator_in_process

ROOT = Path(__file__).resolve().parents[2]
PORTAL = sorted((ROOT / "portal").rglob("*.py"))
NETWORK = {"requests", "urllib3", "http", "httpx", "authlib", "aiohttp"}
MAY_USE_THE_NETWORK = {
    "portal/quickbooks": "speaks to QuickBooks",
    "portal/company/tokens.py": "holds the one session that is shared",
    "portal/dev/supervisor.py": "asks our own processes whether they are up",
}
MAY_MAKE_CLIENTS = {"caller.py", "connections.py", "reader.py"}
MAY_ASK_FOR_TOKENS = {"connections.py", "grants.py", "tokens.py"}
ASKING = {
    "query",
    "read",
    "rows",
    "entity",
    "post",
    "make_client",
    "refresh_client",
    "open_line",
    "dial",
    "make",
    "while_renewing",
    "exchange",
    "discover",
}


class TestNoTransactionIsOpenDuringHttp:
    def test_in_all_that_the_portal_asks_intuit(self, app: Flask, books: Simulated, wire: "Wire") -> None:
        administrator = sign_in_as(app, "administrator", "Ours")
        everything_that_asks_intuit(app, books, administrator)
        assert wire.asked_for() >= {
            "openid_configuration", "bearer", "companyinfo", "preferences", "query", "item", "batch",
            "customer", "revoke",
        }  # fmt: skip
        assert [call for call in wire.calls if call[1]] == []

    def test_an_open_one_would_be_seen(self, app: Flask, books: Simulated, wire: "Wire") -> None:
        with app.app_context():
            db.session.scalar(select(Organization.id))
            books.session.get(f"{IN_PROCESS}/.well-known/openid_configuration/", timeout=5)
            assert [held for _, held in wire.calls] == [1]
            db.session.rollback()

    @pytest.mark.parametrize("ask", ["a drain's call", "Intuit's addresses", "a drain's next transaction"])
    def test_asking_in_an_open_one_is_refused_before_a_byte_leaves(
        self, app: Flask, wire: "Wire", ask: str
    ) -> None:
        held = lease.Lease(uuid.uuid4(), 1)

        asking: dict[str, Callable[[], Any]] = {
            "a drain's call": lambda: held.while_renewing(lambda: pytest.fail("it was made")),
            "Intuit's addresses": tokens.app,
            "a drain's next transaction": lambda: held.write(lambda: pytest.fail("it was let in")),
        }
        with app.app_context():
            db.session.scalar(select(Organization.id))
            with pytest.raises(RuntimeError, match=r"transaction|still open"):
                asking[ask]()
            db.session.rollback()
        assert wire.calls == []

    def test_no_body_of_a_transaction_asks(self) -> None:
        assert in_each(PORTAL, lambda path: asked_in_transactions(parsed(path))) == {}

    @pytest.mark.parametrize(
        "wrong",
        [
            "def body(caller):\n    caller.query('x')\nlease.write(body, caller)",
            "def body(caller):\n    inner(caller)\ndef inner(caller):\n    caller.query('x')\n"
            "transactions.run(body, caller)",
            "held.write(lambda: caller.query('x'))",
            "class Drain:\n    def body(self):\n        self.caller.query('x')\n"
            "    def go(self):\n        self.lease.write(self.body)",
        ],
        ids=["its body", "what its body calls", "a lambda", "a method"],
    )
    def test_a_body_that_asks_would_be_found(self, wrong: str) -> None:
        assert [one.partition(": ")[2] for one in asked_in_transactions(ast.parse(wrong))] == ["query"]


class TestOnlySomeRoomsTalk:
    def test_the_network_is_imported_where_it_may_be(self) -> None:
        rooms = [ROOT / room for room in MAY_USE_THE_NETWORK]
        others = [path for path in PORTAL if not {path, *path.parents} & {*rooms}]
        assert in_each(others, lambda path: imported(path) & NETWORK) == {}

    def test_each_exception_is_still_one(self) -> None:
        for room in MAY_USE_THE_NETWORK:
            files = sorted((ROOT / room).rglob("*.py")) or [ROOT / room]
            assert any(imported(path) & NETWORK for path in files), room

    def test_clients_are_made_and_tokens_asked_for_in_few_places(self) -> None:
        makers, askers = set(), set()
        for path in PORTAL:
            if path.parent.name == "quickbooks":
                continue
            called = [ast.unparse(one.func) for one in calls(parsed(path))]
            makers |= {path.name for name in called if name == "Client"}
            askers |= {
                path.name
                for name in called
                if re.fullmatch(r"oauth\.(discover|exchange|refresh|revoke)", name)
            }
        assert makers == MAY_MAKE_CLIENTS
        assert askers == MAY_ASK_FOR_TOKENS


class Wire(BaseAdapter):
    """Stands on the way to Intuit and notes how many database connections we hold while a call is made."""

    def __init__(self, way: BaseAdapter, engine: Engine) -> None:
        super().__init__()
        self._way, self._engine = way, engine
        self.calls: list[tuple[str, int]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        held = self._engine.pool.checkedout()  # type: ignore[attr-defined]  # a queue pool has it
        self.calls.append((str(request.path_url), held))
        return self._way.send(request, *args, **options)

    def close(self) -> None:
        self._way.close()

    def asked_for(self) -> set[str]:
        return {word for path, _ in self.calls for word in re.split(r"[/?=&]", path)}


def everything_that_asks_intuit(app: Flask, books: Simulated, administrator: Browser) -> None:
    """Connect, read facts and lists, make an item, link by Id, push, look up, disconnect."""
    connect(administrator, books)
    accounts = {one["Name"]: one["Id"] for one in books.control("GET", f"books/{CANADA}/Account")["Account"]}
    with given.working_in(app, administrator.organization_id):
        connection_id = db.session.scalars(select(Connection.id)).one()
        kind, place, order = given.charge_kind(), given.location(), given.order()
        kind_id, place_id, order_id = kind.id, place.id, order.id
        given.sync(customers_on=True, products_on=True, orders_on=True)
        map_all(accounts)
    administrator.post(f"{INTEGRATIONS}/mapping/payment-terms/refresh")
    administrator.post(f"{INTEGRATIONS}/refresh")
    administrator.post(f"{INTEGRATIONS}/mapping/customer-accounts", {"create": str(kind_id)})
    administrator.post(f"/badges/location/{place_id}/link", {"external_id": "1"})
    administrator.post(f"/orders/{order_id}/finalize")
    books.control("POST", "tokens/expire")
    books.control("POST", "faults", {"fault": "commit_then_drop", "match": {"path": "batch"}})
    for _ in range(4):
        with given.working_in(app, administrator.organization_id):
            nothing_holds_it_back()
        with app.app_context():
            drain.run(connection_id)
    administrator.post(f"{INTEGRATIONS}/disconnect")


def nothing_holds_it_back() -> None:
    """Our own limits and waiting times are over."""
    db.session.execute(delete(Call))
    db.session.execute(update(Connection).values(next_at=None))
    db.session.execute(update(Delivery).values(resolve_at=now()))


def map_all(accounts: dict[str, str]) -> None:
    chosen = [
        ("customer_tax", "default", "5"),
        ("product_tax", "default", "5"),
        ("customer_accounts", "income", accounts["Delivery Income"]),
        ("product_accounts", "income", accounts["Sales of Product Income"]),
        ("product_accounts", "expense", accounts["Cost of Goods Sold"]),
    ]
    db.session.add(KeySettings(**given.owner()))
    db.session.add_all(
        Mapping(**given.owner(), section=section, ours=ours, external_id=theirs)
        for section, ours, theirs in chosen
    )


def asked_in_transactions(tree: ast.AST) -> list[str]:
    """Calls to Intuit in what runs as a transaction (`….write(body)`, `transactions.run(body)`), and in the
    functions of the same file that this calls.
    """
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    found = []
    pending = [
        one.args[0]
        for one in calls(tree)
        if one.args
        and (ast.unparse(one.func) == "transactions.run" or ast.unparse(one.func).endswith(".write"))
    ]
    seen: set[str] = set()
    while pending:
        body: ast.AST | None = pending.pop()
        if isinstance(body, (ast.Name, ast.Attribute)):
            name = body.id if isinstance(body, ast.Name) else body.attr
            body = None if name in seen else functions.get(name)
            seen.add(name)
        for one in calls(body) if body is not None else []:
            if isinstance(one.func, ast.Attribute) and one.func.attr in ASKING:
                found.append(f"line {one.lineno}: {one.func.attr}")
            elif isinstance(one.func, ast.Name):
                pending.append(one.func)
    return found


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def imported(path: Path) -> set[str]:
    """The first words of all that a file imports."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Simulated]:
    with simulator_in_process(tmp_path / "intuit") as simulated:
        yield simulated


@pytest.fixture
def app(tmp_path: Path, books: Simulated) -> Iterator[Flask]:
    """At the real pace, so that no lease is renewed in the middle of a call that takes a moment."""
    with portal_with(books, tmp_path, TIME_SCALE=1.0) as app:
        yield app


@pytest.fixture
def wire(app: Flask, books: Simulated) -> Wire:
    with app.app_context():
        made = Wire(books.session.get_adapter(IN_PROCESS), db.engine)
    books.session.mount(IN_PROCESS, made)
    return made
