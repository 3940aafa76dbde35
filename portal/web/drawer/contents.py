"""What the drawer shows of one record, gathered in one place for its page and its fragment."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from flask import url_for
from sqlalchemy.orm import selectinload

from portal import decisions, problems
from portal.company import current
from portal.models import Connection, Link, Location, Order, Push, Sku
from portal.models.kinds import DOCUMENTS, ENTITIES, RECORDS, RecordRef
from portal.models.pushes import OPEN
from portal.models.types import units
from portal.outbox import badge
from portal.outbox.statuses import those
from portal.plan.differences import WORDS
from portal.plan.fields import EVERY_FIELD, FIELDS
from portal.push.links import link_of
from portal.report import exchange, history, names, push_progress, support
from portal.sales import orders
from portal.web.access import load_or_404, person
from portal.web.drawer.addresses import DrawerAddress
from portal.web.drawer.foot import foot
from portal.web.drawer.problems import Target, foresee, tell
from portal.web.drawer.why_it_differs import why_it_differs
from portal.web.drawer.words import headline, meaning, tells_problems
from portal.web.in_books import address, sides

Record = Location | Sku | Order


def load(ref: RecordRef) -> Record:
    """The organization's record with what it is called by, or 404."""
    if ref.kind == "order":
        return load_or_404(Order, ref.id, selectinload(Order.location).selectinload(Location.customer))
    if ref.kind == "location":
        return load_or_404(Location, ref.id, selectinload(Location.customer))
    return load_or_404(Sku, ref.id, selectinload(Sku.product))


def _told_there(link: Link) -> dict[str, Any]:
    """What QuickBooks last answered of it, by its own properties, so that it can be held against its books:
    of a document the figures and all that is listed, of a customer or item all that is compared."""
    row = link.theirs
    if link.kind in DOCUMENTS:
        figures = {"TotalAmt": row.total, "TxnTaxDetail.TotalTax": row.tax}
        cents = {name: str(units(value)) for name, value in figures.items() if value is not None}
        listed = {name: row.fields[name] for name in (*WORDS, "Line") if name in row.fields}
        return {"DocNumber": row.number} | cents | listed
    compared = [name for field in FIELDS[link.kind] for name in field.properties]
    known = [name for name in compared if name in row.fields or not {name, EVERY_FIELD} & set(row.unread)]
    return {name: row.fields.get(name) for name in known}


def gather(record: Record, at: DrawerAddress) -> dict[str, Any]:
    """Everything the drawer's templates need. Asks QuickBooks nothing and writes nothing."""
    ref = at.ref
    connection = current.connection()
    link = link_of(connection.id, ref) if connection is not None else None
    pushes = history.latest(ref)
    moving = next((push for push in pushes if push.state in OPEN), None)
    last = pushes[0] if pushes else None
    shown = badge.badges(ref.kind, [ref.id])[ref.id]
    found = problems.open_for(ref)
    waits_for = _waits_for(moving, connection)
    needed = {one.problem.cause for need in waits_for for one in need["problems"]}
    told = [tell(problem, connection) for problem in found if problem.cause not in needed]
    name = names.name_of(record)
    titles = [one.title for one in told] + [one.title for need in waits_for for one in need["problems"]]
    foreseen = foresee(record, connection) if _is_to_come(record, shown) else None
    every = [*told, *(one for need in waits_for for one in need["problems"])]
    every += foreseen["problems"] if foreseen else []
    actions = _actions(record, shown, moving, link, bool(pushes))
    push_words = _push_words(shown, actions)
    return {
        "at": at,
        **at.beside(record),
        **_about(record, connection, link),
        "record": record,
        "ref": ref,
        "name": name,
        "url": page_of(ref),
        "badge": shown,
        "headline": headline(
            name, record, shown, link, titles, moving is not None and moving.intent == "take_back"
        ),
        "meaning": meaning(record, shown.status, link),
        "problems": told,
        "alone": len(titles) == 1 and tells_problems(shown.status),
        "waits_for": waits_for,
        "link": link,
        "entity": ENTITIES[link.kind].entity if link is not None else "",
        "told_there": _told_there(link) if link is not None else {},
        "itself": Target(ref, name),
        "stands": decisions.stands_as(link) if link is not None and ref.kind != "order" else None,
        "sides": sides(ref),
        "there": address(link, connection) if link is not None and connection is not None else None,
        "accepted": _accepted(link) if link is not None and ref.kind == "order" else [],
        "steps": push_progress.steps(moving) if moving and shown.moving else [],
        "place_in_queue": push_progress.place_in_queue(moving) if moving else "",
        "held_up": push_progress.held_up(connection) if moving else "",
        "actions": actions,
        "push_words": push_words,
        "kept_back_for": decisions.REASONS.values() if isinstance(record, Order) else (),
        "foot": foot(every, actions, push_words, person().may("bookkeeper")),
        "told": history.of(ref),
        "last_push": last,
        "for_support": support.for_support(name, ref.id, last, found),
        "foreseen": foreseen,
        "seen": _token(shown, moving, connection, pushes),
    }


def page_of(ref: RecordRef) -> str:
    """The record's own page."""
    ours = RECORDS[ref.kind]
    named: dict[str, Any] = {ours.page_parameter: ref.id}
    return url_for(ours.page, **named)


def _about(record: Record, connection: Connection | None, link: Link | None) -> dict[str, Any]:
    """What only orders have: a number there, an amount in a currency, a preview."""
    home = connection.home_currency if connection is not None else ""
    if not isinstance(record, Order):
        return {"number": "", "number_again": "", "currency": home, "home_currency": home, "preview_url": ""}
    field, _ = orders.number_field()
    number = getattr(record, field) or ""
    return {
        "number": number,
        "number_again": decisions.number_for_another(link, number) if link is not None else number,
        "currency": record.currency or home,
        "home_currency": home,
        "at_home": exchange.as_it_stands(link, record, connection) if link and connection else "",
        "why_it_differs": why_it_differs(record, link, connection) if link and connection else {},
        "preview_url": url_for("preview.order", order_id=record.id),
    }


@dataclass(frozen=True)
class Accepted:
    """Who let what differs stand, and when."""

    by: str
    at: datetime


def _accepted(link: Link) -> list[Accepted]:
    """Of all that differs now, each person and time once."""
    choices = (link.decided[what] for what in link.variance if what in link.decided)
    return [*dict.fromkeys(Accepted(one["by"], datetime.fromisoformat(one["at"])) for one in choices)]


def _is_to_come(record: Record, shown: badge.Badge) -> TypeGuard[Order]:
    return (
        isinstance(record, Order)
        and record.status != "cancelled"
        and shown.status in those("can_go") - those("there")
    )


def _waits_for(moving: Push | None, connection: Connection | None) -> list[dict[str, Any]]:
    """The records that a waiting push still needs, each with what stands in its own way. One that has come
    meanwhile is none: what is dated ahead is planned again only on its day.
    """
    needs = moving.needs if moving is not None and moving.state == "waiting" else []
    refs = {RecordRef(kind, uuid.UUID(text)): why for kind, text, why in needs}
    called = names.names_of(refs)
    missing = problems.open_of([ref for ref, why in refs.items() if why == "missing"])
    arrived = {
        ref
        for ref, why in refs.items()
        if why == "missing"
        and ref not in missing
        and moving is not None
        and link_of(moving.connection_id, ref)
    }
    return [
        {
            "name": called[ref],
            "url": url_for("badges.drawer", ref=ref),
            "behind": why == "behind",
            "problems": [tell(one, connection) for one in missing.get(ref, ())],
        }
        for ref, why in refs.items()
        if ref in called and ref not in arrived
    ]


def _actions(
    record: Record, shown: badge.Badge, moving: Push | None, link: Link | None, again: bool
) -> dict[str, bool]:
    """What can be done with the record as a whole, beside the fixes of its problems."""
    status = shown.status
    in_flight = moving is not None and moving.state in ("sending", "unsure")
    wished = moving is not None and status not in those("in_the_way")
    is_order = isinstance(record, Order)
    kept_back = record.not_to_be_sent is not None
    finalized = not isinstance(record, Order) or record.status == "finalized"
    voided = link is not None and not link.theirs.counts
    cancelled = isinstance(record, Order) and record.status == "cancelled"
    settled = status not in those("unsent")
    not_there = status == "ready" or status in those("attention") - those("there")
    return {
        "check": moving is not None and moving.state == "unsure",
        "check_there": link is not None and not in_flight,
        "decide": link is not None and not is_order and not in_flight,
        "send_anew": status == "must_choose",
        "push": finalized and not in_flight and not wished and not settled,
        "relink": link is not None and not is_order and not in_flight,
        "create_again": is_order and finalized and voided and not kept_back and moving is None,
        "again": again,
        "void": cancelled and link is not None and not voided and moving is None,
        "keep_back": not kept_back and not in_flight and not cancelled,
        "send_after_all": kept_back,
        "look_there": is_order and finalized and not_there,
        "preview": is_order and (shown.pushable or shown.group == "ahead"),
    }


def _push_words(shown: badge.Badge, actions: dict[str, bool]) -> str:
    if shown.status == "changed":
        return "Push the change"
    return "Push again" if actions["again"] else "Push to QuickBooks Online"


def _token(
    shown: badge.Badge, moving: Push | None, connection: Connection | None, pushes: Sequence[Push]
) -> str:
    """Stands for what a moving drawer shows: as long as it is the same, nothing is drawn anew."""
    told = (
        shown.label,
        moving and (moving.id, moving.state, moving.needs, moving.delivery_id),
        connection and connection.state,
        len(pushes),
        push_progress.place_in_queue(moving) if moving else "",
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
