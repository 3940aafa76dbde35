"""PostgreSQL ends connections and transactions: the transaction is run again, the POST never is (D2).

By `make proof` with more orders, of a customer and an item that are new.
"""

import random
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import event, select, update
from sqlalchemy.engine import Connection as Wire
from sqlalchemy.exc import DBAPIError

from portal.extensions import db
from portal.models import Connection, Delivery, Organization, Push
from portal.push import lease
from tests.flows.oracle import faults_of, posts
from tests.support import broken, processes
from tests.support.proof import PROOF
from tests.support.records import finalized_orders, known_or_new
from tests.support.servers import libpq
from tests.support.stack import Stack, until

House = Callable[..., Stack]
SEED = 20261122
# At this pace a lease lasts 10 s: so long a transaction is tried again.
PACE = {"TIME_SCALE": "0.5"}
# Several batches, so that there is something to hit.
ORDERS, SIZE = (45, dict[str, str]()) if PROOF else (8, {"AT_ONCE": "2"})


@pytest.fixture
def postgresql(busy_house: House) -> Stack:
    return busy_house("postgresql")


@pytest.mark.grows
class TestConnectionsEndAtRandom:
    def test_all_orders_land_once_and_the_drain_goes_on(self, postgresql: Stack) -> None:
        postgresql.forget_deliveries()
        before = len(batches(postgresql))
        orders = finalized_orders(postgresql, ORDERS, **known_or_new(postgresql))
        with transactions_killed(postgresql) as killed:
            assert postgresql.drain(**PACE, **SIZE) == 0
        assert killed, "nothing was hit"
        assert postgresql.open_pushes() == []
        assert faults_of(postgresql, [postgresql.first, *orders]) == []
        sent = postgresql.read(select(Delivery))
        assert {(one.state, one.sends) for one in sent} == {("answered", 1)}
        assert len(batches(postgresql)) == before + len(sent)

    def test_without_second_tries_the_drain_ends(self, postgresql: Stack) -> None:
        finalized_orders(postgresql, ORDERS, **known_or_new(postgresql))
        with transactions_killed(postgresql):
            assert postgresql.drain(WITHOUT="second tries", **PACE, **SIZE) != 0
        assert postgresql.open_pushes() != []


@pytest.mark.grows
class TestTheConnectionEndsWhileAnAnswerIsWrittenDown:
    def test_it_is_written_down_all_the_same(self, postgresql: Stack) -> None:
        orders = finalized_orders(postgresql, 2, **known_or_new(postgresql))
        assert self.cut_in_the_middle(postgresql) == 0
        assert postgresql.open_pushes() == []
        assert faults_of(postgresql, [postgresql.first, *orders]) == []
        assert not any(push.ever_unsure for push in postgresql.read(select(Push)))

    def test_without_second_tries_the_answer_is_lost(self, postgresql: Stack) -> None:
        finalized_orders(postgresql, 2, **known_or_new(postgresql))
        assert self.cut_in_the_middle(postgresql, WITHOUT="second tries") != 0
        assert any(delivery.state == "sending" for delivery in postgresql.read(select(Delivery)))

    def cut_in_the_middle(self, stack: Stack, **env: str) -> int:
        """The drain's exit code. It pauses inside the transaction, which has begun to write."""
        drain = stack.start(processes.drain, str(stack.connection_id), STOP_AT="settling", **PACE, **env)
        processes.until_stopped(drain.pid)
        assert terminate(stack, "idle in transaction") == 1
        processes.go_on(drain.pid)
        drain.join(30)
        return int(drain.exitcode)


class TestTheAnswerToACommitIsLost:
    def test_what_has_landed_is_not_run_twice(self, postgresql: Stack) -> None:
        assert self.counted_up(postgresql) == 1

    def test_without_looking_at_the_lease_it_is(
        self, postgresql: Stack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lease.Lease, "_stands", lease.Lease._stands)  # put back afterwards
        broken.GUARDS["known ends"]()
        assert self.counted_up(postgresql) == 2

    def test_what_has_not_landed_is_run_again(self, postgresql: Stack) -> None:
        assert self.counted_up(postgresql, lands=False) == 1

    def counted_up(self, stack: Stack, *, lands: bool = True) -> int:
        with stack.database():
            held = lease.take(db.session.get_one(Connection, stack.connection_id))
            assert held is not None
            with commit_unanswered(lands):
                held.write(self.count_up, held.connection_id)
            return db.session.get_one(Connection, held.connection_id).streak

    def count_up(self, connection_id: uuid.UUID) -> None:
        db.session.execute(
            update(Connection).where(Connection.id == connection_id).values(streak=Connection.streak + 1)
        )


class TestADeadlock:
    def test_the_loser_runs_again(self, postgresql: Stack) -> None:
        assert self.both_wait_for_each_other(postgresql) == ["begun", "begun"]

    def test_without_second_tries_it_fails(self, postgresql: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(broken.transactions, "is_passing", broken.transactions.is_passing)
        broken.GUARDS["second tries"]()
        with pytest.raises(DBAPIError, match="deadlock"):
            self.both_wait_for_each_other(postgresql)

    def both_wait_for_each_other(self, stack: Stack) -> list[str]:
        """How often our transaction began. The other one is patient, so that ours is the loser."""
        begun: list[str] = []
        with stack.database(), psycopg.connect(libpq(stack.env["DATABASE_URL"])) as other:
            held = lease.take(db.session.get_one(Connection, stack.connection_id))
            assert held is not None
            other.execute("SET deadlock_timeout = '20s'")
            other.execute("UPDATE organization SET name = 'theirs'")

            def body() -> None:
                begun.append("begun")
                db.session.execute(update(Connection).values(streak=Connection.streak + 1))
                if len(begun) == 1:
                    waiting.start()
                    until(lambda: is_waiting(stack), what="the other to wait")
                db.session.execute(
                    update(Organization).values(name="ours"), execution_options={"unscoped": "test"}
                )

            def wait_for_ours() -> None:
                other.execute("UPDATE connection SET streak = 0")
                other.commit()

            waiting = threading.Thread(target=wait_for_ours)
            try:
                held.write(body)
            finally:
                db.session.rollback()
                waiting.join(20)
        return begun


class TestARestartedDatabase:
    def test_costs_no_page_an_error(self, postgresql: Stack) -> None:
        assert self.answers_around_a_restart(postgresql) == [200, 200]

    def test_without_trying_connections_it_would(self, postgresql: Stack) -> None:
        with postgresql.app.app_context():
            db.engine.pool._pre_ping = False
        assert self.answers_around_a_restart(postgresql) == [200, 503]

    def answers_around_a_restart(self, stack: Stack) -> list[int]:
        with stack.app.app_context():
            db.session.remove()
        browser = stack.app.test_client()
        before = browser.get("/health").status_code
        assert terminate(stack) > 0
        return [before, browser.get("/health").status_code]


def batches(stack: Stack) -> list[dict[str, object]]:
    return [entry for entry in posts(stack) if str(entry["path"]).endswith("batch")]


def terminate(stack: Stack, state: str = "%") -> int:
    """End the connections to the stack's database that are in this state; how many there were."""
    with psycopg.connect(libpq(stack.env["DATABASE_URL"]), autocommit=True) as own:
        return own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE %s",
            [state],
        ).rowcount


def is_waiting(stack: Stack) -> bool:
    with psycopg.connect(libpq(stack.env["DATABASE_URL"]), autocommit=True) as own:
        found = own.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(found.fetchall())


@contextmanager
def transactions_killed(stack: Stack) -> Iterator[list[int]]:
    """Every now and then whatever transaction is open loses its connection; a slow machine gets by, too."""
    chance, killed, over = random.Random(SEED), list[int](), threading.Event()

    def kill() -> None:
        while not over.wait(chance.uniform(0.02, 0.1)):
            hit = terminate(stack, "idle in transaction")
            if hit:
                killed.append(hit)
                over.wait(chance.uniform(0.3, 0.9) * len(killed))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join(10)


@contextmanager
def commit_unanswered(lands: bool) -> Iterator[None]:
    """The next commit reaches the server, or does not, and then the connection is gone."""
    spent: list[bool] = []

    def cut(wire: Wire) -> None:
        if spent:
            return
        spent.append(True)
        raw = wire.connection.dbapi_connection
        assert raw is not None
        if lands:
            raw.commit()
        raw.close()

    event.listen(db.engine, "commit", cut)
    try:
        yield
    finally:
        event.remove(db.engine, "commit", cut)
