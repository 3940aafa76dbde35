"""Which drain may write for a connection: a lease in database time, with a fence against older drains."""

import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from portal.extensions import db
from portal.models import Connection, DrainLease
from portal.models.base import database_time
from portal.runtime import logs, outages, transactions
from portal.runtime.times import times

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


class Fenced(Exception):
    """Another drain has taken over this connection: nothing more may be written by this one."""


@dataclass(frozen=True)
class Lease:
    """The right to write for one connection, as long as its fence is the newest."""

    connection_id: uuid.UUID
    fence: int

    def write(self, body: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """`body` in a transaction whose first UPDATE checks, locks and renews the lease; commits at its end.

        It is run again where the database ends it, so it changes nothing but the database. A commit whose
        answer was lost has landed if the end of the lease that it wrote stands: then nothing is run twice.
        """
        if db.session().in_transaction():
            raise RuntimeError("a drain's transaction begins with its lease; another one is still open")
        unanswered: list[tuple[datetime, T]] = []

        def once() -> T:
            for until, made in unanswered:
                if self._stands(until):
                    db.session.rollback()
                    return made
            begun = monotonic()
            until = self._renewed()
            made = body(*args, **named)
            if monotonic() - begun > times().renew:
                until = self._renewed()  # the lock kept it ours this long; what follows needs it too
            unanswered.append((until, made))
            db.session.commit()
            return made

        return transactions.repeated(once)

    def _renewed(self) -> datetime:
        until: datetime | None = db.session.scalar(
            update(DrainLease)
            .where(DrainLease.connection_id == self.connection_id, DrainLease.fence == self.fence)
            .values(until=database_time(times().lease))
            .returning(DrainLease.until),
            execution_options={"synchronize_session": False},
        )
        if until is None:
            raise Fenced(f"fence {self.fence} is no longer the newest")
        return until

    def _stands(self, until: datetime) -> bool:
        """Whether this is the last end written; waits for a commit that is still under way."""
        last = db.session.scalar(
            select(DrainLease.until)
            .where(DrainLease.connection_id == self.connection_id, DrainLease.fence == self.fence)
            .with_for_update()
        )
        return last == until

    def while_renewing(self, call: Callable[[], T]) -> T:
        """Run an HTTP call in a thread of its own, renewing the lease until it is over.

        Only this thread touches the database, and no transaction of it is open while the call runs.
        """
        if db.session().in_transaction():
            raise RuntimeError("no transaction may be open during a call")
        with ThreadPoolExecutor(max_workers=1) as pool:
            pending: Future[T] = pool.submit(logs.carried(call))
            while not wait([pending], timeout=times().renew).done:
                self._renew_if_possible()
            return pending.result()

    def give_back(self) -> None:
        """Let the next drain begin at once."""
        self.write(self._end)

    def _renew_if_possible(self) -> None:
        """A call is under way: its answer is waited for, also while the database does not answer."""
        try:
            self.write(_nothing)
        except SQLAlchemyError as error:
            if not transactions.is_passing(error):
                raise
            if not outages.is_outage(error):
                log.warning("the lease could not be renewed: %s", logs.kind_of(error))

    def _end(self) -> None:
        db.session.execute(
            update(DrainLease)
            .where(DrainLease.connection_id == self.connection_id, DrainLease.fence == self.fence)
            .values(until=database_time()),
            execution_options={"synchronize_session": False},
        )


def take(connection: Connection) -> Lease | None:
    """The lease of a connection, or None while another drain holds it.

    An end more than two lengths ahead was written by a clock that has since jumped: it counts as free.
    """
    session = db.session()
    if session.get(DrainLease, connection.id) is None:
        try:
            with session.begin_nested():
                session.add(
                    DrainLease(
                        connection_id=connection.id,
                        organization_id=connection.organization_id,
                        until=connection.connected_at,
                    )
                )
        except IntegrityError:
            pass  # another drain was faster; the row is there
    taken = session.execute(
        update(DrainLease)
        .where(
            DrainLease.connection_id == connection.id,
            or_(DrainLease.until <= database_time(), DrainLease.until > database_time(2 * times().lease)),
        )
        .values(fence=DrainLease.fence + 1, until=database_time(times().lease)),
        execution_options={"synchronize_session": False},
    )
    if not rows_hit(taken):
        session.rollback()
        return None
    fence = session.scalar(select(DrainLease.fence).where(DrainLease.connection_id == connection.id))
    lease = Lease(connection.id, int(fence or 0))
    session.commit()
    return lease


def rows_hit(result: Any) -> int:
    """How many rows an UPDATE hit."""
    hit: CursorResult[Any] = result
    return hit.rowcount


def _nothing() -> None:
    """The lease is renewed, and that is all."""
