"""Which drain may write for a connection: a lease in database time, with a fence against older drains."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Connection, DrainLease
from portal.models.base import database_time
from portal.sync.times import times

T = TypeVar("T")


class Fenced(Exception):
    """Another drain has taken over this connection: nothing more may be written by this one."""


@dataclass(frozen=True)
class Lease:
    """The right to write for one connection, as long as its fence is the newest."""

    connection_id: uuid.UUID
    fence: int

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction whose first UPDATE checks, locks and renews the lease. Commits at its end."""
        session = db.session()
        if session.in_transaction():
            raise RuntimeError("a drain's transaction begins with its lease; another one is still open")
        begun = monotonic()
        try:
            if not self._renewed(session):
                raise Fenced(f"connection {self.connection_id}, fence {self.fence}")
            yield session
            if monotonic() - begun > times().renew:
                self._renewed(session)  # the lock kept it ours this long; what follows needs it too
            session.commit()
        except BaseException:
            session.rollback()
            raise

    def _renewed(self, session: Session) -> bool:
        result = session.execute(
            update(DrainLease)
            .where(DrainLease.connection_id == self.connection_id, DrainLease.fence == self.fence)
            .values(until=database_time(times().lease)),
            execution_options={"synchronize_session": False},
        )
        return rows_hit(result) > 0

    def while_renewing(self, call: Callable[[], T]) -> T:
        """Run an HTTP call in a thread of its own, renewing the lease until it is over.

        Only this thread touches the database, and no transaction of it is open while the call runs.
        """
        if db.session().in_transaction():
            raise RuntimeError("no transaction may be open during a call")
        with ThreadPoolExecutor(max_workers=1) as pool:
            pending: Future[T] = pool.submit(call)
            while not wait([pending], timeout=times().renew).done:
                with self.transaction():
                    pass
            return pending.result()

    def give_back(self) -> None:
        """Let the next drain begin at once."""
        with self.transaction() as session:
            session.execute(
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
