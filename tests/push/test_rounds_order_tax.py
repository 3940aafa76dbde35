"""What planning found an order to come to with tax is kept, until something may have changed it."""

import uuid

import pytest

from portal.extensions import db
from portal.models import Order, Push
from portal.plan import Blocked, NothingToDo, Outcome
from portal.problems import Found
from portal.push import rounds
from portal.push.lease import Lease
from portal.push.record_findings import Findings
from portal.quickbooks.client import OpenLine
from portal.sales import orders
from tests.support import distributor as given

TERM = Found("term_not_mapped", {"term": "Net 45", "days": 45}, "term:45")
TAKEN = Found("number_taken", {"value": "10023", "candidates": []}, "match:order")
TAX = Found("tax_not_mapped", {"what": "the default tax", "section": "customer_tax"}, "tax:default")


class TestWhatPlanningKeeps:
    def test_the_order_knows_its_tax_from_then_on(
        self, ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = self.planned_as(monkeypatch, Blocked((TERM,), 1300))
        assert order.tax_total == 1300

    def test_a_tax_that_is_no_longer_known_is_forgotten(
        self, ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.planned_as(monkeypatch, Blocked((TAX,), None), before=1300).tax_total is None

    def test_it_is_known_whatever_was_found_to_stand_in_its_way(
        self, ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.planned_as(monkeypatch, Blocked((TERM,), 1300), found=TAKEN).tax_total == 1300

    def test_what_is_in_the_books_already_keeps_it(
        self, ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.planned_as(monkeypatch, NothingToDo(), before=1300).tax_total == 1300

    def test_finalizing_may_change_it_so_it_is_not_known_until_planned(self, ours: uuid.UUID) -> None:
        order: Order = given.order(tax_total=1300)
        orders.finalize(order, given.bo())
        assert order.tax_total is None

    def planned_as(
        self,
        monkeypatch: pytest.MonkeyPatch,
        outcome: Outcome,
        before: int | None = None,
        found: Found | None = None,
    ) -> Order:
        """An order as the drain leaves it after planning came to this."""
        monkeypatch.setattr(rounds, "plan", lambda record, known: outcome)
        order: Order = given.order(tax_total=before, status="finalized")
        push = wish(order, given.connection().id)
        findings = Findings(problems={push.ref: [found]} if found else {})
        rounds.plan_and_arm(Lease(push.connection_id, 1), OpenLine(None, None), [push.id], findings)
        return order


def wish(order: Order, connection_id: uuid.UUID) -> Push:
    push = Push(
        **given.owner(),
        connection_id=connection_id,
        record_kind="order",
        record_id=order.id,
        revision=1,
        reason="finalized",
    )
    db.session.add(push)
    db.session.flush()
    return push
