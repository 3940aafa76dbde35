"""What bulk runs do with orders, held against a company's books: each once, whatever happens meanwhile."""

import threading
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import BulkRun, Connection, Order, SyncSettings
from portal.models.sales import line_amount, net_total
from portal.sales import orders
from portal.sales.bulk import prospects, run_records, runs
from portal.sales.bulk.selection import Chosen
from tests.support import distributor as given
from tests.support.bookkeeping import TODAY, Books
from tests.support.in_bulk import delivered, offer, started


def test_what_is_finalized_and_pushed_in_bulk_arrives_once_each_though_the_worker_is_killed(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "OTHER_CHUNK", 2)
    with books.working():
        db.session.scalars(select(SyncSettings)).one().orders_on = False
    fit = [delivered(books, str(quantity)) for quantity in (1, 2, 3)]
    empty = delivered(books, None)
    run = started(books, "finalize_and_push", [*fit, empty])  # the first two of them
    with books.app.app_context():
        db.session.info["organization_id"] = books.organization_id
        runs._carry_out(db.session.get_one(BulkRun, run), fit)
        db.session.rollback()  # here the worker dies, with the next ones done and not committed
    books.carry()
    with books.app.app_context():
        runs.resolve(run)
    with books.app.app_context():
        runs.resolve(run)  # rung twice
    books.carry()

    assert [books.status(one) for one in fit] == ["synced"] * 3
    for order in fit:
        assert books.document(order)["Balance"] > 0  # the one with its number
    with books.working():
        done = db.session.get_one(BulkRun, run)
        assert (done.done, done.left_out, done.left_out_by, done.total) == (3, 1, {"no_lines": 1}, 3)
        assert done.money_done == {"CAD": 7500}
        [(left, why, sentence)] = run_records.left_out(done).records
        assert (left.id, why) == (empty, "no_lines")
        assert "has no lines" in sentence


def test_two_people_who_confirm_the_same_orders_at_once_finalize_each_once(books: Books) -> None:
    ids = [delivered(books, "1") for _ in range(3)]
    offered = [offer(books, "finalize", ids) for _ in range(2)]
    at_once = threading.Barrier(2, timeout=10)

    def confirm(run: uuid.UUID) -> None:
        with books.app.app_context():
            db.session.info["organization_id"] = books.organization_id
            at_once.wait()
            runs.confirm(run, books.bo)
            db.session.commit()

    people = [threading.Thread(target=confirm, args=(run,)) for run in offered]
    for one in people:
        one.start()
    for one in people:
        one.join(30)
    books.carry()

    with books.working():
        found = [db.session.get_one(BulkRun, run) for run in offered]
        assert sorted((run.done, run.left_out_by.get("finalized", 0)) for run in found) == [(0, 3), (3, 0)]
        assert [len(given.pushes(one)) for one in ids] == [1, 1, 1]
    for order in ids:
        books.document(order)


def test_what_its_customer_holds_is_left_out_and_said_so(books: Books) -> None:
    yesterday = TODAY - timedelta(days=1)
    order = books.synced_order("4", order_date=yesterday, delivery_date=yesterday)
    with books.working():
        orders.reopen(db.session.get_one(Order, order), books.bo)
        line = db.session.get_one(Order, order).lines[0]
        line.quantity = Decimal(3)
        line.amount = line_amount(line.quantity, line.unit_price, line.discount_percent)
        line_of = db.session.get_one(Order, order)
        line_of.net_total = net_total(line_of)
    with books.working():
        seen = prospects.counted("finalize", Chosen("order", (order,)))
        assert (seen.going.records, seen.left_out) == (0, {"asks_how": 1})
    run = started(books, "finalize", [order])
    with books.working():
        assert db.session.get_one(BulkRun, run).left_out_by == {"asks_how": 1}
    assert books.status(order) == "reopened"


def test_dates_of_a_closed_period_are_set_and_pushed_together(books: Books) -> None:
    closed = TODAY - timedelta(days=20)
    with books.working():
        db.session.scalars(select(Connection)).one().closing_date = closed
        db.session.scalars(select(SyncSettings)).one().closed_period_policy = "ask"
    late = [books.order(order_date=closed, delivery_date=closed) for _ in range(2)]
    books.carry()
    today = books.synced_order("2")
    first_open = closed + timedelta(days=1)
    with books.working():
        seen = prospects.look("date_open", Chosen("order", (*late, today)))
    [moved] = seen.moved
    assert (moved.left, moved.entered) == (closed.replace(day=1), first_open.replace(day=1))
    assert (moved.records, moved.net, moved.tax + moved.untold) == (2, 10000, 1300)
    assert seen.left_out == {"no_open_day": 1}

    run = started(books, "date_open", [*late, today])
    books.carry()

    assert [books.document(one)["TxnDate"] for one in late] == [first_open.isoformat()] * 2
    with books.working():
        done = db.session.get_one(BulkRun, run)
        assert (done.done, done.total, done.left_out_by) == (2, 2, {"no_open_day": 1})


def test_what_is_kept_back_in_bulk_does_not_go_and_what_is_on_its_way_stays_so(books: Books) -> None:
    waits, flies = books.order(), books.order()
    with books.working():
        [push] = given.pushes(flies)
        push.state = "unsure"  # as a drain that got no answer leaves it
    run = started(books, "keep_back", [waits, flies], "Sample")
    with books.working():
        done = db.session.get_one(BulkRun, run)
        assert (done.done, done.left_out_by) == (1, {"under_way": 1})
        [push] = given.pushes(flies)
        push.state = "queued"
    books.carry()
    assert (books.status(waits), books.status(flies)) == ("not_to_be_sent", "synced")


def test_a_run_of_no_company_does_nothing_once_one_is_connected(books: Books) -> None:
    order = delivered(books, "1")
    with books.working():
        db.session.scalars(select(Connection)).one().status = "closed"
    run = offer(books, "finalize", [order])
    with books.working():
        db.session.scalars(select(Connection)).one().status = "active"
    with books.working(), pytest.raises(Exception, match="Another company"):
        runs.confirm(run, books.bo)
    with books.working():
        assert db.session.get_one(Order, order).status == "delivered"
