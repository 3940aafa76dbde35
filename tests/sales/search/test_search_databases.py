"""Searching, paging and summing up runs do the same on both databases."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import select

from portal import create_app, problems
from portal.extensions import db
from portal.models import Order, Problem, Push, PushDay
from portal.models.base import now
from portal.models.kinds import ref_of
from portal.outbox import badge
from portal.problems import held_money
from portal.report import activity, counts
from portal.sales.bulk import failures, progress, prospects, run_records, runs, selection
from portal.sales.bulk.selection import Chosen
from portal.sales.bulk.verbs import DONE
from portal.sales.search import by_place, matching, reasons, table_pages
from portal.sales.search.filters import LocationFilter, OrderFilter, SkuFilter
from tests.support import distributor as given
from tests.support.servers import fresh_database
from tests.support.settings import settings


@pytest.mark.parametrize("sort", ["number", "-total", "invoice_date", "-invoice_date", "customer"])
def test_every_row_is_shown_once_there_and_back(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(table_pages, "PAGE", 2)
    places = [given.location(name=name, customer=given.customer(name="Nørd")) for name in ("a", "B", "é")]
    made = [
        given.order([], location=places[n % 3], invoice_date=now().date() if n % 2 else None, net_total=-n)
        for n in range(5)
    ]
    page, there = table_pages.page(OrderFilter(), sort), []
    there.append([row.id for row in page.rows])
    while page.next:
        page = table_pages.page(OrderFilter(), sort, after=page.next)
        there.append([row.id for row in page.rows])
    back = [[row.id for row in page.rows]]
    while page.previous:
        page = table_pages.page(OrderFilter(), sort, before=page.previous)
        back.append([row.id for row in page.rows])
    assert back == there[::-1]
    assert sorted(one for some in there for one in some) == sorted(order.id for order in made)


@pytest.mark.parametrize("sort", ["customer", "-customer"])
def test_orders_of_customers_of_a_name_stand_in_the_order_of_customers(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    """Those that a number of their own is found by among them, and each once, page by page there and back."""
    monkeypatch.setattr(table_pages, "PAGE", 3)
    monkeypatch.setattr(matching, "FEW", 4)
    monkeypatch.setattr(by_place, "FIRST", 1)
    other = given.order([], location=given.location(name="-", customer=given.customer(name="Alehouse")))
    for name, orders in (("Nord", 4), ("Nord", 1), ("Nordwind", 3), ("Zum Nord", 1)):
        place = given.location(name="-", customer=given.customer(name=name))
        for _ in range(orders):
            given.order([], location=place)
    given.order([], number="NORD-7", location=given.location(name="-"))
    narrowed = OrderFilter(q="nord")
    page = table_pages.page(narrowed, sort)
    there = [[row.id for row in page.rows]]
    while page.next:
        page = table_pages.page(narrowed, sort, after=page.next)
        there.append([row.id for row in page.rows])
    back = [[row.id for row in page.rows]]
    while page.previous:
        page = table_pages.page(narrowed, sort, before=page.previous)
        back.append([row.id for row in page.rows])
    wanted = [order for order in db.session.scalars(select(Order)) if order.place_key != other.place_key]
    wanted.sort(key=lambda order: (order.place_key, order.id), reverse=sort[0] == "-")
    assert [one for some in there for one in some] == [order.id for order in wanted]
    assert back == there[::-1]


def test_a_word_is_found_by_its_beginning_whatever_the_database_sorts_by(ours: uuid.UUID) -> None:
    for name in ("Étoile-Nord", "etagere", "Zébra", "eta"):
        given.location(name=name, customer=given.customer(name="-"))
    found = {
        q: [row.name for row in table_pages.page(LocationFilter(q=q)).rows]
        for q in ("ÉTO", "eta", "z", "nord")
    }
    assert {q: sorted(names) for q, names in found.items()} == {
        "ÉTO": ["Étoile-Nord"], "eta": ["eta", "etagere"], "z": ["Zébra"], "nord": ["Étoile-Nord"],
    }  # fmt: skip


def test_a_run_is_previewed_started_and_summed_up(ours: uuid.UUID) -> None:
    given.connection()
    orders = [given.order(status="finalized", revision=1, currency="CAD") for _ in range(3)]
    for order in orders[:2]:
        given._stored(
            Problem(
                **given.owner(), record_kind="order", record_id=order.id, code="term_not_mapped", cause="t"
            )
        )
    badge.restate("order", [order.id for order in orders])
    everything = Chosen("order", narrowed=OrderFilter(status="finalized"))
    preview = selection.preview(everything)
    assert (preview["can_go"].records, preview["in_the_way"].records) == (1, 2)
    assert preview.money == {"CAD": 7500}
    assert [cause.records for cause in selection.standing_in_the_way(everything)] == [2]
    run = runs.start(Chosen("order", tuple(order.id for order in orders)), given.bo())
    assert progress.of(run) == progress.of_each([run])[run.id]
    assert [summary.moving for summary in runs.recent(1)] == [3]
    assert progress.seconds_left(run) == 2
    assert progress.money_of(run) == {"moving": {"CAD": 7500}}
    assert len(run_records.page(run, "moving").records) == 3
    assert run_records.page(run, "failed", reason="no_lines").records == []
    assert failures.of(run, progress.Progress(0, 1, 2, 0)).put_right == 1
    assert runs.stop(run, given.bo()) == 3
    offered = runs.offer(Chosen("order", narrowed=OrderFilter(q=orders[0].number)), given.bo())
    assert selection.preview(Chosen.of(offered)).would_go == 1
    given.order(status="finalized", number=f"{orders[0].number}-2")
    confirmed = runs.confirm(offered.id, given.bo())
    assert (confirmed.total, runs.more_matching(confirmed)) == (1, 1)
    runs.offer(everything, given.bo()).offered_until = now()
    db.session.flush()
    assert (runs.forget_some(), runs.forget_some()) == (True, False)
    assert table_pages.page(SkuFilter(category="None")).total == 0
    rows, place = table_pages.some(OrderFilter(), [Order.net_total], "total")
    by_total = list(db.session.scalars(select(Order.id).order_by(Order.net_total, Order.id)))
    assert ([row.record_id for row in rows], place) == (by_total, None)


def test_a_run_states_at_once_what_its_wishes_amount_to(ours: uuid.UUID) -> None:
    """Whatever stands beside them: a push in flight, a wish that waits for a customer who can't go, and what
    was kept back or cancelled in the same moment.
    """
    company = given.connection()
    orders = [given.order(status="finalized", revision=3, currency="CAD") for _ in range(5)]
    plain, flying, waiting, kept, cancelled = orders
    for order, state in ((flying, "sending"), (waiting, "waiting")):
        needs = [["location", str(order.location_id), "missing"]] if state == "waiting" else []
        of_order = {"record_kind": "order", "record_id": order.id, "revision": 1, "reason": "finalized"}
        more = {"connection_id": company.id, "state": state, "needs": needs, "edited": ["name"]}
        given._stored(Push(**given.owner(), **of_order, **more))
    stuck = {"record_kind": "location", "record_id": waiting.location_id}
    given._stored(Problem(**given.owner(), **stuck, code="name_missing", cause="name"))
    badge.restate("location", [waiting.location_id])
    badge.restate("order", [order.id for order in orders])
    assert [order.integration_status for order in orders] == ["ready", "sending", "failed", "ready", "ready"]

    runs.start(Chosen("location", (waiting.location_id,)), given.bo())
    assert waiting.integration_status == "waiting"

    kept.not_to_be_sent, cancelled.status = "-", "cancelled"
    flying.integration_status = waiting.integration_status = "ready"  # who asks saw them before the others
    db.session.flush()
    run = runs.start(Chosen("order", tuple(order.id for order in orders)), given.bo())
    wishes = {push.record_id: push for push in given.pushes() if push.run_id == run.id}
    assert {one: (wish.state, wish.revision, wish.edited) for one, wish in wishes.items()} == {
        plain.id: ("queued", 3, []), flying.id: ("queued", 3, []), waiting.id: ("queued", 3, ["name"]),
    }  # fmt: skip
    assert {wish.id.version for wish in wishes.values()} == {7}  # the database draws them as we do
    assert (run.total, run.left_out_by) == (3, {"kept_back": 1, "not_finalized": 1})
    stated = [order.integration_status for order in (plain, flying, waiting)]
    badge.restate("order", wishes)
    assert stated == [order.integration_status for order in (plain, flying, waiting)]
    assert stated == ["queued", "sending", "queued"]


def test_orders_with_an_amount_have_their_index_which_no_comparison_of_tables_can_see(
    ours: uuid.UUID,
) -> None:
    """Where a migration makes the table of orders anew, SQLite forgets an index on a sum."""
    named = (
        "SELECT name FROM sqlite_master" if db.engine.name == "sqlite" else "SELECT indexname FROM pg_indexes"
    )
    with db.engine.connect() as connection:
        assert "ix_order_total" in connection.exec_driver_sql(named).scalars().all()
    made = given.order([], net_total=0, tax_total=1234)
    assert [row.id for row in table_pages.page(OrderFilter(q="12.34")).rows] == [made.id]


def test_rows_are_found_by_what_stands_in_their_way(ours: uuid.UUID) -> None:
    wanted = [given.order([], integration_reason=one) for one in ("no_lines", "no_lines", "sku:name_taken")]
    given.order([])
    assert reasons.present("order") == {"no_lines": "2", "sku:name_taken": "1"}
    page = table_pages.page(OrderFilter(reason="sku:name_taken"))
    assert [row.id for row in page.rows] == [wanted[2].id]


def test_the_dashboards_figures_are_the_same(ours: uuid.UUID) -> None:
    """An order with a problem of its own, and one that waits for a location with the same one: 25.00 each."""
    company = given.connection()
    own, waiting = given.order(currency="CAD"), given.order(currency="CAD")
    of_company = {**given.owner(), "connection_id": company.id}
    wish = {
        "record_kind": "order",
        "record_id": waiting.id,
        "revision": 1,
        "reason": "bulk",
        "state": "waiting",
    }
    given._stored(Push(**of_company, **wish))
    for kind, record_id in (("order", own.id), ("location", waiting.location_id)):
        stuck = {"record_kind": kind, "record_id": record_id, "code": "term_not_mapped", "cause": "t"}
        given._stored(Problem(**given.owner(), **stuck))
    for automatic in (True, False):
        of_day = {"day": date(2026, 11, 22), "record_kind": "order", "automatic": automatic}
        given._stored(PushDay(**of_company, **of_day, synced=3, failed=1))
    assert held_money.by_cause() == {"t": [held_money.Held("CAD", 2, 5000, untaxed=2)]}
    assert counts.by_status()["order"]["not_sent"].text == "2"
    assert counts.waiting_orders(company, 10) == 1
    [day] = activity.automatic_days(company, 3)
    assert (day.records, day.synced, day.failed) == ({"order": 4}, 3, 1)


def test_what_is_done_in_bulk_is_counted_and_done(ours: uuid.UUID) -> None:
    given.connection()
    given.sync(orders_on=True)
    made = [given.order().id, given.order([]).id, given.order(location=given.location(currency="USD")).id]
    closed = given.order(status="finalized", revision=1, invoice_date=date(2026, 10, 5), currency="CAD")
    values = {"open_day": "2026-11-01"}
    problems.tell(ref_of(closed), problems.Found("closed_period_asks", values, "closed_period"))
    badge.restate("order", [closed.id])
    chosen = Chosen("order", (*made, closed.id))
    going = {verb: prospects.look(verb, chosen).going.records for verb in DONE if verb != "push"}
    assert going == {
        "finalize": 2, "finalize_and_push": 2, "keep_back": 4, "send_after_all": 0, "date_open": 1,
        "reopen": 1,
    }  # fmt: skip
    [moved] = prospects.moved(chosen)
    assert (moved.left, moved.entered, moved.net) == (date(2026, 10, 1), date(2026, 11, 1), 2500)
    run = runs.confirm(runs.offer(chosen, given.bo(), "finalize").id, given.bo())
    assert (run.done, run.left_out_by) == (2, {"no_lines": 1, "finalized": 1})
    assert run.money_done == {"CAD": 2500, "USD": 2500}
    assert len(run_records.left_out(run).records) == 2


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The tables as migrations make them; each test rolls back what it stored."""
    home = tmp_path_factory.mktemp("databases")
    with ExitStack() as stack:
        url = f"sqlite:///{home}/portal.sqlite3"
        if request.param == "postgresql":
            url = stack.enter_context(fresh_database(request.getfixturevalue("postgresql_url")))
        made = create_app(settings(home, SQLALCHEMY_DATABASE_URI=url))
        with made.app_context():
            flask_migrate.upgrade()
        yield made
        with made.app_context():
            db.session.remove()
            db.engine.dispose()
