"""A connected, mapped Canadian company in one process: orders go out by drains that a test starts, and people
work in QuickBooks.
"""

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Flask
from requests.adapters import BaseAdapter
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.models import Actor, Connection, KeySettings, Link, Mapping, Order, Problem, Push, SyncSettings
from portal.models.base import now
from portal.models.sales import line_amount, net_total
from portal.push import drain
from portal.sales import orders
from tests.support import distributor, truth
from tests.support.connected import connect, portal_with
from tests.support.on_the_way import Instead, Meddling, Said, Underway
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import CANADA, IN_PROCESS, Simulated, simulator_in_process

Meddler = TypeVar("Meddler", bound=BaseAdapter)

TODAY = datetime.now(ZoneInfo("America/Toronto")).date()
CODES = {"default": "5", "zero_rated": "3", "exempt": "2"}
WRITES = ("batch", "invoice", "creditmemo")
DATABASES = ("portal.sqlite3", "intuit/simulator.sqlite3")
ACCOUNTS = {"income": "Sales of Product Income", "expense": "Cost of Goods Sold"}


@dataclass(frozen=True)
class Opened:
    """A home in which a company is connected and mapped; its place and goods stand in QuickBooks already.

    `carried`: the same home with one more order in sync, which is `order`.
    """

    home: Path
    organization_id: uuid.UUID
    connection_id: uuid.UUID
    place: uuid.UUID
    goods: uuid.UUID
    bo: Actor
    realm: str = CANADA
    carried: Path | None = None
    order: uuid.UUID | None = None


class Unwritten:
    """Whether nothing was written in either database of a home since this was made."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._watching = [sqlite3.connect(home / name) for name in DATABASES]
        self._versions = self._seen()

    def holds(self) -> bool:
        return self._seen() == self._versions

    def become(self, other: Path) -> None:
        """Write what another home holds over all of it, beneath whoever has it open."""
        for name in DATABASES:
            with (
                closing(sqlite3.connect(other / name)) as source,
                closing(sqlite3.connect(self._home / name)) as target,
            ):
                source.backup(target)

    def close(self) -> None:
        for one in self._watching:
            one.close()

    def _seen(self) -> list[int]:
        """SQLite's count of what others have committed."""
        return [one.execute("PRAGMA data_version").fetchone()[0] for one in self._watching]


class Books:
    """One organization's portal, and the simulator that it is connected to."""

    def __init__(
        self, app: Flask, simulated: Simulated, opened: Opened, fresh: Unwritten | None = None
    ) -> None:
        self.app, self.simulated = app, simulated
        self._opened, self._fresh = opened, fresh
        self._usual = simulated.session.get_adapter(IN_PROCESS)
        self.organization_id, self.connection_id = opened.organization_id, opened.connection_id
        self.place, self.goods, self.bo = opened.place, opened.goods, opened.bo
        self.realm = opened.realm

    def working(self) -> Any:
        """A session in the organization; commits at its end."""
        return distributor.working_in(self.app, self.organization_id)

    def sign_in(self, role: str) -> Browser:
        return sign_in_as(self.app, role, "Ours")

    # What people do here.

    def order(self, quantity: str = "4", **values: Any) -> uuid.UUID:
        """A finalized order of today: cases at 12.50, with HST of 13 %."""
        with self.working():
            made = distributor.order(
                [(_sku(self.goods), quantity, "12.50")],
                location=_location(self.place),
                **{"order_date": TODAY, "delivery_date": TODAY} | values,
            )
            order_id: uuid.UUID = made.id
        self.finalize(order_id)
        return order_id

    def finalize(self, order_id: uuid.UUID, *, change_document: bool = False) -> None:
        with self.working():
            order = db.session.get_one(Order, order_id)
            orders.finalize(order, self.bo, change_document=change_document)

    def change(self, order_id: uuid.UUID, quantity: str) -> None:
        """Reopened, another quantity, finalized again, whether the customer holds the document or not."""
        with self.working():
            order = db.session.get_one(Order, order_id)
            orders.reopen(order, self.bo)
            line = order.lines[0]
            line.quantity = Decimal(quantity)
            line.amount = line_amount(line.quantity, line.unit_price, line.discount_percent)
            order.net_total = net_total(order)
        self.finalize(order_id, change_document=True)

    def synced_order(self, quantity: str = "4", **values: Any) -> uuid.UUID:
        if quantity == "4" and not values and self._nothing_happened():
            return self._carried_already()
        order_id = self.order(quantity, **values)
        self.carry()
        assert self.status(order_id) == "synced", self.problems(order_id)
        return order_id

    def _nothing_happened(self) -> bool:
        """Nor is meant to happen: nothing stands in the way, and no fault is ordered."""
        return (
            self._fresh is not None
            and self._opened.carried is not None
            and self.simulated.session.get_adapter(IN_PROCESS) is self._usual
            and self.simulated.control("GET", "faults") == {"faults": []}
            and self._fresh.holds()
        )

    def _carried_already(self) -> uuid.UUID:
        """Most tests begin with the same order in sync: it was carried over once, and is copied."""
        assert self._fresh is not None
        assert self._opened.carried is not None
        assert self._opened.order is not None
        self._fresh.become(self._opened.carried)
        return self._opened.order

    def decide(self, decision: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Call a decision as a page would, with the order itself where an id is not enough."""
        with self.app.app_context():
            db.session.info["organization_id"] = self.organization_id
            try:
                return decision(*args, **named)
            finally:
                db.session.rollback()

    def decide_order(
        self, decision: Callable[..., Any], order_id: uuid.UUID, *args: Any, **named: Any
    ) -> Any:
        with self.app.app_context():
            db.session.info["organization_id"] = self.organization_id
            try:
                return decision(db.session.get_one(Order, order_id), *args, **named)
            finally:
                db.session.rollback()

    # What the machine does.

    def carry(self) -> None:
        """Drain once, as if all waiting for a free call or after a stumble were over."""
        with self.working():
            free = {"next_at": None, "pause_until": None, "streak": 0}
            db.session.execute(update(Connection).values(**free))
        with self.app.app_context():
            drain.run(self.connection_id)

    def settle(self) -> None:
        """As if so much time had passed that nothing on its way can land any more; then drain."""
        with self.working():
            distributor.nothing_can_land_any_more()
            db.session.execute(
                update(Push)
                .where(Push.state.in_(("queued", "waiting")))
                .values(due_at=now() - timedelta(seconds=1))
            )
        self.carry()

    def refused_a_number(self, days_ago: float | None) -> None:
        """When QuickBooks last refused a number that was taken, as far as we know; None: it never did."""
        with self.working():
            at = None if days_ago is None else now() - timedelta(days=days_ago)
            db.session.execute(update(Connection).values(number_guard=at))

    # What can be seen here.

    def status(self, order_id: uuid.UUID) -> str:
        with self.working():
            return str(db.session.get_one(Order, order_id).integration_status)

    def problems(self, record_id: uuid.UUID) -> list[str]:
        with self.working():
            return list(
                db.session.scalars(
                    select(Problem.code).where(Problem.record_id == record_id, Problem.resolved_at.is_(None))
                )
            )

    def pushes(self, record_id: uuid.UUID) -> list[str]:
        with self.working():
            return [push.state for push in distributor.pushes(record_id)]

    def link(self, record_id: uuid.UUID) -> Link:
        with self.working():
            of_record = select(Link).where(Link.record_id == record_id).options(joinedload(Link.theirs))
            found = db.session.scalars(of_record).one()
            db.session.expunge_all()
            return found

    def number(self, order_id: uuid.UUID) -> str:
        with self.working():
            return str(db.session.get_one(Order, order_id).number)

    def untrue(self) -> list[str]:
        """What green records say of QuickBooks that is not so."""
        with self.working():
            return truth.untrue(self.simulated.look)

    def must_tell_the_truth(self) -> None:
        """At the end of each test."""
        assert not (found := self.untrue()), "green, and not true:\n" + "\n".join(found)

    # What stands and happens over there.

    def all(self, entity: str) -> list[dict[str, Any]]:
        return list(self.simulated.control("GET", f"books/{self.realm}/{entity}")[entity])

    def live(self, entity: str = "Invoice") -> list[dict[str, Any]]:
        """Documents that count: neither deleted nor voided."""
        return [
            one
            for one in self.all(entity)
            if one.get("status") != "Deleted" and not str(one.get("PrivateNote", "")).startswith("Voided")
        ]

    def document(self, order_id: uuid.UUID) -> dict[str, Any]:
        """The one invoice with this order's number that counts."""
        [one] = [each for each in self.live() if each.get("DocNumber") == self.number(order_id)]
        return one

    def person(self, action: str, entity: str, **given: Any) -> dict[str, Any]:
        """What somebody does in QuickBooks itself."""
        answer = self.simulated.control(
            "POST", f"person/{self.realm}", {"action": action, "entity": entity, **given}
        )
        return dict(answer[entity])

    def enter_by_hand(self, number: str, quantity: int = 4, entity: str = "Invoice", **others: Any) -> str:
        """Somebody enters a document for our place and goods in QuickBooks; its Id."""
        item = {"value": self.link(self.goods).external_id}
        detail = {"ItemRef": item, "Qty": quantity, "UnitPrice": 12.5, "TaxCodeRef": {"value": "5"}}
        line = {
            "DetailType": "SalesItemLineDetail", "Amount": quantity * 12.5, "SalesItemLineDetail": detail
        }  # fmt: skip
        document = {
            "CustomerRef": {"value": self.link(self.place).external_id},
            "DocNumber": number,
            "TxnDate": TODAY.isoformat(),  # QuickBooks would take the day by its own clock
            "Line": [line],
            "GlobalTaxCalculation": "TaxExcluded",
        }
        return str(self.person("create", entity, object={**document, **others})["Id"])

    def edit(self, order_id: uuid.UUID, **changes: Any) -> None:
        self.person("update", "Invoice", id=self.document(order_id)["Id"], changes=changes)

    def fault(self, fault: str, **details: Any) -> None:
        self.simulated.control("POST", "faults", {"fault": fault, **details})

    def switch(self, **switches: Any) -> None:
        self.simulated.control("POST", f"switches/{self.realm}", switches)

    def writes(self) -> list[dict[str, Any]]:
        """Every write of ours that reached QBO, in the ledger's order."""
        return [
            entry
            for entry in self.simulated.ledger()
            if entry["method"] == "POST" and entry["path"].endswith(WRITES)
        ]

    def before_a_write(self, meddle: Callable[[], None], writes: int = 1) -> AbstractContextManager[None]:
        """Have something happen after we looked in QuickBooks and before our write arrives there."""
        return self.before_a_call("/batch", meddle, writes)

    @contextmanager
    def before_a_call(self, like: str, meddle: Callable[[], None], calls: int = 1) -> Iterator[None]:
        """Have something happen when the first calls with this in their address are on their way."""
        with self._on_the_way(lambda usual: Meddling(usual, like, meddle, calls)):
            yield

    @contextmanager
    def answering(self, like: str, said: Said, calls: int = 1) -> Iterator[Instead]:
        """Have the first calls with this in their address answered otherwise than QuickBooks does."""
        with self._on_the_way(lambda usual: Instead(usual, like, said, calls)) as instead:
            yield instead

    @contextmanager
    def losing_writes(self, count: int = 1) -> Iterator[Underway]:
        """The next writes get no answer and stay on their way until the test has them land."""
        with self._on_the_way(lambda usual: Underway(usual, count)) as underway:
            yield underway

    @contextmanager
    def _on_the_way(self, standing: Callable[[BaseAdapter], Meddler]) -> Iterator[Meddler]:
        session = self.simulated.session
        usual = session.get_adapter(IN_PROCESS)
        session.mount(IN_PROCESS, adapter := standing(usual))
        try:
            yield adapter
        finally:
            session.mount(IN_PROCESS, usual)


def open_books(home: Path) -> Opened:
    """Connect and map a company in `home`, and carry a first order over: tests begin with the next."""
    with simulator_in_process(home / "intuit") as simulated, portal_with(simulated, home) as app:
        administrator = sign_in_as(app, "administrator", "Ours")
        connect(administrator, simulated)
        with distributor.working_in(app, administrator.organization_id):
            place, goods = _map(simulated)
            connection_id, bo = db.session.scalars(select(Connection.id)).one(), distributor.bo()
        opened = Opened(home, administrator.organization_id, connection_id, place, goods, bo)
        Books(app, simulated, opened).synced_order()
    carried = home.with_name(f"{home.name}-carried")
    shutil.copytree(home, carried)
    with simulator_in_process(carried / "intuit") as simulated, portal_with(simulated, carried) as app:
        order = Books(app, simulated, opened).synced_order()
    return replace(opened, carried=carried, order=order)


@contextmanager
def bookkeeping(app: Flask, home: Path, opened: Opened) -> Iterator[Books]:
    """The opened books, put back as they were. `app` is a portal in `home` that many tests use one after the
    other, since most of what a new one takes is to learn its statements anew."""
    with app.app_context():
        db.engine.dispose()
    shutil.rmtree(home)
    shutil.copytree(opened.home, home)
    with simulator_in_process(home / "intuit") as simulated:
        app.extensions["intuit_http"] = simulated.session
        with closing(Unwritten(home)) as fresh:
            books = Books(app, simulated, opened, fresh)
            yield books
            books.must_tell_the_truth()


def _map(simulated: Simulated) -> tuple[uuid.UUID, uuid.UUID]:
    """Keys, syncs and mappings as an administrator would fill them in; a location and a SKU."""
    owner = distributor.owner()
    db.session.add(SyncSettings(**owner, customers_on=True, products_on=True, orders_on=True))
    db.session.add(KeySettings(**owner))
    term = distributor.term()
    theirs = simulated.control("GET", f"books/{CANADA}/Account")["Account"]
    accounts = {one["Name"]: str(one["Id"]) for one in theirs}
    rows = [("payment_terms", str(term.id), "3")]
    rows += [("customer_tax", ours, code) for ours, code in CODES.items()]
    rows += [("product_tax", ours, CODES[ours]) for ours in ("default", "zero_rated")]
    rows += [("product_accounts", ours, accounts[name]) for ours, name in ACCOUNTS.items()]
    db.session.add_all(
        Mapping(section=section, ours=ours, external_id=external_id, label=ours, **owner)
        for section, ours, external_id in rows
    )
    place = distributor.location(name="Bloor St", third_party_id="Bloor St", payment_term_id=term.id)
    return place.id, distributor.sku().id


def _sku(sku_id: uuid.UUID) -> Any:
    return db.session.get_one(distributor.Sku, sku_id)


def _location(location_id: uuid.UUID) -> Any:
    return db.session.get_one(distributor.Location, location_id)
