"""An import under way: killed, run again, twice at once, and what it never touches."""

import io
import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.extensions import db
from portal.imports import runs, table
from portal.imports.settings import Rules, Settings
from portal.models import (
    Actor,
    ChargeKind,
    Event,
    ImportPiece,
    ImportRun,
    Location,
    Order,
    OrderCharge,
    OrderLine,
    Push,
    SearchWord,
    Sku,
)
from portal.models.base import now
from portal.models.kinds import RECORDS
from portal.models.sales import net_total
from portal.outbox import badge
from portal.sales import orders
from portal.sales.refused import Refused
from portal.sales.search import index
from tests.support import distributor as given

LOG = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1001,A1,ALE,6,2026-11-02 08:26:00,2.55,17850.0,United Kingdom\n"
    "1002,B1,BEER,2,2026-11-02 08:30:00,3.335,17851.0,France\n"
    "1001,POST,POSTAGE,1,2026-11-02 08:26:00,18.00,17850.0,United Kingdom\n"
    "C1003,A1,ALE (damaged),-1,2026-11-03 09:00:00,2.55,17850.0,United Kingdom\n"
    "1004,B1,BEER,1,2026-11-03 09:00:00,3.335,,United Kingdom\n"
    "1005,BANK CHARGES,Bank,1,2026-11-03 09:00:00,15,17851.0,France\n"
)


class Killed(BaseException):
    """In place of SIGKILL, within one process."""


@pytest.fixture
def mine(app: Flask, ours: uuid.UUID) -> Iterator[Actor]:
    db.session.add(ChargeKind(**given.owner(), name="Postage"))
    db.session.commit()
    yield Actor(ours, None, "Bo")
    db.session.remove()


def test_a_transaction_log_becomes_orders_credit_memos_charges_and_refused_rows(mine: Actor) -> None:
    run = imported(LOG, mine)

    assert figures(run) == {"new": 3, "refused": 2}
    amounts = {name: run.found["counts"][name] for name in ("amount_in", "amount_kept", "amount_refused")}
    assert amounts == {
        "amount_in": 1530 + 667 + 1800 - 255 + 334 + 1500,
        "amount_kept": 1530 + 667 + 1800 - 255,
        "amount_refused": 334 + 1500,
    }
    stored = {order.number: order for order in db.session.scalars(select(Order))}
    assert {number: order.net_total for number, order in stored.items()} == {
        "1001": 3330,
        "1002": 667,
        "C1003": -255,
    }
    assert {order.status for order in stored.values()} == {"delivered"}
    assert stored["C1003"].lines[0].description == "ALE (damaged)"
    assert stored["C1003"].lines[0].sku.name == "ALE"
    assert stored["1001"].charges[0].amount == 1800
    assert stored["1002"].location.delivery_address == {"country": "FRA"}
    assert [why for some in runs.refused_lines(run.id) for _, why in some] == [
        "It says no customer.",
        "BANK CHARGES is no sale, by your rule.",
    ]
    assert not db.session.scalars(select(Push)).all()


def test_what_is_stored_at_once_is_what_a_person_would_have_stored(mine: Actor) -> None:
    """The columns of tables, the words of searches, and the badges."""
    imported(LOG, mine)
    for kind, of_ours in RECORDS.items():
        model = of_ours.model
        ids = list(db.session.scalars(select(model.id)))
        before = rows_of(model), words()
        db.session.commit()
        index.renew(kind, ids)
        badge.restate(kind, ids)
        db.session.flush()
        assert (rows_of(model), words()) == before, kind
    for order in db.session.scalars(select(Order)):
        assert order.net_total == net_total(order)
        assert [line.position for line in order.lines] == list(range(len(order.lines)))
        told = select(Event).where(Event.record_kind == "order", Event.record_id == order.id)
        assert db.session.scalars(told).one().text == f"Imported order {order.number}."


@pytest.mark.parametrize("point", ["before an import's commit", "after an import's commit"])
def test_an_import_that_is_killed_goes_on_where_it_was(
    mine: Actor, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setattr(table, "GROUPS_TOGETHER", 1)
    run = checked(LOG, mine)
    for turn in (1, 2):
        passed = iter(range(1))

        def die(name: str, passed: Iterator[int] = passed) -> None:
            if name == point and next(passed, None) is None:
                raise Killed

        monkeypatch.setattr(runs, "crashpoint", die)
        with pytest.raises(Killed):
            runs.confirm(run, mine) if turn == 1 else runs.go_on(run.id)
        db.session.rollback()
        db.session.expire_all()
    monkeypatch.setattr(runs, "crashpoint", lambda name: None)

    runs.go_on(run.id)

    run = again(run)
    assert (run.stage, figures(run)) == ("done", {"new": 3, "refused": 2})
    assert count(Order) == 3
    assert count(OrderLine) == 3
    assert count(OrderCharge) == 1
    assert len([why for some in runs.refused_lines(run.id) for _, why in some]) == 2
    assert run.found["counts"]["amount_in"] == (
        run.found["counts"]["amount_kept"] + run.found["counts"]["amount_refused"]
    )


def test_the_same_file_twice_changes_nothing_also_at_once_and_renamed(mine: Actor) -> None:
    first, second = checked(LOG, mine), checked(LOG, mine, "renamed.csv")
    runs.confirm(first, mine)
    before = everything()

    runs.confirm(again(second), mine)

    assert figures(again(second)) == {"unchanged": 3, "refused": 2}
    assert figures(imported(LOG, mine)) == {"unchanged": 3, "refused": 2}
    assert everything() == before


def test_a_finalized_order_that_the_file_has_otherwise_is_reported_and_stays(mine: Actor) -> None:
    imported(LOG, mine)
    order = db.session.scalars(select(Order).where(Order.number == "1001")).one()
    orders.finalize(order, mine)
    db.session.commit()
    before = rows_of(Order), rows_of(OrderLine)

    run = imported(LOG.replace("A1,ALE,6,", "A1,ALE,7,"), mine)

    assert figures(run) == {"unchanged": 2, "refused": 3}
    [why] = {one["sentence"] for one in run.found["alike"] if "finalized" in one["sentence"]}
    assert why == (
        "Order 1001 is finalized here, and the file says otherwise: line 1: 7 × A1 at 2.55, and there is 6 "
        "at 2.55. Reopen it first, or leave it as it is."
    )
    assert (rows_of(Order), rows_of(OrderLine)) == before


def test_a_changed_row_of_an_order_that_can_be_edited_changes_it(mine: Actor) -> None:
    imported(LOG, mine)

    run = imported(LOG.replace("A1,ALE,6,", "A1,ALE,7,"), mine)

    assert figures(run) == {"unchanged": 2, "changed": 1, "refused": 2}
    order = db.session.scalars(select(Order).where(Order.number == "1001")).one()
    assert order.lines[0].quantity == Decimal(7)
    assert order.net_total == 1785 + 1800
    assert order.order_date == date(2026, 11, 2)
    assert order.import_id == run.id


def test_one_wrong_row_refuses_its_whole_order_and_no_other(mine: Actor) -> None:
    run = imported(LOG.replace("1001,POST,POSTAGE,1,", "1001,POST,POSTAGE,one,"), mine)

    assert figures(run) == {"new": 2, "refused": 3}
    assert count(Order) == 2
    whys = [why for some in runs.refused_lines(run.id) for _, why in some]
    assert whys[0].startswith("It belongs together with row 4, which is refused: “one” is not a number.")


def test_rows_without_a_customer_go_where_a_rule_puts_them_and_free_ones_may_be_no_sale(mine: Actor) -> None:
    counter = given.location(number="COUNTER").id
    given.sku(code="A1", unit_price=Decimal("2.50"))
    db.session.commit()
    text = "Order number,Customer,Order date,SKU,Quantity,Unit price\n"
    text += "7,,2026-11-02,A1,2,3\n7,,2026-11-02,A1,9,0\n"

    refused = imported(text, mine, rules=Rules())
    assert figures(refused) == {"refused": 1}
    run = imported(text, mine, rules=Rules(nobody="COUNTER", free="refuse"))

    assert figures(run) == {"new": 1}
    assert run.found["counts"]["rows_refused"] == 1
    order = db.session.scalars(select(Order)).one()
    assert (order.location_id, order.net_total) == (counter, 600)
    assert len(order.lines) == 1


def test_heads_and_lines_may_come_in_two_files(mine: Actor) -> None:
    given.location(number="L-1")
    given.sku(code="A1", unit_price=Decimal("2.50"))
    db.session.commit()
    heads = imported("Order number,Customer,Order date\n7,L-1,2026-11-02\n", mine, rules=Rules())
    lines = imported("Order number,SKU,Quantity,Discount\n7,A1,2,0.05\n8,A1,1,0\n", mine, rules=Rules())

    assert figures(heads) == {"new": 1}
    assert figures(lines) == {"changed": 1, "refused": 1}
    order = db.session.scalars(select(Order)).one()
    assert order.net_total == 475
    assert figures(imported("Order number,Customer,Order date\n7,L-1,2026-11-02\n", mine, rules=Rules())) == {
        "unchanged": 1
    }


def test_what_is_known_of_a_delivery_comes_along_and_stays_where_a_file_is_silent(mine: Actor) -> None:
    given.location(number="L-1")
    given.sku(code="A1", unit_price=Decimal("2.50"))
    db.session.commit()
    whole = (
        "Order number,Customer,Order date,Route,Driver,Collected,Collected by,SKU,Quantity,Refused,Ordered\n"
    )
    first = imported(whole + "7,L-1,2026-11-02,North,Di,5.00,Cash,A1,2,1,3\n", mine, rules=Rules())
    assert figures(first) == {"new": 1}

    second = imported("Order number,SKU,Quantity\n7,A1,4\n", mine, rules=Rules())

    assert figures(second) == {"changed": 1}
    order = db.session.scalars(select(Order)).one()
    assert (order.route, order.driver, order.collected_amount, order.collected_method) == (
        *("North", "Di", 500, "cash"),
    )
    [line] = order.lines
    assert [line.quantity, line.ordered_quantity, line.refused_quantity] == [4, 3, 1]
    assert order.net_total == 1000


def test_two_who_confirm_one_import_import_it_once(mine: Actor) -> None:
    run = checked(LOG, mine)
    runs.confirm(run, mine)
    with pytest.raises(Refused, match="at another point"):
        runs.confirm(again(run), mine)
    db.session.rollback()
    assert count(Order) == 3


def test_files_are_thrown_away_after_a_week_and_what_became_of_them_stays(mine: Actor) -> None:
    run = imported(LOG, mine)
    assert not runs.forget_some()
    run.created_at = now() - 2 * runs.KEPT
    db.session.commit()
    while runs.forget_some():
        db.session.commit()
    assert count(ImportPiece) == 0
    assert figures(again(run)) == {"new": 3, "refused": 2}


def checked(text: str, actor: Actor, name: str = "log.csv", rules: Rules | None = None) -> ImportRun:
    """Uploaded and looked at, by the columns that are recognized."""
    run = runs.start("orders", name, io.BytesIO(text.encode()), actor)
    db.session.commit()
    postage = db.session.scalars(select(ChargeKind.id)).first()
    of_log = Rules({"POST": str(postage)}, ("bank charges",), "C", make_customers=True, make_products=True)
    guessed: Settings = runs.settings_of(run)
    chosen = Settings(guessed.columns, guessed.decimal, guessed.days, guessed.percent, {}, rules or of_log)
    runs.choose(run, chosen, actor)
    return again(run)


def imported(text: str, actor: Actor, rules: Rules | None = None) -> ImportRun:
    run = checked(text, actor, rules=rules)
    assert run.stage == "offered", run.why
    runs.confirm(run, actor)
    return again(run)


def again(run: ImportRun) -> ImportRun:
    return db.session.get_one(ImportRun, run.id, populate_existing=True)


def figures(run: ImportRun) -> dict[str, int]:
    counts = run.found["counts"]
    names = ("new", "changed", "unchanged", "refused")
    return {name: counts[name] for name in names if counts.get(name)}


def count(model: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def rows_of(model: type[Any]) -> list[Any]:
    mine = model.__table__.c.organization_id == db.session.info["organization_id"]
    return sorted(map(repr, db.session.execute(select(model.__table__).where(mine))))


def words() -> list[Any]:
    return rows_of(SearchWord)


def everything() -> list[Any]:
    return [rows_of(model) for model in (Order, OrderLine, OrderCharge, Location, Sku, SearchWord)]
