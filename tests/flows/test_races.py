"""People and processes that meet (C1, C3, C6, U1).

Each on both databases, since they lock differently; and once more, on one, with the guard it shows taken out,
where it must be seen to go wrong.
"""

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select, text

from portal.models import Delivery, Location, Order, Push
from portal.sales import Refused, orders, voiding
from portal.sales import records as sales_records
from tests.flows.conftest import PATIENCE, UNGUARDED, on_both, on_postgresql, on_sqlite
from tests.flows.oracle import faults_of, made_by_us
from tests.support import distributor, processes, records
from tests.support.proof import PROOF
from tests.support.stack import Stack, until

House = Callable[..., Stack]


class TestC1ManyDrainsOfOneConnection:
    DRAINS, ORDERS = (8, 1000) if PROOF else (5, 4)
    SIZE: ClassVar = {} if PROOF else {"AT_ONCE": "2"}  # of a batch, so that there are several

    @pytest.mark.grows
    @on_both
    def test_one_lease_wins(self, busy_house: House, database: str) -> None:
        stack = busy_house(database, UNGUARDED)
        orders = self.drained_by_many(stack)
        stack.recover(PATIENCE)
        assert faults_of(stack, orders) == []
        assert self.under_way_together(stack) == 0

    @pytest.mark.grows
    def test_without_the_lease_drains_send_side_by_side(self, busy_house: House) -> None:
        stack = busy_house("postgresql", UNGUARDED)
        self.drained_by_many(stack, WITHOUT="lease")
        assert self.under_way_together(stack) > 0

    def drained_by_many(self, stack: Stack, **env: str) -> list[uuid.UUID]:
        """Posts are held while there are several drains: any that were not kept apart would meet in them."""
        orders = records.finalized_orders(stack, self.ORDERS, stack.place, stack.goods)
        stack.simulator.fault("delay", seconds=2, times=1000, match={"path": "batch"})
        drains = [
            stack.start(processes.drain, str(stack.connection_id), **self.SIZE, **env)
            for _ in range(self.DRAINS)
        ]
        until(
            lambda: sum(one.is_alive() for one in drains) < 2 and self.holds_one(stack),
            60,
            "one drain to be left, with a post of it held",
        )
        stack.simulator.control("DELETE", "faults")
        for one in drains:
            one.join(60)
        return [stack.first, *orders]

    def holds_one(self, stack: Stack) -> bool:
        [fault] = stack.simulator.control("GET", "faults")["faults"]
        return bool(fault["fired"])

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
    ORDERS, CUSTOMERS, WORKERS = (200, 20, 8) if PROOF else (6, 2, 3)
    SIZE: ClassVar = {} if PROOF else {"AT_ONCE": "4"}  # fewer orders than there are, more than customers

    @pytest.mark.grows
    @on_postgresql
    def test_one_push_and_one_customer_each(self, house: House, database: str) -> None:
        stack = house(database)
        orders = self.pushed(stack)
        stack.recover(PATIENCE)
        assert faults_of(stack, orders) == []
        assert len(made_by_us(stack, "Customer")) == self.CUSTOMERS
        assert pushes_of(stack, "location") == self.CUSTOMERS

    @pytest.mark.grows
    def test_without_one_wish_a_customer_is_asked_for_again_and_again(self, house: House) -> None:
        stack = house("sqlite")
        self.pushed(stack)
        with stack.database() as session:
            for index in ("uq_push_wish", "uq_push_in_flight"):
                session.execute(text(f"DROP INDEX {index}"))
        stack.drain(WITHOUT="one wish", **self.SIZE)
        assert pushes_of(stack, "location") > self.CUSTOMERS

    def pushed(self, stack: Stack) -> list[uuid.UUID]:
        places = [records.location(stack) for _ in range(self.CUSTOMERS)]
        goods = records.sku(stack)
        orders = [
            records.order(stack, places[n % self.CUSTOMERS], [(goods, "1", "10")]) for n in range(self.ORDERS)
        ]
        for order in orders:
            records.finalize(stack, order)
        stack.forget_bells()
        for _ in range(self.WORKERS - 1):  # one more comes with the recovery
            stack.start(processes.worker)
        return orders


class TestC6FinalizedAgainBetweenPlanningAndArming:
    """On SQLite a drain plans and arms in one write lock: there the last moment is before it."""

    MOMENT: ClassVar = {"sqlite": "claimed", "postgresql": "planned"}

    @on_both
    def test_the_older_plan_is_not_armed(self, busy_house: House, database: str) -> None:
        stack = busy_house(database, UNGUARDED)
        orders = self.changed_meanwhile(stack, database)
        stack.recover()
        assert faults_of(stack, orders) == []
        assert self.revisions_sent(stack, orders[1]) == [2]

    def test_without_the_check_the_older_plan_goes_too(self, busy_house: House) -> None:
        stack = busy_house("postgresql", UNGUARDED)
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
        order = records.order(stack, stack.place, [(stack.goods, "2", "10")])
        records.finalize(stack, order)
        drain = stack.start(processes.drain, str(stack.connection_id), STOP_AT=self.MOMENT[database], **env)
        processes.until_stopped(drain.pid)
        records.reopen(stack, order)
        records.quantity_becomes(stack, order, "3")
        records.finalize(stack, order)
        processes.go_on(drain.pid)
        drain.join(30)
        return [stack.first, order]


class TestC6ALocationIsEditedWhileItsPushIsUnsure:
    @on_sqlite
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
            sales_records.save_location(location, distributor.bo())
        stack.recover()
        assert faults_of(stack, [order]) == []
        [customer] = [one for one in stack.simulator.books("Customer") if one.get("Notes")]
        assert customer["DefaultTaxCodeRef"]["value"] == records.CANADIAN_CODES["zero_rated"]


class TestVoidedHereWhileAnotherIsAtIt:
    """An order of which an invoice stands, reopened: one has it voided and cancelled, another finalizes it,
    or a drain is about to send what was finalized. The books hold what the order then says.
    """

    MOMENT: ClassVar = {"sqlite": "claimed", "postgresql": "planned"}

    @on_postgresql
    def test_somebody_finalizes_it_in_the_same_moment(self, busy_house: House, database: str) -> None:
        stack = busy_house(database)
        records.reopen(stack, stack.first)
        both = threading.Barrier(2, timeout=20)
        people = [threading.Thread(target=does, args=(stack, both)) for does in (self.voids, self.finalizes)]
        for person in people:
            person.start()
        for person in people:
            person.join(30)
        stack.recover()
        self.the_books_agree(stack)

    @on_postgresql
    def test_a_drain_is_about_to_send_it(self, busy_house: House, database: str) -> None:
        stack = busy_house(database)
        records.reopen(stack, stack.first)
        records.quantity_becomes(stack, stack.first, "3")
        records.finalize(stack, stack.first)
        stack.let_lease_run_out()
        drain = stack.start(processes.drain, str(stack.connection_id), STOP_AT=self.MOMENT[database])
        processes.until_stopped(drain.pid)
        person = threading.Thread(target=self.voids, args=(stack, None))
        person.start()
        person.join(1)  # he may have to wait for the drain
        processes.go_on(drain.pid)
        person.join(30)
        drain.join(30)
        stack.recover()
        self.the_books_agree(stack)

    def voids(self, stack: Stack, both: threading.Barrier | None) -> None:
        with stack.database() as session:
            order = session.get_one(Order, stack.first)
            try:
                seen = voiding.look(order).seen
                session.commit()
                if both is not None:
                    both.wait()
                voiding.void_and_cancel(order, seen, distributor.bo())
            except Refused:
                session.rollback()

    def finalizes(self, stack: Stack, both: threading.Barrier) -> None:
        both.wait()
        with stack.database() as session:
            try:
                orders.finalize(session.get_one(Order, stack.first), distributor.bo())
            except Refused:
                session.rollback()

    def the_books_agree(self, stack: Stack) -> None:
        [order] = stack.read(select(Order).where(Order.id == stack.first))
        said = (order.status, order.integration_status, len(stack.simulator.live("Invoice")))
        assert said in (("finalized", "synced", 1), ("cancelled", "voided", 0))
        voids = [
            effect
            for entry in stack.simulator.ledger()
            for effect in entry["effects"]
            if effect["operation"] == "void"
        ]
        assert len(voids) == (order.status == "cancelled")


class TestU1DoubleClick:
    """By `make proof` the customer and the item are new."""

    @pytest.mark.grows
    @on_both
    def test_two_people_finalize_at_once_and_one_push_comes_of_it(
        self, busy_house: House, database: str
    ) -> None:
        stack = busy_house(database)
        before = pushes_of(stack, "order")
        order = self.clicked_twice(stack)
        assert stack.read(select(Order.revision).where(Order.id == order)) == [1]
        stack.recover()
        assert pushes_of(stack, "order") == before + 1
        assert faults_of(stack, [stack.first, order]) == []

    @pytest.mark.grows
    @on_postgresql
    def test_without_the_compared_status_it_is_finalized_twice(
        self, busy_house: House, database: str
    ) -> None:
        stack = busy_house(database)
        order = self.clicked_twice(stack, WITHOUT="compared status")
        assert stack.read(select(Order.revision).where(Order.id == order)) == [2]

    def clicked_twice(self, stack: Stack, **env: str) -> uuid.UUID:
        [order] = records.some_orders(stack, 1, **records.known_or_new(stack))
        clicks = [
            stack.start(processes.finalize, str(stack.organization_id), str(order), **env) for _ in range(2)
        ]
        for click in clicks:
            click.join(30)
        return order


def pushes_of(stack: Stack, record_kind: str) -> int:
    return len(stack.read(select(Push.id).where(Push.record_kind == record_kind)))
