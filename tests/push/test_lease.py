"""How a drain begins a transaction: by the lease that lets it write, as long as no other drain has it."""

import uuid
from datetime import datetime, timedelta
from threading import Event
from time import sleep

import pytest
from sqlalchemy import select, update

from portal.extensions import db
from portal.models import Connection, DrainLease, PaymentTerm
from portal.models.base import now
from portal.push import lease
from portal.push.lease import Fenced, Lease
from portal.runtime.times import times
from tests.support import distributor as given
from tests.support.bookkeeping import Books
from tests.support.failing import LOST, Failing


class TestTheLease:
    def test_each_transaction_renews_it(self, held: Lease) -> None:
        before = until_of(held)
        held.write(lambda: None)
        assert until_of(held) > before

    def test_a_drain_that_was_overtaken_writes_nothing(self, held: Lease) -> None:
        overtake(held)
        with pytest.raises(Fenced):
            held.write(lambda: pytest.fail("it was let in"))

    def test_one_that_is_overtaken_between_two_tries_writes_nothing_either(self, held: Lease) -> None:
        def body() -> None:
            given.term()
            overtake_from_elsewhere()
            raise LOST

        def overtake_from_elsewhere() -> None:
            db.session.rollback()
            overtake(held)

        with pytest.raises(Fenced):
            held.write(body)
        assert given.count(PaymentTerm) == 0

    def test_an_answer_is_waited_for_although_the_lease_cannot_be_renewed(
        self, held: Lease, tried: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Lease, "_renewed", Failing(LOST))
        assert held.while_renewing(lambda: answered_after(tried)) == "answered"

    def test_a_fence_met_while_renewing_is_told(self, held: Lease, tried: Event) -> None:
        overtake(held)
        with pytest.raises(Fenced):
            held.while_renewing(lambda: answered_after(tried))


@pytest.mark.parametrize(("ends_in_lengths", "taken"), [(1, False), (1.9, False), (2.5, True), (-1, True)])
def test_a_lease_that_a_clock_which_jumped_has_written_is_free(
    books: Books, ends_in_lengths: float, taken: bool
) -> None:
    """T8."""
    with books.working():
        until = now() + timedelta(seconds=ends_in_lengths * times().lease)
        db.session.execute(update(DrainLease).values(until=until))
        db.session.commit()
        got = lease.take(db.session.get_one(Connection, books.connection_id))
        assert (got is not None) == taken


def test_a_token_service_that_takes_its_time_costs_no_drain_its_lease(books: Books) -> None:
    """Else drain after drain would be overtaken, and their claims taken for crashes."""
    order = books.order()
    books.simulated.control("POST", "tokens/expire")
    seen: list[datetime] = []

    def waited_for() -> None:
        for _ in range(100):
            with books.working():
                seen.append(db.session.scalars(select(DrainLease.until)).one())
            if seen[-1] > seen[0]:
                return
            sleep(0.05)

    with books.before_a_call("tokens/bearer", waited_for):
        books.carry()
    assert seen[-1] > seen[0]
    assert books.status(order) == "synced"


@pytest.fixture
def held(ours: uuid.UUID) -> Lease:
    taken = lease.take(given.connection())
    assert taken is not None
    return taken


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set once the lease was to be renewed, whatever came of it."""
    tried, renew = Event(), Lease._renew_if_possible

    def trying(lease: Lease) -> None:
        try:
            renew(lease)
        finally:
            tried.set()

    monkeypatch.setattr(Lease, "_renew_if_possible", trying)
    return tried


def answered_after(tried: Event) -> str:
    """A call that lasts until then."""
    assert tried.wait(20)
    return "answered"


def overtake(held: Lease) -> None:
    db.session.execute(update(DrainLease).values(fence=held.fence + 1))
    db.session.commit()


def until_of(held: Lease) -> datetime:
    row = db.session.get_one(DrainLease, held.connection_id, populate_existing=True)
    found = row.until
    db.session.commit()
    return found
