"""Every record that failed in a run is counted under one reason, also one that waits for what failed."""

import uuid

import pytest

from portal import problems
from portal.models.kinds import RecordRef, ref_of
from portal.outbox import badge
from portal.problems import Found, causes
from portal.sales.bulk import failures, progress, runs
from tests.support import distributor as given
from tests.support.ended_runs import end, fail, started, wait


def test_each_is_counted_once_and_all_add_up(ours: uuid.UUID) -> None:
    """Two with one term, one with that and a second problem, two that wait for customers, one for a SKU."""
    run, orders = started(8)
    for order in orders[:3]:
        fail(order, Found("term_not_mapped", {}, "term:1"))
    problems.tell(ref_of(orders[2]), Found("too_old", {}, causes.of_record(ref_of(orders[2]))))
    for order in orders[3:5]:
        wait(order, RecordRef("location", order.location_id), "customer_key_missing")
    line = orders[5].lines[0]
    wait(orders[5], RecordRef("sku", line.sku_id), "sku_no_match")
    fail(orders[6], Found("no_lines", {}, causes.of_record(ref_of(orders[6]))))
    problems.resolve(problems.of_record(ref_of(orders[6])), by="Ann")
    end(orders[7], "synced")
    badge.restate("order", [order.id for order in orders])
    figures = progress.of(run)
    found = failures.of(run, figures)
    told = {group.reason: (group.records, group.alike) for group in found.groups}
    assert told == {
        "term_not_mapped": (3, {}),
        "location:customer_key_missing": (2, {"location": 2}),
        "sku:sku_no_match": (1, {"sku": 1}),
    }
    assert (figures.failed, found.put_right, found.others) == (7, 1, 0)
    assert sum(group.records for group in found.groups) + found.put_right == figures.failed


def test_those_beyond_the_first_reasons_are_counted_too(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "SHOWN", 1)
    run, orders = started(3)
    for order, cause in zip(orders, ("term:1", "term:1", "term:2"), strict=True):
        fail(order, Found("term_not_mapped", {}, cause))
    badge.restate("order", [order.id for order in orders])
    found = failures.of(run, progress.of(run))
    assert ([group.records for group in found.groups], found.others) == ([2], 1)


def test_money_is_summed_by_how_the_orders_ended_and_currency(ours: uuid.UUID) -> None:
    run, orders = started(3)
    orders[1].currency = "USD"
    end(orders[0], "synced")
    end(orders[1], "synced")
    assert progress.money_of(run) == {"synced": {"CAD": 2500, "USD": 2500}, "moving": {"CAD": 2500}}


def test_who_stopped_a_run_is_kept(ours: uuid.UUID) -> None:
    run, _ = started(1)
    runs.stop(run, given.bo("Ann"))
    runs.stop(run, given.bo("Eve"))
    assert run.stopped_by == "Ann"
    assert progress.ended_at(run) is not None
