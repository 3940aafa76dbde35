"""Why records of a run failed, in words: like causes together, each with the way to its records."""

import uuid

from flask import Flask

from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.problems import Found
from portal.sales.bulk import failures, progress
from portal.web.bulk.reasons import reasons_of
from tests.support.ended_runs import fail, started, wait


def test_like_causes_are_told_together_and_lead_to_their_records(app: Flask, ours: uuid.UUID) -> None:
    run, orders = started(3)
    for order in orders[:2]:
        wait(order, RecordRef("location", order.location_id), "looks_like_existing")
    fail(orders[2], Found("term_not_mapped", {"term": "Net 45"}, "term:1"))
    badge.restate("order", [order.id for order in orders])
    with app.test_request_context():
        many, one = reasons_of(run, failures.of(run, progress.of(run)), None)
    assert (many.records, many.sentence) == (2, "2 customers look like ones in QuickBooks.")
    assert many.records_url.endswith("part=failed&reason=location:looks_like_existing")
    assert many.link.url == many.records_url
    assert (one.records, one.link.label) == (1, "Map payment terms")
