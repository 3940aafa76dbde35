"""What set-up still lacks: the quick answer of the dashboard is the one that the mapping pages give."""

import itertools
import uuid

import pytest

from portal.extensions import db
from portal.mapping import gaps
from portal.mapping.sections import PAGES, SECTIONS
from portal.mapping.slots import slots
from portal.models import ListEntry, Mapping, Problem
from portal.models.books import LIST_OF, SectionName
from tests.support import distributor


@pytest.mark.parametrize("inventory", [False, True])
def test_gaps_are_those_of_the_pages_whatever_is_used_and_mapped(ours: uuid.UUID, inventory: bool) -> None:
    if inventory:
        distributor.sync(new_item_type="Inventory")
    term, kind = distributor.term("Net 30", 30), distributor.charge_kind()
    used, _unused = distributor.term("Net 60", 60), distributor.term("Net 90", 90)
    steps = [
        lambda: distributor.location(payment_term_id=term.id, active=False),
        lambda: distributor.location(payment_term_id=term.id),
        lambda: distributor.location(tax_status="exempt"),
        lambda: distributor.sku(kind="container_deposit"),
        lambda: distributor.sku(tax_status="zero_rated"),
        lambda: distributor.order(charges=[(kind, 500)], status="cancelled"),
        lambda: distributor.order(charges=[(kind, 500)]),
        lambda: distributor.order(
            payment_term_id=used.id, status="finalized", integration_status="synced", tax_status="default"
        ),
        lambda: distributor.order(
            payment_term_id=used.id, status="finalized", integration_status="failed", tax_status="default"
        ),
        lambda: mapped("payment_terms", str(term.id)),
        lambda: mapped("charge_kinds", str(kind.id)),
        *(lambda ours=ours: mapped("customer_tax", ours) for ours in SECTIONS["customer_tax"].values),
        *(lambda ours=ours: mapped("product_tax", ours) for ours in SECTIONS["product_tax"].values),
        *(lambda ours=ours: mapped("product_accounts", ours) for ours in SECTIONS["product_accounts"].values),
    ]
    seen: set[tuple[str, int]] = set()
    for step in steps:
        step()
        by_pages = {page: sum(slot.is_gap for slot in slots(page)) for page in PAGES}
        assert gaps.gaps() == by_pages
        seen |= by_pages.items()
    assert {("payment-terms", 2), ("product-accounts", 3 + inventory), ("customer-accounts", 1)} <= seen
    assert by_pages == {**dict.fromkeys(PAGES, 0), "payment-terms": 1}


def test_a_status_that_only_a_failed_order_still_has_is_a_gap(ours: uuid.UUID) -> None:
    order = distributor.order(status="finalized", integration_status="failed", tax_status="exempt")
    db.session.add(
        Problem(
            **distributor.owner(),
            record_kind="order",
            record_id=order.id,
            code="tax_not_mapped",
            cause="tax:exempt",
        )
    )
    db.session.flush()
    mapped("customer_tax", "default")
    assert gaps.gaps()["customer-tax"] == 1


def test_choices_that_qbo_has_deactivated_are_counted_on_their_page(ours: uuid.UUID) -> None:
    company = distributor.connection()
    sections: tuple[SectionName, ...] = ("payment_terms", "product_accounts")
    for section, active in itertools.product(sections, (True, False)):
        external_id = f"{section[:3]}{active}"
        mapped(section, external_id, external_id)
        db.session.add(
            ListEntry(
                **distributor.owner(),
                connection_id=company.id,
                list=LIST_OF[section],
                external_id=external_id,
                name="x",
                active=active,
            )
        )
    db.session.flush()
    assert gaps.lost(company) == {"payment-terms": 1, "product-accounts": 1}
    assert gaps.lost(None) == {}


def mapped(section: SectionName, ours: str, external_id: str = "1") -> None:
    db.session.add(Mapping(**distributor.owner(), section=section, ours=ours, external_id=external_id))
    db.session.flush()
