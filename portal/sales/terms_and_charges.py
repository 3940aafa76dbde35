"""Payment terms and charge kinds: save one, and delete one that nothing uses."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, literal, select
from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.models import Actor, ChargeKind, Location, Order, OrderCharge, PaymentTerm
from portal.models import Mapping as Mapped
from portal.plurals import counted
from portal.runtime.history import remember
from portal.sales.history import changes_of, remember_saved
from portal.sales.refused import Refused

Entry = PaymentTerm | ChargeKind
KINDS: dict[type[Entry], str] = {PaymentTerm: "payment_term", ChargeKind: "charge_kind"}


def save(entry: Entry, actor: Actor) -> None:
    """Store one that was just changed or made. Raises Refused for a name that is taken.

    The caller has set the fields and not flushed, and commits.
    """
    table, changes = type(entry), changes_of(entry)
    if not changes:
        return
    with db.session.no_autoflush:
        holder = db.session.scalar(select(table.id).where(table.name == entry.name))
    if holder is not None and holder != entry.id:
        raise Refused(f"There is a “{entry.name}” already.", field="name")
    if changes.is_new:
        db.session.add(entry)
    db.session.flush()
    remember_saved(KINDS[table], entry, changes, actor)


def remove(entry: Entry, actor: Actor) -> None:
    """Delete one with its mapping. Raises Refused while something uses it. The caller commits."""
    users = uses(type(entry))[entry.id]
    if users:
        raise Refused(f"“{entry.name}” is used by {users}, so it stays.")
    db.session.execute(
        delete(Mapped).where(Mapped.ours == str(entry.id)),
        execution_options={"synchronize_session": False},
    )
    remember(actor, "deleted", (KINDS[type(entry)], entry.id), f"Deleted {entry.name}.")
    name = entry.name
    db.session.delete(entry)
    try:
        db.session.flush()
    except IntegrityError:
        raise Refused(f"“{name}” has just come into use, so it stays.") from None


def uses(table: type[Entry]) -> dict[uuid.UUID, str]:
    """What uses each of a list, as it reads: “3 locations and orders”; empty where nothing does."""
    places: ColumnElement[Any] = literal(0)
    orders = exists().where(OrderCharge.charge_kind_id == ChargeKind.id)
    if table is PaymentTerm:
        places = select(func.count()).where(Location.payment_term_id == PaymentTerm.id).scalar_subquery()
        orders = exists().where(Order.payment_term_id == PaymentTerm.id)
    rows = db.session.execute(select(table.id, places, orders))
    return {entry_id: _said(count, ordered) for entry_id, count, ordered in rows}


def _said(places: int, ordered: bool) -> str:
    told = [counted(places, "location")] if places else []
    return " and ".join([*told, *(["orders"] if ordered else [])])
