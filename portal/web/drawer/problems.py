"""A problem as the drawer tells it, with all that is needed to put it right there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_wtf import FlaskForm

from portal import decisions, problems
from portal.dates import day_in
from portal.extensions import db
from portal.mapping.slots import Slot, slot_of
from portal.models import Connection, KeySettings, Location, Order, Problem, Sku
from portal.models.kinds import BECOMES, ENTITIES, RECORDS, RecordRef
from portal.problems import causes
from portal.problems.entry import KEY, Entry
from portal.push.links import link_of
from portal.report import names
from portal.report.preview import preview
from portal.sales.bulk import fix_and_push
from portal.web.drawer.typed import TypedField, key_of, record_of, typed_field
from portal.web.forms.slot_form import choice_form


@dataclass(frozen=True)
class Target:
    """The customer or product that a person shall point out in QuickBooks."""

    ref: RecordRef
    name: str
    suggestions: Sequence[decisions.Suggestion] = ()
    may_be_new: bool = False
    kept_back: bool = False
    # It is linked, and what it is linked to can't be used: looking there again may end that.
    look_again: bool = False
    # What ours says of what tells theirs apart.
    ours: Mapping[str, str] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        return ENTITIES[BECOMES[self.ref.kind]].word


@dataclass(frozen=True)
class ToldProblem:
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
    # The documents that it names, beside what the order comes to.
    holders: Sequence[decisions.TheirDocument] = ()
    own: decisions.OwnSide | None = None
    open_day: str = ""
    asks_for_date: bool = False
    may_go_all_the_same: bool = False
    # The one field that puts it right, to be typed here; key: stands for the problem in ids of its forms.
    typed: TypedField | None = None
    key: str = ""
    # Id and name of the account that a container deposit would be booked in as income.
    income_account: tuple[str, str] | None = None


def tell(problem: Problem, connection: Connection | None) -> ToldProblem:
    """All of one problem; asks QuickBooks nothing."""
    entry = problems.entry_of(problem.code)
    slot = slot_of(problem.cause)
    holders, own = _holders(problem, entry, connection)
    return ToldProblem(
        problem,
        problems.sentence(problem.code, problem.values),
        problems.meaning(problem.code, problem.values),
        problems.because(problem.code, problem.values),
        problems.fix(problem.code, problem.values),
        entry.fix_label,
        _page(problem, entry),
        slot=slot,
        form=choice_form(connection, slot) if slot else None,
        held=fix_and_push.held_by(problem.cause) if slot else 0,
        target=_target(problem, entry, connection) if _may_be_linked(problem, entry) else None,
        renumber=problem.record_kind == "order" and entry.renumber,
        perhaps_there=problem.record_kind == "order" and entry.perhaps_there,
        holders=holders,
        own=own,
        open_day=day_in(problem.values.get("open_day", "")) if entry.may_be_dated_later else "",
        asks_for_date=entry.asks_for_date,
        may_go_all_the_same=entry.may_go_all_the_same,
        typed=typed_field(problem, entry, _field(problem, entry), _whose(problem)),
        key=key_of(problem),
        income_account=_income_account(problem) if entry.may_book_income else None,
    )


def foresee(order: Order, connection: Connection | None) -> dict[str, Any]:
    """What a push would come to, before anybody asks for it: the document, and what stands in its way."""
    made = preview(order)
    in_the_way = [
        Problem(
            organization_id=order.organization_id,
            record_kind=one.ref.kind,
            record_id=one.ref.id,
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
        "problems": [
            replace(tell(problem, connection), open_day="", may_go_all_the_same=False)
            for problem in in_the_way
        ],
    }


def _holders(
    problem: Problem, entry: Entry, connection: Connection | None
) -> tuple[Sequence[decisions.TheirDocument], decisions.OwnSide | None]:
    """Those that hold the number of an order, to be compared with it."""
    named = problem.record_kind == "order" and entry.perhaps_there and problem.values.get("candidates")
    order = db.session.get(Order, problem.record_id) if named and connection is not None else None
    if order is None:
        return (), None
    return decisions.holders_of(order, problem), decisions.own_side(order)


def _whose(problem: Problem) -> str:
    record = record_of(problem.ref)
    return names.name_of(record) if record is not None else str(problem.values.get("location", ""))


def _income_account(problem: Problem) -> tuple[str, str] | None:
    external_id, name = problem.values.get("account_id"), problem.values.get("account")
    return (str(external_id), str(name)) if external_id and name else None


def _page(problem: Problem, entry: Entry) -> str | None:
    """The page of the fix, at the field where one is known."""
    path = problems.fix_path(problem.code, problem.values, problem.ref, problem.cause)
    field = _field(problem, entry)
    return f"{path}#{field}" if path and field else path


def _field(problem: Problem, entry: Entry) -> str | None:
    if problem.record_kind == "order":
        return None
    if entry.field != KEY:
        return str(problem.values.get("column") or entry.field)
    keys = db.session.get(KeySettings, problem.organization_id) or KeySettings(
        customer_ours="name", sku_ours="code"
    )
    return keys.customer_ours if problem.record_kind == "location" else keys.sku_ours


def _may_be_linked(problem: Problem, entry: Entry) -> bool:
    """Whoever buys nothing there, a vendor or an employee, is not the one that it is."""
    return entry.about_identity and not problem.values.get("others")


def _target(problem: Problem, entry: Entry, connection: Connection | None) -> Target | None:
    """Whom the problem is about: an order's may be about its customer."""
    ref = causes.read(problem.cause).record or problem.ref
    if ref.kind == "order":
        return None
    record: Location | Sku | Any = db.session.get(RECORDS[ref.kind].model, ref.id)
    if record is None:
        return None
    link = link_of(connection.id, ref) if connection is not None and entry.breaks_link else None
    there = link.external_id if link is not None else ""
    return Target(
        ref,
        names.name_of(record),
        [one for one in decisions.suggestions([problem]) if one.external_id != there],
        entry.may_be_new,
        record.not_to_be_sent is not None,
        look_again=link is not None,
        ours=decisions.ours_of(record),
    )
