"""Saving choices: what changed, and what stops being a problem by it."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.mapping import rechecks, unmapped_orders
from portal.mapping.sections import PAGES, SECTIONS
from portal.mapping.slots import Key, Slot
from portal.mapping.slots import slots as slots_of
from portal.models import Actor, Connection, ListEntry, Location, Problem
from portal.models import Mapping as SavedMapping
from portal.models.books import SectionName
from portal.models.kinds import BECOMES
from portal.outbox.holds import Saved
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.plan.customers import NO_TERM
from portal.problems.causes import of_mapping
from portal.push.agreement import forget_all
from portal.runtime.history import remember

TERMS: SectionName = "payment_terms"


def save(slots: Collection[Slot], chosen: Mapping[Key, str], actor: Actor) -> Saved:
    """Store the choices of one page, and have what they hold or free judged anew, orders some at a time. An
    empty choice takes the mapping away. Commits.
    """
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
    if connection is not None:
        # No item says how deposits are taxed in one province.
        of_records = [(slot.section, slot.ours) for slot in touched if not slot.else_for_all]
        # With the choice itself: whoever dies before all is judged leaves nothing green.
        forget_what_they_say(connection, of_records)
    recheck(touched, actor, saved)
    return saved


def recheck(touched: Collection[Slot], actor: Actor, saved: Saved) -> None:
    """Let go what waited for the choices of these slots, and tell what lacks one. Commits."""
    connection = current.connection()
    if connection is None or not touched:
        db.session.commit()
        return
    touched = unmapped_orders.as_saved(touched)
    others = unmapped_orders.beside(connection, touched)
    of_categories = {cause for slot in touched if slot.category for cause in (slot.cause, instead_of(slot))}
    causes = {slot.cause for slot in (*touched, *others)} | of_categories
    concerned = {order_id for order_id, _ in unmapped_orders.lacking(connection, [*touched, *others])}

    def judge(some: Collection[uuid.UUID]) -> Saved:
        part, slots = Saved(), _as_chosen_now(touched)
        lacking = unmapped_orders.lacking(connection, [*slots, *_as_chosen_now(others)], some)
        settled = [slot for slot in slots if slot.chosen or slot.falls_back]
        free = {slot.cause for slot in (*settled, *others)}
        rechecks.let_go(free | of_categories, some, actor, part, lacking)
        part.lacking = unmapped_orders.tell_orders(lacking)
        return part

    done = rechecks.some_at_a_time(rechecks.held_by(causes) | concerned, judge)
    saved.ready, saved.queued, saved.lacking = done.ready, done.queued, done.lacking


def instead_of(slot: Slot) -> str:
    """The cause of lacking what stands for all categories: one with a choice of its own needs none."""
    return of_mapping("product_accounts", slot.ours.partition(":")[0])


def recheck_all(connection: Connection, actor: Actor) -> None:
    """QBO's lists were read: what of the choices is gone or back, told on the orders; and what waits for a
    choice that is made. Commits.
    """
    chosen = [slot for page in PAGES for slot in slots_of(page) if slot.chosen]
    looked_at = [*chosen, *unmapped_orders.beside(connection, chosen)]
    concerned = {order_id for order_id, _ in unmapped_orders.lacking(connection, looked_at)}

    def judge(some: Collection[uuid.UUID]) -> Saved:
        part, slots = Saved(), _as_chosen_now(looked_at)
        gone = unmapped_orders.inactive_choices(connection)
        back = {
            slot.cause
            for slot in slots
            if slot.chosen and (SECTIONS[slot.section].list, slot.chosen) not in gone
        }
        lacking = unmapped_orders.lacking(connection, slots, some)
        rechecks.let_go(back & _lacked(), some, actor, part, lacking)
        part.lacking = unmapped_orders.tell_orders(lacking)
        return part

    rechecks.some_at_a_time(rechecks.held_by(_lacked()) | concerned, judge)


def _lacked() -> set[str]:
    """The causes of what orders lack of their mappings, or may."""
    found = select(Problem.cause).where(
        Problem.code.in_(unmapped_orders.LACKING), Problem.resolved_at.is_(None)
    )
    return set(db.session.scalars(found.distinct()))


def _as_chosen_now(slots: Collection[Slot]) -> list[Slot]:
    """What is saved by now: somebody may have saved once more since these were read."""
    sections = {slot.section for slot in slots}
    saved = {
        (row.section, row.ours, row.province): row
        for row in db.session.scalars(select(SavedMapping).where(SavedMapping.section.in_(sections)))
    }
    found = []
    for slot in slots:
        row = saved.get(slot.key)
        chosen, label = (row.external_id, row.label) if row is not None else ("", "")
        found.append(replace(slot, chosen=chosen, chosen_label=label))
    return found


def forget_what_they_say(connection: Connection, touched: Collection[tuple[SectionName, str]]) -> None:
    """Linked customers and products that say something else now, by these sections and values of ours: what
    was judged by the choices before holds no longer. The caller has kept drains out, and commits."""
    told_by = {SECTIONS[section].told_by for section, _ in touched}
    # Without a term of ours a customer keeps its own.
    touched = [one for one in touched if one != (TERMS, NO_TERM)]
    terms = [uuid.UUID(ours) for section, ours in touched if section == TERMS]
    only_terms = {section for section, _ in touched} == {TERMS}
    for kind in BECOMES:
        if kind in told_by and only_terms:
            forget_all(connection, kind, Location.payment_term_id.in_(terms))
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
