"""QuickBooks can't be reached: that is found out before anything is armed, and harms no push (N1).

Between the portal and the simulator stands a gate that is closed and opened.
"""

import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.models import Connection, Delivery, Push
from portal.models.base import now
from portal.quickbooks.transport import Deadlines, dial, new_session
from tests.flows.conftest import on_sqlite
from tests.flows.oracle import faults_of, posts
from tests.support import processes, records
from tests.support.proof import PROOF
from tests.support.records import known_orders
from tests.support.stack import Stack

House = Callable[..., Stack]


@pytest.mark.grows
class TestTheGateIsClosed:
    @on_sqlite
    def test_nothing_is_armed_and_all_goes_once_it_opens(self, busy_house: House, database: str) -> None:
        stack = busy_house(database)
        with gate_before(stack) as gate:
            orders = self.refused(stack, gate)
            assert stack.read(select(Delivery)) == []
            assert [(push.state, push.tries, push.claims) for push in stack.read(select(Push))] == [
                ("queued", 0, 0)
            ]
            [connection] = stack.read(select(Connection))
            assert (connection.streak, connection.next_at is not None) == (1, True)
            before = len(posts(stack))
            gate.open()
            stack.recover()
            assert faults_of(stack, orders) == []
            assert len(posts(stack)) == before + 1

    def test_without_opening_the_line_first_it_is_armed_all_the_same(self, busy_house: House) -> None:
        stack = busy_house("sqlite")
        with gate_before(stack) as gate:
            self.refused(stack, gate, WITHOUT="open line")
            assert stack.read(select(Delivery)) != []

    def refused(self, stack: Stack, gate: "Gate", **env: str) -> list[uuid.UUID]:
        """The order needs no look-up: one push, and a drain."""
        orders = ready_to_go(stack)
        gate.close()
        assert stack.drain(**env) == 0
        return orders


@pytest.mark.grows
class TestTheGateStaysClosed:
    """A drain that QBO does not let in lives: its claims are no trace of a crash."""

    def test_an_order_waits_for_as_long_as_it_takes(self, busy_house: House) -> None:
        stack = busy_house("sqlite")
        with gate_before(stack) as gate:
            orders = self.refused_often(stack, gate)
            assert stack.open_pushes() == ["order queued"]
            gate.open()
            stack.recover()
            assert faults_of(stack, orders) == []

    def test_without_letting_it_by_it_fails_as_if_it_had_crashed_us(self, busy_house: House) -> None:
        stack = busy_house("sqlite")
        with gate_before(stack) as gate:
            self.refused_often(stack, gate, WITHOUT="letting by")
            assert "failed" in stack.read(select(Push.state))

    def refused_often(self, stack: Stack, gate: "Gate", **env: str) -> list[uuid.UUID]:
        orders = ready_to_go(stack)
        gate.close()
        for _ in range(6):
            with stack.database() as session:
                session.execute(update(Connection).values(next_at=None))
            assert stack.drain(**env) == 0
        return orders


@pytest.mark.grows
class TestTheConnectionDiesBetweenArmingAndSending:
    @on_sqlite
    def test_it_was_surely_not_sent(self, busy_house: House, database: str) -> None:
        stack = busy_house(database)
        with gate_before(stack) as gate:
            orders = ready_to_go(stack)
            before = len(posts(stack))
            drain = stack.start(processes.drain, str(stack.connection_id), STOP_AT="armed")
            processes.until_stopped(drain.pid)
            gate.close()
            processes.go_on(drain.pid)
            drain.join(30)
            [push] = stack.read(select(Push))
            assert (push.state, push.ever_unsure) == ("queued", False)
            [delivery] = stack.read(select(Delivery))
            assert (delivery.state, delivery.status) == ("answered", None)
            assert len(posts(stack)) == before
            gate.open()
            stack.recover()
            assert faults_of(stack, orders) == []
            assert not any(push.ever_unsure for push in stack.read(select(Push)))


@pytest.mark.grows
class TestTheGateClosesAfterA401:
    """The token was no longer good, and the same bytes can't be sent again: they were surely not taken."""

    @on_sqlite
    def test_the_push_waits_and_nobody_has_to_reconnect(self, busy_house: House, database: str) -> None:
        stack = busy_house(database)
        with gate_before(stack) as gate:
            orders = ready_to_go(stack)
            stack.simulator.fault("unauthorized", match={"path": "batch"})
            gate.lets_in = 1
            assert stack.drain() == 0
            assert stack.open_pushes() == ["order queued"]
            assert stack.read(select(Connection.state)) == ["ok"]
            assert [delivery.state for delivery in stack.read(select(Delivery))] == ["answered"]
            gate.lets_in = None
            gate.open()
            stack.recover()
            assert faults_of(stack, orders) == []
            assert not any(push.ever_unsure for push in stack.read(select(Push)))


@pytest.mark.grows
class TestTheLine:
    def test_a_write_travels_on_the_connection_that_was_opened_for_it(self, busy_house: House) -> None:
        stack = busy_house("sqlite")
        with gate_before(stack) as gate:
            orders = ready_to_go(stack)
            gate.said.clear()
            assert stack.drain() == 0
            assert faults_of(stack, orders) == []
            [said] = gate.said
            assert said.startswith("POST /v3/company/")

    def test_a_gate_that_is_closed_lets_nobody_in(self, busy_house: House) -> None:
        stack = busy_house("sqlite")
        with gate_before(stack) as gate:
            gate.close()
            with pytest.raises(Exception, match=r"refused|reset"):
                dial(new_session(), gate.url, Deadlines())


def ready_to_go(stack: Stack) -> list[uuid.UUID]:
    """One order of what stands in QBO already; by `make proof` of what came there through the gate.

    It is not looked up either: customer and item are linked, and a number was refused just now.
    """
    before = [stack.first]
    with stack.database() as session:
        session.execute(update(Connection).values(number_guard=now()))
    if PROOF:
        stack.place, stack.goods = records.location(stack), records.sku(stack)
        before += known_orders(stack, 1)
        assert stack.drain() == 0
        assert faults_of(stack, before) == []
    stack.forget_deliveries()
    return [*before, *known_orders(stack, 1)]


class Gate:
    """A relay to the simulator. Closing it ends what runs through it and refuses whoever comes."""

    def __init__(self, beyond: str) -> None:
        host, _, port = beyond.removeprefix("http://").partition(":")
        self._beyond = host, int(port)
        self.said: list[str] = []  # the first words on each connection, in the order they were opened
        self.lets_in: int | None = None  # so many connections, and then it closes for whoever comes
        self._open_ones: list[socket.socket] = []
        self._door = threading.Lock()  # held while somebody is let in, and while it closes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        with self._door:
            for one in (self._listener, *self._open_ones):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._open_ones.clear()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                with self._door:
                    if listener.fileno() < 0:  # closed since
                        near.close()
                        return
                    far = socket.create_connection(self._beyond)
                    self._open_ones += [near, far]
                    if self.lets_in is not None:
                        self.lets_in -= 1
                        if not self.lets_in:
                            listener.shutdown(socket.SHUT_RDWR)
                            listener.close()
                threading.Thread(target=self._relay, args=(near, far), daemon=True).start()

    def _relay(self, near: socket.socket, far: socket.socket) -> None:
        self.said.append("")
        mine = len(self.said) - 1
        threading.Thread(target=self._copy, args=(far, near), daemon=True).start()
        with suppress(OSError):
            first = near.recv(65536)
            self.said[mine] = first.split(b"\r\n")[0].decode()
            far.sendall(first)
        self._copy(near, far)

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def gate_before(stack: Stack) -> Iterator[Gate]:
    gate, direct = Gate(stack.simulator.url), stack.env["INTUIT_API_URL"]
    values: dict[str, Any] = {"INTUIT_API_URL": gate.url}
    stack.env |= values
    try:
        yield gate
    finally:
        stack.stop_parts()
        stack.env["INTUIT_API_URL"] = direct
        gate.close()
