"""A problem as the drawer tells it, with all that is needed to put it right there."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_wtf import FlaskForm

from portal import decisions, problems
from portal.dates import day_in
from portal.extensions import db
from portal.mapping.slots import Slot, slot_of
from portal.models import Connection, KeySettings, Location, Order, Problem, Sku
from portal.models.kinds import RECORDS
from portal.problems import catalogue
from portal.problems.of_mappings import MAPPINGS
from portal.report import activity
from portal.report.preview import preview
from portal.sales import orders
from portal.sales.bulk import fix_and_push
from portal.web.drawer.addresses import record_in
from portal.web.forms.slot_form import choice_form

# Problems of an order that is perhaps in QuickBooks already.
PERHAPS_THERE = frozenset({"number_taken", "must_choose", "too_old", "before_start_date", "found_voided"})
# The field of the record's form that a problem is about; the key settings name those of keys.
FIELDS = {
    "email_invalid": "email",
    "email_missing": "email",
    "name_too_long": "name",
    "name_forbidden_character": "name",
    "name_locked": "name",
    "currency_differs": "currency",
}


@dataclass(frozen=True)
class Target:
    """The customer or product that a person shall point out in QuickBooks."""

    kind: str
    record_id: uuid.UUID
    name: str
    suggestions: Sequence[decisions.Suggestion]
    may_be_new: bool
    kept_back: bool

    @property
    def noun(self) -> str:
        return "customer" if self.kind == "location" else "item"


@dataclass(frozen=True)
class Told:
    """page: where it is put right if not here. held: how many records share the cause of `slot`."""

    problem: Problem
    title: str
    meaning: str
    because: Sequence[str]
    fix: str
    page_label: str
    page_url: str | None
    slot: Slot | None = None
    form: FlaskForm | None = None
    held: int = 0
    target: Target | None = None
    renumber: bool = False
    perhaps_there: bool = False
    open_day: str = ""
    asks_for_date: bool = False


def tell(problem: Problem, connection: Connection | None) -> Told:
    """All of one problem; asks QuickBooks nothing."""
    entry = problems.CATALOGUE.get(problem.code) or problems.CATALOGUE["unknown_fault"]
    slot = slot_of(problem.cause) if problem.code in MAPPINGS else None
    return Told(
        problem,
        problems.sentence(problem.code, problem.values),
        problems.meaning(problem.code, problem.values),
        catalogue.because(problem.code, problem.values),
        catalogue.fix(problem.code, problem.values),
        entry.fix_label,
        _page(problem),
        slot=slot,
        form=choice_form(connection, slot) if slot else None,
        held=fix_and_push.held_by(problem.cause) if slot else 0,
        target=_target(problem) if problem.code in decisions.ABOUT_IDENTITY else None,
        renumber=problem.record_kind == "order" and problem.code in orders.NUMBER_PROBLEMS,
        perhaps_there=problem.record_kind == "order" and problem.code in PERHAPS_THERE,
        open_day=day_in(problem.values.get("open_day", "")) if problem.code in decisions.CLOSED else "",
        asks_for_date=problem.code == "closed_period_asks",
    )


def foresee(order: Order, connection: Connection | None) -> dict[str, Any]:
    """What a push would come to, before anybody asks for it: the document, and what stands in its way."""
    made = preview(order)
    in_the_way = [
        Problem(
            organization_id=order.organization_id,
            record_kind=one.record_kind,
            record_id=one.record_id,
            code=one.found.code,
            values=dict(one.found.values),
            cause=one.found.cause,
            qbo_words="",
        )
        for one in made.in_the_way
    ]
    return {
        "document": made.document,
        "notes": made.notes,
        # Nobody was asked yet: a choice of the date is offered once the order is to go.
        "problems": [replace(tell(problem, connection), open_day="") for problem in in_the_way],
    }


def _page(problem: Problem) -> str | None:
    """The page of the fix, at the field where one is known."""
    path = problems.fix_path(problem.code, problem.values, problem.record_kind, problem.record_id)
    field = _field(problem)
    return f"{path}#{field}" if path and field else path


def _field(problem: Problem) -> str | None:
    if problem.record_kind == "order":
        return None
    if problem.code.endswith(("_key_missing", "_key_doubled")):
        keys = db.session.get(KeySettings, problem.organization_id) or KeySettings(
            customer_ours="name", sku_ours="code"
        )
        return keys.customer_ours if problem.record_kind == "location" else keys.sku_ours
    return FIELDS.get(problem.code)


def _target(problem: Problem) -> Target | None:
    """Whom the problem is about: an order's may be about its customer."""
    kind, record_id = record_in(problem.cause) or (problem.record_kind, problem.record_id)
    if kind == "order":
        return None
    record: Location | Sku | Any = db.session.get(RECORDS[kind].model, record_id)
    if record is None:
        return None
    return Target(
        kind,
        record_id,
        activity.name_of(record),
        decisions.suggestions([problem]),
        problem.code in decisions.MAY_BE_NEW,
        record.not_to_be_sent is not None,
    )
