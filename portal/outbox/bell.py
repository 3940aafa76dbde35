"""Redis only rings: the table of pushes is the queue, and a bell says that there is something to look for.

A lost bell is rung again by the clock, a rolled-back transaction rings nothing, and Redis may be emptied at
any moment.
"""

import uuid

from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from portal.extensions import db, redis
from portal.runtime import outages
from portal.runtime.crashpoint import crashpoint
from portal.runtime.times import times

QUEUE = "portal"
DRAIN = "portal.jobs.drain"


def ring_drain(connection_id: uuid.UUID) -> None:
    """Have this connection drained once the current transaction has committed."""
    ring_after_commit(DRAIN, str(connection_id), str(connection_id))


def ring_after_commit(job: str, key: str, *args: str) -> None:
    """Enqueue `job(*args)` after the commit, unless the bell `key` was rung a moment ago."""
    db.session.info.setdefault("bells", {})[key] = (job, args)


def ring(job: str, key: str, *args: str) -> None:
    """Enqueue now; the next bell of this key counts once the job has begun, or after a few seconds."""
    try:
        if redis().set(f"bell:{key}", 1, nx=True, px=max(1, int(times().bell * 1000))):
            _queue().enqueue(job, *args, job_timeout=300, result_ttl=0, failure_ttl=86400)
        outages.redis.answers()
    except RedisError as error:
        outages.redis.is_away(error)  # the clock will ring again


def hear(key: str) -> None:
    """The job has begun: the next bell counts."""
    try:
        redis().delete(f"bell:{key}")
        outages.redis.answers()
    except RedisError as error:
        outages.redis.is_away(error)  # bells of this key are muted for a few seconds


def _queue() -> Queue:
    """The one queue; JSON, so that nothing in Redis can make us run a pickle."""
    return Queue(QUEUE, connection=redis(), serializer=JSONSerializer)


@event.listens_for(db.session, "after_commit")
def _ring_what_was_asked(session: Session) -> None:
    if session.in_nested_transaction():
        return
    bells = session.info.pop("bells", {})
    if bells:
        crashpoint("before the bell")
    for key, (job, args) in bells.items():
        ring(job, key, *args)


@event.listens_for(db.session, "after_soft_rollback")
def _forget_the_bells(session: Session, previous: SessionTransaction) -> None:
    if previous.parent is None:
        session.info.pop("bells", None)
