"""A choice that is taken away or deactivated: the orders that were ready are told at once."""

import uuid
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal import problems
from portal.company import facts
from portal.extensions import db
from portal.mapping import closed_periods, save_choices, sync_settings
from portal.mapping.keys import save_keys
from portal.mapping.sections import SECTIONS
from portal.mapping.slots import slots
from portal.models import Actor, Connection, ListEntry, Location, Mapping, Order, Problem, Push, Sku
from portal.models.base import now
from portal.models.books import ListName, SectionName
from portal.models.kinds import RecordKind, ref_of
from portal.outbox import badge
from portal.outbox.holds import Saved
from portal.problems import Found
from portal.sales import records
from tests.support import companies
from tests.support import distributor as given
from tests.support.queries import queries

THEIRS = (("terms", "3"), ("tax_codes", "5"), ("tax_codes", "6"), ("items", "9"))


@pytest.fixture(autouse=True)
def company(ours: uuid.UUID) -> Connection:
    found = given.connection(sales_tax=True)
    db.session.add_all(
        ListEntry(**given.owner(), connection_id=found.id, list=name, external_id=one, name=f"Theirs {one}")
        for name, one in THEIRS
    )
    db.session.flush()
    return found


def test_each_order_that_used_it_lacks_it_and_no_other() -> None:
    term, charge = given.term("Net 30", 30), given.charge_kind()
    deposit, zero_rated = given.sku(kind="container_deposit"), given.sku(tax_status="zero_rated")
    orders = {
        "term": ready(payment_term_id=term.id, tax_status="exempt"),
        "charge": ready(charges=[(charge, 500)], tax_status="exempt"),
        "default": ready(tax_status="default", delivery_address={"province": "Ontario"}),
        "zero-rated": ready(tax_status="zero_rated"),
        "deposit": ready([(deposit, "1", "5")], tax_status="exempt"),
        "zero-rated goods": ready([(zero_rated, "1", "5")], tax_status="default"),
    }
    lacking: dict[tuple[SectionName, str, str], list[str]] = {
        ("payment_terms", str(term.id), "3"): ["term"],
        ("charge_kinds", str(charge.id), "9"): ["charge"],
        ("customer_tax", "zero_rated", "5"): ["zero-rated"],
        ("customer_tax", "exempt", "5"): ["term", "charge"],
        ("customer_tax", "default", "5"): ["default"],
        ("product_tax", "container_deposit", "5"): ["deposit"],
        ("product_tax", "zero_rated", "5"): ["zero-rated goods"],
        ("product_tax", "default", "5"): [],
    }
    for choice in lacking:
        mapped(*choice)
    for (section, value, chosen), names in lacking.items():
        saved = choose(section, value, "")
        assert [name for name, one in orders.items() if one.integration_status == "blocked"] == names
        assert ("no longer ready" in saved.sentence()) is bool(names)
        choose(section, value, chosen)
        assert {one.integration_status for one in orders.values()} == {"ready"}


@pytest.mark.parametrize(
    ("computed", "deposits_taxed", "lacking"),
    [(False, False, ["taxed"]), (False, True, ["taxed", "deposit"]), (True, True, [])],
)
def test_in_the_us_only_what_a_taxed_header_needs_is_lacking(
    company: Connection, computed: bool, deposits_taxed: bool, lacking: list[str]
) -> None:
    company.country, company.automated_tax = "US", computed
    exempt = {"tax_status": "exempt", "delivery_address": {"province": "NY"}}
    orders = {
        "taxed": ready(tax_status="default"),
        "own code": ready(tax_status="default"),
        "exempt": ready(**exempt),
        "deposit": ready([(given.sku(kind="container_deposit"), "1", "5")], **exempt),
        "zero-rated goods": ready([(given.sku(tax_status="zero_rated"), "1", "5")], tax_status="default"),
    }
    theirs = {"DefaultTaxCodeRef": {"value": "7"}}
    given.link(company, "location", orders["own code"].location_id, kind="customer", theirs=theirs)
    given.link(company, "location", orders["taxed"].location_id, kind="customer", theirs={})
    mapped("customer_tax", "default", "5")
    mapped("product_tax", "container_deposit", "TAX" if deposits_taxed else "NON")
    choose("customer_tax", "default", "")
    assert [name for name, one in orders.items() if one.integration_status == "blocked"] == lacking


def test_in_the_us_deposits_lack_the_header_once_they_are_taxed(company: Connection) -> None:
    company.country = "US"
    order = ready([(given.sku(kind="container_deposit"), "1", "5")], tax_status="exempt")
    for chosen, status in (("NON", "ready"), ("TAX", "blocked"), ("", "ready")):
        choose("product_tax", "container_deposit", chosen)
        assert order.integration_status == status


def test_a_customer_whose_code_is_empty_has_none_of_its_own(company: Connection) -> None:
    company.country = "US"
    order = ready(tax_status="default")
    theirs = {"DefaultTaxCodeRef": {"value": ""}}
    given.link(company, "location", order.location_id, kind="customer", theirs=theirs)
    mapped("customer_tax", "default", "5")
    choose("customer_tax", "default", "")
    assert order.integration_status == "blocked"


def test_once_one_province_has_a_choice_no_other_takes_the_default() -> None:
    orders = [ready_in(province) for province in ("Ont.", "QC", "Québec", "")]
    mapped("customer_tax", "default", "5")
    saved = choose("customer_tax", "default", "5", "QC")
    assert [one.integration_status for one in orders] == ["blocked", "ready", "ready", "blocked"]
    assert [one.cause for order in orders for one in problems_of(order)] == [
        "tax:default@ON",
        "tax:default@-",
    ]
    assert (saved.ready, saved.lacking) == (0, 2)
    for province, status in (("ON", "blocked"), ("-", "ready")):
        assert choose("customer_tax", "default", "6", province).ready == 1
        assert [orders[0].integration_status, orders[3].integration_status] == ["ready", status]


def test_without_the_last_choice_of_a_province_all_take_the_default_again() -> None:
    orders = [ready_in(province) for province in ("ON", "QC", "")]
    mapped("customer_tax", "default", "6")
    choose("customer_tax", "default", "5", "QC")
    deactivated("tax_codes", "5")
    assert {one.integration_status for one in orders} == {"blocked"}
    assert choose("customer_tax", "default", "", "QC").ready == 3
    assert {one.integration_status for one in orders} == {"ready"}


def test_reading_the_lists_tells_orders_of_before_that_their_province_lacks_a_choice() -> None:
    """None of them took the default since it was told: nothing is taxed otherwise in silence."""
    order, other = ready_in("Sask."), ready_in("N.B.")
    mapped("customer_tax", "default", "5")
    mapped("customer_tax", "default", "6", "NB")
    deactivated("tax_codes")
    assert [order.integration_status, other.integration_status] == ["blocked", "ready"]
    assert [one.code for one in problems_of(order)] == ["province_not_mapped"]


def test_what_goes_abroad_lacks_a_choice_of_its_own_and_no_other() -> None:
    here, there = ready_in("ON"), ready_in("ON", country="France")
    mapped("customer_tax", "abroad", "6")
    choose("customer_tax", "abroad", "")
    assert [here.integration_status, there.integration_status] == ["ready", "blocked"]
    assert [(one.code, one.cause) for one in problems_of(there)] == [("abroad_not_mapped", "tax:abroad")]
    mapped("customer_tax", "default", "5")
    choose("customer_tax", "default", "")
    assert [here.integration_status, there.integration_status] == ["blocked", "blocked"]
    choose("customer_tax", "abroad", "5")
    assert [here.integration_status, there.integration_status] == ["blocked", "ready"]


def test_of_one_cause_an_order_is_told_what_it_lacks_now() -> None:
    order = ready_in("QC")
    mapped("customer_tax", "default", "6", "ON")
    mapped("customer_tax", "default", "5", "QC")
    deactivated("tax_codes", "5")
    choose("customer_tax", "default", "", "QC")
    assert [(one.code, one.resolved_at) for one in problems_of(order)] == [("province_not_mapped", None)]


def test_a_code_that_quickbooks_has_again_frees_only_who_takes_it(company: Connection) -> None:
    here, there = ready_in("ON"), ready_in("QC")
    mapped("customer_tax", "default", "6")
    mapped("customer_tax", "default", "5", "QC")
    choose("customer_tax", "default", "")
    deactivated("tax_codes", "5")
    assert [here.integration_status, there.integration_status] == ["blocked", "blocked"]
    deactivated("tax_codes", "6")
    assert [here.integration_status, there.integration_status] == ["blocked", "ready"]


@pytest.mark.parametrize("record_kind", ["location", "sku"])
def test_a_key_taken_away_shared_and_given_back(company: Connection, record_kind: RecordKind) -> None:
    """Orders of it, and of the one that it shares its key with; not of one whose like is known there."""
    orders = [ready() for _ in range(3)]
    needed: list[Location | Sku] = [
        order.location if record_kind == "location" else order.lines[0].sku for order in orders
    ]
    field = save_keys.key_field(record_kind)
    first, second = (str(getattr(one, field)) for one in needed[:2])
    given.link(company, record_kind, needed[2].id, kind="customer")
    for at, key, statuses, wrong in (
        (0, "", ["blocked", "ready", "ready"], "missing"),
        (0, second.lower(), ["blocked", "blocked", "ready"], "doubled"),
        (0, first, ["ready", "ready", "ready"], None),
        (2, "", ["ready", "ready", "ready"], None),
    ):
        record = needed[at]
        setattr(record, field, key)
        if isinstance(record, Location):
            records.save_location(record, given.bo())
        else:
            records.save_sku(record, given.bo())
        assert [order.integration_status for order in orders] == statuses
        told = [one.code.split("_key_")[1] for one in problems_of(orders[0]) if one.resolved_at is None]
        assert told == ([wrong] if wrong else [])


def test_other_fields_as_keys_tell_who_has_none(company: Connection) -> None:
    without, having = ready(), ready(location=given.location(third_party_id="A-1"))
    saved = save_keys.save({"customer_ours": "third_party_id"}, given.bo())
    assert [without.integration_status, having.integration_status] == ["blocked", "ready"]
    assert "1 order is no longer ready" in saved.sentence()
    save_keys.save({"customer_ours": "number"}, given.bo())
    assert without.integration_status == "ready"


def test_what_quickbooks_deactivates_and_has_again(company: Connection) -> None:
    term = given.term("Net 30", 30)
    order = ready(payment_term_id=term.id)
    mapped("payment_terms", str(term.id), "3")
    entry = db.session.scalars(select(ListEntry).where(ListEntry.list == "terms")).one()
    for active, status in ((False, "blocked"), (False, "blocked"), (True, "ready")):
        entry.active = active
        db.session.flush()
        save_choices.recheck_all(company, Actor(company.organization_id, None, "QuickBooks"))
        assert order.integration_status == status
    found = db.session.scalars(select(Problem)).one()
    assert (found.code, found.values["label"], found.resolved_by) == ("term_inactive", "5", "QuickBooks")


def test_many_orders_take_as_many_statements_as_few() -> None:
    counts = []
    for more in (2, 20):
        term = given.term("Net 30", 30)
        for _ in range(more):
            ready(payment_term_id=term.id)
        mapped("payment_terms", str(term.id), "3")
        with queries() as statements:
            choose("payment_terms", str(term.id), "")
        counts.append(len(statements))
    assert counts[1] <= counts[0]


@pytest.mark.parametrize("policy", ["hold", "ask", "first_open_day"])
def test_the_books_are_closed_and_opened_again(policy: str) -> None:
    given.sync(closed_period_policy=policy)
    before, after = (ready(invoice_date=date(2026, month, 15)) for month in (10, 11))
    before_and_dated = ready(invoice_date=date(2026, 10, 15), closed_period="first_open_day")
    books_are_closed(date(2026, 10, 31))
    held = "ready" if policy == "first_open_day" else "blocked"
    assert [one.integration_status for one in (before, after, before_and_dated)] == [held, "ready", "ready"]
    code = {"hold": ["closed_period"], "ask": ["closed_period_asks"]}.get(policy, [])
    assert list(db.session.scalars(select(Problem.code))) == code
    books_are_closed(date(2026, 9, 30))
    assert before.integration_status == "ready"


def test_a_start_date_and_what_is_to_be_done_in_closed_periods_count_at_once(company: Connection) -> None:
    company.closing_date = date(2026, 10, 31)
    given.sync(closed_period_policy="first_open_day")
    orders = [ready(invoice_date=date(2026, month, 15)) for month in (10, 11)]

    def saved(**values: Any) -> tuple[list[str], int, int]:
        done = sync_settings.save(values, given.bo())
        return [one.integration_status for one in orders], done.ready, done.lacking

    assert saved(start_date=date(2026, 12, 1)) == (["blocked", "blocked"], 0, 2)
    assert saved(start_date=date(2026, 11, 1)) == (["blocked", "ready"], 1, 0)
    assert saved(closed_period_policy="hold") == (["blocked", "ready"], 0, 0)
    assert saved(start_date=None) == (["blocked", "ready"], 0, 0)
    assert saved(closed_period_policy="first_open_day") == (["ready", "ready"], 1, 0)


@pytest.mark.parametrize(
    ("stands", "dated", "policy", "code"),
    [
        (date(2026, 10, 15), date(2026, 11, 15), "hold", "closed_period"),
        (date(2026, 10, 15), date(2026, 10, 20), "first_open_day", "closed_period"),
        (date(2026, 10, 15), date(2026, 10, 20), "ask", "closed_period"),
        (date(2026, 11, 15), date(2026, 10, 20), "ask", "closed_period_asks"),
        (date(2026, 11, 15), date(2026, 10, 20), "first_open_day", None),
    ],
)
def test_a_document_in_a_closed_period_holds_its_order_back(
    company: Connection, stands: date, dated: date, policy: str, code: str | None
) -> None:
    given.sync(closed_period_policy=policy)
    order = failed(company, ready(invoice_date=dated), stands)
    books_are_closed(date(2026, 10, 31))
    codes = {one.code for one in problems_of(order)} - {"rejected_by_qbo"}
    assert codes == ({code} if code else set())


def test_an_order_that_is_open_again_is_told_nothing_of_its_date(company: Connection) -> None:
    """Its document in QuickBooks stays, and what was found of that."""
    order = failed(company, ready(invoice_date=date(2026, 10, 15)), date(2026, 10, 15))
    order.status = "delivered"
    books_are_closed(date(2026, 10, 31))
    assert [one.code for one in problems_of(order)] == ["rejected_by_qbo"]


def books_are_closed(until: date) -> None:
    """As QuickBooks tells it."""
    companies.active().closing_date = until
    closed_periods.follow_closing_date("QuickBooks")


def ready_in(province: str, **values: str) -> Order:
    address = {"province": province, **values}
    place = given.location(delivery_address=address)
    return ready(tax_status="default", delivery_address=address, location=place)


def ready(lines: Any = None, **values: Any) -> Order:
    order = given.order(lines, status="finalized", revision=1, currency="CAD", **values)
    for line in order.lines:
        line.kind, line.tax_status = line.sku.kind, line.sku.tax_status
    for charge in order.charges:
        charge.tax_status = charge.charge_kind.tax_status
    db.session.flush()
    badge.restate("order", [order.id])
    assert order.integration_status == "ready"
    return order


def mapped(section: SectionName, ours: str, chosen: str, province: str = "") -> None:
    row = Mapping(
        **given.owner(), section=section, ours=ours, province=province, external_id=chosen, label="5"
    )
    db.session.add(row)
    db.session.flush()


def failed(company: Connection, order: Order, stands: date) -> Order:
    """An update of its document, of that date in QuickBooks, was refused."""
    given.link(company, "order", order.id, theirs={"TxnDate": stands.isoformat()}, revision=0)
    record = {"record_kind": "order", "record_id": order.id}
    values = {"revision": 1, "reason": "bulk", "state": "failed", "settled_at": now()}
    db.session.add(Push(**given.owner(), **record, **values, connection_id=company.id))
    problems.replace(ref_of(order), None, [Found("rejected_by_qbo", {}, "fault:1")])
    badge.restate("order", [order.id])
    assert order.integration_status == "failed"
    return order


def problems_of(order: Order) -> list[Problem]:
    return list(db.session.scalars(select(Problem).where(Problem.record_id == order.id)))


def deactivated(name: ListName, *external_ids: str) -> None:
    """QuickBooks' list was read, and only these were inactive."""
    company = companies.active()
    for entry in facts.entries(company, name):
        entry.active = entry.external_id not in external_ids
    db.session.flush()
    save_choices.recheck_all(company, Actor(company.organization_id, None, "QuickBooks"))


def choose(section: SectionName, ours: str, chosen: str, province: str = "") -> Saved:
    slot = next(one for one in slots(SECTIONS[section].page) if one.key == (section, ours, province))
    return save_choices.save([slot], {slot.key: chosen}, given.bo())
