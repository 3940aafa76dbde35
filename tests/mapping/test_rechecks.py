"""A save that concerns many orders judges some to a transaction: no drain waits for all of them."""

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.mapping import closed_periods, rechecks, save_choices
from portal.mapping.sections import SECTIONS
from portal.mapping.slots import Slot, slots
from portal.models import Actor, ListEntry, Mapping, Order, PaymentTerm
from portal.outbox import badge
from portal.outbox.holds import Saved
from tests.support import companies
from tests.support import distributor as given
from tests.support.queries import queries


@pytest.fixture(autouse=True)
def few_to_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rechecks, "SOME", 2)


@pytest.fixture
def orders(ours: uuid.UUID) -> list[Order]:
    """Five that are ready, of one payment term, in the order in which they are judged."""
    company, term = given.connection(), given.term("Net 30", 30)
    entry = {"connection_id": company.id, "list": "terms", "external_id": "3", "name": "Net 30"}
    mapping = {"section": "payment_terms", "ours": str(term.id), "external_id": "3", "label": "Net 30"}
    db.session.add_all([ListEntry(**given.owner(), **entry), Mapping(**given.owner(), **mapping)])
    found = [given.order(status="finalized", revision=1, payment_term_id=term.id) for _ in range(5)]
    badge.restate("order", [order.id for order in found])
    assert {order.integration_status for order in found} == {"ready"}
    return sorted(found, key=lambda order: order.id)


def test_each_transaction_keeps_drains_out_for_some_of_them(orders: list[Order]) -> None:
    with queries() as seen:
        saved = choose("")
    assert saved.lacking == 5
    assert {order.integration_status for order in orders} == {"blocked"}
    # The save, three times some of them, and what waits planned again.
    assert sum(one.startswith("SELECT drain_lease.fence") for one in seen) == 1 + 3 + 1


def test_what_dies_in_between_is_put_right_by_the_next_look_at_the_lists(orders: list[Order]) -> None:
    choose("")
    last = f"NEW.record_id = '{orders[-1].id.hex}'"
    refuse = f"BEGIN SELECT RAISE(ABORT, 'died') WHERE {last}; END"
    db.session.execute(text(f"CREATE TRIGGER dies BEFORE UPDATE ON problem {refuse}"))
    db.session.commit()
    with pytest.raises(IntegrityError):
        choose("3")
    assert [order.integration_status for order in orders] == ["ready"] * 4 + ["blocked"]
    assert db.session.scalars(select(Mapping.external_id)).all() == ["3"]
    db.session.execute(text("DROP TRIGGER dies"))
    company = companies.active()
    save_choices.recheck_all(company, Actor(company.organization_id, None, "QuickBooks"))
    assert {order.integration_status for order in orders} == {"ready"}


def test_nor_does_what_dies_while_orders_are_told_that_books_are_closed_stay_untold(
    orders: list[Order],
) -> None:
    """The date is kept before they are told, so the next look finds no other one."""
    companies.active().closing_date = max(order.invoice_date or order.order_date for order in orders)
    for order in orders:
        order.invoice_date = order.order_date
    last = f"NEW.record_id = '{orders[-1].id.hex}'"
    refuse = f"BEGIN SELECT RAISE(ABORT, 'died') WHERE {last}; END"
    db.session.execute(text(f"CREATE TRIGGER dies BEFORE INSERT ON problem {refuse}"))
    db.session.commit()
    with pytest.raises(IntegrityError):
        closed_periods.follow_closing_date("QuickBooks")
    assert [order.integration_status for order in orders] == ["blocked"] * 4 + ["ready"]
    db.session.execute(text("DROP TRIGGER dies"))
    closed_periods.follow_closing_date("QuickBooks")
    assert {order.integration_status for order in orders} == {"blocked"}


def test_it_judges_by_what_somebody_else_has_saved_meanwhile(orders: list[Order]) -> None:
    """Else the orders of its last transactions would lack what is chosen again by then."""
    taken_away = replace(slot_of_term(), chosen="", chosen_label="")
    save_choices.recheck([taken_away], given.bo(), Saved())
    assert {order.integration_status for order in orders} == {"ready"}


def choose(chosen: str) -> Saved:
    slot = slot_of_term()
    return save_choices.save([slot], {slot.key: chosen}, given.bo())


def slot_of_term() -> Slot:
    ours = str(db.session.scalars(select(PaymentTerm.id)).one())
    return next(slot for slot in slots(SECTIONS["payment_terms"].page) if slot.ours == ours)
