"""The table of problems: what stands in the way of a record, and what goes away together with a cause."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, update

from portal.extensions import db
from portal.models import Connection, Link, Problem
from portal.models.base import chunks, now
from portal.models.kinds import RecordRef
from portal.problems import causes
from portal.problems.catalogue import CATALOGUE, Found, entry_of
from portal.problems.from_answers import REFERENCE_GONE
from portal.quickbooks.faults import Fault

REPLACED = "no longer found"
WORDS_KEPT = 500
# QBO's code → ours. What is not listed is `rejected_by_qbo`, or `unknown_fault` where it is no refusal.
BY_FAULT = {fault: code for code, entry in CATALOGUE.items() for fault in entry.faults}

# Problems of links that a person took back, and of linked ones that can't be used any more.
OF_LINKS = frozenset(code for code, entry in CATALOGUE.items() if entry.of_link)
BREAKING = frozenset(code for code, entry in CATALOGUE.items() if entry.breaks_link)


class Ended(NamedTuple):
    """Records that have no open problem left, and those that have another one."""

    freed: set[RecordRef]
    others: set[RecordRef]


def replace(
    ref: RecordRef,
    push_id: UUID | None,
    found: Sequence[Found],
    *,
    qbo_words: str = "",
    intuit_tid: str | None = None,
) -> None:
    """Make these the open problems of a record; the caller commits. One that stays keeps its found_at."""
    replace_each({ref: found}, push_id, qbo_words=qbo_words, intuit_tid=intuit_tid)


def replace_each(
    found: Mapping[RecordRef, Sequence[Found]],
    push_id: UUID | None = None,
    *,
    qbo_words: str = "",
    intuit_tid: str | None = None,
) -> None:
    """The same of many records at once."""
    standing = open_of(found)
    gone: list[Problem] = []
    for ref, own in found.items():
        stands = {(problem.code, problem.cause): problem for problem in standing.get(ref, ())}
        for each in own:
            problem = stands.pop((each.code, each.cause), None)
            if problem is None:
                problem = Problem(
                    organization_id=db.session.info["organization_id"],
                    record_kind=ref.kind,
                    record_id=ref.id,
                    code=each.code,
                    cause=each.cause,
                )
                db.session.add(problem)
            problem.push_id, problem.values = push_id, dict(each.values)
            problem.qbo_words, problem.intuit_tid = qbo_words, intuit_tid
        gone += stands.values()
    db.session.flush()
    for some in chunks(gone):
        resolve_these(some, REPLACED)


def tell(ref: RecordRef, found: Found) -> None:
    """Add a problem to those of a record, in place of one of the same cause; the caller commits."""
    same = [problem for problem in open_for(ref) if problem.cause == found.cause]
    standing = next((problem for problem in same if problem.code == found.code), None)
    resolve_these([problem for problem in same if problem is not standing], REPLACED)
    if standing is not None:
        standing.values = dict(found.values)
        return
    db.session.add(
        Problem(
            organization_id=db.session.info["organization_id"],
            record_kind=ref.kind,
            record_id=ref.id,
            code=found.code,
            values=dict(found.values),
            cause=found.cause,
        )
    )
    db.session.flush()


def breaking(refs: Collection[RecordRef]) -> dict[RecordRef, list[Problem]]:
    """Of these records, those whose one of theirs was found unusable, with what was found."""
    found: dict[RecordRef, list[Problem]] = defaultdict(list)
    for some in chunks({ref.id for ref in refs}):
        rows = select(Problem).where(
            Problem.record_id.in_(some),
            Problem.record_kind != "order",
            Problem.code.in_(BREAKING),
            Problem.resolved_at.is_(None),
        )
        for problem in db.session.scalars(rows.order_by(Problem.found_at, Problem.code)):
            found[problem.ref].append(problem)
    return {ref: found[ref] for ref in refs if ref in found}


def names_what_is_gone(faults: Sequence[Fault]) -> bool:
    """Whether QBO says of a write that something it names is inactive or not there."""
    return any(_code_of(fault) == REFERENCE_GONE for fault in faults)


def is_told_in_their_words(fault: Fault) -> bool:
    """Whether we know no more of it than that QBO refuses something, and the words that it says it in."""
    return _code_of(fault) == "rejected_by_qbo"


def resolve(which: ColumnElement[bool], *narrowed: ColumnElement[bool], by: str) -> set[RecordRef]:
    """Every open problem that is so is none any more; returns the records that had one. The caller commits.

    by: an Actor's name, or what else has ended them. Nothing but this writes that a problem is resolved.
    """
    mine = (which, *narrowed, Problem.resolved_at.is_(None))
    touched = set(_records(select(Problem).where(*mine)))
    if touched:
        db.session.execute(
            update(Problem).where(*mine).values(resolved_at=now(), resolved_by=by),
            execution_options={"synchronize_session": "fetch"},
        )
    return touched


def resolve_these(found: Collection[Problem], by: str) -> None:
    """The same of problems at hand."""
    if found:
        resolve(Problem.id.in_([problem.id for problem in found]), by=by)


def resolve_causes(
    given: Collection[str],
    by: str,
    but: Collection[tuple[UUID, str]] = (),
    among: Collection[UUID] | None = None,
) -> Ended:
    """The same of all that share one of these causes.

    but: (record, cause) of those that stay. among: of these records alone.
    """
    narrowed = [] if among is None else [Problem.record_id.in_(among)]
    touched: set[RecordRef] = set()
    shared = {cause for _, cause in but}.intersection(given)
    for chunk in chunks(set(given) - shared):
        touched |= resolve(Problem.cause.in_(chunk), *narrowed, by=by)
    columns = select(Problem.id, Problem.record_id).where(Problem.resolved_at.is_(None))
    for cause in shared:
        rows = db.session.execute(columns.where(Problem.cause == cause, *narrowed))
        for some in chunks([one for one, record in rows if (record, cause) not in but]):
            touched |= resolve(Problem.id.in_(some), by=by)
    others = _with_open_problems({record for _, record in touched})
    return Ended(touched - others, touched & others)


def of_record(ref: RecordRef) -> ColumnElement[bool]:
    """Which problems are the record's, whether open or not."""
    return and_(Problem.record_kind == ref.kind, Problem.record_id == ref.id)


def open_for(ref: RecordRef) -> list[Problem]:
    """The open problems of a record, in the order they were found."""
    return list(
        db.session.scalars(
            select(Problem)
            .where(of_record(ref), Problem.resolved_at.is_(None))
            .order_by(Problem.found_at, Problem.code)
        )
    )


def open_of(refs: Collection[RecordRef]) -> dict[RecordRef, list[Problem]]:
    """The same of each of these that has one, however many they are, in one query."""
    found: dict[RecordRef, list[Problem]] = defaultdict(list)
    for some in chunks({ref.id for ref in refs}):
        rows = select(Problem).where(Problem.record_id.in_(some), Problem.resolved_at.is_(None))
        for problem in db.session.scalars(rows.order_by(Problem.found_at, Problem.code)):
            found[problem.ref].append(problem)
    return {ref: found[ref] for ref in refs if ref in found}


def put_right(ref: RecordRef, limit: int) -> Sequence[Problem]:
    """What stood in its way until somebody put it right, latest first; not what a push found gone."""
    ended = select(Problem).where(of_record(ref), Problem.resolved_by != REPLACED)
    return db.session.scalars(ended.order_by(Problem.resolved_at.desc(), Problem.code).limit(limit)).all()


def open_causes(*about: Literal["key", "match"]) -> list[str]:
    """Every cause that stands in the way of something, or those about the keys of records, or their match as
    keys tell it."""
    found = select(Problem.cause).where(Problem.resolved_at.is_(None)).distinct()
    if not about:
        return list(db.session.scalars(found))
    found = found.where(or_(*(Problem.cause.startswith(causes.beginning(kind)) for kind in about)))
    stay = _of_links()
    return [cause for cause in db.session.scalars(found) if cause not in stay]


def from_faults(ref: RecordRef, faults: Sequence[Fault]) -> list[Found]:
    """The problems that QBO's faults are, one for each kind."""
    found: dict[str, Found] = {}
    for fault in faults:
        code = _code_of(fault)
        words = (fault.detail or fault.message or fault.code)[:WORDS_KEPT]
        values = {"words": words, "fault": fault.code, "candidates": [], "value": ""}
        shared = {
            "fault": causes.of_fault(fault.code),
            "words": causes.of_fault(fault.code, fault.detail or fault.message),
            "record": causes.of_record(ref),
            "match": causes.of_match(ref),
            "closed_period": causes.CLOSED_PERIOD,
        }
        found.setdefault(code, Found(code, values, shared[entry_of(code).shares]))
    nothing_said = Found("unknown_fault", {"words": "nothing that could be read"}, causes.of_fault())
    return list(found.values()) or [nothing_said]


def _of_links() -> set[str]:
    """Causes that stay whichever fields are keys."""
    found = select(Problem.cause, Problem.code).where(
        Problem.code.in_(OF_LINKS | BREAKING), Problem.resolved_at.is_(None)
    )
    rows = db.session.execute(found.distinct()).all()
    records = {cause: ref.id for cause, _ in rows if (ref := causes.read(cause).record) is not None}
    linked: set[UUID] = set()
    for some in chunks(set(records.values())):
        mine = select(Link.record_id).join(Connection, Connection.id == Link.connection_id)
        linked |= set(db.session.scalars(mine.where(Connection.status == "active", Link.record_id.in_(some))))
    return {cause for cause, code in rows if code in OF_LINKS or records.get(cause) in linked}


def _code_of(fault: Fault) -> str:
    if fault.code == "6000" and any(word in fault.detail for word in ("GST", "HST", "VAT", "tax code")):
        return "tax_refused"
    known = BY_FAULT.get(fault.code)
    return known or ("rejected_by_qbo" if fault.type.casefold() == "validationfault" else "unknown_fault")


def _records(problems: Select[Problem]) -> Sequence[RecordRef]:
    columns = problems.with_only_columns(Problem.record_kind, Problem.record_id).distinct()
    return [RecordRef(kind, record) for kind, record in db.session.execute(columns)]


def _with_open_problems(records: Collection[UUID]) -> set[RecordRef]:
    found: set[RecordRef] = set()
    for chunk in chunks(records):
        still = select(Problem).where(Problem.record_id.in_(chunk), Problem.resolved_at.is_(None))
        found |= set(_records(still))
    return found
