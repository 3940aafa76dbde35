"""Processes that die at a bad moment, and a Redis that forgets (K1, K2, R2, C12).

Each on one database, by `make proof` on the other too and with new customers and items; and once more with
the guard it shows taken out, where it must be seen to go wrong.
"""

import signal
import uuid
from collections.abc import Callable

import pytest
from redis import Redis
from sqlalchemy import select

from portal.models import Delivery, Link, Order, Push, Theirs
from portal.sales import voiding
from tests.flows.conftest import PATIENCE, on_postgresql, on_sqlite
from tests.flows.oracle import faults_of
from tests.support import distributor, processes, records
from tests.support.proof import PROOF
from tests.support.stack import Stack, until

House = Callable[..., Stack]


class TestK1KilledBeforeTheFinalizeCommit:
    @on_sqlite
    def test_the_order_is_still_delivered_and_nothing_is_pushed(self, house: House, database: str) -> None:
        stack = house(database)
        order = self.killed(stack)
        assert stack.read(select(Order.status).where(Order.id == order)) == ["delivered"]
        assert stack.read(select(Push)) == []

    @on_sqlite
    def test_without_one_transaction_an_order_nobody_finalized_is_pushed(
        self, house: House, database: str
    ) -> None:
        stack = house(database)
        order = self.killed(stack, WITHOUT="one transaction")
        assert stack.read(select(Order.status).where(Order.id == order)) == ["delivered"]
        assert stack.read(select(Push.record_id)) == [order]

    def killed(self, stack: Stack, **env: str) -> uuid.UUID:
        order = records.some_orders(stack, 1)[0]
        assert finalize_alone(stack, order, CRASH_AT="before the commit", **env) == -signal.SIGKILL
        return order


class TestK2KilledBeforeTheBell:
    @pytest.mark.grows
    @on_sqlite
    def test_the_clock_rings(self, busy_house: House, database: str) -> None:
        stack = busy_house(database)
        order = self.killed(stack)
        stack.recover()
        assert faults_of(stack, [stack.first, order]) == []

    @pytest.mark.proof  # an ordinary run sees the same of a Redis that forgets
    def test_without_the_clock_nobody_rings(self, busy_house: House) -> None:
        stack = busy_house("sqlite")
        self.killed(stack)
        stack.start(processes.worker)
        stack.start(processes.clock, WITHOUT="clock")
        stays_mute(stack)

    def killed(self, stack: Stack) -> uuid.UUID:
        [order] = records.some_orders(stack, 1, **records.known_or_new(stack))
        assert finalize_alone(stack, order, CRASH_AT="before the bell") == -signal.SIGKILL
        return order


class TestR2RedisIsEmptied:
    ORDERS, EVERY = (5000, 40) if PROOF else (6, 2)

    @pytest.mark.grows
    @on_sqlite
    def test_nothing_is_lost_whenever_it_happens(self, busy_house: House, database: str) -> None:
        stack = busy_house(database)
        orders = records.some_orders(stack, self.ORDERS, **records.known_or_new(stack))
        stack.start(processes.worker)
        stack.start(processes.clock)
        redis = Redis.from_url(stack.env["REDIS_URL"])
        for position, order in enumerate(orders):
            records.finalize(stack, order)
            if position % self.EVERY == 0:
                redis.flushall()
        until(lambda: not stack.open_pushes(), PATIENCE)
        assert faults_of(stack, [stack.first, *orders]) == []

    def test_without_the_clock_the_emptied_bells_stay_mute(self, house: House) -> None:
        stack = house("sqlite")
        [order] = records.some_orders(stack, 1)
        records.finalize(stack, order)
        stack.forget_bells()
        stack.start(processes.worker)
        stack.start(processes.clock, WITHOUT="clock")
        stays_mute(stack)


class TestU6AVoidWhoseDrainDies:
    """At the moments at which a create may die; an ordinary run loses the answer instead."""

    @pytest.mark.proof
    @pytest.mark.parametrize("moment", ["claimed", "planned", "armed", "answered", "settling", "settled"])
    @pytest.mark.parametrize("database", ["sqlite", "postgresql"])
    def test_the_invoice_is_voided_once(self, busy_house: House, database: str, moment: str) -> None:
        stack = busy_house(database)
        with stack.database() as session:
            order = session.get_one(Order, stack.first)
            voiding.void_and_cancel(order, voiding.look(order).seen, distributor.bo())
        assert stack.drain(CRASH_AT=f"{moment}:1") == -signal.SIGKILL
        stack.recover()
        [order] = stack.read(select(Order).where(Order.id == stack.first))
        assert (order.status, order.integration_status) == ("cancelled", "voided")
        assert stack.simulator.live("Invoice") == []
        effects = [effect for entry in stack.simulator.ledger() for effect in entry["effects"]]
        assert [effect["operation"] for effect in effects].count("void") == 1


class TestC12NothingElseIsQueued:
    @pytest.mark.proof  # an ordinary run sees more of it where what was armed is looked up
    @pytest.mark.parametrize("database", ["sqlite", "postgresql"])
    def test_what_a_dead_drain_armed_is_recovered(self, house: House, database: str) -> None:
        stack = house(database)
        order = self.killed(stack)
        stack.recover()
        assert faults_of(stack, [order]) == []

    def test_without_recovery_it_lies_there_for_ever(self, house: House) -> None:
        stack = house("sqlite")
        self.killed(stack)
        stack.let_lease_run_out()
        stack.start(processes.worker, WITHOUT="recovery")
        stack.start(processes.clock, WITHOUT="recovery")
        stack.let_the_clock_tick()
        assert not stack.has_jobs()
        assert stack.drain(WITHOUT="recovery") == 0
        assert stack.open_pushes() == ["order sending"]

    @on_postgresql
    def test_a_savepoint_that_fails_in_settle_leaves_it_unsure_and_it_is_recovered(
        self, house: House, database: str
    ) -> None:
        """The Id that QBO will give is held by a stray link, so that the row of the link can't be written."""
        stack = house(database)
        [order] = records.some_orders(stack, 1)
        with stack.database() as session:
            session.add_all(
                Link(
                    organization_id=stack.organization_id,
                    record_kind="location",
                    record_id=uuid.uuid4(),
                    theirs=Theirs(
                        organization_id=stack.organization_id,
                        connection_id=stack.connection_id,
                        kind="customer",
                        external_id=str(number),
                    ),
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
        order = records.finalized_orders(stack, 1)[0]
        assert stack.drain(CRASH_AT="armed:2") == -signal.SIGKILL
        return order


def stays_mute(stack: Stack) -> None:
    """The clock ticks on, and an order lies there that no job is queued for."""
    stack.let_the_clock_tick()
    assert not stack.has_jobs()  # asked first: one that was there and ended would have carried it over
    assert stack.open_pushes() == ["order queued"]


def finalize_alone(stack: Stack, order: uuid.UUID, **env: str) -> int:
    """Finalize in a process of its own; its exit code."""
    child = stack.start(processes.finalize, str(stack.organization_id), str(order), **env)
    child.join(30)
    return int(child.exitcode)
