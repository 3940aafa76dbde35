"""An order is saved as entered, or the person is told why not, and loses nothing."""

import uuid
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Order
from portal.models.kinds import RecordRef
from portal.models.sales import line_amount
from portal.report import history
from portal.sales import Refused, editing
from portal.sales.edit_conflicts import ChangedMeanwhile
from portal.sales.editing import ChargeDraft, LineDraft, OrderDraft
from tests.support import distributor as given
from tests.support.people import organization


def test_an_order_is_entered_with_lines_charges_and_a_discount(ours: uuid.UUID) -> None:
    beer, deposit = given.sku(), given.sku(kind="container_deposit")
    delivery = given.charge_kind()
    draft = replace(
        _draft(),
        discount_percent=Decimal(10),
        lines=(_line(beer.id, "3", "10.05"), _line(deposit.id, "3", "2")),
        charges=(ChargeDraft(delivery.id, "", 500),),
    )
    order = editing.create_order(draft, given.bo())
    # 30.15 of beer, 6.00 deposits without discount, 5.00 delivery; 10 % of the beer is 3.02 (half up)
    assert [line.amount for line in order.lines] == [3015, 600]
    assert order.net_total == 3015 + 600 + 500 - 302
    assert order.version == 1


def test_a_discount_larger_than_the_goods_that_bear_it_is_refused(ours: uuid.UUID) -> None:
    beer, deposit = given.sku(), given.sku(kind="container_deposit")
    lines = (_line(beer.id, "1", "30"), _line(deposit.id, "1", "20"))
    draft = replace(_draft(), discount_amount=3000, lines=lines)
    assert editing.create_order(draft, given.bo()).net_total == 2000
    with pytest.raises(
        Refused, match=r"discount is 30\.01, and the goods that bear one come to 30\.00"
    ) as told:
        editing.create_order(replace(draft, number="2", discount_amount=3001), given.bo())
    assert told.value.field == "discount_amount"
    returned = (_line(beer.id, "-1", "30"),)
    with pytest.raises(Refused, match=r"come to -30\.00"):
        editing.create_order(replace(draft, number="3", discount_amount=1, lines=returned), given.bo())


def test_saving_replaces_lines_and_tells_the_history_what_changed(ours: uuid.UUID) -> None:
    order = given.order()
    draft = replace(
        _as_stored(order), delivery_date=date(2026, 11, 9), lines=(_line(given.sku().id, "1", "7"),)
    )
    editing.save_order(order, draft, order.version, given.bo())
    assert (order.delivery_date, order.net_total, order.version) == (date(2026, 11, 9), 700, 2)
    assert "Delivery date: 4 Nov 2026 → 9 Nov 2026" in history.of(RecordRef("order", order.id))[0].text
    assert given.count(given.OrderLine) == 1


def test_the_second_of_two_people_is_told_what_the_first_one_stored(ours: uuid.UUID) -> None:
    order = given.order()
    opened_by_both = order.version
    editing.save_order(order, replace(_as_stored(order), notes="Back door"), opened_by_both, given.bo())
    with pytest.raises(ChangedMeanwhile) as told:
        second = replace(_as_stored(order), notes="", purchase_order_number="PO 7")
        editing.save_order(order, second, opened_by_both, given.bo("Al"))
    assert told.value.version == 2
    assert told.value.differences == [("Purchase order number", "", "PO 7"), ("Notes", "Back door", "")]
    assert order.notes == "Back door"


def test_a_number_that_another_order_has_is_refused(ours: uuid.UUID) -> None:
    taken, order = given.order(number="10001"), given.order()
    with pytest.raises(Refused, match="There is an order 10001 already") as refused:
        editing.save_order(order, replace(_as_stored(order), number=taken.number), order.version, given.bo())
    assert refused.value.field == "number"


def test_records_of_another_organization_are_refused(app: Flask, ours: uuid.UUID) -> None:
    db.session.commit()
    theirs = organization(app, "Other Drinks")
    with given.working_in(app, theirs):
        place, sold, kind = given.location().id, given.sku().id, given.charge_kind().id
    order = given.order()
    stored = _as_stored(order)
    for foreign in (
        replace(stored, location_id=place),
        replace(stored, lines=(_line(sold, "1", "1"),)),
        replace(stored, charges=(ChargeDraft(kind, "", 1),)),
    ):
        with pytest.raises(Refused, match="one of your"):
            editing.save_order(order, foreign, order.version, given.bo())


@pytest.mark.parametrize("status", ["finalized", "cancelled"])
def test_a_closed_order_is_not_edited(ours: uuid.UUID, status: str) -> None:
    order = given.order(status=status)
    with pytest.raises(Refused, match="Reopen it"):
        editing.save_order(order, replace(_as_stored(order), status="delivered"), order.version, given.bo())


def test_a_number_once_sent_without_an_answer_has_to_stay(ours: uuid.UUID) -> None:
    order = given.order(number="10001")
    company = given.connection()
    given._stored(
        given.Push(
            **given.owner(),
            connection_id=company.id,
            record_kind="order",
            record_id=order.id,
            revision=1,
            reason="bulk",
            state="synced",
            ever_unsure=True,
            unique_value="10001",
        )
    )
    with pytest.raises(Refused, match="sent to QuickBooks as 10001"):
        editing.save_order(order, replace(_as_stored(order), number="10001-A"), order.version, given.bo())
    editing.save_order(
        order, replace(_as_stored(order), notes="else it may change"), order.version, given.bo()
    )


def test_a_line_is_rounded_once_however_many_digits_it_has() -> None:
    # …283.499999999999999999 cents: rounded to 28 digits on the way it would seem to be a half
    exact = [Decimal(text) for text in ("18054551.303207", "691.178777", "49.632559")]
    assert line_amount(*exact) == 628_531_402_283


def _draft() -> OrderDraft:
    return OrderDraft(
        number="20001",
        external_reference=None,
        location_id=given.location().id,
        status="confirmed",
        order_date=date(2026, 11, 2),
        delivery_date=None,
        purchase_order_number=None,
        notes="",
        discount_percent=None,
        discount_amount=None,
        lines=(),
        charges=(),
    )


def _as_stored(order: Order) -> OrderDraft:
    return replace(
        _draft(),
        number=order.number,
        location_id=order.location_id,
        status=order.status,
        order_date=order.order_date,
        delivery_date=order.delivery_date,
        notes=order.notes,
        lines=tuple(_line(line.sku_id, str(line.quantity), str(line.unit_price)) for line in order.lines),
    )


def _line(sku_id: uuid.UUID, quantity: str, price: str) -> LineDraft:
    return LineDraft(sku_id, "", Decimal(quantity), Decimal(price), Decimal(0))
