"""What a bookkeeper clicks, what then stands in QuickBooks, and what the badge and its drawer say.

The pages are the portal's own, in process; each drain, worker and clock is a process of its own.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.models import (
    ChargeKind,
    Connection,
    KeySettings,
    Location,
    Order,
    Sku,
    SyncSettings,
)
from portal.models.base import now
from portal.sales.search import table_pages
from tests.flows.conftest import PATIENCE
from tests.flows.desk import Desk, trading
from tests.flows.oracle import documents
from tests.support import processes, records
from tests.support.proof import PROOF, in_proof
from tests.support.records import an_order, of_location, term
from tests.support.stack import CANADA, US, Stack, until

House = Callable[..., Stack]
in_both_countries = pytest.mark.parametrize("realm", [CANADA, US], ids=["Canada", "US"])


class TestAClickOnFinalize:
    @in_both_countries
    def test_ends_as_an_invoice_with_its_tax_and_a_green_badge_with_its_number(
        self, house: House, realm: str
    ) -> None:
        stack, desk = company(house, realm)
        order = an_order(stack, "4")
        assert desk.badge(order).status == "not_sent"
        desk.click(order, "finalize")
        assert desk.badge(order).status == "queued"
        assert stack.drain() == 0
        [invoice] = documents(stack, realm=realm)
        # 4 × 12.50 = 50.00; HST 13 % of it, in the US 8 % by the code in the header
        assert amounts(invoice) == {CANADA: ("56.50", "6.50"), US: ("54.00", "4.00")}[realm]
        badge = desk.badge(order)
        assert (badge.status, badge.tone) == ("synced", "green")
        assert badge.label == f"Synced · {invoice['DocNumber']}"
        assert invoice["PrivateNote"].startswith("Routeique order")
        for needed in (Location, Sku):
            assert stack.read(select(needed.integration_status)) == ["synced"]
        drawer = desk.drawer(order)
        assert drawer.attribute("data-external-id") == invoice["Id"]
        assert f"invoice {invoice['DocNumber']}, Id {invoice['Id']}" in drawer.text()

    def test_carries_the_customers_term_and_our_own_number(self, busy_house: House) -> None:
        stack, desk = trading(busy_house)
        place = records.location(stack, payment_term_id=term(stack, "Net 30"))
        order = an_order(stack, "1", place=place, number="A-77")
        desk.click(order, "finalize")
        assert stack.drain() == 0
        [invoice] = documents(stack)
        assert invoice["SalesTermRef"]["value"] == "3"
        assert invoice["DocNumber"] == "A-77"
        assert desk.badge(order).label == "Synced · A-77"

    def test_of_a_return_ends_as_a_credit_memo(self, busy_house: House) -> None:
        stack, desk = trading(busy_house)
        order = an_order(stack, "-2")
        desk.click(order, "finalize")
        assert stack.drain() == 0
        [memo] = documents(stack, "CreditMemo")
        assert amounts(memo) == ("28.25", "3.25")
        assert documents(stack) == []
        assert desk.badge(order).label == f"Synced · {memo['DocNumber']}"
        assert "credit memo" in desk.drawer(order).text()


class TestToTheCent:
    """Goods 3 × 9.99 less 10 % = 26.97, zero-rated 2 × 4.15 = 8.30, deposits 24 × 0.10 = 2.40, 5.00 off all.

    The discount falls on the goods: 3.82 and the last line's 1.18; the taxed line bears tax on 23.15.
    """

    @pytest.mark.parametrize(
        ("realm", "tax_status", "lines", "total_and_tax"),
        [
            (CANADA, "default", [("23.15", "5"), ("7.12", "3"), ("2.40", "6")], ("35.68", "3.01")),
            in_proof(CANADA, "exempt", [("23.15", "2"), ("7.12", "2"), ("2.40", "6")], ("32.67", "0")),
            in_proof(CANADA, "zero_rated", [("23.15", "3"), ("7.12", "3"), ("2.40", "6")], ("32.67", "0")),
            in_proof(US, "default", [("23.15", "TAX"), ("7.12", "NON"), ("2.40", "NON")], ("34.52", "1.85")),
            in_proof(US, "exempt", [("23.15", "NON"), ("7.12", "NON"), ("2.40", "NON")], ("32.67", "0")),
        ],
    )
    def test_discount_tax_and_deposits(
        self,
        house: House,
        realm: str,
        tax_status: str,
        lines: list[tuple[str, str]],
        total_and_tax: tuple[str, str],
    ) -> None:
        stack, desk = company(house, realm)
        place = records.location(stack, tax_status=tax_status)
        goods = [
            (records.sku(stack), "3", "9.99"),
            (records.sku(stack, tax_status="zero_rated"), "2", "4.15"),
            (records.sku(stack, kind="container_deposit"), "24", "0.10"),
        ]
        order = records.order(stack, place, goods, discount_amount=500)
        ten_percent_off_the_first_line(stack, order)
        desk.click(order, "finalize")
        assert stack.drain() == 0
        [invoice] = documents(stack, realm=realm)
        sold = [line for line in invoice["Line"] if line["DetailType"] == "SalesItemLineDetail"]
        found = [
            (f"{line['Amount']:.2f}", line["SalesItemLineDetail"]["TaxCodeRef"]["value"]) for line in sold
        ]
        assert found == lines
        assert tuple(map(Decimal, amounts(invoice))) == tuple(map(Decimal, total_and_tax))
        assert desk.badge(order).status == "synced"


class TestSomethingIsNotMapped:
    def test_an_unmapped_term_is_red_says_so_and_is_green_once_mapped_and_pushed_again(
        self, busy_house: House
    ) -> None:
        stack, desk = trading(busy_house)
        of_location(stack, stack.place, payment_term_id=term(stack, "Net 45"))
        order = an_order(stack, "4")
        desk.click(order, "finalize")
        assert stack.drain() == 0
        badge = desk.badge(order)
        assert (badge.status, badge.tone) == ("failed", "red")
        drawer = desk.drawer(order)
        assert drawer.attribute("data-problem") == "term_not_mapped"
        assert "The payment term Net 45 has no counterpart in QuickBooks yet." in drawer.text()
        fix = next(one for one in drawer.elements if one.text == "Map payment terms").attributes["href"]
        assert fix.endswith("/mapping/payment-terms")
        assert "1 order is ready to push now" in desk.choose("payment-terms", Net_45="Net 60").text()
        assert desk.badge(order).status == "ready"
        desk.push_again(order)
        assert stack.drain() == 0
        assert desk.badge(order).tone == "green"
        [invoice] = [one for one in documents(stack) if one.get("SalesTermRef")]
        assert invoice["SalesTermRef"]["value"] == "4"

    def test_a_charge_without_an_item_is_red_and_says_which(self, busy_house: House) -> None:
        stack, desk = trading(busy_house)
        with stack.database() as session:
            kind = ChargeKind(organization_id=stack.organization_id, name="Fuel surcharge")
            session.add(kind)
            session.flush()
            charge = kind.id
        order = an_order(stack, "1", charges=[(charge, 500)])
        desk.click(order, "finalize")
        assert stack.drain() == 0
        assert desk.badge(order).tone == "red"
        assert "Fuel surcharge" in desk.drawer(order).text()
        desk.choose("customer-accounts", Fuel_surcharge="Services")
        desk.push_again(order)
        assert stack.drain() == 0
        # 12.50 and 5.00, HST on both: 1.63 + 0.65
        assert [amounts(one) for one in documents(stack)] == [("19.78", "2.28")]
        assert desk.badge(order).tone == "green"


class TestACustomerThatFails:
    def test_its_order_is_red_with_the_customers_problem_and_flows_by_itself_once_fixed(
        self, busy_house: House
    ) -> None:
        stack, desk = trading(busy_house)
        stack.simulator.control(
            "POST",
            f"person/{CANADA}",
            action="create",
            entity="Vendor",
            object={"DisplayName": "The Taken Pub"},
        )
        taken = {"customer": "The Pub Company", "name": "The Taken Pub", "third_party_id": "The Taken Pub"}
        place = records.location(stack, **taken)
        order = an_order(stack, "4", place=place)
        desk.click(order, "finalize")
        assert stack.drain() == 0
        assert desk.badge(order).tone == "red"
        drawer = desk.drawer(order)
        assert drawer.attribute("data-problem") == "name_taken"
        assert "Waits for The Pub Company · The Taken Pub." in drawer.text()
        assert documents(stack) == []
        form = desk.page(f"/locations/{place}").form("third_party_id")
        form.fill(name="The Free Pub", third_party_id="The Free Pub")
        desk.browser.submit(form)
        assert stack.drain() == 0
        assert desk.badge(order).tone == "green"
        [invoice] = documents(stack)
        assert invoice["CustomerRef"]["name"] == "The Free Pub"


class TestBulkPush:
    MATCHING, PAGE = (55, table_pages.PAGE) if PROOF else (3, 2)  # more than a page shows

    def test_ticked_rows_are_pushed_and_no_others(self, busy_house: House) -> None:
        stack, desk = trading(busy_house)
        orders = self.finalized_but_not_sent(stack, desk, 4)
        still_open = an_order(stack, "1")
        confirm, run = desk.bulk_push(orders[0], orders[2], still_open)
        assert "1 is not finalized (left out)" in confirm.text()
        self.wait_for(stack, desk, run)
        assert desk.counts(run) == (2, 0, 1)
        assert [desk.badge(one).status for one in orders] == ["synced", "ready", "synced", "ready"]
        assert len(documents(stack)) == 2

    @pytest.mark.grows
    def test_all_that_match_are_pushed_and_what_fails_is_counted_and_shown(
        self, busy_house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table_pages, "PAGE", self.PAGE)
        stack, desk = trading(busy_house)
        good = self.finalized_but_not_sent(stack, desk, self.MATCHING)
        place = records.location(stack)
        of_location(stack, place, payment_term_id=term(stack, "Net 45"))
        bad = self.finalized_but_not_sent(stack, desk, 1, place)[0]
        confirm, run = desk.bulk_push(everything_matching=True, status="finalized")
        assert confirm.attribute("data-ready") == str(self.MATCHING)
        assert confirm.attribute("data-in-the-way") == "1"
        self.wait_for(stack, desk, run)
        assert desk.counts(run) == (self.MATCHING, 1, 1)  # the last one stood there before
        assert "Net 45" in desk.browser.get(run).text()
        assert desk.drawer(bad).attribute("data-record-status") == "failed"
        assert desk.drawer(good[0]).attribute("data-record-status") == "synced"
        assert len(documents(stack)) == self.MATCHING

    def finalized_but_not_sent(
        self, stack: Stack, desk: Desk, count: int, place: uuid.UUID | None = None
    ) -> list[uuid.UUID]:
        with stack.database() as session:
            session.execute(update(SyncSettings).values(orders_on=False))
        orders = [an_order(stack, "1", place) for _ in range(count)]
        for order in orders:
            records.finalize(stack, order)
        return orders

    def wait_for(self, stack: Stack, desk: Desk, run: str) -> None:
        stack.start(processes.worker)
        stack.start(processes.clock)
        until(
            lambda: desk.browser.get(run).attribute("data-state") == "finished",
            PATIENCE,
            "the run to be finished",
        )


class TestFinalizedAgain:
    def test_with_another_quantity_the_same_invoice_is_updated(self, busy_house: House) -> None:
        stack, desk = trading(busy_house)
        order = an_order(stack, "4")
        desk.click(order, "finalize")
        assert stack.drain() == 0
        [before] = documents(stack)
        shown = desk.click(order, "reopen")
        assert f"{before['DocNumber']} stays in QuickBooks until you finalize it again" in shown.text()
        desk.change_quantity(order, "6")
        desk.click(order, "finalize")
        assert stack.drain() == 0
        [after] = documents(stack)
        assert after["Id"] == before["Id"]
        assert amounts(before) == ("56.50", "6.50")
        assert amounts(after) == ("84.75", "9.75")
        assert desk.badge(order).label == f"Synced · {before['DocNumber']}"

    def test_as_a_return_the_invoice_is_voided_and_a_credit_memo_made(self, busy_house: House) -> None:
        stack, desk = trading(busy_house)
        order = an_order(stack, "4")
        desk.click(order, "finalize")
        assert stack.drain() == 0
        desk.click(order, "reopen")
        desk.change_quantity(order, "-1")
        desk.click(order, "finalize")
        assert stack.drain() == 0
        assert documents(stack) == []
        [memo] = documents(stack, "CreditMemo")
        assert amounts(memo) == ("14.13", "1.63")
        assert desk.badge(order).label == f"Synced · {memo['DocNumber']}"


class TestQuickBooksCannotBeReached:
    def test_the_mapping_page_is_read_all_the_same(self, house: House) -> None:
        stack, desk = company(house)
        term(stack, "Net 30")
        nobody_answers(stack)
        page = desk.page("/settings/integrations/mapping/payment-terms")
        assert (
            "QuickBooks Online can't be reached just now. What was chosen and read before is shown."
            in page.text()
        )
        assert desk.chosen("payment-terms", "Net 30").startswith("Net 30")
        assert desk.chosen("customer-tax", "Default").startswith("HST ON")

    def test_an_order_finalized_meanwhile_waits_its_turn(self, house: House) -> None:
        stack, desk = company(house)
        order = an_order(stack, "1")
        nobody_answers(stack)
        desk.click(order, "finalize")
        assert stack.drain() == 0
        assert desk.badge(order).tone == "blue"


def company(house: House, realm: str = CANADA) -> tuple[Stack, Desk]:
    """A connected and mapped company in whose books nothing stands, and the desk of its bookkeeper."""
    stack = house("sqlite", realm=realm)
    desk = Desk(stack)
    if realm == US:
        map_us(stack, desk)
    return stack, desk


def map_us(stack: Stack, desk: Desk) -> None:
    """Through the pages, as an American bookkeeper would: one code for taxed customers, NON for all else."""
    with stack.database() as session:
        session.add(KeySettings(organization_id=stack.organization_id))
    desk.set_keys()
    desk.choose("customer-tax", Default="State sales tax 8%", **{"Zero-rated": "NON"}, Exempt="NON")
    desk.choose("product-tax", Default="TAX", **{"Zero-rated": "NON"}, Container_deposits="NON")
    desk.choose(
        "product-accounts",
        Income="Sales of Product Income",
        Expense="Cost of Goods Sold",
        Asset="Inventory Asset",
        Container_deposit="Container Deposits Payable",
    )


def ten_percent_off_the_first_line(stack: Stack, order_id: uuid.UUID) -> None:
    with stack.database() as session:
        session.get_one(Order, order_id).lines[0].discount_percent = Decimal(10)


def nobody_answers(stack: Stack) -> None:
    """QuickBooks is gone, and what was read of its lists is old."""
    stack.simulator.process.kill()
    stack.simulator.process.join()
    with stack.database() as session:
        session.execute(update(Connection).values(lists_read_at=now() - timedelta(hours=1)))


def amounts(document: dict[str, Any]) -> tuple[str, str]:
    """Total and tax."""
    return f"{document['TotalAmt']:.2f}", f"{document['TxnTaxDetail'].get('TotalTax', 0):.2f}"
