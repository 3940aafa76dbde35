"""The records of a run page by page, by how they ended."""

import uuid

import pytest

from portal.models import BulkRun
from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.problems import Found
from portal.sales.bulk import progress, run_records
from tests.support.ended_runs import end, fail, started, wait


def test_the_records_of_a_run_are_listed_by_how_they_ended(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_records, "PAGE", 2)
    run, orders = started(7)
    for order in orders[:3]:
        end(order, "synced")
    for order in orders[3:5]:
        fail(order, Found("term_not_mapped", {}, "term:1"))
    wait(orders[5], RecordRef("location", orders[5].location_id), "name_taken")
    badge.restate("order", [order.id for order in orders])
    figures = progress.of(run)
    found = {part: len(listed(run, part)) for part in run_records.PARTS}
    assert found == {
        "synced": 3,
        "failed": 3,
        "moving": 1,
        "ahead": 0,
        "cancelled": 0,
        "done": 7,
        "left_out": 0,
    }
    assert (figures.synced, figures.failed, figures.moving) == (3, 3, 1)
    assert listed(run, "failed", "location:name_taken") == [orders[5].id]
    assert set(listed(run, "synced")) == {order.id for order in orders[:3]}


def listed(run: BulkRun, part: run_records.Part, reason: str = "") -> list[uuid.UUID]:
    found: list[uuid.UUID] = []
    after = None
    while True:
        page = run_records.page(run, part, after, reason)
        found += [record.id for record in page.records]
        after = page.after
        if after is None:
            return found
