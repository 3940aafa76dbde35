"""Voided or deleted in QuickBooks: a person has the document made again, as a new one."""

import re
import uuid
from collections.abc import Sequence

from sqlalchemy import select

from portal import outbox, problems
from portal.company.entities import Entity, is_voided
from portal.company.reader import Reader
from portal.decisions.common import (
    CantDecide,
    company,
    found_there,
    in_flight,
    refuse_if_kept_back,
)
from portal.extensions import begin_writing, db
from portal.models import Actor, Connection, KeySettings, Link, Order, Problem
from portal.models.kinds import DOCUMENTS, Kind, RecordRef, ref_of
from portal.outbox.lease_row import keep_drains_out
from portal.plan.marker import marker
from portal.plan.orders import LONGEST_NUMBER
from portal.plan.types import Keys, key_of
from portal.push.find_sent import by_number
from portal.push.links import link_of
from portal.report.history import in_words
from portal.runtime.history import remember

NOT_VOIDED = (
    "There is nothing to create again: it was not voided in QuickBooks, or somebody has decided already."
)
UNDER_WAY = "It is on its way to QuickBooks, or being checked there: wait until that is known."


def create_again(order: Order, actor: Actor) -> str:
    """Have a new document made for an order whose own one is voided or gone; returns what it replaces.

    What stands in QuickBooks is looked at first, and nothing is made beside a document that counts. The order
    gets a revision of its own, so that the new document can be told from the old one. Commits. Raises
    CantDecide, Unavailable, Reconnect.
    """
    begin_writing()
    connection = company()
    connection_id, order_id = connection.id, order.id
    link = _voided(connection_id, order)
    looked_at = link.kind, link.external_id
    keys = Keys.of(db.session.scalar(select(KeySettings)))
    number, reference = key_of(order, keys), order.reference
    _refuse_if_it_counts(connection, *looked_at)
    holders = _holders(connection, looked_at[0], number) if number else []
    keep_drains_out(connection_id)
    order = db.session.get_one(Order, order_id, populate_existing=True)
    link = _voided(connection_id, order)
    if (link.kind, link.external_id) != looked_at or key_of(order, keys) != number:
        raise CantDecide("Somebody has just changed this order: look at it again.")
    _refuse_second(holders, number or "", reference)
    replaced = in_words(link.kind, {"DocNumber": link.theirs.number}, link.external_id)
    db.session.delete(link)
    about_it = problems.of_record(RecordRef("order", order_id)), Problem.code == problems.VOIDED
    problems.resolve(*about_it, by=actor.name)
    order.revision += 1
    db.session.flush()
    outbox.ask("order", [order_id], reason="retry", actor=actor)
    text = (
        f"To be created in QuickBooks again, as a new document, since {replaced} was voided or deleted there."
    )
    remember(actor, "created_again", ("order", order_id), text)
    db.session.commit()
    return replaced


def number_for_another(link: Link, number: str) -> str:
    """What to propose as the new document's number: a voided one keeps its own, a deleted one does not."""
    if link.theirs.gone or not number:
        return number
    again = re.fullmatch(r"(.*)-(\d{1,3})", number)
    stem, count = (again[1], int(again[2]) + 1) if again else (number, 2)
    return f"{stem[: LONGEST_NUMBER - len(str(count)) - 1]}-{count}"


def _voided(connection_id: uuid.UUID, order: Order) -> Link:
    """The link to what does not count any more. Raises CantDecide where it is not so."""
    if order.status != "finalized":
        raise CantDecide("Finalize the order first: only then it is known what to create.")
    refuse_if_kept_back(ref_of(order))
    link = link_of(connection_id, ref_of(order))
    if link is None or link.theirs.counts:
        raise CantDecide(NOT_VOIDED)
    if in_flight(ref_of(order)):
        raise CantDecide(UNDER_WAY)
    return link


def _refuse_if_it_counts(connection: Connection, kind: Kind, external_id: str) -> None:
    found = found_there(connection, kind, external_id)
    if found is not None and not is_voided(found):
        number = found.get("DocNumber") or external_id
        raise CantDecide(
            f"Number {number} counts again in QuickBooks: somebody has filled it in anew. Push again to "
            "compare."
        )


def _holders(connection: Connection, kind: Kind, number: str) -> list[tuple[str, Entity]]:
    """Documents with this number: of both kinds those that count, of the kind to be made voided ones too."""
    reader = Reader(connection)
    rows = [
        (each, row)
        for each, document in DOCUMENTS.items()
        for row in by_number(reader, document.entity, [number])
    ]
    return [(each, row) for each, row in rows if each == kind or not is_voided(row)]


def _refuse_second(holders: Sequence[tuple[str, Entity]], number: str, reference: str) -> None:
    for kind, entity in holders:
        called = f"{kind.replace('_', ' ')} {number}"
        said = marker(entity)
        if is_voided(entity):
            raise CantDecide(
                f"The voided {called} keeps its number in QuickBooks, where none may stand twice. Give this "
                "order another number, or delete the voided document there."
            )
        if said is not None and said[0] == reference:
            raise CantDecide(f"QuickBooks has {called} of this order, and it counts: link that one.")
        raise CantDecide(
            f"QuickBooks has {called}, which does not come from here. If it is this order, link it; if not, "
            "give this order another number."
        )
