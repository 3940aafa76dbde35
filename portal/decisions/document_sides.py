"""A document that says something else in QuickBooks: group by group, a person says whose version stands."""

import hashlib
import json
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import update

from portal import outbox, problems
from portal.company.entities import Entity, is_voided, tax_of
from portal.decisions.common import (
    CantDecide,
    company,
    in_flight,
    planned_as,
    planned_now,
    refuse_if_kept_back,
    revision_of,
    theirs_now,
    those_in_flight,
)
from portal.extensions import db
from portal.models import Actor, Connection, Link, Order
from portal.models.base import now
from portal.models.kinds import DOCUMENTS, RecordRef
from portal.models.types import cents_of, storable
from portal.outbox import badge
from portal.outbox.lease_row import keep_drains_out
from portal.plan.differences import Difference, Namer, between, by_group, money
from portal.plan.group_standing import GroupStanding, group_standing
from portal.plan.groups import GROUPS, as_then, differing, value_of, words_of
from portal.plan.lines import RECORDS
from portal.plan.types import Linked, Plan
from portal.push import documents_read, plan_context
from portal.push.links import link_of
from portal.runtime.history import remember

Side = Literal["theirs", "ours"]
NOT_EDITED = "There is nothing to decide: it was not edited in QuickBooks, or somebody has decided already."
UNDER_WAY = "It is on its way to QuickBooks, or being checked there: wait until that is known."
MOVED = (
    "It has changed once more since it was shown, here or in QuickBooks: compare again. Nothing was decided."
)
VOIDED = "The document was voided in QuickBooks meanwhile. Push again to see what can be done."
DELETED = "QuickBooks does not have it any more: it was deleted there. Push again to see what can be done."
# What of either side travels with a choice of a group: which records of ours it was made from.
MADE_FROM = {"customer": "location", "lines": "lines"}


@dataclass(frozen=True)
class DocumentSides:
    """Both sides of a document as they stand: ours as it would be sent, theirs as QBO last showed it.

    plan: None where ours can't be put together; then ours is what was last sent.
    """

    ours: Mapping[str, Any]
    theirs: Entity
    found: GroupStanding
    plan: Plan | None
    then: Entity | None = None
    names: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()

    @property
    def offered(self) -> list[str]:
        """The groups about which a person must decide, and others in which they differ; not what changed here
        alone and goes anyway."""
        differ = differing(self.ours, self.theirs, self.emptied, self.names).keys() - set(self.found.goes)
        return [group for group in GROUPS if group in differ or group in self.found.asked]

    @property
    def shown(self) -> str:
        """Stands for what a person who decides has seen: a choice about anything else is none."""
        seen = {group: self.values(group) for group in self.offered}
        return hashlib.sha256(json.dumps([seen, tax_of(self.theirs)], sort_keys=True).encode()).hexdigest()[
            :16
        ]

    def values(self, group: str) -> dict[str, Any]:
        return {
            "ours": value_of(group, self.ours, self.names),
            "theirs": value_of(group, self.theirs, self.names),
        }


def sides_of(connection: Connection, link: Link) -> DocumentSides:
    """As they stand here and, as far as QBO has shown it, there. Calls nothing."""
    plan, _ = planned_now(connection, link.ref)
    reference = db.session.get_one(Order, link.record_id).reference
    seen, ours = plan_context.linked(link), link.ours_then or {}
    if not isinstance(plan, Plan):
        found = group_standing(dict(ours), seen, reference)
        return DocumentSides(ours, link.theirs.fields, found, None, link.theirs_then)
    found = group_standing(plan.sent, seen, reference, plan.tax, plan.names)
    then, names, emptied = link.theirs_then, plan.names, plan.emptied
    return DocumentSides(plan.sent, link.theirs.fields, found, plan, then, names, emptied)


def rows_of(sides: DocumentSides, name: Namer) -> list[Difference]:
    """Both sides in words, in all groups in which they differ or somebody wrote something there, with the tax
    and total that the lines come to. A memo of theirs stays before ours whatever is chosen."""
    told = [group for group in GROUPS if group != "memo"]
    rows = by_group(sides.ours, sides.theirs, told, name, sides.names, sides.then)
    return [*rows, *(_sums(sides) if "lines" in sides.offered else ())]


def would_send(ref: RecordRef, replaced: Collection[str], name: Namer) -> list[Difference]:
    """What goes to QuickBooks once these groups are replaced with ours, as `ours`. Calls nothing. Raises
    CantDecide where it can't go."""
    connection = company()
    link = _link_of(connection, ref)
    sides = sides_of(connection, link)
    wanted: dict[str, Side] = {group: "ours" if group in replaced else "theirs" for group in sides.offered}
    moved = _moved(plan_context.linked(link), sides, wanted, {})
    plan, _ = planned_as(connection, ref, lambda _: replace(moved, revision=-1))
    if not isinstance(plan, Plan):
        raise CantDecide("Something else stands in its way by now: push again to see what.")
    carried = {field: value for field, value in plan.payload.items() if field != "PrivateNote"}
    return between(carried, {}, name)


def choose_sides(ref: RecordRef, choices: Mapping[str, Side], shown: str, actor: Actor) -> str:
    """Keep theirs or send ours, for each group in which an order and its document differ; says what happens.

    Only about what was `shown`, with theirs looked at once more. Where nothing of ours is to go, nothing is
    sent. Commits. Raises CantDecide, Unavailable, Reconnect.
    """
    connection = company()
    connection_id, link = connection.id, _link_of(connection, ref)
    entity = theirs_now(connection, link.kind, link.external_id)
    if is_voided(entity):
        raise CantDecide(VOIDED)
    keep_drains_out(connection_id)
    link = _link_of(connection, ref)
    if in_flight(ref):
        raise CantDecide(UNDER_WAY)
    documents_read.take_in(connection, link, entity)
    db.session.flush()
    sides = sides_of(connection, link)
    wanted = {group: side for group, side in choices.items() if group in sides.offered}
    if sides.shown != shown:
        raise CantDecide(MOVED)
    if not wanted or not set(sides.found.asked) <= wanted.keys():
        raise CantDecide(NOT_EDITED if not sides.offered else "Choose for each of them whose version stands.")
    order = db.session.get_one(Order, ref.id, populate_existing=True)
    sent = [group for group, side in wanted.items() if side == "ours"]
    if sent:
        refuse_if_kept_back(ref)
        if order.status != "finalized":
            raise CantDecide("The order is open: finalize it, and it replaces what is in QuickBooks.")
    _keep_choice(link, sides, wanted, actor)
    problems.resolve(problems.of_record(ref), by=actor.name)
    _ask_or_end(connection, link, order, sides, sent, actor)
    said = list(_told(link, wanted, actor))
    badge.restate("order", [ref.id])
    db.session.commit()
    return " ".join(said)


def accept_differences(ref: RecordRef, shown: str, actor: Actor) -> None:
    """Let stand that theirs differs: it counts as right, and is marked as a choice. Commits.

    Raises CantDecide.
    """
    connection = company()
    keep_drains_out(connection.id)
    link = _link_of(connection, ref)
    if not link.variance.keys() - {"rounding"}:
        raise CantDecide("There is nothing to accept: nothing differs any more, or somebody was faster.")
    if token_of(link) != shown:
        raise CantDecide(MOVED)
    _accept(link, actor)
    badge.restate("order", [ref.id])
    db.session.commit()


def accept_all(order_ids: Collection[uuid.UUID], actor: Actor) -> int:
    """The same of all that differs in these, as they now stand; how many had any. The caller has kept drains
    out, and commits. Those on their way are left out."""
    connection, accepted = company(), 0
    under_way = those_in_flight("order", order_ids)
    for order_id in order_ids:
        link = link_of(connection.id, RecordRef("order", order_id))
        if link is None or not link.theirs.counts or order_id in under_way:
            continue
        if link.variance.keys() - {"rounding"}:
            _accept(link, actor)
            accepted += 1
    badge.restate("order", order_ids)
    return accepted


def _accept(link: Link, actor: Actor) -> None:
    found = {what: both for what, both in link.variance.items() if what != "rounding"}
    at = now().isoformat(timespec="seconds")
    link.decided = link.decided | {
        what: {"what": "accepted", "ours": both[0], "theirs": both[1], "by": actor.name, "at": at}
        for what, both in found.items()
        if not badge.is_decided(both, link.decided.get(what))
    }
    db.session.flush()
    said = f"Accepted that number {link.theirs.number or ''} differs in QuickBooks."
    remember(actor, "accepted", link.ref, said)


def token_of(link: Link) -> str:
    """Stands for the differences that a person who accepts them has seen."""
    return hashlib.sha256(json.dumps(link.variance, sort_keys=True).encode()).hexdigest()[:16]


def _link_of(connection: Connection, ref: RecordRef) -> Link:
    link = link_of(connection.id, ref)
    if link is None:
        raise CantDecide(NOT_EDITED)
    if not link.theirs.counts:
        raise CantDecide(DELETED if link.theirs.gone else VOIDED)
    return link


def _sums(sides: DocumentSides) -> Iterator[Difference]:
    if sides.plan is None or sides.plan.tax is None:
        return
    ours = {"Tax": sides.plan.tax, "Total": sides.plan.total or 0}
    theirs = {"Tax": tax_of(sides.theirs), "Total": cents_of(sides.theirs.get("TotalAmt"))}
    for what, amount in ours.items():
        if amount != theirs[what]:
            yield Difference(what, money(amount), money(theirs[what]), "lines")


def _moved(linked: Linked, sides: DocumentSides, wanted: Mapping[str, Side], by: Mapping[str, str]) -> Linked:
    """The link as it stands once these choices are made: both sides agree in what is kept, and ours goes anew
    where it replaces theirs."""
    ours_then = dict(linked.ours_then or {})
    theirs_then = dict(as_then(sides.theirs) if linked.theirs_then is None else linked.theirs_then)
    decided, records = dict(linked.decided), dict(ours_then.get(RECORDS, {}))
    for group, side in wanted.items():
        decided[group] = {"what": side, **sides.values(group), **by}
        of_records = MADE_FROM.get(group)
        if of_records is not None:
            records.pop(of_records, None)
            if side == "theirs" and of_records in sides.ours.get(RECORDS, {}):
                records[of_records] = sides.ours[RECORDS][of_records]
        for field in GROUPS[group].fields:
            theirs_then[field] = storable(sides.theirs.get(field))
            ours_then.pop(field, None)
            if side == "theirs" and field in sides.ours:
                ours_then[field] = sides.ours[field]
    ours_then[RECORDS] = records
    numbers = None if wanted.get("number") == "ours" else linked.numbers
    return replace(linked, ours_then=ours_then, theirs_then=theirs_then, decided=decided, numbers=numbers)


def _keep_choice(link: Link, sides: DocumentSides, wanted: Mapping[str, Side], actor: Actor) -> None:
    by = {"by": actor.name, "at": now().isoformat(timespec="seconds")}
    moved = _moved(plan_context.linked(link), sides, wanted, by)
    link.ours_then, link.theirs_then = dict(moved.ours_then or {}), dict(moved.theirs_then or {})
    link.decided = dict(moved.decided)
    if wanted.get("number") == "ours":
        link.variance = {what: both for what, both in link.variance.items() if what != "doc_number"}
    elif "number" in wanted:
        numbers = {side: value.get("DocNumber") for side, value in sides.values("number").items()}
        link.decided = link.decided | {"doc_number": {**link.decided["number"], **numbers}}


def _ask_or_end(
    connection: Connection,
    link: Link,
    order: Order,
    sides: DocumentSides,
    sent: Collection[str],
    actor: Actor,
) -> None:
    """Ask for what is to go: what replaces theirs, and what changed here in other groups. Where that is
    nothing, ours counts as carried over."""
    if sent:
        # A revision of its own, so that its landing can be told from what stood there before.
        db.session.execute(update(Order).where(Order.id == order.id).values(revision=Order.revision + 1))
    outbox.withdraw(link.ref)
    left = sides_of(connection, link).found
    if sent or (left.goes and order.status == "finalized" and order.not_to_be_sent is None):
        outbox.ask("order", [order.id], reason="retry", actor=actor)
    elif not left.goes:
        link.revision = revision_of(link.ref)
        expected = sides.plan.expected() if sides.plan else {"net": _net(order, link)}
        documents_read.count_as_said(link, {**expected, "sent": storable(sides.ours)})


def _net(order: Order, link: Link) -> int:
    return DOCUMENTS[link.kind].sign * order.net_total


def _told(link: Link, wanted: Mapping[str, Side], actor: Actor) -> Iterator[str]:
    """What was chosen, kept as history too."""
    called = f"number {link.theirs.number or link.external_id}"
    kept = [group for group, side in wanted.items() if side == "theirs"]
    sent = [group for group, side in wanted.items() if side == "ours"]
    if kept:
        text = f"Kept the {_listed(kept)} of {called} as QuickBooks has it."
        remember(actor, "kept_theirs", link.ref, text)
        yield text
    if sent:
        text = f"The {_listed(sent)} of {called} in QuickBooks are to be replaced with what stands here."
        remember(actor, "replaced_theirs", link.ref, text)
        yield text


def _listed(groups: Collection[str]) -> str:
    words = words_of(groups)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
