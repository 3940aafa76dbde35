"""The sync settings: what is pushed by itself, what happens where a matched record differs; saving them lets
go what only they held back.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from portal import outbox
from portal.company import current
from portal.dates import day
from portal.extensions import db
from portal.mapping import closed_periods, rechecks
from portal.models import Actor, KeySettings, Order, Problem, SyncSettings
from portal.models.kinds import RECORDS, RecordKind
from portal.outbox import day_waits
from portal.outbox.holds import Saved
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.plan.types import Rules, Settings
from portal.problems import CATALOGUE, causes
from portal.push.agreement import forget_all
from portal.runtime.history import remember

DEFAULTS: dict[str, Any] = {
    "customers_on": False,
    "products_on": False,
    "orders_on": False,
    "start_date": None,
    "closed_period_policy": "hold",
    "invoice_date_rule": "delivery",
    "new_invoice": "nothing",
    "new_item_type": "NonInventory",
    "customers_details": None,
    "customers_money": None,
    "customers_names": False,
    "products_details": None,
    "products_money": None,
    "products_names": False,
    "print_notes": False,
}
# What each sync is asked once, before it is on: what happens where a matched record differs. Nobody's silence
# is an answer, so that nothing is stored before somebody gave one; until then each difference is asked about.
QUESTIONS: Mapping[str, Sequence[str]] = {
    "customers": ("customers_details", "customers_money"),
    "products": ("products_details", "products_money"),
}
SYNCS: Mapping[str, RecordKind] = {"customers": "location", "products": "sku"}
# How a changed setting is told.
WORDS = {
    "customers_on": "customers sync is",
    "products_on": "products sync is",
    "orders_on": "orders sync is",
    "start_date": "the start date is",
    "closed_period_policy": "orders dated in a closed period are to be",
    "invoice_date_rule": "the invoice date is",
    "new_invoice": "with a new invoice QuickBooks is to",
    "new_item_type": "new products become",
    "customers_details": "where details of a matched customer differ,",
    "customers_money": "where a payment term or tax of a matched customer differs,",
    "customers_names": "renaming of matched customers is",
    "products_details": "where details of a matched product differ,",
    "products_money": "where a price, cost or tax of a matched product differs,",
    "products_names": "renaming of matched products is",
    "print_notes": "printing of order notes is",
}
VALUES = {
    "hold": "held",
    "first_open_day": "dated on the first open day",
    "ask": "asked about one by one",
    "delivery": "the delivery date",
    "finalized": "the day of finalizing",
    "order": "the order date",
    "nothing": "do nothing",
    "print": "mark it to be printed",
    "email": "mark it to be e-mailed",
    "NonInventory": "non-inventory items",
    "Service": "service items",
    "Inventory": "inventory items",
}
DIFFERING = {"update": "QuickBooks is changed", "ask": "somebody is asked", "keep": "both stay as they are"}
# What no longer goes by itself once its sync is off. Finalized orders were meant to go, and do.
PUSHED_BY: Mapping[str, RecordKind] = {f"{sync}_on": kind for sync, kind in SYNCS.items()}
# Setting → the causes that it may have removed; whether it has is found anew at the push.
CAUSES = {
    "start_date": (causes.START_DATE, causes.CLOSED_PERIOD),
    "closed_period_policy": (causes.CLOSED_PERIOD, causes.TAX_FILED),
    "new_item_type": (causes.INVENTORY, causes.of_mapping("product_accounts", "asset")),
}


class Unanswered(Exception):
    """A sync is to be on though it was not chosen what happens where a matched record differs.

    questions: the settings that need an answer.
    """

    def __init__(self, questions: Collection[str]) -> None:
        super().__init__(", ".join(questions))
        self.questions = questions


def settings() -> SyncSettings:
    """The organization's; all off, and not stored, before anybody chose."""
    return db.session.scalar(select(SyncSettings)) or SyncSettings(**DEFAULTS)


def unanswered() -> list[str]:
    """The syncs that are on and were never asked what happens where a matched record differs."""
    row = settings()
    return [sync for sync in QUESTIONS if getattr(row, f"{sync}_on") and _open_questions(sync, row, {})]


def save(values: Mapping[str, Any], actor: Actor) -> Saved:
    """Store them, and have what they held or hold now judged anew, orders some at a time. Commits. Raises
    Unanswered, and then stores nothing.
    """
    open_questions = [
        question
        for sync in QUESTIONS
        if values.get(f"{sync}_on")
        for question in _open_questions(sync, settings(), values)
    ]
    if open_questions:
        raise Unanswered(open_questions)
    keep_drain_out_of_company()
    row = db.session.get(SyncSettings, actor.organization_id)
    if row is None:
        row = SyncSettings(organization_id=actor.organization_id, **DEFAULTS)
        db.session.add(row)
    rules = _rules(row)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    saved = Saved([told(name, values[name]) for name in changed])
    if changed:
        remember(actor, "sync_settings_saved", None, "; ".join(saved.changes))
    db.session.flush()
    connection = current.connection()
    if connection is not None:
        for sync, is_now in _rules(row).items():
            if is_now != rules[sync]:
                forget_all(connection, SYNCS[sync])
        if "closed_period_policy" in changed:
            day_waits.wake_moved(connection.id)
    for name, record_kind in PUSHED_BY.items():
        if name in changed and not values[name]:
            outbox.withdraw_automatic(record_kind)
    before, may_free = _ready(), not CAUSES.keys().isdisjoint(changed)
    about = {cause for name in changed for cause in CAUSES.get(name, ())}
    about |= _ended_by([name for name in changed if values[name]])

    def judge(some: Collection[uuid.UUID]) -> Saved:
        part = Saved()
        # Looked for first: an order with a document there is no longer concerned once it is let go.
        held_back = closed_periods.held_back_by_date(some) if may_free else []
        rechecks.let_go(about, some, actor, part)
        closed_periods.hold_back(held_back)
        return part

    concerned = {order_id for order_id, _ in closed_periods.held_back_by_date()} if may_free else set()
    done = rechecks.some_at_a_time(rechecks.held_by(about) | concerned, judge)
    saved.ready, saved.queued = done.ready, done.queued
    if may_free:
        gained = _ready() - before
        saved.ready, saved.lacking = max(gained, 0), max(-gained, 0)
    db.session.commit()
    return saved


def told(name: str, value: Any) -> str:
    """A setting as it now is, in words."""
    if isinstance(value, bool):
        return f"{WORDS[name]} {'on' if value else 'off'}"
    if isinstance(value, date):
        return f"{WORDS[name]} {day(value)}"
    if any(name in questions for questions in QUESTIONS.values()):
        return f"{WORDS[name]} {DIFFERING.get(value, 'nobody chose yet')}"
    return f"{WORDS[name]} {VALUES.get(value, value) if value is not None else 'none'}"


def _ended_by(turned_on: Sequence[str]) -> set[str]:
    """The causes that a sync which has just been turned on takes away: not where only what has an Id of
    theirs is known, since nothing is created then."""
    keys = db.session.scalar(select(KeySettings))
    by_id = {
        name for name, kind in PUSHED_BY.items() if keys and getattr(keys, RECORDS[kind].their_key) == "Id"
    }
    codes = [code for code, entry in CATALOGUE.items() if entry.ended_by in {*turned_on} - by_id]
    lacking = select(Problem.cause).where(Problem.code.in_(codes), Problem.resolved_at.is_(None))
    return set(db.session.scalars(lacking.distinct())) if codes else set()


def _open_questions(sync: str, row: SyncSettings, values: Mapping[str, Any]) -> list[str]:
    return [name for name in QUESTIONS[sync] if values.get(name, getattr(row, name)) is None]


def _rules(row: SyncSettings) -> dict[str, Rules]:
    """What follows where a matched record differs, by sync: silence is the same as asking."""
    found = Settings.of(row)
    return {"customers": found.customers_differ, "products": found.products_differ}


def _ready() -> int:
    return db.session.scalar(select(func.count(Order.id)).where(Order.integration_status == "ready")) or 0
