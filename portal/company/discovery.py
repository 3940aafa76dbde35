"""Intuit's addresses, kept for a day in the database, and for as long as its website is silent.

In the database, so that all processes share them and a Redis that lost everything takes no refresh of tokens
along.
"""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.extensions import cipher, db
from portal.models import Discovery
from portal.models.base import now
from portal.quickbooks import oauth
from portal.quickbooks.transport import Deadlines
from portal.runtime import logs, transactions

KEPT = timedelta(days=1)
ASK_AGAIN = timedelta(minutes=5)  # while the website is silent: nobody waits for it more often

log = logging.getLogger(__name__)


class _Kept(NamedTuple):
    endpoints: oauth.Endpoints
    read_at: datetime
    ask_again_at: datetime

    def is_due(self) -> bool:
        """A time further ahead than the longest wait was written under another clock."""
        return not now() < self.ask_again_at <= now() + KEPT


def endpoints(url: str, read: Callable[[Deadlines], oauth.Endpoints]) -> oauth.Endpoints:
    """What Intuit publishes under this address, which `read` asks. Commits. Raises oauth.TokenServiceDown
    where it can't be read and never was.
    """
    kept = transactions.run(_kept, url)
    if kept is not None and not kept.is_due():
        return kept.endpoints
    try:
        found = read(oauth.HASTE if kept else oauth.DEADLINES)
    except oauth.TokenServiceDown as failed:
        if kept is None:
            raise
        log.warning(
            "Intuit's addresses can't be read: %s. Those of %s are used", failed, logs.at(kept.read_at)
        )
        _keep(url, kept._replace(ask_again_at=now() + ASK_AGAIN))
        return kept.endpoints
    _keep(url, _Kept(found, now(), now() + KEPT))
    return found


def _kept(url: str) -> _Kept | None:
    columns = select(Discovery.endpoints, Discovery.read_at, Discovery.ask_again_at)
    row = db.session.execute(columns.where(Discovery.url == url)).one_or_none()
    if row is None:
        return None
    try:
        told = json.loads(cipher().open(row.endpoints, _bound_to(url)))
    except (InvalidTag, KeyError, ValueError):
        log.warning("the kept addresses of Intuit are not ours, or sealed by a key that is gone: read anew")
        return None
    return _Kept(oauth.Endpoints(**told), row.read_at, row.ask_again_at)


def _keep(url: str, kept: _Kept) -> None:
    values = {
        "endpoints": cipher().seal(json.dumps(vars(kept.endpoints)), _bound_to(url)),
        "read_at": kept.read_at,
        "ask_again_at": kept.ask_again_at,
    }
    with suppress(IntegrityError):  # another process was first, with the same
        transactions.run(_write, url, values)


def _write(url: str, values: dict[str, object]) -> None:
    written = db.session.execute(
        update(Discovery)
        .where(Discovery.url == url)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not written.rowcount:  # type: ignore[attr-defined]  # an update's result has it
        db.session.add(Discovery(url=url, **values))


def _bound_to(url: str) -> str:
    return f"discovery:{url}:endpoints"
