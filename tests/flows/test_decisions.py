"""People decide about documents that drains are at work on: each order still stands once (N14, C7, U5)."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update

from portal import decisions
from portal.extensions import db
from portal.models import Delivery, Link, Order
from portal.models.base import now
from portal.models.kinds import RecordRef
from tests.flows.conftest import on_both, on_postgresql, on_sqlite
from tests.flows.oracle import faults_of, net, number_in
from tests.support import distributor, processes, records
from tests.support.records import known_orders
from tests.support.stack import CANADA, Stack
from tests.support.trouble import INVOICES, in_trouble

House = Callable[..., Stack]
NOBODY_CHECKS = ("item", False)
# On SQLite a drain plans and arms in one write lock: there the last moment is before it.
MOMENT = {"sqlite": "claimed", "postgresql": "planned"}


@on_postgresql
def test_sent_anew_while_a_drain_looks_for_it(busy_house: House, database: str) -> None:
    stack = busy_house(database, NOBODY_CHECKS)
    orders = in_trouble(stack, (of_one_nobody_knows,))
    order = must_choose(stack)
    with stack.database() as session:
        session.execute(update(Delivery).where(Delivery.state == "unsure").values(resolve_at=now()))
    drain = stopped(stack, "resolving")
    said = decide(stack, decisions.send_anew, RecordRef("order", order))
    go_on(drain)
    stack.recover()
    assert "sent again" in said
    assert faults_of(stack, orders) == []


@on_both
def test_linked_while_a_drain_is_about_to_send_it(busy_house: House, database: str) -> None:
    """Whoever is first has it: never both, a link to theirs and a document of ours."""
    stack = busy_house(database)
    [order] = known_orders(stack, 1)
    theirs = entered_by_hand(stack)
    drain = stopped(stack, MOMENT[database])
    person = threading.Thread(target=link_if_possible, args=(stack, order, theirs))
    person.start()
    person.join(1)  # he may have to wait for the drain
    go_on(drain)
    person.join(20)
    stack.recover()
    [number] = stack.read(select(Order.number).where(Order.id == order))
    made = [one for one in stack.simulator.live("Invoice") if number_in(one) == number]
    linked = stack.read(select(Link.external_id).where(Link.record_id == order))
    assert linked == ([str(made[0]["Id"])] if made else [theirs])


@on_sqlite
def test_replaced_although_the_answer_is_lost(busy_house: House, database: str) -> None:
    stack = busy_house(database)
    order = stack.first
    edited(stack, order)
    choose(stack, order, "ours")
    stack.simulator.fault("commit_then_drop", match=INVOICES)
    stack.recover()
    assert faults_of(stack, [order]) == []
    assert [net(one) for one in stack.simulator.live("Invoice")] == [6250]


@on_sqlite
def test_theirs_is_kept(busy_house: House, database: str) -> None:
    stack = busy_house(database)
    order = stack.first
    edited(stack, order)
    before = len(stack.simulator.ledger())
    choose(stack, order, "theirs")
    assert stack.drain() == 0
    assert all(entry["method"] != "POST" for entry in stack.simulator.ledger()[before:])
    assert stack.read(select(Order.integration_status).where(Order.id == order)) == ["variance"]


def of_one_nobody_knows(stack: Stack) -> list[uuid.UUID]:
    """A batch is lost, goes again, and is answered for its first order only."""
    orders = known_orders(stack, 2)
    stack.simulator.fault("drop_before_commit", match=INVOICES)
    stack.simulator.fault("abort_after_k", k=1, match=INVOICES)
    assert stack.drain() == 0
    for _ in range(2):
        assert not must_choose(stack)
        stack.let_it_settle()
        assert stack.drain() == 0
    assert must_choose(stack)
    return orders


def must_choose(stack: Stack) -> Any:
    found = stack.read(select(Order.id).where(Order.integration_status == "must_choose"))
    return found[0] if found else None


def edited(stack: Stack, order: uuid.UUID) -> None:
    """Changed in QuickBooks, then here: stopped as edited."""
    [document] = stack.simulator.live("Invoice")
    [line] = [one for one in document["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    detail = {**line["SalesItemLineDetail"], "Qty": 7, "UnitPrice": 12.5}
    changes = {"Line": [{**line, "Amount": 87.5, "SalesItemLineDetail": detail}]}
    person(stack, action="update", entity="Invoice", id=document["Id"], changes=changes)
    records.reopen(stack, order)
    records.quantity_becomes(stack, order, "5")
    records.finalize(stack, order)
    assert stack.drain() == 0
    assert stack.read(select(Order.integration_status).where(Order.id == order)) == ["edited"]


def entered_by_hand(stack: Stack) -> str:
    [standing] = stack.simulator.live("Invoice")
    fields = ("CustomerRef", "GlobalTaxCalculation")
    copied = {field: standing[field] for field in fields}
    [line] = [one for one in standing["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    copied["Line"] = [{field: line[field] for field in line if field not in ("Id", "LineNum")}]
    made = person(stack, action="create", entity="Invoice", object={**copied, "DocNumber": "HAND-1"})
    return str(made["Invoice"]["Id"])


def person(stack: Stack, **given: Any) -> Any:
    return stack.simulator.control("POST", f"person/{CANADA}", **given)


def link_if_possible(stack: Stack, order: uuid.UUID, theirs: str) -> None:
    with stack.database() as session:
        try:
            decisions.link_document(session.get_one(Order, order), "invoice", theirs, distributor.bo())
        except decisions.CantDecide:
            session.rollback()


def decide(stack: Stack, decision: Callable[..., Any], *args: Any) -> Any:
    with stack.database():
        said = decision(*args, distributor.bo())
        db.session.rollback()
        return said


def choose(stack: Stack, order: uuid.UUID, side: decisions.Side) -> None:
    ref = RecordRef("order", order)
    with stack.database():
        decisions.side_by_side(ref)
        offered = decisions.choices(ref)
        db.session.rollback()
    assert offered is not None
    with stack.database():
        decisions.choose_sides(ref, dict.fromkeys(offered.groups, side), offered.shown, distributor.bo())


def stopped(stack: Stack, moment: str) -> Any:
    """A drain that pauses at this moment."""
    stack.let_lease_run_out()
    drain = stack.start(processes.drain, str(stack.connection_id), STOP_AT=moment)
    processes.until_stopped(drain.pid)
    return drain


def go_on(drain: Any) -> None:
    processes.go_on(drain.pid)
    drain.join(30)
