"""Processes that die at a bad moment, and people and processes that meet (K1, K2, R2, C1, C3, C6, C12, U1,
N17).

Each on both databases, and each once more with the guard it shows taken out, where it must be seen to go
wrong.
"""

import os
import signal
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import ClassVar

import pytest
from redis import Redis
from sqlalchemy import func, select, text

from portal.models import Delivery, Link, Location, Order, Push
from portal.models.sales import net_total
from portal.sales import records as sales_records
from tests.flows.conftest import DATABASES, UNGUARDED
from tests.flows.oracle import faults_of, made_by_us
from tests.support import processes, records
from tests.support.stack import Stack, until

House = Callable[..., Stack]
on_both = pytest.mark.parametrize("database", DATABASES)


class TestK1KilledBeforeTheFinalizeCommit:
    @on_both
    def test_the_order_is_still_delivered_and_nothing_is_pushed(self, house: House, database: str) -> None:
        stack = house(database)
        order = self.killed(stack)
        assert stack.read(select(Order.status).where(Order.id == order)) == ["delivered"]
        assert stack.read(select(Push)) == []

    @on_both
    def test_without_one_transaction_an_order_nobody_finalized_is_pushed(
        self, house: House, database: str
    ) -> None:
        stack = house(database)
        order = self.killed(stack, WITHOUT="one transaction")
        assert stack.read(select(Order.status).where(Order.id == order)) == ["delivered"]
        assert stack.read(select(Push.record_id)) == [order]

    def killed(self, stack: Stack, **env: str) -> uuid.UUID:
        order = some_orders(stack, 1)[0]
        assert finalize_alone(stack, order, CRASH_AT="before the commit", **env) == -signal.SIGKILL
        return order


class TestK2KilledBeforeTheBell:
    @on_both
    def test_the_clock_rings(self, house: House, database: str) -> None:
        stack = house(database)
        order = self.killed(stack)
        stack.recover()
        assert faults_of(stack, [order]) == []

    @on_both
    def test_without_the_clock_nobody_rings(self, house: House, database: str) -> None:
        stack = house(database)
        self.killed(stack)
        stack.start(processes.worker)
        stack.start(processes.clock, WITHOUT="clock")
        until(lambda: stack.read(select(func.count()).select_from(text("heartbeat")))[0])
        assert stays(lambda: stack.open_pushes() == ["order queued"])

    def killed(self, stack: Stack) -> uuid.UUID:
        order = some_orders(stack, 1)[0]
        assert finalize_alone(stack, order, CRASH_AT="before the bell") == -signal.SIGKILL
        return order


class TestR2RedisIsEmptied:
    @on_both
    def test_nothing_is_lost_whenever_it_happens(self, house: House, database: str) -> None:
        stack = house(database)
        orders = some_orders(stack, 40)
        stack.start(processes.worker)
        stack.start(processes.clock)
        redis = Redis.from_url(stack.env["REDIS_URL"])
        for position, order in enumerate(orders):
            records.finalize(stack, order)
            if position % 5 == 0:
                redis.flushall()
        until(lambda: not stack.open_pushes(), 30)
        assert faults_of(stack, orders) == []

    @on_both
    def test_without_the_clock_the_emptied_bells_stay_mute(self, house: House, database: str) -> None:
        stack = house(database)
        [order] = some_orders(stack, 1)
        records.finalize(stack, order)
        stack.forget_bells()
        stack.start(processes.worker)
        stack.start(processes.clock, WITHOUT="clock")
        assert stays(lambda: stack.open_pushes() == ["order queued"])


class TestC1ManyDrainsOfOneConnection:
    @on_both
    def test_one_lease_wins(self, house: House, database: str) -> None:
        stack = house(database, UNGUARDED)
        orders = self.drained_by_five(stack)
        stack.recover()
        assert faults_of(stack, orders) == []
        assert self.under_way_together(stack) == 0

    @on_both
    def test_without_the_lease_drains_send_side_by_side(self, house: House, database: str) -> None:
        stack = house(database, UNGUARDED)
        self.drained_by_five(stack, WITHOUT="lease")
        assert self.under_way_together(stack) > 0

    def drained_by_five(self, stack: Stack, **env: str) -> list[uuid.UUID]:
        """The posts are held a while, so that drains that were not kept apart would meet in them."""
        orders = some_orders(stack, 30, finalized=True) + some_orders(stack, 30, finalized=True)
        stack.simulator.fault("delay", seconds=2, times=1000, match={"path": "batch"})
        drains = [stack.start(processes.drain, str(stack.connection_id), **env) for _ in range(5)]
        for one in drains:
            one.join(25)
        stack.simulator.control("DELETE", "faults")
        return orders

    def under_way_together(self, stack: Stack) -> int:
        """How often a delivery was armed before the one before it was answered, if it ever was.

        One that ended without an answer's status does not count: no byte of it left in time.
        """
        armed = stack.read(select(Delivery).order_by(Delivery.armed_at))
        sent = [one for one in armed if one.state != "answered" or one.status is not None]
        for_ever = 10**9
        ends = [
            one.armed_at + timedelta(milliseconds=for_ever if one.duration is None else one.duration)
            for one in sent
        ]
        return sum(after.armed_at < end for after, end in zip(sent[1:], ends, strict=False))


class TestC3ManyOrdersNeedOneNewCustomer:
    @on_both
    def test_one_push_and_one_customer_each(self, house: House, database: str) -> None:
        stack = house(database)
        orders = self.pushed(stack)
        stack.recover()
        assert faults_of(stack, orders) == []
        assert len(made_by_us(stack, "Customer")) == 10
        assert pushes_of(stack, "location") == 10

    @on_both
    def test_without_one_wish_a_customer_is_asked_for_again_and_again(
        self, house: House, database: str
    ) -> None:
        stack = house(database)
        self.pushed(stack)
        with stack.database() as session:
            for index in ("uq_push_wish", "uq_push_in_flight"):
                session.execute(text(f"DROP INDEX {index}"))
        stack.drain(WITHOUT="one wish")
        assert pushes_of(stack, "location") > 10

    def pushed(self, stack: Stack) -> list[uuid.UUID]:
        places = [records.location(stack) for _ in range(10)]
        goods = records.sku(stack)
        orders = [records.order(stack, places[n % 10], [(goods, "1", "10")]) for n in range(60)]
        for order in orders:
            records.finalize(stack, order)
        stack.forget_bells()
        for _ in range(7):
            stack.start(processes.worker)
        return orders


class TestC6FinalizedAgainBetweenPlanningAndArming:
    """On SQLite a drain plans and arms in one write lock: there the last moment is before it."""

    MOMENT: ClassVar = {"sqlite": "claimed", "postgresql": "planned"}

    @on_both
    def test_the_older_plan_is_not_armed(self, house: House, database: str) -> None:
        stack = house(database, UNGUARDED)
        orders = self.changed_meanwhile(stack, database)
        stack.recover()
        assert faults_of(stack, orders) == []
        assert self.revisions_sent(stack, orders[1]) == [2]

    def test_without_the_check_the_older_plan_goes_too(self, house: House) -> None:
        stack = house("postgresql", UNGUARDED)
        orders = self.changed_meanwhile(stack, "postgresql", WITHOUT="revisions")
        with suppress(AssertionError):  # two pushes of one order may well block each other for ever
            stack.recover()
        assert 1 in self.revisions_sent(stack, orders[1])

    def revisions_sent(self, stack: Stack, order: uuid.UUID) -> list[int]:
        """The revisions of an order that reached QBO, as its ledger tells."""
        [number] = stack.read(select(Order.number).where(Order.id == order))
        notes = [
            str(effect["object"].get("PrivateNote", ""))
            for entry in stack.simulator.ledger()
            for effect in entry["effects"]
        ]
        return [int(note.rpartition("-")[2].rstrip(")")) for note in notes if f"order {number} " in note]

    def changed_meanwhile(self, stack: Stack, database: str, **env: str) -> list[uuid.UUID]:
        place, goods = records.location(stack), records.sku(stack)
        first = records.order(stack, place, [(goods, "1", "10")])
        records.finalize(stack, first)
        assert stack.drain() == 0
        order = records.order(stack, place, [(goods, "2", "10")])
        records.finalize(stack, order)
        drain = stack.start(processes.drain, str(stack.connection_id), STOP_AT=self.MOMENT[database], **env)
        until(lambda: is_stopped(drain.pid), what="the drain to pause")
        records.reopen(stack, order)
        quantity_becomes(stack, order, "3")
        records.finalize(stack, order)
        os.kill(drain.pid, signal.SIGCONT)
        drain.join(30)
        return [first, order]


class TestC6ALocationIsEditedWhileItsPushIsUnsure:
    @on_both
    def test_the_newer_wish_waits_its_turn_and_is_carried_over(self, house: House, database: str) -> None:
        stack = house(database)
        place = records.location(stack, tax_status="default")
        order = records.order(stack, place, [(records.sku(stack), "1", "10")])
        records.finalize(stack, order)
        stack.simulator.fault("commit_then_drop", match={"path": "batch", "body": '"Customer"'})
        stack.drain()
        with stack.database() as session:
            location = session.get_one(Location, place)
            location.tax_status = "zero_rated"
            sales_records.save_location(location, "Bo Bookkeeper")
        stack.recover()
        assert faults_of(stack, [order]) == []
        [customer] = [one for one in stack.simulator.books("Customer") if one.get("Notes")]
        assert customer["DefaultTaxCodeRef"]["value"] == records.CANADIAN_CODES["zero_rated"]


class TestC12NothingElseIsQueued:
    @on_both
    def test_what_a_dead_drain_armed_is_recovered(self, house: House, database: str) -> None:
        stack = house(database)
        order = self.killed(stack)
        stack.recover()
        assert faults_of(stack, [order]) == []

    @on_both
    def test_without_recovery_it_lies_there_for_ever(self, house: House, database: str) -> None:
        stack = house(database)
        self.killed(stack)
        stack.start(processes.worker, WITHOUT="recovery")
        stack.start(processes.clock, WITHOUT="recovery")
        assert stays(lambda: stack.open_pushes() != [])

    @on_both
    def test_a_savepoint_that_fails_in_settle_leaves_it_unsure_and_it_is_recovered(
        self, house: House, database: str
    ) -> None:
        """The Id that QBO will give is held by a stray link, so that the row of the link can't be written."""
        stack = house(database)
        [order] = some_orders(stack, 1)
        with stack.database() as session:
            session.add_all(
                Link(
                    organization_id=stack.organization_id,
                    connection_id=stack.connection_id,
                    record_kind="location",
                    record_id=uuid.uuid4(),
                    kind="customer",
                    external_id=str(number),
                )
                for number in range(1, 30)
            )
        records.finalize(stack, order)
        stack.drain()
        assert stack.read(select(Delivery.state)) == ["unsure"]
        with stack.database() as session:
            for link in session.scalars(select(Link).where(Link.kind == "customer")):
                session.delete(link)
        stack.recover()
        assert faults_of(stack, [order]) == []

    def killed(self, stack: Stack) -> uuid.UUID:
        order = some_orders(stack, 1, finalized=True)[0]
        assert stack.drain(CRASH_AT="armed:2") == -signal.SIGKILL
        return order


class TestU1DoubleClick:
    @on_both
    def test_two_people_finalize_at_once_and_one_push_comes_of_it(self, house: House, database: str) -> None:
        stack = house(database)
        order = self.clicked_twice(stack)
        assert stack.read(select(Order.revision).where(Order.id == order)) == [1]
        stack.recover()
        assert pushes_of(stack, "order") == 1
        assert faults_of(stack, [order]) == []

    @on_both
    def test_without_the_compared_status_it_is_finalized_twice(self, house: House, database: str) -> None:
        stack = house(database)
        order = self.clicked_twice(stack, WITHOUT="compared status")
        assert stack.read(select(Order.revision).where(Order.id == order)) == [2]

    def clicked_twice(self, stack: Stack, **env: str) -> uuid.UUID:
        [order] = some_orders(stack, 1)
        clicks = [
            stack.start(processes.finalize, str(stack.organization_id), str(order), **env) for _ in range(2)
        ]
        for click in clicks:
            click.join(30)
        return order


class TestN17AnUpdateOrVoidWithoutAnswer:
    """The void is reached by a change of sign: what was an invoice becomes a return."""

    @on_both
    @pytest.mark.parametrize("fault", ["commit_then_drop", "drop_before_commit"])
    @pytest.mark.parametrize("change", ["3", "-3"])
    def test_it_is_read_by_id_and_ends_as_it_should(
        self, house: House, database: str, fault: str, change: str
    ) -> None:
        stack = house(database)
        order = self.lost(stack, fault, change)
        stack.recover()
        assert faults_of(stack, [order]) == []
        assert len(stack.simulator.live("Invoice" if change == "3" else "CreditMemo")) == 1

    @pytest.mark.parametrize("change", ["3", "-3"])
    @on_both
    def test_without_looking_it_stays_open(self, house: House, database: str, change: str) -> None:
        stack = house(database)
        self.lost(stack, "commit_then_drop", change, WITHOUT="looking")
        stack.start(processes.worker, WITHOUT="looking")
        stack.start(processes.clock)
        assert stays(lambda: stack.open_pushes() == ["order unsure"])

    def lost(self, stack: Stack, fault: str, change: str, **env: str) -> uuid.UUID:
        order = some_orders(stack, 1, finalized=True)[0]
        assert stack.drain() == 0
        records.reopen(stack, order)
        quantity_becomes(stack, order, change)
        records.finalize(stack, order)
        stack.simulator.fault(fault, match={"method": "POST", "path": "batch|operation=void"})
        stack.drain(**env)
        return order


def some_orders(stack: Stack, count: int, *, finalized: bool = False) -> list[uuid.UUID]:
    place, goods = records.location(stack), records.sku(stack)
    orders = [records.order(stack, place, [(goods, "4", "12.50")]) for _ in range(count)]
    if finalized:
        for order in orders:
            records.finalize(stack, order)
        stack.forget_bells()
    return orders


def finalize_alone(stack: Stack, order: uuid.UUID, **env: str) -> int:
    """Finalize in a process of its own; its exit code."""
    child = stack.start(processes.finalize, str(stack.organization_id), str(order), **env)
    child.join(30)
    return int(child.exitcode)


def quantity_becomes(stack: Stack, order_id: uuid.UUID, quantity: str) -> None:
    with stack.database() as session:
        order = session.get_one(Order, order_id)
        [line] = order.lines
        line.quantity = type(line.quantity)(quantity)
        line.amount = int(line.quantity * line.unit_price * 100)
        session.flush()
        order.net_total = net_total(order)


def pushes_of(stack: Stack, record_kind: str) -> int:
    return len(stack.read(select(Push.id).where(Push.record_kind == record_kind)))


def is_stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


def stays(condition: Callable[[], bool], seconds: float = 3.0) -> bool:
    """Whether the condition holds for so long: at this scale every waiting time is over twice by then."""
    over = threading.Event()
    threading.Timer(seconds, over.set).start()
    while not over.wait(0.2):
        if not condition():
            return False
    return condition()
