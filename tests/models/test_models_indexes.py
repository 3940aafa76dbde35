"""What is asked for is found by an index that leads to it, not among all rows of the organization: seen in
SQLite's own plan, before the clock has looked at the tables and after.
"""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event, insert, select

from portal import clock, outbox
from portal.extensions import db
from portal.mapping import slots
from portal.mapping.keys import key_settings
from portal.models import (
    Base,
    BulkRun,
    Connection,
    Link,
    Order,
    OrderCharge,
    OrderLine,
    PaymentTerm,
    Problem,
    Push,
)
from portal.models.base import now
from portal.models.pushes import WISH
from portal.outbox import day_waits, states
from portal.problems import held_money
from portal.push import delivery, drain, plan_context, rounds
from portal.report import activity, counts, push_log
from portal.sales import terms_and_charges
from portal.sales.bulk import failures, progress, run_records
from portal.sales.search import reasons, table_pages
from portal.sales.search.filters import OrderFilter
from tests.support import distributor

Plans = Callable[[Callable[[], Any], str], list[str]]
MANY = 500


@pytest.mark.parametrize(
    "ask",
    [counts.oldest_waiting, counts.open_pushes, lambda company: counts.waiting_orders(company, 10)],
)
def test_open_pushes_are_found_by_their_own_index(house: BulkRun, plans: Plans, ask: Any) -> None:
    company = distributor.connection(status="closed")
    for plan in plans(lambda: ask(company), "FROM push"):
        assert "ix_push_due" in plan or "ix_push_ready" in plan


def test_the_push_log_of_some_days_reads_those_alone(house: BulkRun, plans: Plans) -> None:
    company, day = db.session.get_one(Connection, house.connection_id), now().date()
    [plan] = plans(lambda: push_log.some(company, day, day, ZoneInfo("UTC"), None, 50), "FROM push")
    assert re.search(r"USING INDEX ix_push_settled \(connection_id=\? AND settled_at>\?", plan)


def test_what_is_due_and_what_waits_are_found_among_the_open_pushes(house: BulkRun, plans: Plans) -> None:
    """The clock asks each second."""
    for plan in plans(drain.due_connections, "FROM push"):
        assert re.search(r"push USING (COVERING )?INDEX ix_push_(ready|not_before)", plan)
    [plan] = plans(lambda: rounds.claim(_company(house)), "FROM push")
    assert "push USING INDEX ix_push_ready (connection_id=?" in plan
    [plan] = plans(lambda: outbox.plan_again(_company(house)), "UPDATE push")
    assert re.search(r"push USING INDEX ix_push_(due|ready) \(connection_id=\?", plan)


def test_what_waits_for_its_day_is_found_by_it(house: BulkRun, plans: Plans) -> None:
    """However many do: the clock looks at the first of them, a drain at those whose day has come."""
    looked = plans(drain.due_connections, "ORDER BY push.not_before")
    looked += plans(lambda: day_waits.wake(_company(house)), "ORDER BY push.not_before")
    assert len(looked) == 2
    for plan in looked:
        assert re.search(r"push USING (COVERING )?INDEX ix_push_not_before \(connection_id=\?", plan)
        assert "TEMP B-TREE" not in plan.split("push USING")[1]


def test_what_is_armed_is_found_by_its_ids_and_what_a_company_leaves_among_the_open_pushes(
    house: BulkRun, plans: Plans
) -> None:
    as_planned: list[Any] = [(push, None) for push in distributor.pushes()[:30]]
    [plan] = plans(lambda: delivery._take(as_planned), "UPDATE push")
    assert "push USING INDEX sqlite_autoindex_push_1 (id=?)" in plan
    of_company = Push.connection_id == house.connection_id
    [plan] = plans(lambda: states.move_all(of_company, WISH, "cancelled"), "UPDATE push")
    assert "push USING INDEX ix_push_due (connection_id=? AND state=?)" in plan


def test_open_pushes_of_a_closed_company_are_found_by_their_own_index(house: BulkRun, plans: Plans) -> None:
    distributor.connection(status="closed")
    [plan] = plans(activity.unresolved_elsewhere, "FROM push")
    assert "push USING INDEX ix_push_due" in plan


def test_what_goes_ahead_of_a_run_is_found_by_the_index_of_open_pushes(house: BulkRun, plans: Plans) -> None:
    [plan] = plans(lambda: progress.seconds_left(house), "FROM push")
    assert plan.count("ix_push_due (connection_id=? AND state=?)") == 2
    assert plan.count("ix_push_ready (connection_id=?)") == 1


def test_a_push_of_a_run_is_looked_for_among_those_of_its_record(house: BulkRun, plans: Plans) -> None:
    """By the run, every push of it would be compared with every other one."""
    looked = [plan for plan in plans(lambda: progress.of(house), "FROM push") if "push_1" in plan]
    assert looked
    for plan in looked:
        assert "push_1 USING INDEX ix_push_record (record_kind=? AND record_id=?" in plan


def test_orders_that_a_problem_holds_back_are_looked_for_among_those_that_wait(
    house: BulkRun, plans: Plans
) -> None:
    [plan] = plans(held_money.by_cause, "JOIN push")
    assert "ix_push_record (record_kind=?" not in plan


def test_pushes_of_a_run_are_counted_in_their_index_alone(house: BulkRun, plans: Plans) -> None:
    counted, *_ = plans(lambda: progress.of(house), "FROM push")
    assert "push USING COVERING INDEX ix_push_run" in counted


def test_what_failed_in_a_run_is_looked_up_record_by_record(house: BulkRun, plans: Plans) -> None:
    figures = progress.of(house)
    for ask in (lambda: failures.of(house, figures), lambda: run_records.page(house, "failed", reason="x")):
        for plan in plans(ask, "FROM push"):
            assert "ix_push_record (record_kind=? AND record_id=?)" in plan.replace("COVERING ", "")


def test_orders_of_one_reason_are_read_from_their_place_in_its_index(house: BulkRun, plans: Plans) -> None:
    narrowed = OrderFilter(reason="term_not_mapped")
    [plan] = plans(lambda: table_pages.page(narrowed), "LIMIT ? OFFSET")[:1]
    index = "ix_order_integration_reason_order_date"
    assert f"order USING INDEX {index} (organization_id=? AND integration_reason=?)" in plan
    assert "TEMP B-TREE" not in plan


def test_reasons_are_listed_and_counted_in_their_index_alone(house: BulkRun, plans: Plans) -> None:
    listed = plans(lambda: reasons.present("order"), "integration_reason")
    assert len(listed) == 2
    for plan in listed:
        index = r"ix_order_integration_reason_\w+ \(organization_id=\? AND integration_reason"
        assert re.search(f"order USING COVERING INDEX {index}", plan)


@pytest.mark.parametrize(
    ("child", "index"), [(OrderLine, "ix_order_line_order_id"), (OrderCharge, "ix_order_charge_order_id")]
)
def test_lines_and_charges_are_found_by_their_order(
    house: BulkRun, plans: Plans, child: Any, index: str
) -> None:
    order_id = uuid.uuid4()
    found = select(child).where(child.order_id == order_id)
    [plan] = plans(lambda: db.session.scalars(found).all(), f"FROM {child.__tablename__}")
    assert index in plan


def test_links_and_pushes_of_a_record_are_found_by_it(house: BulkRun, plans: Plans) -> None:
    order = distributor.order(status="finalized")
    connection = db.session.get_one(Connection, house.connection_id)
    for plan in plans(lambda: plan_context.load(connection, [order]), "FROM link"):
        assert "record_kind=? AND record_id=?" in plan
    for plan in plans(lambda: plan_context.load(connection, [order]), "FROM push"):
        assert "ix_push_record (record_kind=? AND record_id=?)" in plan
    of_any_company = select(Link).where(Link.record_kind == "order", Link.record_id == order.id)
    [plan] = plans(lambda: db.session.scalars(of_any_company).all(), "FROM link")
    assert "ix_link_record" in plan


def test_an_amount_is_found_by_the_indexes_of_what_orders_come_to(house: BulkRun, plans: Plans) -> None:
    [plan] = plans(lambda: table_pages.page(OrderFilter(q="1,234.56")), "tax_total = ?")
    assert (
        plan.count("order USING COVERING INDEX ix_order_net_total (organization_id=? AND net_total=?)") == 2
    )
    assert plan.count("ix_order_total (organization_id=? AND <expr>=?)") == 2


def test_orders_of_a_payment_term_are_found_by_it(house: BulkRun, plans: Plans) -> None:
    [plan] = plans(lambda: terms_and_charges.uses(PaymentTerm), 'FROM "order"')
    assert "ix_order_payment_term (organization_id=? AND payment_term_id=?)" in plan


@pytest.mark.parametrize(
    "ask",
    [
        lambda: slots.slots("customer-tax"),
        lambda: key_settings.checks({"order_ours": "number"}),
        lambda: key_settings.faulty("order_ours"),
    ],
)
def test_unsent_orders_are_not_looked_for_among_all_that_are_finalized(
    house: BulkRun, plans: Plans, ask: Any
) -> None:
    for plan in plans(ask, 'FROM "order"'):
        assert "ix_order_status" not in plan


def test_no_table_has_an_index_on_the_organization_that_a_longer_one_makes_needless() -> None:
    for table in Base.metadata.sorted_tables:
        keys = [[column.name for column in index.columns] for index in table.indexes]
        longer = [names for names in keys if names[0] == "organization_id" and len(names) > 1]
        assert not (longer and ["organization_id"] in keys), table.name


@pytest.fixture
def house(app: Flask, ours: uuid.UUID) -> BulkRun:
    """A run of many orders, nearly all of which are in the books."""
    company = distributor.connection()
    run = BulkRun(**distributor.owner(), connection_id=company.id)
    db.session.add(run)
    place = distributor.location()
    db.session.flush()
    terms = [PaymentTerm(**distributor.owner(), name=f"Net {days}", days=days) for days in range(20)]
    db.session.add_all(terms)
    db.session.flush()
    orders = [
        {
            **distributor.owner(), "id": uuid.uuid4(), "number": f"N{number}", "location_id": place.id,
            "order_date": now().date() - timedelta(days=number % 50), "status": "finalized",
            "payment_term_id": terms[number % 20].id,
            "integration_status": "failed" if number < 5 else "synced",
            "integration_reason": "term_not_mapped" if number < 5 else None,
        }
        for number in range(MANY)
    ]  # fmt: skip
    of_company = {**distributor.owner(), "connection_id": company.id, "record_kind": "order"}
    db.session.execute(insert(Order), orders)
    db.session.execute(
        insert(Push),
        [
            {
                **of_company, "record_id": order["id"], "revision": 1, "reason": "bulk", "run_id": run.id,
                "state": order["integration_status"], "settled_at": now(),
            }
            for order in orders
        ],
    )  # fmt: skip
    db.session.execute(
        insert(Link),
        [
            {**of_company, "record_id": order["id"], "kind": "invoice", "external_id": str(number)}
            for number, order in enumerate(orders)
        ],
    )
    db.session.execute(
        insert(Problem),
        [
            {
                **distributor.owner(), "record_kind": "order", "record_id": order["id"],
                "code": "term_not_mapped",
                "cause": "term_not_mapped:Net 45",
            }
            for order in orders[:5]
        ],
    )  # fmt: skip
    db.session.commit()
    return run


@pytest.fixture(params=["before the clock looked", "after"])
def plans(app: Flask, request: pytest.FixtureRequest) -> Plans:
    """The plan of every statement that holds `words`, each as one text."""

    def of(ask: Callable[[], Any], words: str) -> list[str]:
        if request.param == "after":
            clock.prune()
        asked: list[tuple[str, Any]] = []

        def look(connection: Any, cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
            if words in sql:
                asked.append((sql, parameters))

        event.listen(db.engine, "before_cursor_execute", look)
        try:
            ask()
        finally:
            event.remove(db.engine, "before_cursor_execute", look)
        assert asked
        return [explained(sql, parameters) for sql, parameters in asked]

    return of


def explained(sql: str, parameters: Any) -> str:
    asked = db.session.connection().execution_options(unscoped="a plan")
    steps = asked.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).all()
    return "\n".join(step[3] for step in steps)


def _company(house: BulkRun) -> uuid.UUID:
    assert house.connection_id is not None
    return house.connection_id
