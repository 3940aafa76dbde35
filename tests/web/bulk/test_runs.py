"""The page of a run: every failure has its reason, every figure leads to its records, and the end is told."""

import re
import uuid

import pytest
from flask import Flask

from portal import problems
from portal.models import BulkRun
from portal.models.kinds import RecordRef, ref_of
from portal.outbox import badge, states
from portal.problems import Found, causes
from portal.sales.bulk import run_records, runs
from portal.sales.bulk.selection import Chosen
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.people import Browser, SignIn


def test_every_failure_has_its_reason_and_every_figure_leads_to_its_records(
    bo: Browser, ended: uuid.UUID
) -> None:
    page = bo.get(f"/runs/{ended}")
    text = text_of(page)
    assert re.search(r"Done at \d\d:\d\d( UTC)? ?: 1 synced, 4 failed", text)
    assert "it took" in text
    assert "25.00 CAD" in text
    assert "100.00 CAD" in text
    assert sum(int(count) for count in re.findall(r'data-records="(\d+)"', page.text)) == 4
    assert "2 customers have no third-party ID." in text
    for part, count in (("synced", 1), ("failed", 4)):
        assert f'href="/runs/{ended}/records?part={part}"' in page.text
        assert bo.get(f"/runs/{ended}/records?part={part}").text.count("<tr data-id") == count
    its = f"/runs/{ended}/records?part=failed&reason=location:customer_key_missing"
    assert its.replace("&", "&amp;") in page.text
    assert text_of(bo.get(its)).count("Failed · customer: no third-party ID") == 2


def test_the_records_of_a_run_are_turned_page_by_page(
    bo: Browser, ended: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_records, "PAGE", 3)
    page = bo.get(f"/runs/{ended}/records?part=failed").text
    found = re.search(r'rel="next" href="([^"]+)"', page)
    assert found
    rest = bo.get(found[1].replace("&amp;", "&")).text
    assert (page.count("<tr data-id"), rest.count("<tr data-id"), 'rel="next"' in rest) == (3, 1, False)
    assert "None any more" in bo.get(f"/runs/{ended}/records?part=cancelled").text


def test_who_stopped_it_is_told(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        given.connection()
        order = given.order(status="finalized", revision=1, currency="CAD")
        badge.restate("order", [order.id])
        run = runs.start(Chosen("order", (order.id,)), given.bo())
        runs.stop(run, given.bo("Ann Lee"))
        run_id = run.id
    text = text_of(bo.get(f"/runs/{run_id}"))
    assert "1 taken back" in text
    assert "Ann Lee stopped it just now" in text


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")


@pytest.fixture
def ended(app: Flask, bo: Browser) -> uuid.UUID:
    """A run of five orders: one synced, two that lack something themselves, two that wait for customers."""
    with given.working_in(app, bo.organization_id):
        given.connection()
        orders = [given.order(status="finalized", revision=1, currency="CAD") for _ in range(5)]
        badge.restate("order", [order.id for order in orders])
        run: BulkRun = runs.start(Chosen("order", tuple(order.id for order in orders)), given.bo())
        pushes = [given.pushes(order.id)[0] for order in orders]
        for order, push in list(zip(orders, pushes, strict=True))[:3]:
            states.move(push, "sending")
            states.move(push, "synced" if order is orders[0] else "failed")
        for order, code in zip(orders[1:3], ("no_lines", "too_old"), strict=True):
            problems.tell(ref_of(order), Found(code, {}, causes.of_record(ref_of(order))))
        for order, push in zip(orders[3:], pushes[3:], strict=True):
            place = RecordRef("location", order.location_id)
            states.move(push, "waiting")
            push.needs = [["location", str(place.id), "missing"]]
            problems.tell(place, Found("customer_key_missing", {}, causes.of_key(place)))
            badge.restate("location", [place.id])
        badge.restate("order", [order.id for order in orders])
        return run.id
