"""Saving choices: what changed, and what stops being a problem by it."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.mapping import unmapped_orders
from portal.mapping.sections import PAGES, SECTIONS
from portal.mapping.slots import Key, Slot
from portal.mapping.slots import slots as slots_of
from portal.models import Actor, Connection, ListEntry, Location, Problem
from portal.models import Mapping as SavedMapping
from portal.models.books import SectionName
from portal.models.kinds import BECOMES
from portal.outbox.holds import Saved, unblock
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.plan.customers import NO_TERM
from portal.problems.causes import of_mapping
from portal.push.agreement import forget_all
from portal.runtime.history import remember

TERMS: SectionName = "payment_terms"


def save(slots: Collection[Slot], chosen: Mapping[Key, str], actor: Actor) -> Saved:
    """Store the choices of one page, in the current transaction. An empty choice takes the mapping away."""
    keep_drain_out_of_company()
    saved = Saved()
    connection = current.connection()
    rows = {
        (row.section, row.ours, row.province): row
        for row in db.session.scalars(
            select(SavedMapping).where(SavedMapping.section.in_({slot.section for slot in slots}))
        )
    }
    touched = []
    for slot in slots:
        wanted = chosen.get(slot.key, "")
        row = rows.get(slot.key)
        was = row.external_id if row else ""
        if wanted == was:
            continue
        if not wanted:
            db.session.delete(row)
            saved.changes.append(f"{slot.label} is not mapped any more")
            touched.append(replace(slot, chosen="", chosen_label=""))
            continue
        if connection is None:
            continue  # nothing to choose from; the page says so
        name = _name(connection.id, slot.section, wanted)
        if row is None:
            row = SavedMapping(
                organization_id=connection.organization_id,
                section=slot.section,
                ours=slot.ours,
                province=slot.province,
            )
            db.session.add(row)
        row.external_id, row.label = wanted, name
        saved.changes.append(f"{slot.label} → {row.label}")
        touched.append(replace(slot, chosen=wanted, chosen_label=name))
    if saved.changes and connection is not None:
        remember(actor, "mapping_saved", ("connection", connection.id), "; ".join(saved.changes))
    db.session.flush()
    recheck(touched, actor, saved)
    if connection is not None:
        _forget_what_they_say(connection, touched)
    return saved


def recheck(touched: Collection[Slot], actor: Actor, saved: Saved) -> None:
    """Let go what waited for the choices of these slots, as they are now, and tell what lacks one."""
    connection = current.connection()
    if connection is None or not touched:
        return
    others = unmapped_orders.beside(connection, touched)
    lacking = unmapped_orders.lacking(connection, [*touched, *others])
    causes = {slot.cause for slot in touched if slot.chosen} | {slot.cause for slot in others}
    causes |= {cause for slot in touched if slot.category for cause in (slot.cause, instead_of(slot))}
    unblock(causes, actor, saved, but=lacking)
    saved.lacking = unmapped_orders.tell_orders(lacking)


def instead_of(slot: Slot) -> str:
    """The cause of lacking what stands for all categories: one with a choice of its own needs none."""
    return of_mapping("product_accounts", slot.ours.partition(":")[0])


def recheck_all(connection: Connection, actor: Actor) -> None:
    """QBO's lists were read: what of the choices is gone or back, told on the orders. The caller commits."""
    chosen = [slot for page in PAGES for slot in slots_of(page) if slot.chosen]
    waiting = set(
        db.session.scalars(
            select(Problem.cause).where(
                Problem.code.in_(unmapped_orders.INACTIVE), Problem.resolved_at.is_(None)
            )
        )
    )
    gone = unmapped_orders.inactive_choices(connection)
    back = {slot.cause for slot in chosen if (SECTIONS[slot.section].list, slot.chosen) not in gone}
    lacking = unmapped_orders.lacking(connection, [*chosen, *unmapped_orders.beside(connection, chosen)])
    unblock(waiting & back, actor, Saved(), but=lacking)
    unmapped_orders.tell_orders(lacking)


def _forget_what_they_say(connection: Connection, touched: Collection[Slot]) -> None:
    """Linked customers and products that say something else now: what was judged by the choices before holds
    no longer."""
    told_by = {SECTIONS[slot.section].told_by for slot in touched}
    # Without a term of ours a customer keeps its own.
    touched = [slot for slot in touched if slot.key != (TERMS, NO_TERM, "")]
    terms = [slot.ours for slot in touched if slot.section == TERMS]
    only_terms = {slot.section for slot in touched} == {TERMS}
    for kind in BECOMES:
        if kind in told_by and only_terms:
            forget_all(connection, kind, Location.payment_term_id.in_([uuid.UUID(term) for term in terms]))
        elif kind in told_by:
            forget_all(connection, kind)


def _name(connection_id: uuid.UUID, section: SectionName, external_id: str) -> str:
    name = db.session.scalar(
        select(ListEntry.name).where(
            ListEntry.connection_id == connection_id,
            ListEntry.list == SECTIONS[section].list,
            ListEntry.external_id == external_id,
        )
    )
    return name or external_id
