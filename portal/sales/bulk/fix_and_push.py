"""Put right what many records share: save the one mapping that they wait for, and push what it held up."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from portal import outbox
from portal.extensions import db
from portal.mapping import save_choices
from portal.mapping.slots import slot_of
from portal.models import Actor, BulkRun, Order, Problem
from portal.models.base import chunks
from portal.outbox import holds
from portal.outbox.statuses import those
from portal.problems import CATALOGUE
from portal.sales.bulk import runs
from portal.sales.bulk.selection import Chosen
from portal.sales.refused import Refused

NO_SLOT = "This can't be put right by choosing something. Open the page that the problem names."
NOTHING_CHOSEN = "Choose one from the list first. Nothing was changed."


@dataclass(frozen=True)
class Fixed:
    """What a fix did: what was saved, how many orders it pushed, and the run that carries them if several.
    refused: why none was pushed, though some could go.
    """

    saved: holds.Saved
    pushed: int = 0
    run: BulkRun | None = None
    refused: str = ""


def held_by(cause: str) -> int:
    """How many records this cause stands in the way of."""
    count = select(func.count(Problem.record_id.distinct())).where(
        Problem.cause == cause, Problem.resolved_at.is_(None)
    )
    return db.session.scalar(count) or 0


def fix(cause: str, external_id: str, actor: Actor) -> Fixed:
    """Choose what the records of this cause lack. Customers and products that had failed for it go again by
    themselves, orders are ready for a person. Commits. Raises Refused.
    """
    slot = slot_of(cause)
    if slot is None:
        raise Refused(NO_SLOT)
    if not external_id:
        raise Refused(NOTHING_CHOSEN)
    if slot.chosen == external_id:
        # Chosen elsewhere meanwhile, or active again: what it held up is looked at anew.
        saved = holds.Saved([f"{slot.label} stays as it was"])
        save_choices.recheck([slot], actor, saved)
        return Fixed(saved)
    return Fixed(save_choices.save([slot], {slot.key: external_id}, actor))


def fix_and_push(cause: str, external_id: str, actor: Actor) -> Fixed:
    """`fix`, then push every order that it held up and that nothing else does. Raises Refused where nothing
    is saved; the caller commits the pushes.
    """
    orders = _orders_of(Problem.cause == cause)
    return push_freed(orders, fix(cause, external_id, actor).saved, actor)


def orders_lacking(settings: Collection[str]) -> Sequence[uuid.UUID]:
    """The orders that lack what is created once one of these sync settings is on."""
    codes = [code for code, entry in CATALOGUE.items() if entry.ended_by in settings]
    return _orders_of(Problem.code.in_(codes)) if codes else []


def push_freed(orders: Sequence[uuid.UUID], saved: holds.Saved, actor: Actor) -> Fixed:
    """Push those of these orders in whose way nothing stands after a save. The caller commits."""
    ready = _ready(orders)
    if not ready:
        return Fixed(saved)
    if len(ready) == 1:
        return Fixed(saved, outbox.ask("order", ready, reason="retry", actor=actor))
    try:
        with db.session.begin_nested():
            run = runs.start(Chosen("order", ids=tuple(ready)), actor)
    except Refused as refused:
        return Fixed(saved, refused=refused.sentence)  # what was saved stands all the same
    return Fixed(saved, len(ready) - run.left_out, run)


def _orders_of(which: ColumnElement[bool]) -> Sequence[uuid.UUID]:
    return db.session.scalars(
        select(Problem.record_id)
        .where(which, Problem.record_kind == "order", Problem.resolved_at.is_(None))
        .distinct()
    ).all()


def _ready(ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    found: list[uuid.UUID] = []
    for some in chunks(ids):
        found += db.session.scalars(
            select(Order.id).where(
                Order.id.in_(some),
                Order.status == "finalized",
                Order.integration_status.in_(those("can_go")),
            )
        )
    return found
