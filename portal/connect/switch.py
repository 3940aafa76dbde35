"""What ends with one company when another is connected: nothing of it is looked up or sent there."""

import uuid

from sqlalchemy import delete, select, true

from portal import problems
from portal.company import tokens
from portal.connect import grants
from portal.extensions import db
from portal.mapping.sync_settings import QUESTIONS
from portal.models import (
    Actor,
    Connection,
    KeySettings,
    Link,
    Mapping,
    Push,
    SyncSettings,
)
from portal.models.base import chunks
from portal.models.kinds import RECORDS
from portal.models.pushes import WISH
from portal.outbox import badge
from portal.outbox.states import move_all
from portal.runtime.history import remember


def close(connection: Connection, actor: Actor, for_company: str) -> uuid.UUID | None:
    """Close a connection's row, in the current transaction. What is in flight there stays as it is.

    Returns the access that it leaves behind, to be given back once this is committed.
    """
    left = grants.let_go(connection)
    connection.status = "closed"
    connection.state, connection.state_reason = "reconnect", f"Switched to {for_company}."
    tokens.forget(connection)
    move_all(Push.connection_id == connection.id, WISH, "cancelled")
    problems.resolve(true(), by=actor.name)
    mapped = _forget_choices()
    text = f"Switched from {connection.company_name} to {for_company}."
    remember(actor, "switched", ("connection", connection.id), text, **mapped)
    db.session.flush()
    return left


def restate_all() -> None:
    """Make badges say what stands in the company that is connected now, in the current transaction."""
    for kind, record in RECORDS.items():
        table = record.model
        linked = select(Link.record_id).where(Link.record_kind == kind)
        concerned = db.session.scalars(
            select(table.id).where((table.integration_status != "not_sent") | table.id.in_(linked))
        ).all()
        for ids in chunks(concerned):
            badge.restate(kind, ids)


def _forget_choices() -> dict[str, str]:
    """Ids of one company mean something else in another one, so the choices go; returns what they were.

    Every sync is off until somebody has made them anew; what happens to that company's own customers and
    products where they differ is asked again.
    """
    saved = db.session.scalars(select(Mapping)).all()
    were = {f"{one.section}:{one.ours}:{one.province}": one.label for one in saved}
    db.session.execute(delete(Mapping).execution_options(synchronize_session=False))
    for keys in db.session.scalars(select(KeySettings)):
        keys.confirmed_at = None
    for row in db.session.scalars(select(SyncSettings)):
        row.customers_on = row.products_on = row.orders_on = False
        row.customers_names = row.products_names = False
        for question in (name for names in QUESTIONS.values() for name in names):
            setattr(row, question, None)
    return were
