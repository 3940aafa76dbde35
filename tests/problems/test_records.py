"""The catalogue tells every problem in plain sentences; the table knows what is open and what it holds."""

import re
import string
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import problems
from portal.extensions import db
from portal.models import Connection, Order, Push
from portal.problems.catalogue import CATALOGUE, Found, fix_path, meaning, sentence
from portal.problems.records import BY_FAULT
from portal.quickbooks.faults import Fault
from tests import factories

PORTAL = Path(problems.__file__).parents[1]
ORDER, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
TERM = Found("term_not_mapped", {"term": "Net 45", "days": 45}, "term:45")
TAX = Found("tax_not_mapped", {"what": "zero-rated customers", "section": "customer_tax"}, "tax:zero_rated")


def test_every_code_that_is_found_anywhere_is_in_the_catalogue() -> None:
    sources = [path.read_text() for path in PORTAL.rglob("*.py")]
    found = {code for source in sources for code in re.findall(r'\bFound\(\s*"([a-z_]+)"', source)}
    assert len(found) > 40, "the search finds nothing any more"
    assert found | {"name_taken", "number_taken", "edited_in_qbo"} <= CATALOGUE.keys()


def test_every_fault_we_know_has_its_sentence() -> None:
    assert set(BY_FAULT.values()) <= CATALOGUE.keys()


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_entry_is_complete_and_reads_as_sentences(code: str) -> None:
    entry = CATALOGUE[code]
    assert entry.title.endswith((".", "{characters}.", "{candidates}."))
    assert entry.causes
    assert all(text.endswith((".", "}")) for text in (entry.meaning, entry.fix, *entry.causes))
    assert entry.fix_label
    texts = " ".join([entry.title, entry.meaning, entry.fix, entry.fix_label, entry.label, *entry.causes])
    assert not re.search(r"\b(QBO|API|sync token|payload|None|null)\b", texts)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_sentence_is_filled_from_its_values_and_never_fails(code: str) -> None:
    entry = CATALOGUE[code]
    names = {
        name
        for text in (entry.title, entry.meaning)
        for _, name, _, _ in string.Formatter().parse(text)
        if name
    }
    values = {name: f"<{name}>" for name in names}
    told = sentence(code, values) + meaning(code, values)
    assert all(f"<{name}>" in told for name in names)
    assert "{" not in told
    assert "{" not in sentence(code, {}) + meaning(code, {})


def test_a_sentence_names_what_was_found() -> None:
    found = [{"id": "1", "name": "1043", "date": "2026-11-20", "total": "76.50"}, {"id": "2", "name": "1043"}]
    assert (
        sentence("number_taken", {"value": "1043", "candidates": found})
        == "The number 1043 is already used in QuickBooks: “1043” (20 Nov 2026, 76.50), “1043”."
    )
    assert sentence("no_such_code", {"words": "x"}) == "QuickBooks answered with something unexpected."


@pytest.mark.parametrize(
    ("code", "values", "path"),
    [
        ("term_not_mapped", {}, "/settings/integrations/mapping/payment-terms"),
        ("tax_not_mapped", {"section": "product_tax"}, "/settings/integrations/mapping/product-tax"),
        ("tax_not_mapped", {"section": "customer_tax"}, "/settings/integrations/mapping/customer-tax"),
        ("closed_period", {}, "/settings/integrations/sync"),
        ("number_too_long", {}, f"/orders/{ORDER}"),
        ("name_taken", {}, None),
    ],
)
def test_where_it_is_put_right(code: str, values: dict[str, str], path: str | None) -> None:
    assert fix_path(code, values, "order", ORDER) == path


@pytest.mark.parametrize(
    ("fault", "code", "cause"),
    [
        (Fault("6140", "Duplicate Document Number Error", "…", None), "number_taken", f"match:order:{ORDER}"),
        (Fault("6210", "Account Period Closed", "…", None), "period_closed_there", "closed_period"),
        (Fault("2500", "Invalid Reference Id", "…", None), "reference_gone", "fault:2500"),
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
    (found,) = problems.from_faults("order", ORDER, [fault])
    assert (found.code, found.cause) == (code, cause)
    assert found.values["words"] == fault.detail


def test_an_answer_without_a_fault_is_still_a_problem() -> None:
    assert [found.code for found in problems.from_faults("order", ORDER, [])] == ["unknown_fault"]


def test_the_open_problems_of_a_record_become_exactly_these(organization: uuid.UUID) -> None:
    problems.replace("order", ORDER, None, [TERM, TAX], qbo_words="their words", intuit_tid="1-5f")
    first = {problem.code: problem for problem in problems.open_for("order", ORDER)}
    assert first.keys() == {"term_not_mapped", "tax_not_mapped"}
    assert (first["tax_not_mapped"].qbo_words, first["tax_not_mapped"].intuit_tid) == ("their words", "1-5f")
    problems.replace("order", ORDER, None, [TERM])
    (left,) = problems.open_for("order", ORDER)
    assert left.id == first["term_not_mapped"].id
    problems.replace("order", ORDER, None, [])
    assert problems.open_for("order", ORDER) == []


def test_the_same_problem_with_other_values_is_told_anew(organization: uuid.UUID) -> None:
    problems.replace("order", ORDER, None, [TERM])
    problems.replace(
        "order", ORDER, None, [Found("term_not_mapped", {"term": "Net 60", "days": 60}, "term:45")]
    )
    (left,) = problems.open_for("order", ORDER)
    assert left.values == {"term": "Net 60", "days": 60}


def test_a_cause_that_goes_frees_the_records_that_had_no_other(organization: uuid.UUID) -> None:
    problems.replace("order", ORDER, None, [TERM])
    problems.replace("order", OTHER, None, [TERM, TAX])
    problems.replace("location", OTHER, None, [TERM])
    assert problems.resolve_causes(["term:45", "term:nothing"], "Ann") == {
        ("order", ORDER),
        ("location", OTHER),
    }
    assert problems.open_causes() == ["tax:zero_rated"]
    assert problems.resolve_causes(["tax:zero_rated"], "Ann") == {("order", OTHER)}


def test_causes_of_another_organization_are_left_alone(organization: uuid.UUID) -> None:
    problems.replace("order", ORDER, None, [TERM])
    db.session.commit()
    db.session.info["organization_id"] = _stored(factories.organization(id=uuid.uuid4()))
    assert problems.resolve_causes(["term:45"], "Eve") == set()
    assert problems.open_causes() == []
    db.session.info["organization_id"] = organization
    assert problems.open_causes() == ["term:45"]


def test_causes_are_ranked_by_the_money_they_hold_back(organization: uuid.UUID) -> None:
    place, keg = factories.location(currency="CAD"), factories.sku(unit_price="100")
    small = factories.order("1", location=place, lines=[factories.line(keg)])
    large = factories.order("2", location=place, lines=[factories.line(keg, "5")])
    foreign = factories.order("3", location=place, lines=[factories.line(keg, "2")], currency="USD")
    db.session.add_all([small, large, foreign])
    db.session.flush()
    problems.replace("order", small.id, None, [TERM])
    problems.replace("order", foreign.id, None, [TERM])
    problems.replace("order", large.id, None, [TAX])
    first, second = problems.by_cause(10)
    assert (first.cause, first.records, first.orders, first.money) == ("tax:zero_rated", 1, 1, {"CAD": 50000})
    assert (second.cause, second.records, second.orders) == ("term:45", 2, 2)
    assert second.money == {"CAD": 10000, "USD": 20000}
    assert second.sentence == "The payment term Net 45 has no counterpart in QuickBooks yet."
    assert [cause.cause for cause in problems.by_cause(1)] == ["tax:zero_rated"]


def test_an_order_that_waits_for_a_location_counts_among_what_its_problem_holds_back(
    organization: uuid.UUID,
) -> None:
    order = factories.order(location=factories.location(currency="CAD"))
    db.session.add(order)
    db.session.flush()
    _wait(order)
    missing = Found(
        "customer_key_missing", {"location": "Bloor St", "key": "third-party ID"}, "key:location:1"
    )
    problems.replace("location", order.location_id, None, [missing])
    (cause,) = problems.by_cause(10)
    assert (cause.records, cause.orders, cause.money) == (1, 1, {"CAD": 11250})


def _wait(order: Order) -> None:
    connection = Connection(organization_id=order.organization_id, realm_id="1")
    db.session.add(connection)
    db.session.flush()
    db.session.add(
        Push(
            organization_id=order.organization_id,
            connection_id=connection.id,
            record_kind="order",
            record_id=order.id,
            revision=1,
            reason="finalized",
            state="waiting",
        )
    )
    db.session.flush()


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
