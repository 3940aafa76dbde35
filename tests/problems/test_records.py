"""The table knows which problems are open, in their words, and which go away together."""

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask

from portal import problems
from portal.extensions import db
from portal.models.kinds import RecordRef
from portal.problems.catalogue import Found
from portal.quickbooks.faults import Fault
from tests import factories

ORDER, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
TERM = Found("term_not_mapped", {"term": "Net 45", "days": 45}, "term:45")
TAX = Found("tax_not_mapped", {"what": "zero-rated customers", "section": "customer_tax"}, "tax:zero_rated")


@pytest.mark.parametrize(
    ("fault", "code", "cause"),
    [
        (Fault("6140", "Duplicate Document Number Error", "…", None), "number_taken", f"match:order:{ORDER}"),
        (Fault("6210", "Account Period Closed", "…", None), "period_closed_there", "closed_period"),
        (Fault("2500", "Invalid Reference Id", "…", None), "reference_gone", f"order:{ORDER}"),
        (Fault("6000", "…", "… have a GST/HST rate before you save.", None), "tax_refused", "fault:6000"),
        (
            Fault("6000", "…", "You must set a transaction amount.", None, "ValidationFault"),
            "rejected_by_qbo",
            "fault:6000",
        ),
        (Fault("9999", "…", "…", None, "ValidationFault"), "rejected_by_qbo", "fault:9999"),
        (Fault("9999", "…", "…", None), "unknown_fault", "fault:9999"),
    ],
)
def test_what_quickbooks_refused_becomes_a_problem_with_its_words(
    fault: Fault, code: str, cause: str
) -> None:
    (found,) = problems.from_faults(RecordRef("order", ORDER), [fault])
    assert (found.code, found.cause.startswith(cause)) == (code, True)
    assert found.values["words"] == fault.detail


def test_what_is_refused_in_other_words_is_another_cause() -> None:
    """A code stands for many things: only what is said of both groups them."""
    said = [Fault("6000", "…", words, None, "ValidationFault") for words in ("No tax", "No amount", "No tax")]
    found = [problems.from_faults(RecordRef("order", ORDER), [one])[0].cause for one in said]
    assert (found[0], found[0] != found[1]) == (found[2], True)
    deposited = Fault("6540", "…", "…", None, "ValidationFault")
    assert problems.from_faults(RecordRef("order", ORDER), [deposited])[0].cause == f"order:{ORDER}"


def test_an_answer_without_a_fault_is_still_a_problem() -> None:
    assert [found.code for found in problems.from_faults(RecordRef("order", ORDER), [])] == ["unknown_fault"]


def test_the_open_problems_of_a_record_become_exactly_these(organization: uuid.UUID) -> None:
    problems.replace(RecordRef("order", ORDER), None, [TERM, TAX], qbo_words="their words", intuit_tid="1-5f")
    first = {problem.code: problem for problem in problems.open_for(RecordRef("order", ORDER))}
    assert first.keys() == {"term_not_mapped", "tax_not_mapped"}
    assert (first["tax_not_mapped"].qbo_words, first["tax_not_mapped"].intuit_tid) == ("their words", "1-5f")
    problems.replace(RecordRef("order", ORDER), None, [TERM])
    (left,) = problems.open_for(RecordRef("order", ORDER))
    assert left.id == first["term_not_mapped"].id
    problems.replace(RecordRef("order", ORDER), None, [])
    assert problems.open_for(RecordRef("order", ORDER)) == []


def test_the_same_problem_with_other_values_is_told_anew(organization: uuid.UUID) -> None:
    problems.replace(RecordRef("order", ORDER), None, [TERM])
    problems.replace(
        RecordRef("order", ORDER), None, [Found("term_not_mapped", {"term": "Net 60", "days": 60}, "term:45")]
    )
    (left,) = problems.open_for(RecordRef("order", ORDER))
    assert left.values == {"term": "Net 60", "days": 60}


def test_a_cause_that_goes_frees_the_records_that_had_no_other(organization: uuid.UUID) -> None:
    problems.replace(RecordRef("order", ORDER), None, [TERM])
    problems.replace(RecordRef("order", OTHER), None, [TERM, TAX])
    problems.replace(RecordRef("location", OTHER), None, [TERM])
    ended = problems.resolve_causes(["term:45", "term:nothing"], "Ann")
    assert ended == ({("order", ORDER), ("location", OTHER)}, {("order", OTHER)})
    assert causes() == ["tax:zero_rated"]
    assert problems.resolve_causes(["tax:zero_rated"], "Ann").freed == {("order", OTHER)}


def test_causes_of_another_organization_are_left_alone(organization: uuid.UUID) -> None:
    problems.replace(RecordRef("order", ORDER), None, [TERM])
    db.session.commit()
    db.session.info["organization_id"] = _stored(factories.organization(id=uuid.uuid4()))
    assert problems.resolve_causes(["term:45"], "Eve") == (set(), set())
    assert causes() == []
    db.session.info["organization_id"] = organization
    assert causes() == ["term:45"]


def causes() -> list[str]:
    return [found.cause for found in problems.ranked(10).causes]


def _stored(row: object) -> uuid.UUID:
    db.session.add(row)
    db.session.commit()
    found: uuid.UUID = row.id  # type: ignore[attr-defined]  # an Organization
    return found


@pytest.fixture
def organization(app: Flask) -> Iterator[uuid.UUID]:
    with app.app_context():
        db.session.info["organization_id"] = found = _stored(factories.organization())
        yield found
